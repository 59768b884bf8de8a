"""The one point that stands for a disruption in the model: its medoid station.

A closure of forty stations is one disruption, so it is one point of k-means and its hits all follow that point's label.
The medoid is a real station of the disruption, while the mean of its stations may be a place where nothing happens.
Distances are whole metres and their sums are integers: neither the order of the hits nor the processor changes the
station that wins.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spark_app.fold.facts import M_PER_KM

POINT_RULE = 1  # raise it with every change of which station wins; a model then begins a new generation
BLOCK_STATIONS = 512  # rows of the table of distances that are in memory at once
NO_STATION = -1


def medoid_hit(stations: Sequence[str], x_km: np.ndarray, y_km: np.ndarray) -> int:
    """The hit whose station has the least total distance to the other stations of the same message.

    A station counts once, however many lines of the message stop there. Of equal totals the first station id wins.

    Args:
        stations: id of the stop zone of each hit, (h,); empty without station.
        x_km: kilometres east of each hit, (h,); NaN without station.
        y_km: kilometres north, (h,).

    Returns:
        Index of the first hit at the medoid station; NO_STATION (-1) where no hit has one.

    >>> medoid_hit(["b", "a", "c", "c"], np.array([1.0, 0.0, 9.0, 9.0]), np.zeros(4))
    0
    """
    first: dict[str, int] = {}
    for hit in np.flatnonzero(~np.isnan(x_km)).tolist():
        first.setdefault(stations[hit], hit)
    if not first:
        return NO_STATION
    hits = np.array([first[station] for station in sorted(first)])
    return int(hits[np.argmin(_totals_m(x_km[hits], y_km[hits]))])


def _totals_m(x_km: np.ndarray, y_km: np.ndarray) -> np.ndarray:
    """Sum (n,) of the distances in whole metres from each point to all others."""
    totals = []
    for start in range(0, len(x_km), BLOCK_STATIONS):
        block = slice(start, start + BLOCK_STATIONS)
        east, north = x_km[block, None] - x_km, y_km[block, None] - y_km
        totals.append(np.rint(np.sqrt(east * east + north * north) * M_PER_KM).astype(np.int64).sum(axis=1))
    return np.concatenate(totals)
