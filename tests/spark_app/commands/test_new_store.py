"""A store that is made anew, killed at every line of it: nothing is lost that no log holds,
and a second go is whole."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, select

from dashboard.frame.freshness import freshness
from dashboard.store.reader import Store
from prim_client.messages.message import from_epoch_us
from spark_app.commands import new_store, status
from spark_app.commands.new_store import Beside, InPlace, evidence_of, remove_leftovers
from spark_app.derived.incidents.asking import WORD
from spark_app.store.engine import (
    StoreError,
    StoreUnavailable,
    append,
    check_whole,
    connect,
    exists,
    get_meta,
    open_store,
    put_meta,
    sqlite_url,
)
from spark_app.store.tables import delivery, entry, metadata, published_incident
from tests.made import databases

SERVERS = [name for name in ("postgresql", "mariadb") if name == "postgresql" or databases.mariadb()]
TOLD = {"id": "d1", "disruption_id": "D1", "since_entry": 3, "seen_at_us": 9}
SENT = {"alert": "a", "event": "raised", "target": "log", "status": "sent", "attempts": 1, "next_us": 5, "said": ""}


def fill(engine: Engine, entries: int) -> None:
    rows = [{"entry": n, "event_time_us": n, "tick": False, "observed": True, "messages": 0} for n in range(entries)]
    with engine.begin() as connection:
        append(connection, entry, rows)


def old_store(url: str) -> str:
    """Five entries and what no log holds, left open in its -wal as by a kill."""
    engine = open_store(url)
    fill(engine, 5)
    with engine.begin() as connection:
        append(connection, published_incident, [TOLD])
        append(connection, delivery, [SENT])
        put_meta(connection, **{WORD: '{"readings": 7}', "source": "live", "build": "old"})
    return url


def kept(url: str) -> dict[str, list[tuple]]:
    engine = connect(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(tuple, (row.values() for row in rows)))
            for table, rows in evidence_of(connection).items()
        }
    engine.dispose()
    return found


def entries_of(url: str) -> int:
    engine = connect(url)
    with engine.connect() as connection:
        return len(connection.execute(select(entry)).all())


def killed_at(line: int, act: Callable[[], None]) -> bool:
    """Do `act` in a process of its own that is killed before the `line`-th line of `new_store`; False:
    it ended before."""
    pid = os.fork()
    if pid == 0:
        left = line

        def trace(frame, event, _):
            nonlocal left
            if frame.f_code.co_filename != new_store.__file__ or frame.f_code.co_name.startswith("<"):
                return None
            if event == "line":
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        code = 1
        try:
            sys.settrace(trace)
            act()
            code = 0
        finally:
            os._exit(code)
    _, end = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(end) or os.WEXITSTATUS(end) == 0
    return os.WIFSIGNALED(end)


def rebuild(path: Path) -> None:
    new = Beside(path)
    new.begin()
    fill(open_store(new.url), 3)
    new.finish(None)


def test_a_file_killed_at_any_line_is_the_old_store_or_the_new_one(tmp_path):
    old_store(sqlite_url(tmp_path / "old" / "store.db"))
    before = kept(sqlite_url(tmp_path / "old" / "store.db"))
    for line in count():
        path = shutil.copytree(tmp_path / "old", tmp_path / str(line)) / "store.db"
        url = sqlite_url(path)
        ended = not killed_at(line, partial(rebuild, path))
        assert kept(url) == before, line
        assert entries_of(url) in ((3,) if ended else (3, 5)), line
        rebuild(path)
        assert (kept(url), entries_of(url)) == (before, 3), line
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        if ended:
            break
    assert line > 15


@pytest.fixture(scope="module", params=SERVERS)
def new_database(request) -> Iterator[Callable[[], str]]:
    if request.param == "postgresql" and not databases.postgres():
        pytest.skip("PostgreSQL is not installed")
    with {"postgresql": databases.postgresql_server, "mariadb": databases.mariadb_server}[request.param]() as new:
        yield new


def test_tables_of_a_server_killed_at_any_line_are_whole_or_marked(new_database, thorough):
    for line in (
        (*range(7), 10, 25, 50, 10**6) if thorough else (1, 4, 6, 25, 10**6)
    ):  # most are turns of a loop over the tables
        url = old_store(new_database())
        before = kept(url)
        ended = not killed_at(line, InPlace(url).begin)
        engine = connect(url)
        assert kept(url) == before, line
        if not set(metadata.tables) <= set(inspect(engine).get_table_names()) or entries_of(url) < 5:
            assert exists(url)
            with pytest.raises(StoreError, match="run `./pulse rebuild` to its end"):
                check_whole(engine)
        InPlace(url).begin()
        fill(engine, 3)
        InPlace(url).finish(None)
        check_whole(engine)
        assert (kept(url), entries_of(url)) == (before, 3), line
        with engine.connect() as connection:
            assert get_meta(connection, "build") is None, "the archive would take it for the old store"
        engine.dispose()
    assert ended, "the last one came to its end"


def test_a_store_in_the_making_is_one_sentence_everywhere(new_database, capsys, tmp_path):
    url = old_store(new_database())
    InPlace(url).begin()
    (tmp_path / "config.yaml").write_text("data_dir: data\n")
    assert status.main(["--store", url, "--config", str(tmp_path / "config.yaml")]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "run `./pulse rebuild` to its end" in said
    assert "en reconstruction" in freshness(Store(url), from_epoch_us(0))["error"]


def test_an_old_file_may_be_kept(tmp_path):
    url = old_store(sqlite_url(tmp_path / "store.db"))
    new = Beside(tmp_path / "store.db")
    new.begin()
    new.finish(tmp_path / "aside.db")
    assert (entries_of(sqlite_url(tmp_path / "aside.db")), entries_of(url)) == (5, 0)


def test_a_file_that_is_no_database_any_more_has_nothing_to_keep(tmp_path, capsys):
    path = tmp_path / "store.db"
    path.write_bytes(b"no database" * 1_000)
    rebuild(path)
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "IDFM's own ids of incidents are lost" in said
    assert entries_of(sqlite_url(path)) == 3


def test_a_store_that_cannot_be_read_just_now_is_not_taken_for_one_without_evidence(tmp_path, monkeypatch):
    path = tmp_path / "store.db"
    open_store(sqlite_url(path)).dispose()
    monkeypatch.setattr("spark_app.store.engine.BUSY_TIMEOUT_MS", 10)
    with closing(sqlite3.connect(path)) as other:
        other.execute("pragma locking_mode = exclusive")
        other.execute("begin exclusive")
        with pytest.raises(StoreUnavailable, match="locked"):
            Beside(path).begin()


def test_leftovers_go(tmp_path):
    names: Sequence[str] = ("store.db.new", "store.db.new-wal", "store.db.new-shm", "rebuild/checkpoint/metadata")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    remove_leftovers(sqlite_url(tmp_path / "store.db"), tmp_path)
    assert list(tmp_path.iterdir()) == []
