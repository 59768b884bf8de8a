"""The trails of the clusters as GeoJSON: where each was in the last hour, and where it split or merged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dashboard.map.geojson import collection
from dashboard.store.trails import Place
from dashboard.window.clusters import Cluster
from dashboard.window.view import View

Point = tuple[float, float]  # latitude, longitude


def trail_features(view: View) -> dict[str, Any]:
    """Lines with the `key` of their cluster; `kind` is `trail`, `split` or `merged`. A trail ends at the badge."""
    return collection(_features(view))


def _features(view: View) -> Iterator[dict[str, Any]]:
    looks = {(cluster.channel, cluster.number): cluster for cluster in view.clusters}
    for key, cluster in looks.items():
        points = _way(view.trails.places.get(key, ()), (cluster.medoid.lat, cluster.medoid.lon))
        if len(points) > 1:
            yield _line(cluster, "trail", points)
    for fork in view.trails.forks:
        if fork.key in looks and (points := _way((fork.begin,), (fork.end.lat, fork.end.lon)))[1:]:
            yield _line(looks[fork.key], fork.event, points)


def _way(places: Sequence[Place], end: Point) -> list[Point]:
    """Points one after the other, none twice in a row."""
    points = [(place.lat, place.lon) for place in places] + [end]
    return [point for n, point in enumerate(points) if not n or point != points[n - 1]]


def _line(cluster: Cluster, kind: str, points: Sequence[Point]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"key": cluster.key, "kind": kind, "hue": cluster.hue, "pattern": cluster.pattern},
        "geometry": {"type": "LineString", "coordinates": [[lon, lat] for lat, lon in points]},
    }
