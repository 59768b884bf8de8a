"""What is wrong with a fold, as `./pulse status` says it, and `./pulse refold`, which tries set-aside entries again."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from spark_app.commands import refold, status
from spark_app.commands.derive import make_folds
from spark_app.derived.fold_books import NAMES
from spark_app.derived.runner import Runner
from spark_app.store.engine import open_store, sqlite_url, upsert
from spark_app.store.tables import derived, fold_book, fold_dead_letter, ledger, revision
from spark_app.store.tables import status as status_table
from tests.made.stored_polls import SETTINGS, StoredPolls, disruption
from tests.truth.tables import differences, tables_of

START = datetime(2026, 10, 5, 10, 17, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def shut(number):
    return disruption(
        f"shut-{number}",
        "C01376",
        f"Métro 6 : Bagage oublié {number} - Trafic interrompu",
        "Le trafic est interrompu à Bercy.",
        START - MINUTE,
        START + timedelta(hours=3),
    )


def polls(store, first=0, last=12):
    for step in range(first, last):
        store.poll(START + 2 * step * MINUTE, *(shut(number) for number in range(step + 1)))


@pytest.fixture
def store(tmp_path):
    """Twelve polls; the log's word agrees with what is stored, and all was stored just now."""
    store = StoredPolls(sqlite_url(tmp_path / "store.db"))
    polls(store)
    log_word(store)
    yield store
    store.engine.dispose()


def log_word(store):
    with store.engine.begin() as connection:
        counted = dict(connection.exec_driver_sql("select name, value from book").all())
        ticks = {"observed": counted["ticks_observed"], "unobserved": 0, "expected": counted["ticks_observed"]}
        messages = {"made": counted["stored"], "logged": counted["stored"], "filtered": 0}
        polled = {"received": 12, "changed": 12, "unchanged": 0, "rejected": 0}
        word = {
            "polls": polled,
            "messages": messages,
            "ticks": ticks,
            "last": store.written,
            "first": 0,
            "input_done": True,
            "last_good_poll_at": None,
            "last_poll_at": None,
            "last_poll_error": "",
        }
        upsert(connection, status_table, [{"part": "log", "at_us": time.time_ns() // 1_000, "value": json.dumps(word)}])


def break_revision(store, rev, lines="[{"):
    with store.engine.begin() as connection:
        kept = connection.execute(select(revision.c.lines).where(revision.c.rev == rev)).scalar()
        connection.execute(revision.update().where(revision.c.rev == rev).values(lines=lines))
    return kept


def asked(store, capsys, *options):
    code = status.main(["--store", str(store.engine.url), *options])
    return code, capsys.readouterr().out


def test_folds_that_are_whole_are_said_so_with_their_counters(store, capsys):
    store.runner.catch_up()
    code, text = asked(store, capsys)
    assert code == 0
    for name in NAMES:
        assert f"{name}: {store.written} stored = {store.written} taken in + 0 set aside + 0 behind\n" in text
    assert "trouble" not in text and "books      balance" in text


def test_a_fold_that_set_something_aside_fails_the_status(store, capsys):
    break_revision(store, 5)
    store.runner.catch_up()
    code, text = asked(store, capsys)
    assert code == 1 and "books      balance" in text
    assert "trouble    the fold incidents set " in text and "; incomplete since entry " in text
    code, told = asked(store, capsys, "--json")
    fold = json.loads(told)["folds"]["trends"]
    assert code == 1 and fold["set_aside"] > 0 and fold["late"] is False
    assert fold["stored"] == fold["taken_in"] + fold["set_aside"] + fold["behind"] == store.written
    with store.engine.connect() as connection:
        first = (
            connection.execute(select(fold_dead_letter.c.entry).where(fold_dead_letter.c.fold == "trends"))
            .scalars()
            .first()
        )
    assert fold["incomplete_from"] == first


def test_folds_that_nobody_runs_are_late_after_ten_minutes(store, capsys):
    assert asked(store, capsys)[0] == 0  # just stored
    with store.engine.begin() as connection:
        connection.execute(ledger.update().values(written_at_us=ledger.c.written_at_us - 11 * 60 * 10**6))
    code, text = asked(store, capsys)
    assert code == 1 and text.count("; behind for 11 min") == text.count("trouble") == len(NAMES)
    store.runner.catch_up()
    assert asked(store, capsys)[0] == 0  # however long ago: a finished replay


def test_refold_takes_in_what_had_been_set_aside(store, tmp_path, capsys):
    lines = break_revision(store, 5)
    store.runner.catch_up()
    assert refold.main(["--store", str(store.engine.url)]) == 1  # it is still broken
    assert "set " in capsys.readouterr().err
    break_revision(store, 5, lines)
    assert refold.main(["incidents", "--store", str(store.engine.url)]) == 0
    assert capsys.readouterr().out == f"incidents: {store.written} entries passed\n"
    assert asked(store, capsys)[0] == 1  # the other five
    assert refold.main(["--store", str(store.engine.url)]) == 0
    assert asked(store, capsys)[0] == 0
    whole = StoredPolls(sqlite_url(tmp_path / "whole.db"))
    polls(whole)
    whole.runner.catch_up()
    assert differences(tables_of(store.engine), tables_of(whole.engine)) == []


def test_a_process_that_runs_begins_anew_too(store):
    store.runner.catch_up()
    other = Runner(store.engine, store.runner.folds[:1])
    other.begin_anew(other.folds[0])
    polls(store, 12, 14)
    assert store.runner.take_turn(store.runner.folds[0]).passed == store.written


def test_a_name_of_no_fold_is_one_sentence(store, capsys):
    assert refold.main(["incident", "--store", str(store.engine.url)]) == 2
    assert "there is no fold 'incident'; there are alerts, clusters" in capsys.readouterr().err
    assert refold.main(["--store", f"{store.engine.url}.none"]) == 1


def test_a_store_whose_fold_was_wedged_by_an_older_program_goes_on(store, capsys):
    """Its state is of before the bad entry, there are no counters, and the entry is still there."""
    runner = store.runner
    for fold in runner.folds:
        runner.step(fold)
    with store.engine.begin() as connection:
        for table in (fold_book, fold_dead_letter):
            table.drop(connection)
    polls(store, 12, 16)
    engine = open_store(str(store.engine.url))  # makes the tables that it lacks
    assert Runner(engine, make_folds(SETTINGS)).catch_up() > 0
    with engine.connect() as connection:
        ends = set(connection.execute(select(derived.c.next_entry)).scalars())
        books = {row.fold: (row.taken_in, row.set_aside) for row in connection.execute(select(fold_book))}
    assert ends == {store.written} and set(books.values()) == {(store.written, 0)}


def test_a_derive_process_killed_again_and_again_sets_each_broken_entry_aside_once(tmp_path, thorough):
    """A real process over a store with entries that cannot be read back: three kills, at night twelve."""
    instants = 12 if thorough else 3
    store, twin = (StoredPolls(sqlite_url(tmp_path / name)) for name in ("store.db", "twin.db"))
    for each in (store, twin):
        polls(each, 0, 40)
        for rev in (3, 9, 30):
            break_revision(each, rev)
    twin.runner.catch_up()
    url = str(store.engine.url)
    command = [sys.executable, "-m", "spark_app.commands.derive", "--store", url]
    for kills in range(instants):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
        wanted = (kills + 1) * 6 * store.written // (instants + 1)
        while process.poll() is None and passed(store) < wanted:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
    store.restart().catch_up()
    assert differences(tables_of(store.engine), tables_of(twin.engine)) == []


def passed(store):
    with store.engine.connect() as connection:
        return sum(connection.execute(select(derived.c.next_entry)).scalars())
