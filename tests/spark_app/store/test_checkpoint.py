"""What a checkpoint says, and which one is replaced because it does not go with the store."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine

from spark_app.store.checkpoint import CheckpointError, Progress, read_progress, settle
from spark_app.store.engine import append, open_store, sqlite_url
from spark_app.store.tables import ledger

OFFSETS = 'v1\n{"batchWatermarkMs":0}\n{"entry": %d}\n'


def make_checkpoint(folder: Path, query_id: str, begun: int, finished: int) -> Path:
    """One whose batches have ten entries each."""
    folder.mkdir()
    (folder / "metadata").write_text(f'{{"id":"{query_id}"}}')
    for name, count in (("offsets", begun), ("commits", finished)):
        (folder / name).mkdir()
        for number in range(count):
            (folder / name / str(number)).write_text(OFFSETS % (10 * (number + 1)))
    return folder


@pytest.fixture
def checkpoint(tmp_path) -> Path:
    """Two batches begun, one of them finished."""
    return make_checkpoint(tmp_path / "checkpoint", "q", 2, 1)


def store_at(folder: Path, query_id: str, *ends: int) -> Engine:
    """A store that `query_id` wrote so far."""
    engine = open_store(sqlite_url(folder / "store.db"))
    rows = [
        {"query_id": query_id, "batch_id": n, "from_entry": end - 10, "to_entry": end, "written_at_us": 0}
        for n, end in enumerate(ends)
    ]
    with engine.begin() as connection:
        append(connection, ledger, rows)
    return engine


def test_it_says_which_query_it_is_and_how_far_it_got(checkpoint):
    assert read_progress(checkpoint) == Progress("q", 10, 20)


def test_none_is_there_before_the_first_batch(tmp_path):
    assert read_progress(tmp_path / "none") is None


@pytest.mark.parametrize("name", ["metadata", "offsets/1", "offsets/0"])
@pytest.mark.parametrize("content", ["", "[]", "v1\n{}\n7"])
def test_an_empty_or_broken_file_is_named(checkpoint, name, content):
    (checkpoint / name).write_text(content)
    with pytest.raises(CheckpointError, match=str(checkpoint / name)):
        read_progress(checkpoint)


@pytest.mark.parametrize("lost", ["offsets/1 offsets/0", "offsets/0", "metadata"])
def test_commits_without_their_offsets_are_damage(checkpoint, lost):
    for name in lost.split():
        (checkpoint / name).unlink()
    with pytest.raises(CheckpointError):
        read_progress(checkpoint)


@pytest.mark.parametrize("ends", [(10,), (10, 20)], ids=["before the store commits", "before Spark notes it"])
def test_that_of_the_store_is_kept(checkpoint, tmp_path, ends):
    assert settle(checkpoint, store_at(tmp_path, "q", *ends), ends[-1]) == ""
    assert read_progress(checkpoint) == Progress("q", 10, 20)


@pytest.mark.parametrize(
    ("query_id", "ends", "reason"),
    [
        ("q", (10, 20, 30), "is at entry 10, but the store at 30"),
        ("q", (5,), "is at entry 10, but the store at 5"),
        ("other", (10,), "is not the one that this store was written with"),
        ("q", (), "is at entry 10, but the store is empty"),
    ],
)
def test_one_that_does_not_go_with_the_store_makes_room_and_it_is_said(checkpoint, tmp_path, query_id, ends, reason):
    start = ends[-1] if ends else 0
    sentence = settle(checkpoint, store_at(tmp_path, query_id, *ends), start)
    assert sentence == f"the checkpoint {checkpoint} {reason}: a new one begins at entry {start}"
    assert not checkpoint.exists()


def test_a_damaged_one_makes_room_and_the_file_is_named(checkpoint, tmp_path):
    (checkpoint / "metadata").write_text("")
    sentence = settle(checkpoint, store_at(tmp_path, "q", 10), 10)
    assert f"is damaged ({checkpoint / 'metadata'}: " in sentence and sentence.endswith("a new one begins at entry 10")
    assert not checkpoint.exists()


def test_a_file_in_its_place_makes_room(tmp_path):
    (tmp_path / "checkpoint").write_text("not a folder")
    assert "is not a folder" in settle(tmp_path / "checkpoint", store_at(tmp_path, "q", 10), 10)
    assert not (tmp_path / "checkpoint").exists()


def test_a_lost_one_is_said_and_that_of_a_new_store_is_not(checkpoint, tmp_path):
    shutil.rmtree(checkpoint)
    assert "is lost: a new one begins at entry 10" in settle(checkpoint, store_at(tmp_path, "q", 10), 10)
    new = tmp_path / "new"
    new.mkdir()
    assert settle(checkpoint, store_at(new, "q"), 0) == ""


def test_one_that_finished_nothing_is_replaced_in_silence(tmp_path):
    """A query that began where the store ended, killed before its first commit."""
    begun = make_checkpoint(tmp_path / "checkpoint", "new", 1, 0)
    assert settle(begun, store_at(tmp_path, "q", 10), 10) == ""
    assert not begun.exists()
