"""Communes and départements: in which one a point lies."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import shapely

from geo.network.tables import DATA_DIR


@dataclass(frozen=True, slots=True)
class Zone:
    """A commune: its name, its INSEE code ("94080") and its département's code ("94")."""

    commune: str
    insee: str
    departement: str


class Zones:
    """The communes of Île-de-France. Use the shared `Zones.load()`."""

    def __init__(self, zones: list[Zone], shapes: list[shapely.Geometry]) -> None:
        self._zones = zones
        self._tree = shapely.STRtree(shapes)

    @classmethod
    def load(cls) -> "Zones":
        """The communes of `geo/data`, read once per process."""
        return _load(DATA_DIR)

    def __len__(self) -> int:
        return len(self._zones)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What each commune and département is called, by INSEE code: {"94080": "Vincennes", "94": "Val-de-Marne"}."""
        return _departements(DATA_DIR) | {zone.insee: zone.commune for zone in self._zones}

    def zone_at(self, lat: float, lon: float) -> Zone | None:
        """The commune of a point in degrees; None outside the region.

        The shapes are simplified: within about 100 m of a border the answer may be the neighbour.
        """
        return self.of_all([(lat, lon)])[0]

    def of_all(self, points: Sequence[tuple[float, float]]) -> list[Zone | None]:
        """The commune of each point (lat, lon); many at once cost a hundredth of one by one."""
        found: list[Zone | None] = [None] * len(points)
        shapes = shapely.points([(lon, lat) for lat, lon in points])
        # On a common border the first commune of the file counts.
        for point, zone in sorted(self._tree.query(shapes, predicate="intersects").T.tolist(), reverse=True):
            found[point] = self._zones[zone]
        return found


def _departements(folder: Path) -> dict[str, str]:
    features = json.loads((folder / "departements.geojson").read_text("utf-8"))["features"]
    return {feature["properties"]["insee"]: feature["properties"]["name"] for feature in features}


@cache
def _load(folder: Path) -> Zones:
    features = json.loads((folder / "communes.geojson").read_text("utf-8"))["features"]
    codes = [feature["properties"] for feature in features]
    return Zones(
        [Zone(code["name"], code["insee"], code["insee"][:2]) for code in codes],
        [shapely.geometry.shape(feature["geometry"]) for feature in features],
    )
