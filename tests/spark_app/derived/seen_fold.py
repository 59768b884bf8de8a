"""A derived fold that writes a row for each entry and fails on those that it is given, and a store for it."""

from sqlalchemy import BigInteger, Column, MetaData, String, Table, delete, select

from spark_app.derived.fold_books import read_book
from spark_app.store.engine import append
from spark_app.store.tables import derived, fold_dead_letter
from tests.made.small_store import MINUTE_US, put_entry, put_revision

ENTRIES = 40
seen_table = Table(
    "seen", MetaData(), Column("entry", BigInteger, primary_key=True, autoincrement=False), Column("word", String(8))
)


class Seen:
    """Writes a row for each entry; remembers how many it took in."""

    name = "seen"
    tables: tuple[Table, ...] = (seen_table,)

    def __init__(self, bad=(), version="1", raises=lambda one: KeyError(f"id of {one.entry}")):
        self.version, self.bad, self.raises, self.folded = version, set(bad), raises, 0

    def begin(self, state):
        self.count = (state or {"count": 0})["count"]

    def fold(self, connection, entries):
        for one in entries:
            self.folded += 1
            self.count += 1  # is wrong where the step fails: nothing of it may stay
            append(connection, seen_table, [{"entry": one.entry, "word": "seen"}])
            if one.entry in self.bad:
                raise self.raises(one)

    def state(self):
        return {"count": self.count}

    def prune(self, connection, before_us):
        connection.execute(delete(seen_table))


def fill(engine, entries=ENTRIES):
    seen_table.metadata.create_all(engine)
    put_revision(engine, 1, "Nation")
    put_revision(engine, 2, "Auber")
    for number in range(entries):
        put_entry(engine, number, (number + 1) * MINUTE_US, [(1 + number % 2, "opened")])
    return engine


def rows(engine):
    """What the store holds of the fold `seen`, but for clocks and reasons."""
    with engine.connect() as connection:
        return {
            "seen": sorted(connection.execute(select(seen_table.c.entry)).scalars()),
            "aside": sorted(
                connection.execute(select(fold_dead_letter.c.entry).where(fold_dead_letter.c.fold == "seen")).scalars()
            ),
            "book": read_book(connection, "seen"),
            "at": connection.execute(select(derived.c.next_entry).where(derived.c.name == "seen")).scalar(),
        }
