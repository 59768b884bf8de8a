"""The territory of a cluster: a hull along the network, round the stretches and the stations that it hits."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dashboard.map.base_map import shape
from dashboard.map.geojson import collection
from dashboard.map.line_edges import Edge, hit_edges, key_of
from dashboard.store.records import PlacedHit
from dashboard.window.clusters import Cluster
from dashboard.window.view import View
from geo.network.projection import to_degrees, to_km

REACH_KM = 1.2  # from the lines and stations that are hit to the border
SIMPLIFIED_KM = 0.1  # no corner of a hull is moved farther
DECIMALS = 4  # of a degree: about 10 m
CORNERS = 2  # of a quarter of a circle
Points = NDArray[np.float64]  # (n, 2)


def hull_features(view: View) -> dict[str, Any]:
    """The hull of each cluster, the largest first, as GeoJSON; its `key` is the cluster's."""
    clusters = sorted(view.clusters, key=lambda c: (-c.count("stations"), c.key))
    return collection(_feature(cluster) for cluster in clusters)


def _feature(cluster: Cluster) -> dict[str, Any]:
    properties = {"key": cluster.key, "hue": cluster.hue, "pattern": cluster.pattern}
    return {"type": "Feature", "properties": properties, "geometry": hull(cluster.territory)}


def hull(territory: Iterable[frozenset[PlacedHit]]) -> dict[str, Any]:
    """The (multi)polygon round what disruptions hit, given the hits of each; GeoJSON."""
    edges: set[Edge] = set()
    stations: dict[str, tuple[float, float]] = {}
    for hits in territory:
        edges |= hit_edges(hits)
        stations |= {hit.zda: (hit.lat, hit.lon) for hit in hits}
    alone = stations.keys() - {zda for _, *ends in edges for zda in ends}  # a stretch reaches round its ends
    return _hull(frozenset(edges), frozenset(stations[zda] for zda in alone))


@lru_cache(maxsize=1_024)  # from one window to the next most clusters stay what they are; 1 to 5 kB each
def _hull(edges: frozenset[Edge], stations: frozenset[tuple[float, float]]) -> dict[str, Any]:
    ways = [_ways()[key] for key in sorted(map(key_of, edges)) if key in _ways()]
    lines = shapely.buffer(shapely.line_merge(shapely.union_all(ways)), REACH_KM, quad_segs=CORNERS)
    discs = shapely.buffer(
        shapely.MultiPoint([_point(*place) for place in sorted(stations)]), REACH_KM, quad_segs=CORNERS
    )
    whole = shapely.union(lines, discs)
    degrees: dict[str, Any] = shapely.geometry.mapping(shapely.transform(whole.simplify(SIMPLIFIED_KM), _to_lon_lat))
    return degrees


@cache
def _point(lat: float, lon: float) -> tuple[float, float]:
    x_km, y_km = to_km([lat], [lon])
    return float(x_km[0]), float(y_km[0])


@cache
def _ways() -> dict[str, BaseGeometry]:
    """The way of each stretch in kilometres, by its key."""
    stretches = shape("sections")["features"]
    ways = shapely.transform([shapely.geometry.shape(each["geometry"]) for each in stretches], _to_km)
    keys = [each["properties"]["key"] for each in stretches]
    return dict(zip(keys, shapely.simplify(ways, SIMPLIFIED_KM), strict=True))


def _to_km(points: Points) -> Points:
    return np.column_stack(to_km(points[:, 1], points[:, 0]))


def _to_lon_lat(points: Points) -> Points:
    lat, lon = to_degrees(points[:, 0], points[:, 1])
    return np.column_stack([lon, lat]).round(DECIMALS)
