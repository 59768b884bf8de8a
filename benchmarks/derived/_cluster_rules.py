"""Rules that give each disruption of a tick a cluster: the product's, the one before it, and two trivial rivals.

Each yields per tick `Labels`: the cluster (n,) of each disruption, and `whole` (n,), the share of its hits in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.derived._placed_disruptions import Tick
from spark_app.commands.app import initial_centres
from spark_app.fold.cluster_model import ClusterCount
from spark_app.fold.window_fold import initial_models

LINKED_KM = 5.0


class Labels(NamedTuple):
    """The clusters of one tick."""

    cluster: np.ndarray
    whole: np.ndarray


def one_point(ticks: Sequence[Tick], count: ClusterCount, polarity_km: float, discount: float) -> Iterator[Labels]:
    """The product: a disruption is its medoid station; labels are of the model as it stood before the tick."""
    model = initial_models(initial_centres(count.least))[0]
    for tick in ticks:
        points = tick.points(polarity_km)
        labels = model.assign(points)
        yield Labels(labels, np.ones(len(labels)))
        model = model.update(points, discount, labels, count)


def every_hit(ticks: Sequence[Tick], k: int, polarity_km: float, discount: float) -> Iterator[Labels]:
    """The rule before: each hit is a point; a disruption is in the cluster of most of its hits."""
    model = initial_models(initial_centres(k))[0].kmeans
    for tick in ticks:
        points = np.concatenate([np.zeros((0, 3)), *[d.points(polarity_km) for d in tick.disruptions]])
        labels = model.assign(points)
        bounds = np.cumsum([len(d.hits_km) for d in tick.disruptions])[:-1]
        counts = [np.bincount(own, minlength=k) for own in np.split(labels, bounds)] if tick.disruptions else []
        yield Labels(
            np.array([each.argmax() for each in counts], np.int64),
            np.array([each.max() / each.sum() for each in counts]),
        )
        model = model.update(points, discount, labels)


def alone(ticks: Sequence[Tick]) -> Iterator[Labels]:
    """A trivial rival: every disruption is a cluster; it keeps its number."""
    numbers: dict[str, int] = {}
    for tick in ticks:
        labels = [numbers.setdefault(d.id, len(numbers)) for d in tick.disruptions]
        yield Labels(np.array(labels, np.int64), np.ones(len(labels)))


def single_linkage(ticks: Sequence[Tick], km: float = LINKED_KM) -> Iterator[Labels]:
    """A trivial rival: disruptions whose medoid stations are joined by steps of `km` at most.

    A cluster is called after its first disruption of all time, the best that a rule without memory can do.
    """
    numbers: dict[str, int] = {}
    for tick in ticks:
        first = np.array([numbers.setdefault(d.id, len(numbers)) for d in tick.disruptions], np.int64)
        places = tick.points(0.0)
        near = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2)) <= km
        labels, before = first, first[:0]
        while labels.tolist() != before.tolist():
            before = labels
            labels = np.array([before[row].min() for row in near], np.int64)
        yield Labels(labels, np.ones(len(labels)))
