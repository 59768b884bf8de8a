"""An entry that a derived fold cannot take in: set aside with its reason, counted, and nothing else is held up."""

import pytest
from sqlalchemy import delete, select

from spark_app.commands.derive import take_turns
from spark_app.derived import fold_failures
from spark_app.derived.fold_books import Book
from spark_app.derived.fold_failures import FailureLog
from spark_app.derived.runner import Runner
from spark_app.store.engine import open_store, sqlite_url
from spark_app.store.tables import entry, fold_book, fold_dead_letter, message, revision
from tests.made.small_store import MINUTE_US
from tests.spark_app.derived.seen_fold import ENTRIES, Seen, fill, rows, seen_table


def count_in_mind(engine):
    """What a new process of the fold has in mind at the end."""
    fold = Seen()
    runner = Runner(engine, [fold])
    assert runner.catch_up() == 0
    return fold.count


BAD = [(0,), (ENTRIES - 1,), (7,), (7, 8, 9), (0, 15, 16, 31), tuple(range(10, 30)), tuple(range(ENTRIES))]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{len(bad)} from {bad[0]}")
def test_it_is_set_aside_with_its_reason_and_the_later_ones_go_on(engine, bad):
    assert Runner(engine, [Seen(bad)], clock_us=lambda: 9).catch_up() == ENTRIES
    good = [number for number in range(ENTRIES) if number not in bad]
    book = Book("seen", 0, len(good), len(bad), bad[0], (bad[0] + 1) * MINUTE_US)
    assert rows(engine) == {"seen": good, "aside": list(bad), "book": book, "at": ENTRIES}
    assert count_in_mind(engine) == len(good)
    with engine.connect() as connection:
        letters = connection.execute(select(fold_dead_letter).order_by(fold_dead_letter.c.entry)).all()
    assert all(letter.version == "1" and letter.at_us == 9 for letter in letters)
    assert letters[0].reason.startswith(f"KeyError: 'id of {bad[0]}' (seen_fold.py, line ")


def test_the_other_folds_take_it_in(engine):
    class Other(Seen):
        name, tables = "other", ()

        def fold(self, connection, entries):
            self.count += len(entries)

    other = Other()
    take_turns(Runner(engine, [Seen([3]), other, Seen([3])]), lambda: False)
    assert other.count == ENTRIES
    with engine.connect() as connection:
        books = {book.fold: (book.taken_in, book.set_aside) for book in connection.execute(select(fold_book))}
    assert books == {"seen": (ENTRIES - 1, 1), "other": (ENTRIES, 0)}


def test_it_is_told_with_its_traceback(engine, capsys):
    Runner(engine, [Seen([3])]).catch_up()
    told = capsys.readouterr().err
    assert told.startswith(
        "pulse: the derived fold 'seen' cannot take in entry 3 and sets it aside: KeyError: 'id of 3' ("
    )
    assert "Traceback (most recent call last):" in told and told.count("KeyError") == 2


def test_a_rule_that_fails_on_every_entry_says_so_a_few_times_and_is_read_once_an_entry(tmp_path, capsys):
    engine = fill(open_store(sqlite_url(tmp_path / "store.db")), 250)
    fold = Seen(range(250))
    Runner(engine, [fold]).catch_up()
    told = capsys.readouterr().err
    assert told.count("Traceback") == fold_failures.TRACEBACKS
    assert told.count("sets it aside") == fold_failures.SENTENCES + 1
    assert "entry 99 and sets it aside (100 entries within an hour)" in told
    assert fold.folded <= 250 + 16  # halved once, then one by one
    assert rows(engine)["book"].set_aside == 250


def test_what_is_told_begins_anew_every_hour(capsys):
    now = [0.0]
    log = FailureLog(lambda: now[0])
    for _ in range(2):
        for number in range(50):
            log.note("seen", number, KeyError("a"))
        now[0] += fold_failures.PERIOD_S + 1
    assert capsys.readouterr().err.count("sets it aside") == 2 * fold_failures.SENTENCES


@pytest.mark.parametrize(
    "raises",
    [
        lambda one: RecursionError("deep"),
        lambda one: UnicodeError("\ud800 \0 half a character"),
        lambda one: ValueError("x" * 10_000 + "\n\n second line"),
        lambda one: StopIteration(),
        lambda one: AssertionError(),
    ],
    ids=["recursion", "surrogate and NUL", "long", "empty", "no text"],
)
def test_whatever_it_raises_its_reason_can_be_stored(engine, raises):
    Runner(engine, [Seen([5], raises=raises)]).catch_up()
    assert rows(engine)["aside"] == [5] and rows(engine)["at"] == ENTRIES
    with engine.connect() as connection:
        reason = connection.execute(select(fold_dead_letter.c.reason)).scalar()
    assert 0 < len(reason) <= 500 and "\n" not in reason and "\0" not in reason


def break_lines(connection):
    connection.execute(revision.update().where(revision.c.rev == 2).values(lines="[{"))


def drop_revision(connection):
    connection.execute(delete(revision).where(revision.c.rev == 2))


def break_message(connection):
    connection.execute(message.update().where(message.c.entry % 2 == 1).values(rev=77))


@pytest.mark.parametrize("harm", [break_lines, drop_revision, break_message])
def test_an_entry_that_cannot_be_read_back_is_set_aside(engine, harm):
    with engine.begin() as connection:
        harm(connection)
    Runner(engine, [Seen()]).catch_up()
    assert rows(engine)["aside"] == list(range(1, ENTRIES, 2)) and rows(engine)["seen"] == list(range(0, ENTRIES, 2))
    with engine.connect() as connection:
        reason = connection.execute(select(fold_dead_letter.c.reason)).scalar()
    assert harm is break_lines or ("revision" in reason and "is not in the store" in reason)


def test_a_row_that_is_there_already_is_the_entrys_fault(engine):
    with engine.begin() as connection:
        connection.execute(seen_table.insert().values(entry=6, word="else"))

    class Keeping(Seen):
        tables = ()  # so that what was there before stays

    Runner(engine, [Keeping()]).catch_up()
    assert rows(engine)["aside"] == [6] and rows(engine)["at"] == ENTRIES


def test_another_version_of_the_rule_tries_again(engine):
    Runner(engine, [Seen([4, 9])]).catch_up()
    Runner(engine, [Seen([9], version="2")]).catch_up()
    assert rows(engine)["aside"] == [9] and rows(engine)["book"] == Book("seen", 0, ENTRIES - 1, 1, 9, 10 * MINUTE_US)
    Runner(engine, [Seen(version="3")]).catch_up()
    assert rows(engine) == {"seen": list(range(ENTRIES)), "aside": [], "book": Book("seen", 0, ENTRIES), "at": ENTRIES}


def test_retention_drops_dead_letters_with_their_entries_and_keeps_the_counters(engine):
    runner = Runner(engine, [Seen([4, 30])])
    runner.catch_up()
    with engine.begin() as connection:
        connection.execute(delete(entry).where(entry.c.entry < 20))
    runner.prune(0)
    assert rows(engine)["aside"] == [30] and rows(engine)["book"].set_aside == 2


def test_a_pruning_that_fails_holds_up_no_other_and_the_fold_goes_on(engine, capsys):
    class Stuck(Seen):
        def prune(self, connection, before_us):
            self.count = 1_000
            raise RuntimeError("no")

    class Other(Seen):
        name, tables = "other", ()

        def fold(self, connection, entries):
            pass

    stuck, other = Stuck(), Other()
    runner = Runner(engine, [stuck, other])
    runner.step(stuck)
    runner.step(other)
    runner.prune(0)
    assert "the derived fold 'stuck'" not in capsys.readouterr().err
    runner.catch_up()
    assert stuck.count == ENTRIES
    Runner(engine, [Seen()]).prune(0)  # of a process that has taken in nothing yet
    assert rows(engine)["seen"] == []
