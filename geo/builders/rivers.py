"""Build `geo/data/rivers.geojson`: `python -m geo.builders.rivers SOURCE_DIR FRANCE_RIVERS_RDA`.

The rivers come from a data set of R, read with the `rdata` package, which nothing else needs: install it beside. It has
a vertex a kilometre, so bends are cut by up to 300 m; in return commune borders follow the rivers for most of their
way. Each course is moved sideways onto the border that runs along it, and stays as it is where none does. Measured:
in Paris within 75 m of the borders of the arrondissements; elsewhere the median distance to a border along it is 11 m.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.builders.shapes import COMMUNES, geojson, read_features, to_degrees_shape, to_km_shape
from geo.network.tables import DATA_DIR, write_bytes

RIVERS = {"LA SEINE": "Seine", "LA MARNE": "Marne", "L'OISE": "Oise"}
DECIMALS = 5
MARGIN_KM = 1.0  # a river that is the region's border is drawn, too
STEP_KM = 0.05
REACH_KM = 0.3  # to a border along the river; islands and old arms are nearer, the next parallel border is not
ALONG = 0.85  # cosine of the angle between river and border
ALONE_KM = 0.6  # this far from a border along it a river keeps its course
SMOOTHED_STEPS = 5  # to either side
TOLERANCE_KM = 0.015
Points = NDArray[np.float64]


def build(pieces: list[tuple[str, BaseGeometry]], communes: list[BaseGeometry]) -> bytes:
    """GeoJSON of the rivers within the region, a feature a river.

    `pieces` are (name in the source, line), `communes` polygons, both in kilometres on Lambert-93.
    """
    region = shapely.buffer(shapely.union_all(communes), MARGIN_KM)
    borders = shapely.get_parts(shapely.line_merge(shapely.union_all(shapely.boundary(communes))))
    features = []
    for published, name in RIVERS.items():
        lines = [piece for river, piece in pieces if river == published]
        course = shapely.line_merge(shapely.intersection(shapely.union_all(lines, grid_size=1e-6), region))
        moved = [onto_borders(part, borders) for part in shapely.get_parts(course) if part.length > MARGIN_KM]
        shape = shapely.normalize(shapely.simplify(shapely.multilinestrings(moved), TOLERANCE_KM))
        features.append(({"name": name}, to_degrees_shape(shape)))
    return geojson(features, DECIMALS)


def onto_borders(course: BaseGeometry, borders: Points) -> BaseGeometry:
    """A line moved onto the borders that run along it, without jumps; kilometres."""
    at_km = np.linspace(0, course.length, int(course.length / STEP_KM) + 2)
    points, along = _cut_at(course, at_km), _direction(course, at_km, 4 * STEP_KM)
    tree = shapely.STRtree(borders)
    found = [_to_border(point, way, borders, tree) for point, way in zip(points, along, strict=True)]
    known = np.array([offset is not None for offset in found])
    offsets = np.array([(0.0, 0.0) if offset is None else offset for offset in found])
    if known.any():  # far from every border: the course itself is held to be right
        known |= np.abs(at_km[:, None] - at_km[known][None, :]).min(axis=1) > ALONE_KM
        offsets = np.column_stack([np.interp(at_km, at_km[known], offsets[known, axis]) for axis in (0, 1)])
    for smooth in (np.median, np.mean):
        padded = np.pad(offsets, ((SMOOTHED_STEPS, SMOOTHED_STEPS), (0, 0)), mode="edge")
        offsets = smooth(sliding_window_view(padded, 2 * SMOOTHED_STEPS + 1, axis=0), axis=-1)
    return shapely.linestrings(points + offsets)


def _to_border(point: Points, way: Points, borders: Points, tree: shapely.STRtree) -> Points | None:
    """From a point to the nearest border that runs along `way`."""
    here, offsets = shapely.points(point), []
    for border in borders[tree.query(here, predicate="dwithin", distance=REACH_KM)]:
        at_km = shapely.line_locate_point(border, here)
        if abs(float(_direction(border, np.array([at_km]), 3 * STEP_KM)[0] @ way)) >= ALONG:
            offsets.append(_cut_at(border, np.array([at_km]))[0] - point)
    return min(offsets, key=np.linalg.norm, default=None)


def _cut_at(line: BaseGeometry, at_km: Points) -> Points:
    points: Points = shapely.get_coordinates(shapely.line_interpolate_point(line, at_km))
    return points


def _direction(line: BaseGeometry, at_km: Points, reach_km: float) -> Points:
    """Unit vectors along a line; (0, 0) on one that is too short to have a direction."""
    ways = _cut_at(line, np.minimum(at_km + reach_km, line.length)) - _cut_at(line, np.maximum(at_km - reach_km, 0))
    lengths = np.linalg.norm(ways, axis=1, keepdims=True)
    return np.where(lengths >= reach_km, ways / np.maximum(lengths, reach_km), 0.0)


def read_source(path: Path) -> list[tuple[str, BaseGeometry]]:
    """Name and course of each piece, kilometres on Lambert-93."""
    import rdata  # only here: see above

    table: Any = rdata.read_rda(path)["france_rivers"]
    return [
        (name, shapely.linestrings(metres / 1e3)) for name, metres in zip(table["name"], table["geometry"], strict=True)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m geo.builders.rivers", description=__doc__)
    parser.add_argument("source", type=Path, help=f"folder with {COMMUNES}")
    parser.add_argument("rivers", type=Path, help="data/france_rivers.rda of the R package cartogramR")
    options = parser.parse_args()
    communes = [to_km_shape(shapely.geometry.shape(f["geometry"])) for f in read_features(options.source / COMMUNES)]
    write_bytes(DATA_DIR / "rivers.geojson", build(read_source(options.rivers), communes))


if __name__ == "__main__":
    main()
