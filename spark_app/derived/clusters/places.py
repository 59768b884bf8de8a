"""Where a cluster is, as people say it: its medoid station and the one name that it keeps. Pure.

The medoid is the station of the cluster with the least total distance to its hits: a real station, unlike their mean.
The name is that of the station of the largest disruption that lies nearest to the medoid, so that the name fits what
most people would call the event. Stations of rails come before bus stops, which are many and share their names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from geo.network.distance import distance_m
from spark_app.store.tables import RAIL_MODES

KEPT_WITHIN_M = 5_000.0  # of the medoid: a cluster that stays so near keeps its name
M_PER_DEGREE = 111_200.0  # of latitude; on a plane, right to a few metres over a cluster


class LocatedHit(NamedTuple):
    """A hit with a point: disruption, mode, stop zone, name of the station, degrees."""

    id: str
    mode: str
    zda: str
    station: str
    lat: float
    lon: float


class Place(NamedTuple):
    """The station that a cluster is called after; degrees."""

    zda: str
    name: str
    lat: float
    lon: float


def medoid(hits: Iterable[LocatedHit]) -> Place:
    """The station with the least sum of distances to all hits; the first by id among equals.

    >>> row = [LocatedHit("i", "metro", zda, zda, 48.8, lon) for zda, lon in (("a", 2.30), ("b", 2.31), ("c", 2.40))]
    >>> medoid(row).zda
    'b'
    """
    weights: Counter[Place] = Counter(_place(hit) for hit in hits)
    places = sorted(weights)
    lat, lon, weight = np.array([(place.lat, place.lon, weights[place]) for place in places]).T
    east_m, north_m = lon * np.cos(np.radians(lat[0])) * M_PER_DEGREE, lat * M_PER_DEGREE
    apart_m = np.hypot(east_m[:, None] - east_m, north_m[:, None] - north_m)
    totals_m = (apart_m * weight).sum(axis=1).round(3)  # equals are equal whatever the order of the sum
    return places[int(totals_m.argmin())]


def place_of(hits: Sequence[LocatedHit], middle: Place, before: Place | None = None) -> Place:
    """What the cluster of `hits` is called after: `before` while its medoid `middle` stays within KEPT_WITHIN_M of it.

    >>> hits = [LocatedHit("i", "rer", "z", "Aulnay", 48.93, 2.49)]
    >>> place_of(hits, medoid(hits)).name
    'Aulnay'
    """
    if before is not None and distance_m(before.lat, before.lon, middle.lat, middle.lon) <= KEPT_WITHIN_M:
        return before
    named = _of_largest([hit for hit in hits if hit.mode in RAIL_MODES] or hits)
    return min(named, key=lambda place: (distance_m(place.lat, place.lon, middle.lat, middle.lon), place))


def _place(hit: LocatedHit) -> Place:
    return Place(hit.zda, hit.station, hit.lat, hit.lon)


def _of_largest(hits: Sequence[LocatedHit]) -> set[Place]:
    """The stations of the disruption with the most of them; the first by id among equals."""
    stations: dict[str, set[Place]] = {}
    for hit in hits:
        stations.setdefault(hit.id, set()).add(_place(hit))
    return stations[min(stations, key=lambda each: (-len(stations[each]), each))]
