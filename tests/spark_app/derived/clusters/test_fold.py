"""The tables of cluster lives: the same however the entries come."""

import doctest

import pytest
from sqlalchemy import insert, select

from deploy.configuration.settings import Settings
from spark_app.commands.derive import make_folds
from spark_app.derived import runner as derived_module
from spark_app.derived.clusters import lineage, places, signs
from spark_app.derived.clusters.fold import ClusterFold
from spark_app.derived.runner import Runner
from spark_app.store.engine import open_store, sqlite_url
from spark_app.store.tables import (
    cluster_event,
    cluster_label,
    cluster_life,
    cluster_place,
    cluster_sign,
    entry,
    message,
)
from tests.made.small_store import put_revision

MINUTE_US = 60_000_000


def put_tick(engine, number, labels, observed=True):
    """A tick at which revision n has the labels labels[n]."""
    rows = [
        {
            "entry": number,
            "part": part,
            "rev": rev,
            "kind": "ongoing",
            "initial": False,
            "begin_us": None,
            "end_us": None,
            "last_seen_us": None,
            "labels": text,
        }
        for part, (rev, text) in enumerate(sorted(labels.items()))
    ]
    head = {
        "entry": number,
        "event_time_us": number * 5 * MINUTE_US,
        "tick": True,
        "observed": observed,
        "messages": len(rows),
    }
    with engine.begin() as connection:
        connection.execute(insert(entry), head)
        if rows:
            connection.execute(insert(message), rows)


@pytest.fixture
def engine(tmp_path):
    """Two clusters: their indices change places at tick 3; the second one ends at tick 5; one tick is not observed."""
    engine = open_store(sqlite_url(tmp_path / "store.db"))
    put_revision(engine, 1, "a", "b", "c", "d", "e", "f")
    put_revision(engine, 2, "x", "y", "z")
    put_revision(engine, 3, "no label")
    put_tick(engine, 1, {1: "000000", 2: "444", 3: "-"})
    put_tick(engine, 2, {1: "000000", 2: "444"})
    put_tick(engine, 3, {1: "444444", 2: "000"})
    put_tick(engine, 4, {}, observed=False)
    for number in range(5, 15):
        put_tick(engine, number, {1: "444444"})
    return engine


def rows(engine):
    with engine.connect() as connection:
        tables = (cluster_life, cluster_label, cluster_event, cluster_sign, cluster_place)
        return [[tuple(row) for row in connection.execute(select(t).order_by(*t.primary_key))] for t in tables]


def test_lives_labels_and_events(engine):
    Runner(engine, [ClusterFold()]).catch_up()
    lives, labels, events, *_ = rows(engine)
    assert [
        (life, born // MINUTE_US, died and died // MINUTE_US, ticks, hits)
        for _, life, born, died, ticks, _, _, hits in lives
    ] == [
        (0, 5, None, 13, 6),
        (1, 5, 25, 3, 3),
    ]
    assert [(index, begin // MINUTE_US, life) for _, index, begin, life in labels] == [
        (0, 5, 0),
        (0, 15, 1),
        (0, 55, -1),
        (4, 5, 1),
        (4, 15, 0),
    ]
    assert [(tick // MINUTE_US, life, event) for _, tick, life, event, *_ in events] == [
        (5, 0, "born"),
        (5, 1, "born"),
        (55, 1, "died"),
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_whatever_the_steps_and_restarts_the_tables_are_the_same(engine, monkeypatch, tmp_path, size):
    monkeypatch.setattr(derived_module, "ENTRIES_PER_STEP", size)
    while True:
        fold = ClusterFold()
        if not Runner(engine, [fold]).step(fold):  # a new process for each step
            break
    stepped = rows(engine)
    monkeypatch.undo()
    again = ClusterFold()
    again.version = "another"
    Runner(engine, [again]).catch_up()
    assert rows(engine) == stepped


def test_old_rows_are_dropped_and_what_lives_stays(engine):
    runner = Runner(engine, [ClusterFold()])
    runner.catch_up()
    runner.prune(60 * MINUTE_US)
    lives, labels, events, *_ = rows(engine)
    assert [life[1] for life in lives] == [0]
    assert [(index, life) for _, index, _, life in labels] == [(0, -1), (4, 0)]
    assert events == []


def test_each_life_has_a_letter_and_one_place(engine):
    Runner(engine, [ClusterFold()]).catch_up()
    *_, held, places = rows(engine)
    assert held == [("incident", 0, 0), ("incident", 1, 1)]
    assert [(life, tick // MINUTE_US, name) for _, life, tick, _, name, *_ in places] == [(0, 5, "a"), (1, 5, "x")]


def test_the_product_runs_it():
    assert "clusters" in [fold.name for fold in make_folds(Settings())]


@pytest.mark.parametrize("module", [lineage, places, signs])
def test_the_examples_are_true(module):
    assert doctest.testmod(module).failed == 0
