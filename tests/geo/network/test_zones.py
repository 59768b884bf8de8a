"""A point lies in one commune of the region, or in none."""

import json

import pytest
import shapely

from geo.network.tables import DATA_DIR
from geo.network.zones import Zone, Zones


@pytest.fixture(scope="module")
def zones() -> Zones:
    return Zones.load()


@pytest.mark.parametrize(
    ("lat", "lon", "zone"),
    [
        (48.8534, 2.3488, Zone("Paris", "75056", "75")),
        (48.8799, 2.4165, Zone("Les Lilas", "93045", "93")),
        (48.8047, 2.1204, Zone("Versailles", "78646", "78")),
        (48.4040, 2.7016, Zone("Fontainebleau", "77186", "77")),
    ],
)
def test_a_point_is_in_its_commune(zones, lat, lon, zone):
    assert zones.zone_at(lat, lon) == zone


@pytest.mark.parametrize(("lat", "lon"), [(43.3, 5.4), (48.8, 0.9), (2.3488, 48.8534), (0.0, 0.0), (float("nan"), 2.3)])
def test_a_point_outside_is_in_none(zones, lat, lon):
    assert zones.zone_at(lat, lon) is None


def test_communes_and_departements_cover_the_region_without_gaps_or_overlaps():
    communes, departements = (_shapes(f"{name}.geojson") for name in ("communes", "departements"))
    assert (len(communes), len(departements)) == (1276, 8)
    assert all(shape.is_valid for shape in [*communes, *departements])
    total = sum(shape.area for shape in departements)
    assert sum(shape.area for shape in communes) == pytest.approx(total, rel=1e-3)
    assert shapely.union_all(communes).area == pytest.approx(total, rel=1e-3)


def _shapes(name: str) -> list[shapely.Geometry]:
    features = json.loads((DATA_DIR / name).read_text("utf-8"))["features"]
    return [shapely.geometry.shape(feature["geometry"]) for feature in features]
