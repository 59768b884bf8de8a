"""One point a disruption: its medoid station; and its hits, which all have the label of that point."""

from __future__ import annotations

from collections import defaultdict
from random import Random

import numpy as np
import pytest
from sqlalchemy import select

from spark_app.fold import message_point
from spark_app.fold.message_point import NO_STATION, medoid_hit
from spark_app.fold.revision_hits import Registry
from spark_app.fold.sink import Sink
from spark_app.store.engine import open_store, sqlite_url
from spark_app.store.tables import NO_LABEL, message, model, revision_hit
from tests.made.enriched import MINUTE_US, START_US, STATIONS, TICK_US, body, hit, network, row, table
from tests.spark_app.fold.test_sink import CENTRES, SETTINGS


def medoid(*stations: tuple[str, float, float]) -> str:
    """The id of the medoid of (id, x km, y km)."""
    ids = [station[0] for station in stations]
    x_km, y_km = (np.array([station[axis] for station in stations], np.float64) for axis in (1, 2))
    return ids[medoid_hit(ids, x_km, y_km)]


def test_the_medoid_is_the_station_with_the_least_total_distance():
    assert medoid(("a", 0, 0), ("b", 3, 0), ("c", 4, 0), ("d", 20, 0)) == "b"


def test_one_station_is_its_own_medoid():
    assert medoid(("only", 652.1, 6861.2)) == "only"


def test_of_equal_totals_the_first_station_id_wins_whatever_the_order_of_the_hits():
    square = [("4", 0, 0), ("2", 1, 0), ("3", 1, 1), ("1", 0, 1)]
    assert {medoid(*Random(seed).sample(square, 4)) for seed in range(24)} == {"1"}
    assert medoid(("b", 0, 0), ("a", 5, 0)) == "a"


def test_a_station_of_several_lines_counts_once():
    """Counted three times, `b` would be the middle."""
    assert medoid(("a", 4, 0), ("b", 9, 0), ("b", 9, 0), ("b", 9, 0), ("c", 0, 0)) == "a"


def test_totals_that_differ_by_less_than_a_metre_are_equal():
    """The last digits of a projection differ between processors."""
    assert medoid(("b", 0, 0), ("a", 1.0000001, 0), ("c", 2, 0)) == medoid(
        ("b", 0, 0), ("a", 0.9999999, 0), ("c", 2, 0)
    )
    assert medoid(("b", 0, 0), ("a", 2e-4, 0), ("c", -2, 0)) == "a"


def test_hits_without_station_do_not_count_and_a_message_without_any_has_no_point():
    nan = np.nan
    assert medoid_hit(["", "z"], np.array([nan, 3.0]), np.array([nan, 4.0])) == 1
    assert medoid_hit(["", ""], np.array([nan, nan]), np.array([nan, nan])) == NO_STATION
    assert medoid_hit([], np.zeros(0), np.zeros(0)) == NO_STATION


@pytest.mark.parametrize("block", [1, 7, 512])
def test_many_stations_have_a_medoid_however_they_are_cut(monkeypatch, block):
    monkeypatch.setattr(message_point, "BLOCK_STATIONS", block)
    assert medoid(*[(f"{number:04}", float(number), 0.0) for number in range(601)]) == "0300"


def test_bus_stops_and_stations_of_rails_have_one_medoid_together():
    rail, bus = ("C1", "rer"), ("C3", "bus")
    stops = [("1", 48.85, 2.20), ("2", 48.85, 2.30), ("3", 48.85, 2.36)]
    hits = [hit(rail, stops[0]), hit(bus, stops[1]), hit(bus, stops[2])]
    built = Registry().add(1, "incident", -0.5, hits)
    assert hits[built.medoid]["zda"] == "2"


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The rows of a few hours: labels by message, hits by revision, models."""
    store = open_store(sqlite_url(tmp_path_factory.mktemp("point") / "store.db"))
    assert Sink(store, SETTINGS, 0, CENTRES, "test-1", clock_us=lambda: 0).write("q", 0, table(network(hours=4)))
    with store.connect() as connection:
        return {each.name: connection.execute(select(each)).mappings().all() for each in (message, revision_hit, model)}


def test_the_hits_of_a_disruption_are_never_torn_over_clusters(stored):
    hits = defaultdict(dict)
    for each in stored["revision_hit"]:
        hits[each["rev"]][each["hit"]] = each["zda"]
    several = 0
    for each in stored["message"]:
        placed = {label for at, label in enumerate(each["labels"]) if hits[each["rev"]][at]}
        assert all(label == NO_LABEL for at, label in enumerate(each["labels"]) if not hits[each["rev"]][at])
        assert len(placed) <= 1 and NO_LABEL not in placed
        several += len(each["labels"]) > 2
    assert several > 100
    assert len({label for each in stored["message"] for label in each["labels"]}) > 3


def test_a_closure_of_many_stations_weighs_as_much_as_one_of_one_station(tmp_path):
    line = ("C1", "rer")
    long = body("long", "incident", [hit(line, station) for station in STATIONS[:30]], None)
    short = body("short", "incident", [hit(line, STATIONS[44])], None)
    bodies = (long, short)
    ids = [{"id": b["id"], "revision": b["revision"]} for b in bodies]
    at_tick = {"of": 2, "kind": "ongoing", "initial": False, "tick": True}
    store = open_store(sqlite_url(tmp_path / "store.db"))
    opened = [
        row(0, START_US + MINUTE_US, part=part, of=2, kind="opened", initial=False, **b)
        for part, b in enumerate(bodies)
    ]
    ongoing = [row(1, START_US + TICK_US, part=part, **at_tick, **known) for part, known in enumerate(ids)]
    Sink(store, SETTINGS, 0, CENTRES, "test-1").write("q", 0, table([*opened, *ongoing]))
    with store.connect() as connection:
        weights = connection.execute(select(model.c.weight).where(model.c.channel == "incident")).scalars().all()
    assert sum(weights) == pytest.approx(2)
