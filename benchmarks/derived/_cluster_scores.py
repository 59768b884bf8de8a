"""How good clusters are for a reader: near, true clusters, whole and steady. Means over the busy ticks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from benchmarks.derived._cluster_rules import Labels
from benchmarks.derived._placed_disruptions import Tick

COLUMNS = ("near_5km", "with_2", "steady", "whole", "clusters", "radius_km", "largest")
NEAR_KM = 5.0
BUSY = 6  # disruptions of a tick that counts


def scores(labelled: Iterable[tuple[Tick, Labels]], from_us: int, until_us: int) -> dict[str, float]:
    """The means of COLUMNS over the ticks in [from_us, until_us); NaN without a busy tick.

    near_5km: share of disruptions whose medoid station lies within 5 km of their cluster's medoid station.
    with_2: share of clusters that hold two disruptions or more.
    steady: share of disruptions with the same cluster as at the tick before.
    whole: share of a disruption's hits in its cluster.
    radius_km: root mean square distance of a cluster's disruptions from its medoid station.
    largest: share of the disruptions in the largest cluster.
    """
    found, before = defaultdict[str, list[float]](list), dict[str, int]()
    for tick, labels in labelled:
        now = {d.id: int(label) for d, label in zip(tick.disruptions, labels.cluster, strict=True)}
        if from_us <= tick.at_us < until_us and len(now) >= BUSY:
            for name, value in _of_tick(tick, labels).items():
                found[name].append(value)
            same = [before[id_] == label for id_, label in now.items() if id_ in before]
            found["steady"] += [float(np.mean(same))] if same else []
        before = now
    return {name: float(np.mean(found[name])) if found[name] else float("nan") for name in COLUMNS}


def _of_tick(tick: Tick, labels: Labels) -> dict[str, float]:
    places = tick.points(0.0)[:, :2]
    clusters = [places[labels.cluster == label] for label in np.unique(labels.cluster)]
    apart_km = [_from_medoid_km(cluster) for cluster in clusters]
    return {
        "near_5km": float((np.concatenate(apart_km) <= NEAR_KM).mean()),
        "with_2": float(np.mean([len(cluster) > 1 for cluster in clusters])),
        "whole": float(labels.whole.mean()),
        "clusters": len(clusters),
        "radius_km": float(np.mean([np.sqrt((km**2).mean()) for km in apart_km])),
        "largest": max(map(len, clusters)) / len(places),
    }


def _from_medoid_km(places: np.ndarray) -> np.ndarray:
    """The distance (n,) of each of `places` (n, 2) from the one with the least total distance to the others."""
    apart_km = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2))
    nearest: np.ndarray = apart_km[apart_km.sum(axis=1).argmin()]
    return nearest
