"""Derived folds: every stored entry once, whatever dies when, and anew where the rule changes."""

from collections import Counter

import pytest
from sqlalchemy import BigInteger, Column, MetaData, String, Table, delete, select

from spark_app.commands.derive import FoldsFailed, take_turns
from spark_app.derived import runner as module
from spark_app.derived.runner import Runner
from spark_app.store.engine import StoreUnavailable, open_store, sqlite_url, upsert
from spark_app.store.tables import derived, entry, message
from tests.made.small_store import put_entry, put_revision


class Killed(BaseException):
    """The process ends here: nobody catches it."""


tally = Table("tally", MetaData(), Column("kind", String(16), primary_key=True), Column("count", BigInteger))


class Tally:
    """Counts kinds and stations; its rows are what it remembers."""

    name = "tally"
    tables: tuple[Table, ...] = (tally,)

    def __init__(self, version="1", fail_at=None):
        self.version, self.fail_at = version, fail_at

    def begin(self, state):
        self.count = Counter(state or {})

    def fold(self, connection, entries):
        for one in entries:
            if one.entry == self.fail_at:
                raise Killed
            self.count.update(m.kind for m in one.messages)
            self.count.update(hit.station for m in one.messages for hit in m.revision.hits)
        upsert(connection, tally, [{"kind": kind, "count": count} for kind, count in self.count.items()])

    def state(self):
        return self.count

    def prune(self, connection, before_us):
        connection.execute(delete(tally))


@pytest.fixture
def engine(tmp_path, monkeypatch):
    engine = open_store(sqlite_url(tmp_path / "store.db"))
    tally.metadata.create_all(engine)
    monkeypatch.setattr(module, "ENTRIES_PER_STEP", 2)
    put_revision(engine, 1, "Nation", "Vincennes")
    put_revision(engine, 2, "Auber")
    for number in range(5):
        put_entry(
            engine, number, number * 60_000_000, [(1, "opened"), (2, "ongoing")] if number % 2 else [(2, "ongoing")]
        )
    return engine


def counts(engine):
    with engine.connect() as connection:
        return dict(connection.execute(select(tally.c.kind, tally.c.count)).all())


ALL = {"opened": 2, "ongoing": 5, "Nation": 2, "Vincennes": 2, "Auber": 5}


def test_every_entry_is_taken_in_once(engine):
    runner = Runner(engine, [Tally()])
    assert [runner.catch_up(), runner.catch_up()] == [5, 0]
    assert counts(engine) == ALL
    put_entry(engine, 5, 300_000_000, [(1, "closed")])
    assert runner.catch_up() == 1
    assert counts(engine)["closed"] == 1


def test_a_fold_that_dies_in_the_middle_goes_on_as_if_it_had_not(engine):
    with pytest.raises(Killed):
        Runner(engine, [Tally(fail_at=3)]).catch_up()
    assert counts(engine) == {"opened": 1, "ongoing": 2, "Nation": 1, "Vincennes": 1, "Auber": 2}
    assert Runner(engine, [Tally()]).catch_up() == 3
    assert counts(engine) == ALL


def test_the_same_runner_goes_on_after_an_error(engine):
    fold = Tally(fail_at=3)
    runner = Runner(engine, [fold])
    with pytest.raises(Killed):
        runner.catch_up()
    fold.fail_at = None
    runner.catch_up()
    assert counts(engine) == ALL


def test_another_rule_begins_anew(engine):
    Runner(engine, [Tally()]).catch_up()
    assert Runner(engine, [Tally(version="2")]).catch_up() == 5
    assert counts(engine) == ALL


def test_a_fold_that_missed_dropped_entries_begins_anew_with_what_is_left(engine):
    runner = Runner(engine, [Tally()])
    runner.step(runner.folds[0])
    with engine.begin() as connection:
        for table in (entry, message):
            connection.execute(delete(table).where(table.c.entry < 4))
    assert Runner(engine, [Tally()]).catch_up() == 1
    assert counts(engine) == {"ongoing": 1, "Auber": 1}


def test_each_fold_has_its_own_pace_and_row(engine):
    other = Tally()
    other.name = "other"
    Runner(engine, [Tally()], clock_us=lambda: 7).catch_up()
    Runner(engine, [Tally(), other], clock_us=lambda: 8).catch_up()
    with engine.connect() as connection:
        rows = connection.execute(
            select(derived.c.name, derived.c.next_entry, derived.c.at_us).order_by(derived.c.name)
        ).all()
    assert [tuple(row) for row in rows] == [("other", 5, 8), ("tally", 5, 7)]


def test_a_stop_ends_it_between_two_steps(engine):
    looks = iter([False, True])
    assert Runner(engine, [Tally()]).catch_up(lambda: next(looks)) == 2


class Unreadable(Tally):
    """Cannot even begin: no entry is at fault."""

    def begin(self, state):
        raise RuntimeError("no table of lines")


def test_folds_that_cannot_begin_hold_up_no_other_and_every_error_is_told(engine, capsys):
    first, second = Unreadable(), Unreadable()
    first.name, first.tables, second.name, second.tables = "first", (), "second", ()
    with pytest.raises(FoldsFailed, match="first, second failed"):
        take_turns(Runner(engine, [first, Tally(), second]), lambda: False)
    assert counts(engine) == ALL
    told = capsys.readouterr().err
    assert "the derived fold 'first' failed" in told and "the derived fold 'second' failed" in told
    assert told.count("RuntimeError: no table of lines\n") == 2


def test_a_stored_state_that_is_broken_is_one_sentence_and_the_fold_begins_anew(engine, capsys):
    other = Tally()
    other.name, other.tables = "other", ()
    Runner(engine, [Tally()]).catch_up()
    with engine.begin() as connection:
        connection.execute(derived.update().values(state=b"\x00 half a page of it"))
        connection.execute(tally.update().values(count=1_000))
    take_turns(Runner(engine, [Tally(), other]), lambda: False)
    told = capsys.readouterr().err
    assert told.startswith("pulse: the state of the derived fold 'tally' in the store cannot be read: ")
    assert "it begins anew at the oldest stored entry" in told and told.count("\n") == 1
    with engine.connect() as connection:
        at = dict(connection.execute(select(derived.c.name, derived.c.next_entry)).all())
    assert at == {"tally": 5, "other": 5} and counts(engine) == ALL


def test_a_store_that_is_away_is_no_folds_fault(engine, capsys):
    class Away(Tally):
        def fold(self, connection, entries):
            raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        take_turns(Runner(engine, [Away()]), lambda: False)
    assert capsys.readouterr().err == ""
    broken = Unreadable()
    broken.name, broken.tables = "broken", ()
    with pytest.raises(FoldsFailed, match="broken failed"):  # and hides none
        take_turns(Runner(engine, [broken, Away()]), lambda: False)


def test_a_place_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="file/deeper/store.db cannot be made: Not a directory"):
        open_store(sqlite_url(tmp_path / "file" / "deeper" / "store.db"))
