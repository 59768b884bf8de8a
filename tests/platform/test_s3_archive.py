"""The archive on a real S3 server: written once, whatever is away meanwhile, and read back by others' libraries."""

from __future__ import annotations

import json
import subprocess
import textwrap

import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable
from sqlalchemy import func, select

from spark_app.archive import delta as archive_module
from spark_app.archive.delta import Archive
from spark_app.commands.archive import Follower
from spark_app.fold.sink import Sink
from spark_app.store.engine import put_meta
from spark_app.store.tables import message, revision_hit
from tests.made.enriched import network, table
from tests.platform.object_store import Server, tools
from tests.spark_app.fold.test_sink import make_sink

READ_BACK = {
    "pandas": """
        import sys, json
        from deltalake import DeltaTable
        url, options = sys.argv[1], json.loads(sys.argv[2])
        print(len(DeltaTable(url, storage_options=options).to_pandas()))""",
    "polars": """
        import sys, json, polars
        url, options = sys.argv[1], json.loads(sys.argv[2])
        print(polars.scan_delta(url, storage_options=options).select(polars.len()).collect().item())""",
    # Closed by hand: DuckDB's threads may still read from Arrow when the process ends, and abort it.
    "duckdb": """
        import sys, json, duckdb
        from deltalake import DeltaTable
        url, options = sys.argv[1], json.loads(sys.argv[2])
        hits = DeltaTable(url, storage_options=options).to_pyarrow_dataset()
        with duckdb.connect() as connection:
            print(connection.execute("select count(*) from hits").fetchall()[0][0])""",
}


@pytest.fixture
def store(tmp_path) -> Sink:
    """Three hours of a made-up network."""
    sink = make_sink(tmp_path / "s.db")
    with sink.engine.begin() as connection:
        put_meta(connection, build="b1")
    return sink


def write(sink: Sink, batch_id: int, rows: list, start: int, stop: int) -> None:
    sink.write("q", batch_id, table([row for row in rows if start <= row["entry"] < stop]))


def hits_in(sink: Sink) -> int:
    with sink.engine.connect() as connection:
        query = select(func.count()).select_from(message.join(revision_hit, message.c.rev == revision_hit.c.rev))
        return connection.execute(query).scalar()


def archive_of(sink: Sink, server: Server, url: str, compact_every: int = 100, retention_days: int = 400) -> Archive:
    return Archive(url, sink.engine, compact_every, retention_days, server.store)


def archived(server: Server, url: str):
    return DeltaTable(url, storage_options=dict(server.store.delta_options(url))).to_pyarrow_table()


def test_it_follows_the_store_compacts_and_writes_nothing_twice(store, object_store, monkeypatch):
    monkeypatch.setattr(archive_module, "MESSAGES_PER_COMMIT", 30)
    rows, url = network(hours=3), object_store.new_url()
    archive = archive_of(store, object_store, url, compact_every=3)
    write(store, 0, rows, 0, 40)
    assert archive.follow().commits > 3
    assert archive.follow().rows == 0
    write(store, 1, rows, 40, 10**6)
    archive.follow()
    found = archived(object_store, url)
    keys = found.select(["entry", "part", "hit"]).group_by(["entry", "part", "hit"]).aggregate([])
    assert keys.num_rows == found.num_rows == hits_in(store)
    assert found.filter(pc.field("zda") != "")["lat"].null_count == 0


def test_days_beyond_the_retention_go(store, object_store):
    url = object_store.new_url()
    write(store, 0, network(hours=60), 0, 10**6)
    archive = archive_of(store, object_store, url, retention_days=1)
    archive.follow()
    days = sorted(set(archived(object_store, url)["service_day"].to_pylist()))
    archive.compact(DeltaTable(url, storage_options=dict(object_store.store.delta_options(url))))
    assert sorted(set(archived(object_store, url)["service_day"].to_pylist())) == days[-2:] != days


def test_an_outage_delays_and_loses_nothing(store, object_store, capsys):
    rows, url = network(hours=3), object_store.new_url()
    follower = Follower(archive_of(store, object_store, url))
    write(store, 0, rows, 0, 20)
    follower.follow()
    object_store.kill()
    try:
        write(store, 1, rows, 20, 10**6)
        follower.follow()
    finally:
        object_store.start()
    assert f"the archive {url} waits for its next round" in capsys.readouterr().err
    assert archived(object_store, url).num_rows < hits_in(store)
    follower.follow()
    assert archived(object_store, url).num_rows == hits_in(store)


@pytest.mark.parametrize("library", READ_BACK)
def test_the_libraries_of_others_read_every_hit(store, object_store, library):
    url = object_store.new_url()
    write(store, 0, network(hours=3), 0, 10**6)
    archive_of(store, object_store, url).follow()
    options = json.dumps(dict(object_store.store.delta_options(url)))
    done = subprocess.run(
        [str(tools() / "python"), "-I", "-c", textwrap.dedent(READ_BACK[library]), url, options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == hits_in(store)
