"""The same log gives the same tables, whatever the batches, the cores and the stops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from pyspark.errors import StreamingQueryException
from sqlalchemy import select

import spark_app.fold.sink
from prim_client.inputs.recorded.recorded import Recorded
from spark_app.store.engine import append, next_entry
from spark_app.store.tables import ledger
from tests.made.synthetic_polls import make_polls
from tests.truth.road import Polls, Road, Served, result_of, serving
from tests.truth.tables import Rows, differences, tables_of

pytestmark = pytest.mark.spark
HOURS = 1.5  # every habit of the feed is in it, and a batch of one entry takes half a second


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
    assert result["messages"]["opened"] > 20 and result["windows"] > 800, "the log is not worth the comparison"
    return tables_of(road.engine)


def batch_sizes(road: Road) -> list[int]:
    """Entries of each batch, in their order."""
    with road.engine.connect() as connection:
        sizes = select(ledger.c.to_entry - ledger.c.from_entry).order_by(ledger.c.from_entry)
        return list(connection.execute(sizes).scalars())


def test_the_tables_do_not_depend_on_the_cores(spark, server, reference, tmp_path):
    road = Road(spark, server.port, tmp_path, cores=1)
    road.go()
    assert differences(tables_of(road.engine), reference) == []
    result_of(road.engine, server)


def test_the_tables_do_not_depend_on_the_batches_and_the_stops(spark, server, reference, tmp_path):
    """Batches of one entry, of seven, of one again and of all the rest, with a stop and a new query between them."""
    reached, end = 0, len(reference["entry"])
    for max_entries, more in ((1, 2), (7, 8), (1, 2)):
        reached = Road(spark, server.port, tmp_path, max_entries).go(reached + more).next_entry()
        assert reached < end, "the stop comes behind the batch under way, not at the end of the log"
    road = Road(spark, server.port, tmp_path)
    road.go()
    assert differences(tables_of(road.engine), reference) == []
    sizes = batch_sizes(road)
    assert sizes[0] == sizes[-2] == 1 and 7 in sizes, sizes
    result_of(road.engine, server)


@pytest.mark.parametrize("committed", [False, True], ids=["before the store commits", "before Spark notes it"])
def test_a_batch_that_dies_at_the_worst_moment_counts_once(spark, server, reference, tmp_path, monkeypatch, committed):
    """Between the writes and the commit of the store, or between that commit and Spark's."""
    road, deaths = Road(spark, server.port, tmp_path, max_entries=7), []

    def dying_append(connection, table, rows):
        append(connection, table, rows)
        if table is ledger and rows[0]["batch_id"] == 2 and not deaths:
            deaths.append(2)
            raise Dead

    def dying_write(sink, query_id, batch_id, *batch):
        written = write(sink, query_id, batch_id, *batch)
        if batch_id == 2 and not deaths:
            deaths.append(2)
            raise Dead
        return written

    write = spark_app.fold.sink.Sink.write
    if committed:
        monkeypatch.setattr(spark_app.fold.sink.Sink, "write", dying_write)
    else:
        monkeypatch.setattr(spark_app.fold.sink, "append", dying_append)
    with pytest.raises(StreamingQueryException, match="Dead"):
        road.go()
    assert deaths == [2]
    with road.engine.connect() as connection:
        assert next_entry(connection) == (21 if committed else 14)
    replace(road, max_entries=1000).go()  # the batch that died is done again as it was planned
    with road.engine.connect() as connection:
        assert connection.execute(select(ledger.c.to_entry).where(ledger.c.batch_id == 2)).scalar() == 21
    assert differences(tables_of(road.engine), reference) == []


class Dead(Exception):
    """What a kill -9 looks like from within."""


@pytest.mark.recording
@pytest.mark.nightly("the other tests here, on made-up polls, and tests/prim_client/inputs/test_recording_real.py")
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
    assert max(batch_sizes(roads[1])) == 150 < max(batch_sizes(roads[0]))
