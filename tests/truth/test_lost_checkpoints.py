"""Whatever becomes of the checkpoint, the store alone says where to go on:
nothing is lost and nothing is there twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.errors import StreamingQueryException

import spark_app.fold.sink
from spark_app.store import checkpoint
from spark_app.store.engine import next_entry
from tests.made.synthetic_polls import make_polls
from tests.truth.road import Polls, Road, Served, result_of, serving
from tests.truth.tables import Rows, differences, tables_of

pytestmark = pytest.mark.spark
POLLS_OF_EIGHT_ENTRIES = 9
Damage = Callable[[Path, Path], None]  # of a checkpoint; the other is that of another store


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("log") / "log.db", Polls(make_polls(1))) as server:
        yield server


@pytest.fixture(scope="module")
def whole(spark, server, tmp_path_factory) -> dict[str, Rows]:
    road = Road(spark, server.port, tmp_path_factory.mktemp("whole"))
    road.go()
    return tables_of(road.engine)


@pytest.fixture(scope="module")
def halves(spark, server, tmp_path_factory) -> tuple[Road, Road]:
    """Two stores that hold the first eight entries of the log, written by two queries in batches of four entries."""
    roads = [Road(spark, server.port, tmp_path_factory.mktemp(name), max_entries=4) for name in ("one", "other")]
    begin = Polls(make_polls(1)[:POLLS_OF_EIGHT_ENTRIES])  # of the whole log a query would read on while it is stopped
    with serving(tmp_path_factory.mktemp("begin") / "log.db", begin) as log:
        for road in roads:
            replace(road, port=log.port).go(8)
    return roads[0], roads[1]


def newest(folder: Path) -> Path:
    return max((path for path in folder.iterdir() if path.name.isdecimal()), key=lambda path: int(path.name))


def as_it_was_a_batch_ago(own: Path, _: Path) -> None:
    for name in ("commits", "offsets"):
        newest(own / name).unlink()


def with_a_batch_that_the_store_has_not(own: Path, _: Path) -> None:
    last = int(newest(own / "offsets").name)
    for name in ("offsets", "commits"):
        shutil.copy(own / name / str(last), own / name / str(last + 1))
    path = own / "offsets" / str(last + 1)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], '{"entry": 11}']))


def foreign(own: Path, other: Path) -> None:
    shutil.rmtree(own)
    shutil.copytree(other, own)


def a_file(own: Path, _: Path) -> None:
    shutil.rmtree(own)
    own.write_text("")


def empty(own: Path, _: Path) -> None:
    shutil.rmtree(own)
    own.mkdir()


def cut(own: Path, _: Path) -> None:
    path = newest(own / "offsets")
    path.write_bytes(path.read_bytes()[:30])


def unreadable(own: Path, _: Path) -> None:
    (own / "metadata").write_bytes(b"\xff\x00")


DAMAGES: dict[str, tuple[Damage, str]] = {
    "deleted": (lambda own, _: shutil.rmtree(own), "is lost"),
    "empty folder": (empty, "is lost"),
    "a file": (a_file, "is damaged"),
    "of another store": (foreign, "is not the one that this store was written with"),
    "store ahead": (as_it_was_a_batch_ago, "but the store at"),
    "store behind": (with_a_batch_that_the_store_has_not, "is at entry 11, but the store at"),
    "cut offsets": (cut, "is damaged"),
    "commits without offsets": (lambda own, _: shutil.rmtree(own / "offsets"), "is damaged"),
    "unreadable metadata": (unreadable, "is damaged"),
}


PLAYED = "deleted"  # the others leave the same: the store at its eighth entry, and no checkpoint


@pytest.mark.parametrize("name", DAMAGES)
def test_a_new_checkpoint_begins_where_the_store_ends(halves, server, whole, tmp_path, name, thorough):
    own, other = halves
    damage, reason = DAMAGES[name]
    shutil.copytree(own.folder, tmp_path / "own")
    road = replace(own, folder=tmp_path / "own", max_entries=1000)
    place = road.folder / "checkpoint"
    damage(place, other.folder / "checkpoint")
    sentence = checkpoint.settle(place, road.engine, 8)
    assert reason in sentence and sentence.endswith("a new one begins at entry 8"), sentence
    assert not place.exists()
    with road.engine.connect() as connection:
        assert next_entry(connection) == 8
    if thorough or name == PLAYED:
        road.go()
        assert differences(tables_of(road.engine), whole) == []
        result_of(road.engine, server)


def test_a_store_that_was_lost_is_made_again_from_the_log(halves, server, whole, tmp_path):
    """Its checkpoint is there still, and is of no use."""
    shutil.copytree(halves[0].folder, tmp_path / "own")
    road = replace(halves[0], folder=tmp_path / "own", max_entries=1000)
    for file in road.folder.glob("store.db*"):
        file.unlink()
    sentence = checkpoint.settle(road.folder / "checkpoint", road.engine, 0)
    assert sentence.endswith("is at entry 8, but the store is empty: a new one begins at entry 0"), sentence
    road.go()
    assert differences(tables_of(road.engine), whole) == []
    result_of(road.engine, server)


NOT_COMMITTED = pytest.param(
    False, id="before the store commits", marks=pytest.mark.nightly("the same death in tests/truth/test_same_tables.py")
)


@pytest.mark.parametrize("committed", [NOT_COMMITTED, pytest.param(True, id="before Spark notes it")])
def test_a_batch_that_dies_and_then_its_checkpoint_is_lost_counts_once(
    spark, server, whole, tmp_path, monkeypatch, committed
):
    road, write = Road(spark, server.port, tmp_path, max_entries=4), spark_app.fold.sink.Sink.write

    def dying_write(sink, query_id, batch_id, *batch):
        if batch_id < 1 or committed:
            write(sink, query_id, batch_id, *batch)
        if batch_id == 1:
            raise InterruptedError

    with monkeypatch.context() as patch:
        patch.setattr(spark_app.fold.sink.Sink, "write", dying_write)
        with pytest.raises(StreamingQueryException, match="InterruptedError"):
            road.go()
    shutil.rmtree(tmp_path / "checkpoint")
    road.go()
    assert differences(tables_of(road.engine), whole) == []


def test_the_first_batch_of_a_new_checkpoint_may_die_at_the_worst_moment_too(
    spark, server, whole, halves, tmp_path, monkeypatch
):
    """Its batch 0 begins in the middle of the log: between the store's commit and Spark's."""
    shutil.copytree(halves[0].folder, tmp_path / "own")
    road, write = replace(halves[0], folder=tmp_path / "own"), spark_app.fold.sink.Sink.write
    shutil.rmtree(road.folder / "checkpoint")

    def dying_write(*batch):
        write(*batch)
        raise InterruptedError

    with monkeypatch.context() as patch:
        patch.setattr(spark_app.fold.sink.Sink, "write", dying_write)
        with pytest.raises(StreamingQueryException, match="InterruptedError"):
            road.go()
    assert checkpoint.settle(road.folder / "checkpoint", road.engine, 12) == "", "it is the store's"
    assert (road.folder / "checkpoint" / "offsets" / "0").is_file()
    road.go()
    assert differences(tables_of(road.engine), whole) == []
