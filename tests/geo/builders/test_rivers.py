"""The rivers of the map run where they run: between stations of two banks, and along borders that follow them."""

import gzip
import json

import numpy as np
import pytest
import shapely

from geo.builders.rivers import build, onto_borders
from geo.builders.shapes import to_km_shape
from geo.network.stations import Stations
from geo.network.tables import DATA_DIR

RIVERS = {
    f["properties"]["name"]: shapely.geometry.shape(f["geometry"])
    for f in json.loads((DATA_DIR / "rivers.geojson").read_text("utf-8"))["features"]
}
BANKS = [
    ("Seine", "Passy", "Bir-Hakeim"),
    ("Seine", "Quai de la Gare", "Bercy"),
    ("Seine", "Quai de la Rapée", "Gare d'Austerlitz"),
    ("Seine", "Concorde", "Assemblée Nationale"),
    ("Seine", "Châtelet", "Saint-Michel"),
    ("Seine", "Pont de Neuilly", "Esplanade de la Défense"),
    ("Seine", "Mairie de Clichy", "Gabriel Péri"),
    ("Seine", "Maisons-Laffitte", "Sartrouville"),
    ("Seine", "Pont de Sèvres", "Musée de Sèvres"),
    ("Marne", "École Vétérinaire de Maisons-Alfort", "Charenton-Écoles"),
    ("Oise", "Pontoise", "Saint-Ouen-l'Aumône"),
]


@pytest.mark.parametrize(("river", "one", "other"), BANKS)
def test_a_river_parts_the_stations_of_its_two_banks(river, one, other):
    by_name = {station.name: (station.lon, station.lat) for station in Stations.load() if station.mode != "bus"}
    crossing = shapely.intersection(shapely.linestrings([by_name[one], by_name[other]]), RIVERS[river])
    assert len(shapely.get_parts(crossing)) == 1


def test_a_course_moves_onto_the_border_along_it_and_stays_where_there_is_none():
    course = shapely.linestrings([(0, 0), (10, 0)])
    border, across = shapely.linestrings([(0, 0.2), (4, 0.2)]), shapely.linestrings([(8, -1), (8, 1)])
    moved = onto_borders(course, np.array([border, across]))
    at = [shapely.line_interpolate_point(moved, km).y for km in (1, 3, 6, 8)]
    assert at == pytest.approx([0.2, 0.2, 0, 0], abs=1e-6)


def test_a_river_is_cut_at_the_region_and_others_are_left_out():
    region = shapely.box(650, 6850, 660, 6860)
    across = shapely.linestrings([(600, 6855), (700, 6855)])
    pieces = [(name, across) for name in ("LA SEINE", "LA MARNE", "L'OISE", "L'EURE")]
    made = json.loads(build(pieces, [region]))["features"]
    assert [f["properties"]["name"] for f in made] == ["Seine", "Marne", "Oise"]
    bounds = to_km_shape(shapely.geometry.shape(made[0]["geometry"])).bounds
    assert bounds == pytest.approx((649, 6855, 661, 6855), abs=0.01)


@pytest.mark.recording
def test_in_paris_the_seine_keeps_to_the_borders_of_the_arrondissements(shared_data):
    raw = gzip.decompress((shared_data / "reference" / "paris-arrondissements_memory.geojson.gz").read_bytes())
    shapes = {
        str(f["properties"]["c_ar"]): to_km_shape(shapely.geometry.shape(f["geometry"]))
        for f in json.loads(raw)["features"]
    }
    seine = to_km_shape(RIVERS["Seine"])
    for one, other in (("1", "6"), ("1", "7"), ("4", "5"), ("7", "8"), ("7", "16"), ("15", "16"), ("12", "13")):
        border = shapely.intersection(shapes[one].boundary, shapely.buffer(shapes[other].boundary, 0.003))
        assert border.length > 0.5
        corners = shapely.points(shapely.get_coordinates(shapely.segmentize(border, 0.03)))
        assert shapely.distance(corners, seine).max() < 0.1, (one, other)
