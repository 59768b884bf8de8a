"""An entry that a derived fold cannot take in: set aside with its reason, counted, and nothing else is held up."""

import random
import shutil
import sqlite3
from collections import Counter

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    MetaData,
    String,
    Table,
    Text,
    delete,
    event,
    select,
)
from sqlalchemy.dialects.mysql import LONGTEXT

from spark_app.commands.derive import take_turns
from spark_app.derived import fold_failures
from spark_app.derived import runner as module
from spark_app.derived.fold_books import Book, read_book, read_folds, troubles, wrong_books
from spark_app.derived.fold_failures import FailureLog
from spark_app.derived.runner import Moved, Runner
from spark_app.store.engine import StoreUnavailable, append, connect, open_store, sqlite_url, upsert
from spark_app.store.tables import derived, entry, fold_book, fold_dead_letter, ledger, message, revision
from spark_app.store.value_errors import may_be_of_a_value
from tests.made.databases import mariadb, mariadb_server, postgres, postgresql_server
from tests.made.small_store import MINUTE_US, put_entry, put_revision

ENTRIES = 40
seen_table = Table(
    "seen", MetaData(), Column("entry", BigInteger, primary_key=True, autoincrement=False), Column("word", String(8))
)


class Killed(BaseException):
    """The process ends here: nobody catches it."""


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


@pytest.fixture
def engine(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ENTRIES_PER_STEP", 16)
    engine = fill(open_store(sqlite_url(tmp_path / "store.db")))
    yield engine
    engine.dispose()


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
    assert letters[0].reason.startswith(f"KeyError: 'id of {bad[0]}' (test_fold_dead_letters.py, line ")


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


def test_another_version_of_the_rule_tries_again(engine):
    Runner(engine, [Seen([4, 9])]).catch_up()
    Runner(engine, [Seen([9], version="2")]).catch_up()
    assert rows(engine)["aside"] == [9] and rows(engine)["book"] == Book("seen", 0, ENTRIES - 1, 1, 9, 10 * MINUTE_US)
    Runner(engine, [Seen(version="3")]).catch_up()
    assert rows(engine) == {"seen": list(range(ENTRIES)), "aside": [], "book": Book("seen", 0, ENTRIES), "at": ENTRIES}


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
