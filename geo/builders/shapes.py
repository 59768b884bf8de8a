"""The shapes of the local base map: communes, départements and line traces, simplified.

Only `geo.builders.tables` and `geo.builders.rivers` call this. Polygons are simplified as one coverage, so neighbours
keep
one common border and départements are exactly the union of their communes.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.network.projection import to_degrees, to_km
from geo.network.tables import write_bytes

COMMUNES = "communes-ile-de-france.geojson.gz"
DEPARTEMENTS = "departements-ile-de-france.geojson.gz"
TRACES = "traces-du-reseau-ferre-idf_202406.geojson.gz"

COMMUNE_TOLERANCE_KM = 0.12
TRACE_TOLERANCE_KM = 0.012
NOT_A_LINE = {"NR"}
# One piece of line J is published under a line id that lacks its last digit.
CORRECTED_LINE_IDS = {"C0173": "C01739"}

# Five decimals are 1.1 m; borders are simplified to far more than the 11 m of four.
DECIMALS = {"communes.geojson": 4, "departements.geojson": 4, "line_traces.geojson": 5}


def build_shapes(source: Path, target: Path, towns: AbstractSet[str]) -> dict[str, int]:
    """Write the three GeoJSON files; returns the number of features of each.

    `towns` are the towns of the stop zones, which write the article that the shapes leave out.
    """
    communes = _communes(source, towns)
    departements = _departements(source, communes)
    collections = {
        "communes.geojson": communes,
        "departements.geojson": departements,
        "line_traces.geojson": _line_traces(source),
    }
    for name, features in collections.items():
        write_bytes(target / name, geojson(features, DECIMALS[name]))
    return {name: len(features) for name, features in collections.items()}


def _communes(source: Path, towns: AbstractSet[str]) -> list[tuple[dict[str, str], BaseGeometry]]:
    features = sorted(read_features(source / COMMUNES), key=lambda f: f["properties"]["code"])
    shapes = [to_km_shape(shapely.geometry.shape(f["geometry"])) for f in features]
    simplified = shapely.coverage_simplify(shapes, COMMUNE_TOLERANCE_KM)
    properties = [
        {"insee": f["properties"]["code"], "name": _with_article(f["properties"]["nom"], towns)} for f in features
    ]
    return [(p, to_degrees_shape(s)) for p, s in zip(properties, simplified, strict=True)]


def _with_article(name: str, towns: AbstractSet[str]) -> str:
    """The commune's full name: the shapes say "Lilas", the stop zones "Les Lilas"."""
    full = [town for town in (f"Le {name}", f"La {name}", f"Les {name}", f"L'{name}") if town in towns]
    return full[0] if name not in towns and len(full) == 1 else name


def _departements(
    source: Path, communes: list[tuple[dict[str, str], BaseGeometry]]
) -> list[tuple[dict[str, str], BaseGeometry]]:
    members: dict[str, list[BaseGeometry]] = defaultdict(list)
    for properties, shape in communes:
        members[properties["insee"][:2]].append(shape)
    names = {f["properties"]["code"]: f["properties"]["nom"] for f in read_features(source / DEPARTEMENTS)}
    return [({"insee": code, "name": names[code]}, shapely.union_all(members[code])) for code in sorted(names)]


def _line_traces(source: Path) -> list[tuple[dict[str, str], BaseGeometry]]:
    pieces: dict[str, list[BaseGeometry]] = defaultdict(list)
    for feature in read_features(source / TRACES):
        line_id = feature["properties"]["idrefligc"]
        if feature["geometry"] and line_id not in NOT_A_LINE:
            line_id = CORRECTED_LINE_IDS.get(line_id, line_id)
            pieces[line_id].append(to_km_shape(shapely.geometry.shape(feature["geometry"])))
    return [({"line": line_id}, _trace(pieces[line_id])) for line_id in sorted(pieces)]


def _trace(pieces: list[BaseGeometry]) -> BaseGeometry:
    # One sorted union first: the source repeats pieces and gives them in no order.
    merged = shapely.line_merge(shapely.union_all(pieces, grid_size=1e-3))
    simplified = shapely.normalize(shapely.simplify(merged, TRACE_TOLERANCE_KM))
    return to_degrees_shape(shapely.multilinestrings(shapely.get_parts(simplified)))


Points = NDArray[np.float64]


def to_km_shape(shape: BaseGeometry) -> BaseGeometry:
    """A shape in degrees, in kilometres on Lambert-93."""

    def to_km_xy(lon_lat: Points) -> Points:
        return np.column_stack(to_km(lon_lat[:, 1], lon_lat[:, 0]))

    return shapely.transform(shape, to_km_xy)


def to_degrees_shape(shape: BaseGeometry) -> BaseGeometry:
    """`to_km_shape` undone."""

    def to_degrees_xy(x_y: Points) -> Points:
        lat, lon = to_degrees(x_y[:, 0], x_y[:, 1])
        return np.column_stack((lon, lat))

    return shapely.transform(shape, to_degrees_xy)


def read_features(path: Path) -> list[dict[str, Any]]:
    """The features of a compressed GeoJSON file."""
    features: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))["features"]
    return features


def geojson(features: list[tuple[dict[str, str], BaseGeometry]], decimals: int) -> bytes:
    """One feature a line, longitude first as GeoJSON wants it."""
    lines = ",\n".join(
        json.dumps(
            {"type": "Feature", "properties": properties, "geometry": _geometry(shape, decimals)},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for properties, shape in features
    )
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'.encode()


def _geometry(shape: BaseGeometry, decimals: int) -> dict[str, object]:
    geometry = shapely.geometry.mapping(shape)
    return {"type": geometry["type"], "coordinates": _rounded(geometry["coordinates"], decimals)}


def _rounded(coordinates: Any, decimals: int) -> Any:
    if isinstance(coordinates, float):
        return round(coordinates, decimals)
    return [_rounded(part, decimals) for part in coordinates]
