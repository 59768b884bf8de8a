"""What the layers of the map hold: places in the right order, badges by size, rings, badges, plain text."""

import json
from dataclasses import replace

import pytest

from dashboard.map import map_layers
from dashboard.map.base_map import TOWNS, _shapes
from dashboard.map.paint import lowest
from dashboard.ui.theme import NO_EVIDENCE_COLOUR, POSITIVE_COLOUR, SEVERITY_COLOURS, polarity_colour
from dashboard.window.clusters import Cluster
from dashboard.window.hit_filter import severity
from dashboard.window.selection import Selection
from geo.network.stations import Stations
from prim_client.messages.message import CHANNELS
from spark_app.derived.clusters.places import Place
from spark_app.language.severities import SEVERITIES

ALL = Selection(channels=CHANNELS, modes=())


@pytest.fixture
def view(views):
    return views.find(Selection())


def made(index: int, **values) -> Cluster:
    cluster = {
        "channel": "incident",
        "number": index,
        "medoid": Place("71264", "Châtelet", 48.858, 2.347),
        "disruptions": 4.0,
        "stations": 4.0,
        "opened": 0.0,
        "closed": 0.0,
        "polarity": -0.5,
        "spread": 0.0,
        "hits": 9,
        "lat": 48.85,
        "lon": 2.35,
        "width_km": 3.0,
        "ids": ("a", "b"),
        "name": "Châtelet",
    }
    return Cluster(**{**cluster, **values})


def test_every_station_is_drawn_where_the_reference_has_it(view):
    features = map_layers.station_features(view)["features"]
    assert len(features) == len(view.stations) > 10
    for feature in features:
        station = Stations.load().get(feature["properties"]["zda"])
        assert feature["geometry"]["coordinates"] == [station.lon, station.lat]
        assert feature["properties"]["name"] == station.name


def test_every_cluster_has_a_badge_at_its_medoid_station_longitude_first(views):
    view = views.find(ALL)
    features = map_layers.badge_features(view)["features"]
    placed = {f["properties"]["key"]: f["geometry"]["coordinates"] for f in features}
    assert placed == {c.key: [c.medoid.lon, c.medoid.lat] for c in view.clusters} and len(placed) > 5


def test_a_wide_cluster_and_one_of_a_single_disruption_have_badges_too(view):
    clusters = (made(0, width_km=40.0), made(1, ids=("a",)), made(2, sign=9))
    features = map_layers.badge_features(replace(view, clusters=clusters))["features"]
    assert {f["properties"]["key"] for f in features} == {"incident:0", "incident:1", "incident:2"}
    shown = {f["properties"]["key"]: f["properties"] for f in features}
    assert [shown["incident:2"][name] for name in ("letter", "hue", "pattern")] == ["J", 1, 1]
    assert [shown["incident:0"][name] for name in ("letter", "hue", "pattern")] == ["", None, 0]


def test_the_largest_badge_comes_first_and_is_the_largest(view):
    clusters = (made(0, ids=("a", "b")), made(1, ids=tuple("abcdefgh")))
    large, small = (f["properties"] for f in map_layers.badge_features(replace(view, clusters=clusters))["features"])
    assert (large["key"], large["disruptions"], small["disruptions"]) == ("incident:1", 8, 2)
    assert large["radius"] > small["radius"] >= 12


def test_a_badge_grows_with_what_the_reader_chose_and_always_counts_disruptions(view):
    clusters = (made(0, ids=("a", "b"), station_count=200), made(1, ids=tuple("abcdefgh"), station_count=3))
    by_stations = replace(view, clusters=clusters, selection=replace(view.selection, size="stations"))
    first, second = (f["properties"] for f in map_layers.badge_features(by_stations)["features"])
    assert (first["key"], first["disruptions"], second["disruptions"]) == ("incident:0", 2, 8)
    assert first["radius"] > second["radius"]


def test_a_station_is_ringed_where_traffic_is_blocked(view):
    features = {f["properties"]["zda"]: f["properties"] for f in map_layers.station_features(view)["features"]}
    blocked = {s.zda for s in view.stations if any(severity(a.revision) in map_layers.BLOCKED for a, _ in s.because)}
    assert {zda for zda, properties in features.items() if properties["ring"]} == blocked
    assert 0 < len(blocked) < len(features)


def of_stations(view, colour: str) -> dict[str, tuple[str, float]]:
    chosen = replace(view, selection=replace(view.selection, colour=colour))
    properties = [f["properties"] for f in map_layers.station_features(chosen)["features"]]
    return {p["zda"]: (p["colour"], p["shade"]) for p in properties}


def test_by_polarity_a_station_takes_the_colour_of_its_most_negative_text(view):
    shown = of_stations(view, "polarity")
    for station in view.stations:
        scores = [a.revision.polarity for a, _ in station.because if a.revision.polarity is not None]
        assert shown[station.zda] == (polarity_colour(min(scores, default=None)), 1)


def test_by_severity_a_station_takes_the_colour_of_its_gravest_disruption(view):
    shown = of_stations(view, "severity")
    for station in view.stations:
        gravest = min((severity(a.revision) for a, _ in station.because), key=SEVERITIES.index)
        assert shown[station.zda] == (SEVERITY_COLOURS[gravest], 1)
    assert len(set(shown.values())) > 1


def test_by_cluster_a_station_takes_the_hue_of_its_largest_cluster_and_is_darker_the_more_negative_the_text(view):
    keys = sorted({key for station in view.stations for key in station.clusters} - {""})
    clusters = tuple(
        made(-2 - int(key.rpartition("-")[2]), sign=n, ids=tuple(map(str, range(n + 1)))) for n, key in enumerate(keys)
    )
    shown = of_stations(replace(view, clusters=clusters), "cluster")
    for station in view.stations:
        largest = max(keys.index(key) for key in station.clusters)
        assert shown[station.zda][0] == f"cluster-hue-{largest % 8}"
    by_score = sorted((lowest(a.revision for a, _ in s.because) or 0, shown[s.zda][1]) for s in view.stations)
    assert [shade for _, shade in by_score] == sorted((shade for _, shade in by_score), reverse=True)
    assert len({shade for _, shade in by_score}) > 1


def test_chosen_lines_come_with_their_termini(view):
    assert map_layers.chosen_lines(view) == {}
    ends = map_layers.chosen_lines(replace(view, selection=Selection(lines=("C01383",))))["C01383"]
    assert {name for name, *_ in ends} == {"Les Courtilles", "Châtillon-Montrouge", "Saint-Denis - Université"}
    assert all(48 < lat < 49.3 and 1.4 < lon < 3.6 for _, lat, lon in ends)


def test_a_cluster_without_evidence_is_grey_and_a_positive_one_has_its_own_colour(view):
    clusters = (made(0, polarity=None), made(1, polarity=0.2))
    details = map_layers.cluster_details(replace(view, clusters=clusters))
    assert details["incident:0"]["colour"] == NO_EVIDENCE_COLOUR
    assert details["incident:1"]["colour"] == POSITIVE_COLOUR


def test_a_popup_knows_how_each_point_was_found(view):
    for feature in map_layers.station_features(view)["features"]:
        for because in feature["properties"]["because"]:
            assert (because["method"], because["confidence"]) == ("stop_id", 1.0)
            assert because["lines"]


def test_what_has_no_place_says_why_and_has_no_point(view):
    details = map_layers.disruption_details(view)
    nowhere = [d for d in details.values() if d["at"] is None]
    assert nowhere
    assert {d["unplaced"] for d in nowhere} == {"aucune station dans le message"}
    assert all(d["unplaced"] == "" for d in details.values() if d["at"])


def test_no_published_markup_is_sent_to_the_browser(views):
    view = views.find(ALL)
    sent = json.dumps([map_layers.disruption_details(view), map_layers.station_features(view)])
    assert "<p>" not in sent and "<br>" not in sent


def test_every_line_of_the_view_has_its_badge(view):
    badges = map_layers.line_badges(view)
    assert set(badges) == {hit.line for a in view.disruptions for hit, _ in a.hits if hit.line}


def test_the_base_map_has_its_towns_where_they_are():
    import gzip

    towns = json.loads(gzip.decompress(_shapes()["towns"]))["features"]
    assert {f["properties"]["name"] for f in towns} == TOWNS
    lon, lat = next(f["geometry"]["coordinates"] for f in towns if f["properties"]["name"] == "Versailles")
    assert (round(lon, 1), round(lat, 1)) == (2.1, 48.8)
