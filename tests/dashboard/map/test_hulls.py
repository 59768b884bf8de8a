"""The hull of a cluster holds its stations and the ways between neighbours, and nothing far from them."""

from typing import Any

import pytest
import shapely

from dashboard.map.base_map import shape
from dashboard.map.hulls import DECIMALS, REACH_KM, SIMPLIFIED_KM, hull, hull_features
from dashboard.store.records import PlacedHit
from dashboard.window.selection import Selection
from geo.network.stations import Stations
from prim_client.messages.message import CHANNELS

KM_DEG = 1 / 111.2  # a kilometre on a meridian
EVERYTHING = Selection(channels=CHANNELS, modes=())


def hit_at(zda: str, line: str = "C01742") -> PlacedHit:
    station = Stations.load().get(zda)
    values: dict[str, Any] = {"zda": zda, "line": line, "station": station.name, "lat": station.lat, "lon": station.lon}
    return PlacedHit(**{name: values.get(name, "") for name in PlacedHit.__dataclass_fields__})


def stretch():
    """A stretch that is not straight: (key, its shape, zda, zda)."""
    for each in shape("sections")["features"]:
        way = shapely.geometry.shape(each["geometry"])
        straight = shapely.LineString([way.coords[0], way.coords[-1]])
        if way.hausdorff_distance(straight) > 1.3 * KM_DEG:
            return way, each["properties"]["key"].split("/")
    pytest.fail("every stretch is straight")


def test_every_station_of_every_cluster_lies_in_its_hull(views):
    view = views.find(EVERYTHING)
    hulls = {f["properties"]["key"]: shapely.geometry.shape(f["geometry"]) for f in hull_features(view)["features"]}
    assert hulls.keys() == {cluster.key for cluster in view.clusters}
    for cluster in view.clusters:
        places = {(hit.lon, hit.lat) for hits in cluster.territory for hit in hits}
        assert len({hit.zda for hits in cluster.territory for hit in hits}) == cluster.station_count
        assert all(hulls[cluster.key].contains(shapely.Point(place)) for place in places)


def test_the_way_between_two_neighbours_that_one_disruption_hits_lies_in_the_hull_along_its_line():
    way, (line, one, other) = stretch()
    found = shapely.geometry.shape(hull([frozenset({hit_at(one, line), hit_at(other, line)})]))
    assert found.geom_type == "Polygon" and found.buffer(0.1 * KM_DEG).contains(way)
    reach = (REACH_KM + SIMPLIFIED_KM) * 1.6 * KM_DEG  # a degree of longitude is shorter
    assert way.buffer(reach).contains(found)


def test_neighbours_hit_by_two_disruptions_are_two_discs():
    _, (line, one, other) = stretch()
    apart = shapely.geometry.shape(hull([frozenset({hit_at(one, line)}), frozenset({hit_at(other, line)})]))
    assert apart.geom_type == "MultiPolygon" and len(apart.geoms) == 2


def test_the_order_of_the_hits_changes_nothing_and_corners_are_short_numbers():
    _, (line, one, other) = stretch()
    first = hull([frozenset({hit_at(one, line)}), frozenset({hit_at(other, line)})])
    assert first == hull([frozenset({hit_at(other, line)}), frozenset({hit_at(one, line)})])
    numbers = [value for part in first["coordinates"] for ring in part for point in ring for value in point]
    assert all(round(value, DECIMALS) == value for value in numbers)
