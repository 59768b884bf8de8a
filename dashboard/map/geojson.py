"""GeoJSON (RFC 7946) as Python values: longitude comes first here, and only here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def collection(features: Iterable[dict[str, Any]], **members: Any) -> dict[str, Any]:
    """A feature collection; `members` are foreign members beside the features."""
    return {"type": "FeatureCollection", **members, "features": list(features)}


def feature(lat: float | None, lon: float | None, properties: Mapping[str, Any]) -> dict[str, Any]:
    """A point in degrees with its properties; without a place its geometry is null."""
    point = None if lat is None or lon is None else {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "properties": properties, "geometry": point}
