"""A replay whose checkpoint, store or log was lost or damaged:
it goes on, or says in one sentence why not and what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from prim_client.inputs.recorded.recorded import Recorded
from spark_app.commands import app
from spark_app.store.engine import StoreError, StoreUnavailable, open_store, sqlite_url
from tests.made.synthetic_polls import make_polls, write_folder
from tests.truth.commands import Replay
from tests.truth.road import Polls, Road, serving
from tests.truth.tables import Rows, differences, tables_of

pytestmark = pytest.mark.spark
STORED = 11  # entries of the first twelve polls


@pytest.fixture(scope="module")
def finished(spark, tmp_path_factory) -> Path:
    """The home of a replay whose log goes on behind what is stored."""
    home = tmp_path_factory.mktemp("finished")
    replay = Replay(home, write_folder(home / "recording", make_polls(1)))
    with serving(replay.plan.log, Polls(make_polls(1)[:12])) as server:
        Road(spark, server.port, replay.plan.folder, max_entries=4).go()
    with serving(replay.plan.log, Recorded(replay.plan.path)) as server:
        assert STORED == replay.stored() < server.log.bounds()[1]
    return home


@pytest.fixture(scope="module")
def stored(spark, tmp_path_factory) -> Path:
    """The folder of a store that holds the whole log; nothing may be written into it."""
    folder = tmp_path_factory.mktemp("whole")
    with serving(folder / "log.db", Polls(make_polls(1))) as server:
        Road(spark, server.port, folder).go()
    return folder


@pytest.fixture(scope="module")
def whole(stored) -> dict[str, Rows]:
    return tables_of(open_store(sqlite_url(stored / "store.db")))


@pytest.fixture
def replay(finished) -> Iterator[Replay]:
    """The stopped replay, to be damaged; the path of a recording is part of its name, so it cannot be copied away."""
    replay = Replay(finished, finished / "recording")
    aside = finished / "aside"
    shutil.copytree(replay.plan.folder, aside)
    yield replay
    replay.kill()
    shutil.rmtree(replay.plan.folder, ignore_errors=True)
    aside.rename(replay.plan.folder)


def complaint(replay: Replay) -> str:
    """What the command says when it is run again: one sentence."""
    code, result, said = replay.run()
    assert (code, result) == (1, {})
    assert len(said.splitlines()) == 1 and said.startswith("pulse: "), said
    return said


def remove_store(replay: Replay) -> None:
    for file in replay.plan.folder.glob("store.db*"):
        file.unlink()


def goes_on(replay: Replay) -> str:
    """What the command says when it is run again and does all that is left: one line."""
    code, _, said = replay.run()
    assert code == 0, said
    assert len(said.splitlines()) == 1 and said.startswith("pulse: note: "), said
    return said


@pytest.mark.nightly("test_a_checkpoint_that_only_spark_finds_wrong… here, and tests/truth/test_lost_checkpoints.py")
def test_a_lost_checkpoint_is_said_and_the_store_says_where_to_go_on(replay, whole):
    shutil.rmtree(replay.plan.folder / "checkpoint")
    assert f"checkpoint is lost: a new one begins at entry {STORED}" in goes_on(replay)
    assert differences(tables_of(replay.engine), whole) == []


def test_a_checkpoint_that_only_spark_finds_wrong_is_replaced_when_the_part_is_started_again(replay, whole):
    commits = replay.plan.folder / "checkpoint" / "commits"
    newest = max((path for path in commits.iterdir() if path.name.isdecimal()), key=lambda path: int(path.name))
    newest.write_text("v9\n{}")
    (commits / f".{newest.name}.crc").unlink(missing_ok=True)
    assert f"checkpoint is lost: a new one begins at entry {STORED}" in goes_on(replay)
    assert differences(tables_of(replay.engine), whole) == []


@pytest.mark.nightly("test_a_checkpoint_that_only_spark_finds_wrong… here, and tests/truth/test_lost_checkpoints.py")
def test_a_lost_store_is_made_again_from_the_log(replay, whole):
    remove_store(replay)
    assert f"is at entry {STORED}, but the store is empty: a new one begins at entry 0" in goes_on(replay)
    assert differences(tables_of(replay.engine), whole) == []


def test_a_store_that_is_no_database_any_more_is_said(replay):
    """`--fresh` leads back from it: test_kills begins so."""
    remove_store(replay)
    (replay.plan.folder / "store.db").write_bytes(b"not a database" * 1_000)
    assert "store.db cannot be used: file is not a database" in complaint(replay)


def test_a_log_without_its_last_byte_is_said(replay):
    log = replay.plan.log
    log.write_bytes(log.read_bytes()[:-1])
    assert f"{log} is cut or damaged" in complaint(replay)
    assert replay.stored() == STORED


def test_a_lost_log_is_not_begun_anew_under_a_store_that_read_it(replay):
    replay.plan.log.unlink()
    assert f"holds entries up to {STORED}, but their log {replay.plan.log} is gone" in complaint(replay)
    assert not replay.plan.log.exists()


@pytest.mark.nightly("test_a_checkpoint_that_only_spark_finds_wrong… here, and tests/truth/test_lost_checkpoints.py")
def test_a_lost_log_and_a_lost_store_are_a_replay_that_begins_anew(replay, whole):
    replay.plan.log.unlink()
    remove_store(replay)
    assert f"is at entry {STORED}, but the store is empty: a new one begins at entry 0" in goes_on(replay)
    assert differences(tables_of(replay.engine), whole) == []


def test_a_log_of_something_else_in_the_same_place_is_refused(spark, stored, tmp_path):
    with (
        serving(tmp_path / "other.db", Polls(make_polls(1.5, seed=9))) as server,
        pytest.raises(StoreError, match="it is not the same log; run `./pulse rebuild`"),
    ):
        Road(spark, server.port, stored).start()


def test_a_log_with_fewer_entries_than_the_store_is_refused(spark, stored, tmp_path):
    with (
        serving(tmp_path / "other.db", Polls(make_polls(0.5))) as server,
        pytest.raises(StoreError, match="the log lost entries"),
    ):
        Road(spark, server.port, stored).start()


def test_a_full_disk_under_the_store_is_one_sentence_and_nothing_is_lost(spark, whole, tmp_path):
    """SQLite's own limit of pages stands for the disk; the error is the same."""
    with serving(tmp_path / "log.db", Polls(make_polls(1))) as server:
        road = Road(spark, server.port, tmp_path, max_entries=5)
        engine, full = road.engine, []

        @event.listens_for(engine, "connect")
        def limit(connection, _record):
            connection.execute(f"pragma max_page_count = {1 if full else 10**6}")

        stream = road.start(engine)
        full.append(True)
        engine.dispose()
        with pytest.raises(Exception, match="disk is full") as raised:
            road.finish(stream)
        name, sentence = app._cause(raised.value)
        assert name == "StoreUnavailable"
        assert sentence.startswith(
            f"the store {sqlite_url(tmp_path / 'store.db')} cannot be used: database or disk is full; check"
        )
        road.go()
    assert differences(tables_of(road.engine), whole) == []


def test_a_read_only_store_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    open_store(sqlite_url(tmp_path / "store.db")).dispose()
    engine = open_store(f"sqlite:///file:{tmp_path}/store.db?uri=true")
    with engine.connect() as connection:
        connection.exec_driver_sql("pragma query_only = on")
        with pytest.raises(
            StoreUnavailable, match="cannot be used: attempt to write a readonly database; check its space, its"
        ):
            connection.exec_driver_sql("delete from ledger")
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []  # a URI is no path to make
