"""Stretches of line between stations that one disruption hits."""

import pytest
import shapely

from dashboard.map.line_edges import edges, hit_edges, key_of, shapes
from dashboard.store.records import Hit
from geo.network.stations import Stations
from geo.network.topology import Topology

METRO_1 = "C01371"
IN_ORDER = Topology.load().branches(METRO_1)[0]


def hit(station, line=METRO_1) -> Hit:
    return Hit(line, "metro", station.zda, station.zdc, station.name, station.lat, station.lon, "", 1.0, "", "")


def test_neighbours_that_are_hit_make_a_stretch_and_a_gap_makes_none():
    a, b, c, d, e = IN_ORDER[:5]
    found = hit_edges([hit(a), hit(b), hit(d), hit(e)])
    assert found == {(METRO_1, *sorted((a.zda, b.zda))), (METRO_1, *sorted((d.zda, e.zda)))}
    assert hit_edges([hit(a), hit(c)]) == set()


def test_stations_of_two_lines_make_no_stretch():
    a, b = IN_ORDER[:2]
    assert hit_edges([hit(a), hit(b, "C01742")]) == set()


@pytest.fixture(scope="module")
def drawn():
    return {f["properties"]["key"]: shapely.geometry.shape(f["geometry"]) for f in shapes()["features"]}


def test_every_edge_has_a_shape_from_one_station_to_the_other(drawn):
    assert set(drawn) == {key_of(edge) for edge in edges()}
    for edge in edges():
        a, b = (Stations.load().get(zda) for zda in edge[1:])
        ends = {
            tuple(round(v, 4) for v in end) for end in (drawn[key_of(edge)].coords[0], drawn[key_of(edge)].coords[-1])
        }
        assert ends == {(round(s.lon, 4), round(s.lat, 4)) for s in (a, b)}


def test_a_shape_follows_its_line_and_is_no_detour(drawn):
    for shape in drawn.values():
        straight = shapely.LineString([shape.coords[0], shape.coords[-1]]).length
        assert shape.length <= 2.001 * straight + 0.001
    assert sum(len(shape.coords) > 2 for shape in drawn.values()) > 900
