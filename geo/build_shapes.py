"""The shapes of the local base map: communes, départements and line traces, simplified.

Only `geo.build_tables` calls this. Polygons are simplified as one coverage, so neighbours keep
one common border and départements are exactly the union of their communes.
"""

import gzip
import json
from collections import defaultdict
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from geo.projection import to_degrees, to_km
from geo.tables import write_bytes

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


def build_shapes(source: Path, target: Path) -> dict[str, int]:
    """Write the three GeoJSON files; returns the number of features of each."""
    communes = _communes(source)
    departements = _departements(source, communes)
    collections = {
        "communes.geojson": communes,
        "departements.geojson": departements,
        "line_traces.geojson": _line_traces(source),
    }
    for name, features in collections.items():
        write_bytes(target / name, _geojson(features, DECIMALS[name]))
    return {name: len(features) for name, features in collections.items()}


def _communes(source: Path) -> list[tuple[dict[str, str], BaseGeometry]]:
    features = sorted(_features(source / COMMUNES), key=lambda f: f["properties"]["code"])
    shapes = [_to_km(shapely.geometry.shape(f["geometry"])) for f in features]
    simplified = shapely.coverage_simplify(shapes, COMMUNE_TOLERANCE_KM)
    properties = [{"insee": f["properties"]["code"], "name": f["properties"]["nom"]} for f in features]
    return [(p, _to_degrees(s)) for p, s in zip(properties, simplified, strict=True)]


def _departements(
    source: Path, communes: list[tuple[dict[str, str], BaseGeometry]]
) -> list[tuple[dict[str, str], BaseGeometry]]:
    members: dict[str, list[BaseGeometry]] = defaultdict(list)
    for properties, shape in communes:
        members[properties["insee"][:2]].append(shape)
    names = {f["properties"]["code"]: f["properties"]["nom"] for f in _features(source / DEPARTEMENTS)}
    return [
        ({"insee": code, "name": names[code]}, shapely.union_all(members[code]))
        for code in sorted(names)
    ]


def _line_traces(source: Path) -> list[tuple[dict[str, str], BaseGeometry]]:
    pieces: dict[str, list[BaseGeometry]] = defaultdict(list)
    for feature in _features(source / TRACES):
        line_id = feature["properties"]["idrefligc"]
        if feature["geometry"] and line_id not in NOT_A_LINE:
            line_id = CORRECTED_LINE_IDS.get(line_id, line_id)
            pieces[line_id].append(_to_km(shapely.geometry.shape(feature["geometry"])))
    return [({"line": line_id}, _trace(pieces[line_id])) for line_id in sorted(pieces)]


def _trace(pieces: list[BaseGeometry]) -> BaseGeometry:
    # One sorted union first: the source repeats pieces and gives them in no order.
    merged = shapely.line_merge(shapely.union_all(pieces, grid_size=1e-3))
    simplified = shapely.normalize(shapely.simplify(merged, TRACE_TOLERANCE_KM))
    return _to_degrees(shapely.multilinestrings(shapely.get_parts(simplified)))


def _to_km(shape: BaseGeometry) -> BaseGeometry:
    return shapely.transform(shape, lambda p: _columns(*to_km(p[:, 1], p[:, 0])))


def _to_degrees(shape: BaseGeometry) -> BaseGeometry:
    def back(p):
        lat, lon = to_degrees(p[:, 0], p[:, 1])
        return _columns(lon, lat)

    return shapely.transform(shape, back)


def _columns(first, second):
    return shapely.get_coordinates(shapely.points(first, second))


def _features(path: Path) -> list[dict]:
    return json.loads(gzip.decompress(path.read_bytes()))["features"]


def _geojson(features: list[tuple[dict[str, str], BaseGeometry]], decimals: int) -> bytes:
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


def _rounded(coordinates, decimals: int):
    if isinstance(coordinates, float):
        return round(coordinates, decimals)
    return [_rounded(part, decimals) for part in coordinates]
