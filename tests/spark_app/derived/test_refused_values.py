"""A value that the database refuses is the fault of its entry; a database that is away is an outage."""

import random
import sqlite3

import pytest
from sqlalchemy import BigInteger, Column, Index, MetaData, Table, Text, select
from sqlalchemy.dialects.mysql import LONGTEXT

from spark_app.derived import runner as module
from spark_app.derived.fold_books import Book, read_book
from spark_app.derived.runner import Runner
from spark_app.store.engine import StoreUnavailable, append, connect, open_store
from spark_app.store.tables import fold_dead_letter
from spark_app.store.value_errors import may_be_of_a_value
from tests.made.databases import mariadb, mariadb_server, postgres, postgresql_server
from tests.made.small_store import MINUTE_US, put_entry
from tests.spark_app.derived.seen_fold import ENTRIES, Seen, fill, rows, seen_table


@pytest.mark.parametrize(
    ("installed", "server"), [(postgres, postgresql_server), (mariadb, mariadb_server)], ids=["postgresql", "mariadb"]
)
def test_a_value_that_the_database_refuses_is_the_entrys_fault(monkeypatch, installed, server):
    """Waiting would not help: it does not fit its column today, and it will not tomorrow."""
    if not installed():
        pytest.skip(f"no {server.__name__.removesuffix('_server')} on this machine")
    monkeypatch.setattr(module, "ENTRIES_PER_STEP", 16)

    class Wide(Seen):
        def fold(self, connection, entries):
            for one in entries:
                word = "longer than eight" if one.entry in (5, 6) else "seen"
                append(connection, seen_table, [{"entry": one.entry, "word": word}])
                self.count += 1

    with server() as make:
        engine = fill(open_store(make()))
        Runner(engine, [Wide()]).catch_up()
        assert rows(engine)["aside"] == [5, 6] and rows(engine)["at"] == ENTRIES
        assert rows(engine)["book"] == Book("seen", 0, ENTRIES - 2, 2, 5, 6 * MINUTE_US)
        engine.dispose()


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def database(request):
    """The URL maker of a server, and a value that it refuses without saying that it is the value."""
    installed, server = {"postgresql": (postgres, postgresql_server), "mariadb": (mariadb, mariadb_server)}[
        request.param
    ]
    if not installed():
        pytest.skip(f"no {request.param} on this machine")
    with server() as make:
        if request.param == "mariadb":
            admin = connect(make())
            with admin.begin() as connection:
                connection.exec_driver_sql("set global max_allowed_packet = 1048576")
            admin.dispose()
            yield make, "x" * 2_000_000  # the server drops the connection, as one does that stops
        else:
            yield make, random.Random(1).randbytes(30_000).hex()  # greater than a page of an index


large_table = Table(
    "large",
    MetaData(),
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("word", Text().with_variant(LONGTEXT, "mysql", "mariadb")),
    Index("large_word", "word", mysql_length=8, mariadb_length=8),
)


class Large(Seen):
    """Writes a value that the database refuses for the bad entries; or has it in its state."""

    tables = (large_table,)

    def __init__(self, bad, large):
        super().__init__(bad)
        self.large = large

    def fold(self, connection, entries):
        for one in entries:
            word = self.large if one.entry in self.bad else "small"
            append(connection, large_table, [{"entry": one.entry, "word": word}])
            self.count += 1


def set_aside(engine):
    with engine.connect() as connection:
        return dict(connection.execute(select(fold_dead_letter.c.entry, fold_dead_letter.c.reason)).all())


def test_an_entry_that_fails_alone_while_the_database_answers_is_no_outage(monkeypatch, database):
    make, large = database
    monkeypatch.setattr(module, "ENTRIES_PER_STEP", 16)
    engine = fill(open_store(make()), 20)
    large_table.metadata.create_all(engine)
    with pytest.raises(StoreUnavailable):  # nothing is stored behind the last one: it may be an outage
        Runner(engine, [Large({5, 19}, large)]).catch_up()
    assert list(set_aside(engine)) == [5] and set_aside(engine)[5].startswith("StoreUnavailable: ")
    put_entry(engine, 20, 21 * MINUTE_US, [(1, "updated")])
    Runner(engine, [Large({5, 19}, large)]).catch_up()
    assert list(set_aside(engine)) == [5, 19]
    with engine.connect() as connection:
        assert list(connection.execute(select(large_table.c.entry).order_by(large_table.c.entry)).scalars()) == [
            number for number in range(21) if number not in (5, 19)
        ]
        assert read_book(connection, "seen") == Book("seen", 0, 19, 2, 5, 6 * MINUTE_US)
    engine.dispose()


def test_what_fails_with_every_entry_is_waited_for(database):
    make, large = database
    engine = fill(open_store(make()), 5)
    large_table.metadata.create_all(engine)
    with pytest.raises(StoreUnavailable):
        Runner(engine, [Large(range(5), large)]).catch_up()
    assert set_aside(engine) == {}
    engine.dispose()


@pytest.mark.parametrize(
    "code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_READONLY]
)
def test_a_lock_and_a_full_disk_are_no_values(code):
    refused = sqlite3.OperationalError("no")
    refused.sqlite_errorcode = code
    error = StoreUnavailable("no")
    error.__cause__ = refused
    assert not may_be_of_a_value(error)
    refused.sqlite_errorcode = sqlite3.SQLITE_TOOBIG
    assert may_be_of_a_value(error)


def test_a_store_that_is_away_sets_nothing_aside(engine):
    class Away(Seen):
        def fold(self, connection, entries):
            raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        Runner(engine, [Away()]).catch_up()
    with engine.connect() as connection:
        assert connection.execute(select(fold_dead_letter)).all() == []
