"""The archive holds each hit of the store once, whatever is interrupted."""

from __future__ import annotations

from datetime import timedelta
from operator import itemgetter

import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable
from sqlalchemy import func, select

from prim_client.messages.message import from_epoch_us
from prim_client.messages.paris_time import service_day_of
from spark_app.archive import delta as archive_module
from spark_app.archive.delta import Archive
from spark_app.commands.archive import Follower
from spark_app.store.engine import connect, put_meta
from spark_app.store.retention import prune
from spark_app.store.tables import entry, message, revision_hit
from tests.made.enriched import network, table
from tests.spark_app.fold.test_sink import make_sink

PLACE = itemgetter("entry", "part", "hit")


@pytest.fixture
def store(tmp_path):
    sink = make_sink(tmp_path / "s.db")
    with sink.engine.begin() as connection:
        put_meta(connection, build="b1")
    return sink


def write(sink, batch_id, rows, start, stop):
    sink.write("q", batch_id, table([r for r in rows if start <= r["entry"] < stop]))


def hits_in_store(sink):
    with sink.engine.connect() as connection:
        query = select(func.count()).select_from(message.join(revision_hit, message.c.rev == revision_hit.c.rev))
        return connection.execute(query).scalar()


def archived(path):
    return DeltaTable(str(path)).to_pyarrow_table()


def test_it_follows_the_store_and_writes_nothing_twice(tmp_path, store, monkeypatch):
    monkeypatch.setattr(archive_module, "MESSAGES_PER_COMMIT", 30)
    rows, path = network(hours=4), tmp_path / "delta"
    delta = Archive(str(path), store.engine, compact_every_commits=3, retention_days=10)
    write(store, 0, rows, 0, 40)
    first = delta.follow()
    assert first.commits > 3
    assert delta.follow().rows == 0
    write(store, 1, rows, 40, 10**6)
    delta.follow()
    found = archived(path)
    assert found.num_rows == hits_in_store(store)
    keys = found.select(["entry", "part", "hit"]).group_by(["entry", "part", "hit"]).aggregate([])
    assert keys.num_rows == found.num_rows
    assert set(found["cluster"].to_pylist()) >= {None, 0}
    placed = found.filter(pc.field("zda") != "")
    assert placed["cluster"].null_count == 0
    assert placed["lat"].null_count == 0


def test_a_crash_between_two_commits_goes_on_where_it_stopped(tmp_path, store, monkeypatch):
    monkeypatch.setattr(archive_module, "MESSAGES_PER_COMMIT", 50)
    write(store, 0, network(hours=3), 0, 10**6)
    delta = Archive(str(tmp_path / "delta"), store.engine, compact_every_commits=1000, retention_days=10)
    commit, done = delta._commit, []

    def failing(*args, **kwargs):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(commit(*args, **kwargs))
        return done[-1]

    monkeypatch.setattr(delta, "_commit", failing)
    with pytest.raises(KeyboardInterrupt):
        delta.follow()
    monkeypatch.undo()
    delta.follow()
    assert archived(tmp_path / "delta").num_rows == hits_in_store(store)


def test_a_rebuilt_store_replaces_what_the_old_one_wrote(tmp_path, store):
    write(store, 0, network(hours=2), 0, 10**6)
    Archive(str(tmp_path / "delta"), store.engine, 100, 10).follow()
    again = make_sink(tmp_path / "again.db")
    with again.engine.begin() as connection:
        put_meta(connection, build="b2")
    write(again, 0, network(hours=1, seed=5), 0, 10**6)
    Archive(str(tmp_path / "delta"), again.engine, 100, 10).follow()
    assert archived(tmp_path / "delta").num_rows == hits_in_store(again)


def test_a_rebuild_keeps_what_the_log_no_longer_holds(tmp_path, store):
    rows, delta = network(hours=60), Archive(str(tmp_path / "delta"), store.engine, 100, 400)
    write(store, 0, rows, 0, 700)
    delta.follow()
    before = sorted(archived(delta.url).to_pylist(), key=PLACE)
    assert len({row["service_day"] for row in before}) == 3
    prune(store.engine, timedelta(hours=20))  # as a rebuild from a log of 20 hours leaves the store
    with store.engine.begin() as connection:
        put_meta(connection, build="b2")
        first_us = connection.execute(select(func.min(entry.c.event_time_us))).scalar_one()
    first_day = service_day_of(from_epoch_us(first_us)).isoformat()
    assert first_day in {row["service_day"] for row in before if row["event_time"] < from_epoch_us(first_us)}, (
        "not a whole day"
    )
    assert delta.follow().rows == hits_in_store(store) < len(before)
    assert sorted(archived(delta.url).to_pylist(), key=PLACE) == before
    write(store, 1, rows, 700, 10**6)
    added = delta.follow().rows
    assert added and archived(delta.url).num_rows == len(before) + added


def test_days_beyond_the_retention_are_dropped_at_a_compaction(tmp_path, store):
    write(store, 0, network(hours=60), 0, 10**6)
    delta = Archive(str(tmp_path / "delta"), store.engine, 10**6, retention_days=1)
    delta.follow()
    days = sorted(set(archived(tmp_path / "delta")["service_day"].to_pylist()))
    assert len(days) >= 3
    delta.compact(DeltaTable(str(tmp_path / "delta")))
    assert sorted(set(archived(tmp_path / "delta")["service_day"].to_pylist())) == days[-2:]
    assert delta.follow().rows == 0


def test_a_store_that_is_away_costs_the_archive_a_round_and_not_the_stream(tmp_path, capsys):
    away = connect("postgresql+psycopg://pulse@127.0.0.1:1/none")
    Follower(Archive(str(tmp_path / "archive"), away, 100, 400)).follow()
    said = capsys.readouterr().err
    assert said.startswith(f"pulse: the archive {tmp_path / 'archive'} waits for its next round: the store postgresql")
