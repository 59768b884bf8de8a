"""What a fold has taken in and set aside, whoever is killed or overtaken; when it is late, and the sentence."""

import shutil
from collections import Counter

import pytest
from sqlalchemy import delete, event

from spark_app.derived import runner as module
from spark_app.derived.fold_books import Book, read_folds, troubles, wrong_books
from spark_app.derived.runner import Moved, Runner
from spark_app.store.engine import connect, open_store, sqlite_url, upsert
from spark_app.store.tables import entry, fold_book, ledger
from tests.made.small_store import MINUTE_US, put_entry
from tests.spark_app.derived.seen_fold import ENTRIES, Seen, fill, rows


class Killed(BaseException):
    """The process ends here: nobody catches it."""


def run_until(engine, instant, bad):
    """Take a fold to the end, or to its death before the statement or commit number `instant`; whether it died."""
    left = Counter(instants=instant)

    def strike(*_):
        left["instants"] -= 1
        if left["instants"] == -1:
            raise Killed

    event.listen(engine, "before_cursor_execute", strike)
    event.listen(engine, "commit", strike)
    try:
        Runner(engine, [Seen(bad)]).catch_up()
    except Killed:
        return True
    finally:
        engine.dispose()
    return False


def test_killed_at_any_statement_the_next_process_goes_on_as_if_nothing_had_been(tmp_path, monkeypatch, thorough):
    """The end comes before each statement and each commit in turn; by day before each third of them."""
    monkeypatch.setattr(module, "ENTRIES_PER_STEP", 4)
    bad, blank, path = (0, 5, 6), tmp_path / "blank.db", tmp_path / "store.db"
    fill(open_store(sqlite_url(blank)), 12).dispose()

    def anew():
        for name in ("store.db-wal", "store.db-shm"):
            (tmp_path / name).unlink(missing_ok=True)
        return shutil.copy(blank, path)

    anew()
    whole = connect(sqlite_url(path))
    Runner(whole, [Seen(bad)]).catch_up()
    wanted, instant = rows(whole), 0
    whole.dispose()
    while anew() and run_until(connect(sqlite_url(path)), instant, bad):
        again = connect(sqlite_url(path))
        Runner(again, [Seen(bad)]).catch_up()
        assert rows(again) == wanted, instant
        again.dispose()
        instant += 1 if thorough else 3
    assert instant > 60


def test_two_processes_at_once_take_in_and_set_aside_each_entry_once(engine):
    slow, quick = Runner(engine, [Seen([3, 20])]), Runner(engine, [Seen([3, 20])])
    slow.step(slow.folds[0])
    quick.catch_up()
    assert rows(engine)["at"] == ENTRIES
    slow.catch_up()
    book = rows(engine)["book"]
    assert (book.taken_in, book.set_aside) == (ENTRIES - 2, 2)


def test_a_step_that_another_process_overtook_is_not_written(engine):
    class Overtaken(Seen):
        tables = ()  # so that no key of its own rows stands in the way

        def fold(self, connection, entries):
            if entries[0].entry:
                Runner(engine, [Seen()]).catch_up()

    slow = Runner(engine, [Overtaken()])
    slow.step(slow.folds[0])
    with pytest.raises(Moved, match="does not stand at entry 16 any more"):
        slow.step(slow.folds[0])
    book = rows(engine)["book"]
    assert (book.taken_in, book.set_aside, rows(engine)["at"]) == (ENTRIES, 0, ENTRIES)
    assert slow.catch_up() == 0  # it reads where the fold is


def test_a_fold_of_an_older_store_has_taken_in_what_it_had(engine):
    """Its row is there and its counters are not: they begin with what it had taken in of the entries that are left."""
    Runner(engine, [Seen()]).catch_up()
    with engine.begin() as connection:
        connection.execute(delete(fold_book))
        connection.execute(delete(entry).where(entry.c.entry < 5))
    put_entry(engine, ENTRIES, (ENTRIES + 1) * MINUTE_US, [(1, "closed")])
    with engine.connect() as connection:
        (before,) = [fold for fold in read_folds(connection) if fold.name == "seen"]
    assert (before.stored, before.taken_in, before.behind, before.balances) == (36, 35, 1, True)
    Runner(engine, [Seen()]).catch_up()
    assert rows(engine)["book"] == Book("seen", 5, 36)


def test_the_books_of_each_fold_balance_and_a_lost_count_is_found(engine):
    runner = Runner(engine, [Seen([4])])
    for _ in range(3):
        runner.step(runner.folds[0])
        with engine.connect() as connection:
            assert wrong_books(read_folds(connection)) == []
    with engine.begin() as connection:
        connection.execute(fold_book.update().values(taken_in=fold_book.c.taken_in - 1))
        (wrong,) = wrong_books(read_folds(connection))
    assert wrong.startswith("entries stored = taken in + set aside + behind of the fold seen: 40 is not 39")


def written(engine, *batches):
    """Ledger rows: (first entry, entry behind the last, minute of the clock)."""
    with engine.begin() as connection:
        upsert(
            connection,
            ledger,
            [
                {
                    "query_id": "q",
                    "batch_id": number,
                    "from_entry": first,
                    "to_entry": end,
                    "written_at_us": minute * MINUTE_US,
                }
                for number, (first, end, minute) in enumerate(batches)
            ],
        )


def status_of(engine, name, minute):
    with engine.connect() as connection:
        return next(fold for fold in read_folds(connection, minute * MINUTE_US) if fold.name == name)


def test_a_fold_is_late_when_an_entry_has_been_stored_for_more_than_ten_minutes(engine):
    written(engine, (0, 20, 100), (20, ENTRIES, 107))
    runner = Runner(engine, [Seen()])
    assert [status_of(engine, "incidents", minute).is_late for minute in (105, 110, 111)] == [False, False, True]
    runner.step(runner.folds[0])
    runner.step(runner.folds[0])  # 32 of 40: what it has not taken in was stored at 107
    assert [status_of(engine, "seen", minute).is_late for minute in (111, 117, 118)] == [False, False, True]
    runner.catch_up()
    end = status_of(engine, "seen", 10_000)
    assert (end.is_late, end.waiting_s, end.behind) == (False, None, 0)


def test_what_is_wrong_with_a_fold_is_one_sentence(engine):
    written(engine, (0, ENTRIES, 100))
    Runner(engine, [Seen([4, 7])]).catch_up()
    with engine.connect() as connection:
        said = troubles(read_folds(connection, 130 * MINUTE_US))
    assert "the fold seen set 2 entries aside, the first is 4" in said
    assert "the fold incidents is 40 entries behind, for 30 min" in said
