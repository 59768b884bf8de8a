"""The same log gives the same tables, whatever the batches, the cores and the stops."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from pyspark.errors import StreamingQueryException
from sqlalchemy import func, select

import spark_app.sink
from prim_client.recorded import Recorded
from spark_app.store import next_entry, open_store
from spark_app.tables import ledger
from tests.synthetic_polls import make_polls, write_folder
from tests.truth.commands import Replay
from tests.truth.road import Polls, Road, Served, result_of, serving
from tests.truth.tables import Rows, differences, sha256_of, tables_of

pytestmark = pytest.mark.spark
HOURS = 1.5  # every habit of the feed is in it, and 40 batches of one entry take seconds


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("log") / "log.db", Polls(make_polls(HOURS))) as server:
        yield server


@pytest.fixture(scope="module")
def reference(spark, server, tmp_path_factory) -> dict[str, Rows]:
    """The tables of one batch on two cores."""
    road = Road(spark, server.port, tmp_path_factory.mktemp("reference"))
    road.go()
    result = result_of(road.engine, server)
    assert result["messages"]["opened"] > 20 and result["windows"] > 1_000, "the log is not worth the comparison"
    return tables_of(road.engine)


def largest_batch(road: Road) -> int:
    with open_store(road.store_url or f"sqlite:///{road.folder / 'store.db'}").connect() as connection:
        return connection.execute(select(func.max(ledger.c.to_entry - ledger.c.from_entry))).scalar()


@pytest.mark.parametrize(("max_entries", "cores"), [(1000, 1), (7, 2), (1, 2)])
def test_the_tables_do_not_depend_on_the_batches_and_the_cores(spark, server, reference, tmp_path, max_entries, cores):
    road = Road(spark, server.port, tmp_path, max_entries, cores)
    road.go()
    assert differences(tables_of(road.engine), reference) == []
    assert largest_batch(road) <= max_entries
    result_of(road.engine, server)


def test_stopped_and_run_again_the_tables_are_the_same(spark, server, reference, tmp_path):
    road = Road(spark, server.port, tmp_path, max_entries=5)
    for until_entry in (5, 20):
        # the stop comes behind the batch under way, not at the end of the log
        assert until_entry <= road.go(until_entry).next_entry() <= until_entry + 10 < len(reference["entry"])
    road.go()
    assert differences(tables_of(road.engine), reference) == []


@pytest.mark.parametrize("committed", [False, True], ids=["before the store commits", "before Spark notes it"])
def test_a_batch_that_dies_at_the_worst_moment_counts_once(spark, server, reference, tmp_path, monkeypatch, committed):
    """Between the writes and the commit of the store, or between that commit and Spark's."""
    road, deaths = Road(spark, server.port, tmp_path, max_entries=7), []

    def dying_append(connection, table, rows):
        append(connection, table, rows)
        if table is ledger and rows[0]["batch_id"] == 2 and not deaths:
            deaths.append(2)
            raise Dead

    def dying_write(sink, query_id, batch_id, table):
        written = write(sink, query_id, batch_id, table)
        if batch_id == 2 and not deaths:
            deaths.append(2)
            raise Dead
        return written

    append, write = spark_app.sink.append, spark_app.sink.Sink.write
    if committed:
        monkeypatch.setattr(spark_app.sink.Sink, "write", dying_write)
    else:
        monkeypatch.setattr(spark_app.sink, "append", dying_append)
    with pytest.raises(StreamingQueryException, match="Dead"):
        road.go()
    assert deaths == [2]
    with road.engine.connect() as connection:
        assert next_entry(connection) == (21 if committed else 14)
    road.go()
    assert differences(tables_of(road.engine), reference) == []


class Dead(Exception):
    """What a kill -9 looks like from within."""


def test_the_command_stopped_by_sigterm_goes_on_to_the_same_result(spark, server, reference, tmp_path):
    """The whole command as a user runs it: real processes, another number of cores, stopped in the middle."""
    folder = write_folder(tmp_path / "recording", make_polls(HOURS))
    replay = Replay(tmp_path, folder, "--cores", "1", "--max-entries", "8").start()
    try:
        replay.wait_for_progress(8)
        replay.interrupt()
        code, result, said = replay.end()
        assert (code, result) == (1, {})
        assert said.splitlines()[-1] == "pulse: the replay did not finish; run the same command again to go on"
        assert 8 <= replay.stored() < len(reference["entry"])
        code, result, said = replay.run()
        assert (code, said) == (0, "")
        assert differences(tables_of(replay.engine), reference) == []
        assert result["sha256"] == sha256_of(replay.engine)
    finally:
        replay.kill()


@pytest.mark.recording
def test_a_day_of_the_recording_gives_one_hash(spark, shared_data, tmp_path):
    recording = Recorded(shared_data / "prim" / "rail-2024-04-23_05-05.tar.zst", date(2024, 4, 24))
    with serving(tmp_path / "log.db", recording) as server:
        roads = [Road(spark, server.port, tmp_path / str(n), n, cores) for n, cores in ((1000, 2), (150, 1))]
        for road in roads:
            road.go()
        one, other = (tables_of(road.engine) for road in roads)
        assert differences(one, other) == []
        result = result_of(roads[0].engine, server)
    assert result["ticks"] == {"expected": 288, "observed": 288}
    assert result["dead_letters"] == 0
    assert largest_batch(roads[1]) == 150 < largest_batch(roads[0])
