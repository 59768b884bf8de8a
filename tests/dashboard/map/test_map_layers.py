"""What the layers of the map hold: places in the right order, sizes by area, rings, badges, plain text."""

import json
from dataclasses import replace
from math import pi

import pytest

from dashboard.map import map_layers
from dashboard.map.base_map import TOWNS, _shapes
from dashboard.store.lives import number_of_new
from dashboard.ui.theme import NO_EVIDENCE_COLOUR, POSITIVE_COLOUR, polarity_colour
from dashboard.window.clusters import Cluster
from dashboard.window.selection import CHANNELS, Selection
from geo.network.stations import Stations
from spark_app.derived.clusters.places import Place

ALL = Selection(channels=CHANNELS, modes=())


@pytest.fixture
def view(views):
    return views.of(Selection())


def made(index: int, **values) -> Cluster:
    circle = {
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
    return Cluster(**{**circle, **values})


def test_every_station_is_drawn_where_the_reference_has_it(view):
    features = map_layers.station_features(view)["features"]
    assert len(features) == len(view.stations) > 10
    for feature in features:
        station = Stations.load().get(feature["properties"]["zda"])
        assert feature["geometry"]["coordinates"] == [station.lon, station.lat]
        assert feature["properties"]["name"] == station.name


def test_every_circle_lies_in_the_region_longitude_first(views):
    features = map_layers.cluster_features(views.of(ALL))["features"]
    assert len(features) > 5
    for feature in features:
        lon, lat = feature["geometry"]["coordinates"]
        assert 1.4 < lon < 3.6 and 48.1 < lat < 49.3


def test_only_circles_are_drawn_as_circles(view):
    wide, single, circle = made(0, width_km=15.1), made(1, ids=("a",)), made(2)
    features = map_layers.cluster_features(replace(view, clusters=(wide, single, circle)))["features"]
    assert [f["properties"]["key"] for f in features] == ["incident:2"]


def test_the_stations_of_a_cluster_that_is_no_circle_are_ringed(view):
    keys = {key for station in view.stations for key in station.clusters}
    chosen = min(keys - {""})
    number = number_of_new(int(chosen.removeprefix("incident:new-")))
    features = map_layers.station_features(replace(view, clusters=(made(number, width_km=40.0),)))["features"]
    ringed = {f["properties"]["zda"] for f in features if f["properties"]["ring"]}
    assert ringed == {station.zda for station in view.stations if chosen in station.clusters}
    assert ringed


def test_the_area_of_a_circle_grows_with_the_size(view):
    clusters = (made(0, ids=("a", "b")), made(1, ids=tuple("abcdefgh")))
    large, small = map_layers.cluster_features(replace(view, clusters=clusters))["features"]
    areas = [pi * f["properties"]["radius"] ** 2 for f in (small, large)]
    assert areas[1] / areas[0] == pytest.approx(4, rel=0.02)


def test_a_crowded_network_shrinks_the_unit_and_keeps_the_proportions(view):
    crowded = replace(
        view, clusters=(made(0, ids=tuple(map(str, range(100)))), made(1, ids=tuple(map(str, range(25)))))
    )
    large, small = (f["properties"]["radius"] for f in map_layers.cluster_features(crowded)["features"])
    assert large == map_layers.RADIUS_MAX_PX
    assert small == pytest.approx(large / 2, rel=0.01)


def test_a_station_takes_the_colour_of_its_most_negative_text(view):
    for station, feature in zip(view.stations, map_layers.station_features(view)["features"], strict=True):
        scores = [a.revision.polarity for a, _ in station.because if a.revision.polarity is not None]
        assert feature["properties"]["colour"] == polarity_colour(min(scores, default=None))


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
    view = views.of(ALL)
    sent = json.dumps([map_layers.disruption_details(view), map_layers.station_features(view)])
    assert "<p>" not in sent and "<br>" not in sent


def test_every_line_of_the_view_has_its_badge(view):
    badges = map_layers.line_badges(view)
    assert set(badges) == {hit.line for a in view.disruptions for hit, _ in a.hits if hit.line}
    assert set(map_layers.hit_lines(view)) <= set(badges)


def test_the_base_map_has_its_towns_where_they_are():
    import gzip

    towns = json.loads(gzip.decompress(_shapes()["towns"]))["features"]
    assert {f["properties"]["name"] for f in towns} == TOWNS
    lon, lat = next(f["geometry"]["coordinates"] for f in towns if f["properties"]["name"] == "Versailles")
    assert (round(lon, 1), round(lat, 1)) == (2.1, 48.8)
