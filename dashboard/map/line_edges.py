"""The stretches of lines that disruptions hit: each edge between neighbouring stations has its own shape.

The shapes are cut from the line traces once and served by URL; a view only says which of them are hit, and in
which colour.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from math import hypot
from typing import Any

import networkx as nx
import shapely
from shapely.geometry.base import BaseGeometry

from dashboard.map.paint import Hitting, paint_of
from dashboard.store.lives import cluster_id
from dashboard.store.records import Hit
from dashboard.window.view import View
from geo.network.stations import Stations
from geo.network.tables import DATA_DIR, read_table

NEAR_DEG = 0.012  # of both stations from their line's trace: about 1 km
JOIN_DEG = 0.004  # between the pieces of a trace: about 300 m
STEP_DEG = 0.002  # between two points of a trace
LONGER = 2.0  # a way along the trace longer than this times the straight one is another way round
Point = tuple[float, float]  # lon, lat: these are shapes of GeoJSON
Edge = tuple[str, str, str]  # line, zda, zda; the smaller id first


@cache
def edges() -> frozenset[Edge]:
    """Every edge of the line graphs."""
    return frozenset(_edge(line, a, b) for line, a, b, *_ in read_table("line_edges.csv", DATA_DIR))


def _edge(line: str, zda: str, other: str) -> Edge:
    return line, min(zda, other), max(zda, other)


@cache
def neighbours() -> dict[tuple[str, str], tuple[str, ...]]:
    """(line, zda) -> the stations next to it."""
    found: dict[tuple[str, str], list[str]] = {}
    for line, a, b in sorted(edges()):
        found.setdefault((line, a), []).append(b)
        found.setdefault((line, b), []).append(a)
    return {key: tuple(value) for key, value in found.items()}


def key_of(edge: Edge) -> str:
    """The name of an edge on the map."""
    return "/".join(edge)


def shapes() -> dict[str, Any]:
    """Every edge as GeoJSON: the way along its line's trace, or the straight one where the trace does not fit."""
    found = json.loads((DATA_DIR / "line_traces.geojson").read_text("utf-8"))["features"]
    traces = {f["properties"]["line"]: _Trace(shapely.geometry.shape(f["geometry"])) for f in found}
    features = []
    for edge in sorted(edges()):
        a, b = (Stations.load().get(zda) for zda in edge[1:])
        if a is None or b is None:
            continue
        ends = (a.lon, a.lat), (b.lon, b.lat)
        shape = traces[edge[0]].way(*ends) if edge[0] in traces else shapely.LineString(ends)
        geometry = shapely.geometry.mapping(shapely.set_precision(shape, 0.00001))
        features.append({"type": "Feature", "properties": {"key": key_of(edge)}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


class _Trace:
    """A line's trace as a graph of points: its pieces meet where they come near each other."""

    def __init__(self, trace: BaseGeometry) -> None:
        whole = shapely.segmentize(trace, STEP_DEG)
        pieces = [list(piece.coords) for piece in getattr(whole, "geoms", [whole])]
        self._graph = nx.Graph()
        self._points = [point for piece in pieces for point in piece]
        self._tree = shapely.STRtree(shapely.points(self._points))
        for piece in pieces:
            for a, b in pairwise(piece):
                self._graph.add_edge(a, b, weight=hypot(a[0] - b[0], a[1] - b[1]))
        for piece in pieces:
            self._join(piece[0], set(piece))
            self._join(piece[-1], set(piece))

    def _join(self, end: Point, own: set[Point]) -> None:
        for i in self._tree.query(shapely.Point(end), "dwithin", JOIN_DEG):
            other = self._points[i]
            if other not in own:
                self._graph.add_edge(end, other, weight=hypot(end[0] - other[0], end[1] - other[1]))

    def way(self, a: Point, b: Point) -> shapely.LineString:
        """From a to b, (lon, lat), along the trace."""
        straight = shapely.LineString([a, b])
        first, last = (self._points[self._tree.nearest(shapely.Point(end))] for end in (a, b))
        if hypot(first[0] - a[0], first[1] - a[1]) + hypot(last[0] - b[0], last[1] - b[1]) > NEAR_DEG:
            return straight
        try:
            points = nx.dijkstra_path(self._graph, first, last)
        except nx.NetworkXNoPath:
            return straight
        way = shapely.LineString([a, *points[1:-1], b]).simplify(0.0001)
        return way if way.length < LONGER * straight.length else straight


def hit_edges(hits: Iterable[Hit]) -> set[Edge]:
    """The edges whose two ends are both hit on the same line."""
    places = {(hit.line, hit.zda) for hit in hits if hit.zda}
    return {
        _edge(line, zda, other)
        for line, zda in places
        for other in neighbours().get((line, zda), ())
        if (line, other) in places
    }


def hit_sections(view: View) -> dict[str, str]:
    """Colour of each stretch hit by a disruption ongoing in the view: a name of the style sheet, or `#rrggbb`."""
    hitting: dict[Edge, list[Hitting]] = defaultdict(list)
    shown = "ongoing" if view.last_observed else "new"
    for active in view.disruptions:
        if active.state != shown:
            continue
        numbers = {(hit.line, hit.zda): number for hit, number in active.hits}
        for edge in hit_edges(hit for hit, _ in active.hits):
            key = cluster_id(active.revision.channel, numbers[edge[0], edge[1]])
            hitting[edge].append((active.revision, (key,)))
    paint = paint_of(view)
    return {key_of(edge): paint(found).colour for edge, found in sorted(hitting.items())}


def termini(line: str) -> list[str]:
    """The stations at which a line ends, as zda: those with one neighbour."""
    return sorted(zda for (of_line, zda), nexts in neighbours().items() if of_line == line and len(nexts) == 1)
