"""Closing and opening again, kill -9, cut files: all of what was acknowledged, or a sentence. Never less."""

import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from prim_client.messages.poll_schedule import Slot
from prim_client.messages.polls import Rejection
from stream_server.log.books import Observed
from stream_server.log.log import Log, LogError
from tests.made.log_entries import append, at, changed, fill, message, poll
from tests.stream_server.log.writing_process import entry

WRITER = "tests.stream_server.log.writing_process"
CHECKOUT = Path(__file__).resolve().parents[3]


def start_writer(path):
    return subprocess.Popen(
        [sys.executable, "-m", WRITER, path],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
    )


def acknowledged(writer, appends):
    """The end of the log after so many more appends, as the writer said."""
    for _ in range(appends):
        end = int(writer.stdout.readline().split()[1])
    return end


def assert_balanced(books):
    polls, messages, ticks = books["polls"], books["messages"], books["ticks"]
    assert polls["received"] == polls["changed"] + polls["unchanged"] + polls["rejected"]
    assert polls["rejected"] == sum(books["rejected"].values())
    assert messages["made"] == messages["logged"] + messages["filtered"]
    assert messages["logged"] == sum(messages["by_kind"].values())
    assert ticks["expected"] == ticks["observed"] + ticks["unobserved"]


def assert_is_what_the_writer_writes(log):
    """Every entry up to the end, its messages, the books and the state."""
    first, end = log.bounds()
    entries = [entry(number) for number in range(end)]
    expected = [
        (number, part, len(one.messages), one.messages[part].id if one.messages else None)
        for number, one in enumerate(entries)
        for part in range(max(1, len(one.messages)))
    ]
    served = [json.loads(line) for line in log.read(first, end)]
    assert [(line["entry"], line["part"], line["of"], line.get("id")) for line in served] == expected
    books = log.books()
    assert_balanced(books)
    assert books["polls"]["received"] == end
    missed = max(end - 1, 0)
    assert books["schedule"] == ({"expected": end + missed, "missed": missed, "late": 0} if end else None)
    assert books["messages"]["logged"] == sum(len(one.messages) for one in entries)
    assert books["ticks"]["observed"] == sum(one.tick and one.observed for one in entries)
    assert (log.state(), log.cursor()) == (b"%d" % end, str(end - 1)) if end else (None, "")


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path):
    path, seen, chance = tmp_path / "l", 0, random.Random(4)
    for _ in range(10):
        writer = start_writer(path)
        try:
            assert acknowledged(writer, 1) >= seen
            seen = acknowledged(writer, chance.randrange(1, 60))
        finally:
            writer.kill()
        said = re.findall(r"end (\d+)\n", writer.stdout.read())  # what it still said before it died
        writer.wait()
        seen = int(said[-1]) if said else seen
        with Log.open(path) as log:
            assert log.bounds()[1] >= seen
            assert_is_what_the_writer_writes(log)


def test_a_log_without_the_newer_counters_gets_them_and_goes_on(killed_log):
    with closing(sqlite3.connect(killed_log)) as connection, connection:
        connection.execute("DELETE FROM book WHERE name LIKE 'rejected:%' OR name LIKE 'schedule:%'")
        connection.execute("UPDATE book SET value = 4 WHERE name = 'polls:rejected'")
    for _ in range(2):
        with Log.open(killed_log) as log:
            books = log.books()
            assert books["rejected"] == {"failed": 0, "empty": 0, "other": 4} and books["schedule"] is None
    with Log.open(killed_log) as log:
        failed = replace(changed(), verdict="rejected", rejection=Rejection.FAILED)
        log.append([Observed(failed, at(500), Slot(at(499), 60))], b"s")
        books = log.books()
        assert books["rejected"] == {"failed": 1, "empty": 0, "other": 4}
        assert books["schedule"]["expected"] == books["polls"]["received"] == 36


def test_a_second_writer_is_refused_with_the_pid_of_the_first(tmp_path):
    writer = start_writer(tmp_path / "l")
    try:
        acknowledged(writer, 2)
        with pytest.raises(LogError, match=rf"is being written by process {writer.pid}: stop that one"):
            Log.open(tmp_path / "l")
        acknowledged(writer, 5)
    finally:
        writer.kill()
        writer.wait()
    Log.open(tmp_path / "l").close()


def test_a_log_is_refused_twice_to_one_process_too(tmp_path):
    with Log.open(tmp_path / "l"), pytest.raises(LogError, match=f"by process {os.getpid()}: stop that one"):
        Log.open(tmp_path / "l")


@pytest.fixture(scope="module")
def closed_log(tmp_path_factory):
    path = tmp_path_factory.mktemp("closed") / "l"
    with Log.open(path) as log:
        fill(log, 12, size=9_000)
    assert not path.with_name("l-wal").exists()
    return path


@pytest.fixture
def killed_log(tmp_path):
    """A log as a killed writer leaves it: a file, a WAL with newer pages, the lock file."""
    source = tmp_path / "running" / "l"
    with Log.open(source) as log:
        fill(log, 30, size=9_000)
        log._connection.execute("PRAGMA wal_checkpoint(FULL)")
        fill(log, 5)
        (tmp_path / "killed").mkdir()
        for name in ("l", "l-wal", "l.lock"):
            shutil.copy(source.with_name(name), tmp_path / "killed" / name)
    return tmp_path / "killed" / "l"


def cuts(size, count):
    """Byte positions to cut at: the first and last ones, around every page, and `count` others."""
    near_pages = {page + delta for page in range(0, size, 4096) for delta in (-1, 0, 1)}
    spread = set(range(0, size, max(1, size // count)))
    return sorted(cut for cut in {1, 15, 16, 99, 100, 101, size - 2, size - 1} | near_pages | spread if 0 <= cut < size)


def test_a_cut_at_any_position_is_noticed_when_it_opens(closed_log, tmp_path):
    whole, copy = closed_log.read_bytes(), tmp_path / "copy"
    for cut in cuts(len(whole), 300):
        copy.write_bytes(whole[:cut])
        with pytest.raises(LogError, match=r"copy is cut or damaged \(.+\): restore it from a backup"):
            Log.open(copy)
    copy.write_bytes(whole)
    with Log.open(copy) as log:
        assert log.bounds() == (0, 12)


def test_a_longer_file_is_noticed_too(closed_log, tmp_path):
    for extra in (b"\0", bytes(4096)):
        (tmp_path / "copy").write_bytes(closed_log.read_bytes() + extra)
        with pytest.raises(LogError, match="cut or damaged"):
            Log.open(tmp_path / "copy")


def test_what_a_killed_writer_leaves_is_whole(killed_log):
    with Log.open(killed_log) as log:
        assert log.bounds() == (0, 35)
        assert len(list(log.read(0, 35))) == 35


def test_a_cut_is_noticed_unless_the_wal_holds_all_that_is_missing(killed_log, tmp_path):
    whole, wal = killed_log.read_bytes(), killed_log.with_name("l-wal").read_bytes()
    copy, mended = tmp_path / "copy", []
    with Log.open(killed_log) as log:
        lines = list(log.read(0, 35))
    for cut in cuts(len(whole), 50):
        copy.write_bytes(whole[:cut])
        copy.with_name("copy-wal").write_bytes(wal)
        try:
            with Log.open(copy) as log:
                assert list(log.read(0, 35)) == lines
                mended.append(cut)
        except LogError as error:
            assert "cut or damaged" in str(error)
            assert copy.read_bytes() == whole[:cut]  # not mended by half before it was refused
    assert all(cut % 4096 == 0 and cut > len(whole) - 5 * 4096 for cut in mended)


def copy_killed(killed_log, folder, wal_bytes):
    """A copy of a killed writer's log with so much of its WAL (None: without)."""
    folder.mkdir()
    for name in ("l", "l.lock"):
        shutil.copy(killed_log.with_name(name), folder / name)
    if wal_bytes is not None:
        (folder / "l-wal").write_bytes(killed_log.with_name("l-wal").read_bytes()[:wal_bytes])
    return folder / "l"


def test_a_cut_or_missing_wal_is_noticed_by_the_count_beside_it(killed_log, tmp_path):
    refused, opened = [], []
    for cut in (None, *range(0, killed_log.with_name("l-wal").stat().st_size, 4_001)):
        path = copy_killed(killed_log, tmp_path / f"cut{cut}", cut)
        try:
            with Log.open(path) as log:
                assert len(list(log.read(0, 35))) == 35
                opened.append(cut)
        except LogError as error:
            assert re.search(
                r"ends at entry 3\d although 35 had been written: its -wal file is missing or cut", str(error)
            )
            refused.append(cut or 0)
    assert len(refused) > 10
    assert opened and min(opened) > max(refused)  # only old pages were cut off, those that the next turn writes over


def test_after_such_a_loss_the_way_back_that_the_sentence_names_works(killed_log, tmp_path):
    path = copy_killed(killed_log, tmp_path / "cut", 20_000)
    with pytest.raises(LogError, match="remove .*cut/l.lock and rebuild"):
        Log.open(path)
    path.with_name("l.lock").unlink()
    with Log.open(path) as log:
        assert 30 <= log.bounds()[1] < 35
        assert len(list(log.read(*log.bounds()))) == log.bounds()[1]
        assert_balanced(log.books())


def test_a_flipped_bit_in_what_is_stored_is_an_error_when_read(closed_log, tmp_path):
    for table, column in (("body", "json"), ("entry", "refs")):
        copy = shutil.copy(closed_log, tmp_path / table)
        with sqlite3.connect(copy) as connection:
            blob = bytearray(connection.execute(f"SELECT {column} FROM {table} LIMIT 1").fetchone()[0])
            blob[len(blob) // 2] ^= 1
            connection.execute(
                f"UPDATE {table} SET {column} = ? WHERE rowid = (SELECT min(rowid) FROM {table})", (blob,)
            )
        connection.close()
        with Log.open(copy) as log, pytest.raises(LogError, match="cut or damaged"):
            list(log.read(0, 12))


def test_a_page_of_zeros_anywhere_is_noticed(closed_log, tmp_path):
    whole, copy = closed_log.read_bytes(), tmp_path / "copy"
    for page in range(0, len(whole), 4096):
        copy.write_bytes(whole[:page] + bytes(4096) + whole[page + 4096 :])
        with pytest.raises(LogError, match="cut or damaged|is not a log"), Log.open(copy) as log:
            list(log.read(0, 12))


@pytest.mark.parametrize("table", ["entry", "book"])
def test_entries_that_the_books_do_not_know_are_noticed(closed_log, tmp_path, table):
    copy = shutil.copy(closed_log, tmp_path / "copy")
    with sqlite3.connect(copy) as connection:
        connection.execute(
            "DELETE FROM entry WHERE number = 5"
            if table == "entry"
            else "UPDATE book SET value = value - 1 WHERE name = 'messages:logged'"
        )
    connection.close()
    with pytest.raises(LogError, match=r"entries \(count, first, last, messages\) are"):
        Log.open(copy)


def test_a_reader_of_another_program_is_not_taken_for_damage(killed_log, monkeypatch):
    monkeypatch.setattr("stream_server.log.log_file.BUSY_S", 0.1)
    with closing(sqlite3.connect(killed_log, isolation_level=None)) as shell:
        shell.execute("BEGIN")
        shell.execute("SELECT count(*) FROM entry").fetchone()
        with pytest.raises(LogError, match="is being read by another program: close that one"):
            Log.open(killed_log)
    with Log.open(killed_log) as log:
        assert log.bounds() == (0, 35)


def test_files_that_are_no_log_are_left_alone(tmp_path):
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE precious (x)")
    connection.close()
    (tmp_path / "text").write_text("Pulse is a nice word\n" * 100)
    for path in (other, tmp_path / "text"):
        before = path.read_bytes()
        with pytest.raises(LogError, match="is not a log of this program: name another file"):
            Log.open(path)
        assert path.read_bytes() == before


def test_a_folder_or_a_forbidden_place_is_a_sentence(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(LogError, match="cannot use .*folder"):
        Log.open(tmp_path / "folder")
    (tmp_path / "file").write_text("x")
    with pytest.raises(LogError, match="cannot use .*Not a directory|cannot use .*File exists"):
        Log.open(tmp_path / "file" / "l")


def test_another_schema_says_what_to_do(closed_log, tmp_path):
    copy = shutil.copy(closed_log, tmp_path / "copy")
    with sqlite3.connect(copy) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(LogError, match="has schema 9 and this program reads 1: use the version that wrote it"):
        Log.open(copy)


def test_a_full_disk_is_a_sentence_and_the_log_stays_as_it_was(tmp_path):
    path = tmp_path / "l"
    with Log.open(path) as log:
        fill(log, 3)
        pages = log._connection.execute("PRAGMA page_count").fetchone()[0]
        log._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(LogError, match="database or disk is full; check space and permissions"):
            append(log, poll(at(9), *(message(f"x{n}", at(9), size=50_000 + n) for n in range(999))))
        assert log.bounds() == (0, 3)
        log._connection.execute("PRAGMA max_page_count = 1000000")
        fill(log, 1)
    with Log.open(path) as log:
        assert [json.loads(line)["id"] for line in log.read(0, 4)] == ["d0", "d1", "d2", "d3"]
        assert_balanced(log.books())
