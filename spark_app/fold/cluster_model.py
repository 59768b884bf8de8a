"""One channel's model: streaming k-means whose number of clusters follows the number of disruptions.

At each tick the centres learn by MLlib's rule (`kmeans.py`), unchanged. Then their number is adapted:

- With too few clusters for the disruptions, the one with the greatest spread (sum of squared distances of the tick's
  points farther than SPLIT_MIN_KM) gives half of its weight to a new centre. The two stand on both sides of the old
  centre, half the way to its farthest point.
- With too many, the lightest ones that have no point of the tick go. A cluster that holds a disruption stays.

A cluster keeps its index as long as it lives; then the index is free again.

>>> import numpy as np
>>> model = ClusterModel.from_centres(np.array([[0.0, 0.0, 0.0]]))
>>> points = np.array([[0.0, 0.0, 0.0], [8.0, 0.0, 0.0]])
>>> model.update(points, 0.5, model.assign(points), ClusterCount(least=1, most=2, disruptions_each=1)).index.tolist()
[0, 1]
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from spark_app.fold.kmeans import KMeans

COUNT_RULE = 1  # raise it with every change of how the number of clusters adapts; a model then begins a new generation

SPLIT_MIN_KM = 1.0  # no point farther than this from its centre: one place, and no reason for two clusters


@dataclass(frozen=True)
class ClusterCount:
    """How many clusters a model has: one for so many disruptions, within two bounds."""

    least: int
    most: int
    disruptions_each: float

    def wanted(self, disruptions: float) -> int:
        """The number of clusters for so many disruptions.

        >>> [ClusterCount(8, 32, 3).wanted(n) for n in (0, 24, 24.5, 80, 1_000)]
        [8, 8, 9, 27, 32]
        """
        return max(self.least, min(self.most, ceil(disruptions / self.disruptions_each)))


@dataclass(frozen=True)
class ClusterModel:
    """`kmeans` with k clusters and the `index` (k,) of each, ascending. Immutable: `update` gives the next model."""

    kmeans: KMeans
    index: np.ndarray

    @staticmethod
    def from_centres(centres: np.ndarray) -> ClusterModel:
        """The model that stands at `centres` (k, 3), without any weight."""
        return ClusterModel(KMeans(centres.copy(), np.zeros(len(centres))), np.arange(len(centres)))

    def assign(self, points: np.ndarray) -> np.ndarray:
        """Index (n,) of the cluster of each of `points` (n, 3)."""
        labels: np.ndarray = self.index[self.kmeans.assign(points)]
        return labels

    def update(self, points: np.ndarray, discount: float, labels: np.ndarray, count: ClusterCount) -> ClusterModel:
        """The model after a tick.

        Args:
            points: (n, 3) float64 in kilometres, one a disruption.
            discount: factor on the old weights, in (0, 1].
            labels: `assign(points)`.
            count: how many clusters there are for how many disruptions.
        """
        kmeans = self.kmeans.update(points, discount, np.searchsorted(self.index, labels))
        # the weights hold the mean number of disruptions of the last hours: many new ones count at once, and are
        # forgotten slowly
        disruptions = max(len(points), float(kmeans.weights.sum()) * (1.0 - discount))
        wanted = count.wanted(disruptions)
        return ClusterModel(kmeans, self.index)._grown(points, wanted)._shrunk(points, wanted)

    def _grown(self, points: np.ndarray, wanted: int) -> ClusterModel:
        model = self
        while len(model.index) < wanted and len(points):
            squared = model.kmeans.squared_distances(points)
            nearest, own = squared.argmin(axis=0), squared.min(axis=0)
            spread = np.bincount(nearest, np.where(own > SPLIT_MIN_KM**2, own, 0.0), len(model.index))
            widest = int(spread.argmax())
            if not spread[widest]:
                break
            farthest = points[int(np.where(nearest == widest, own, -1.0).argmax())]
            model = model._split(widest, (farthest - model.kmeans.centres[widest]) / 2)
        return model

    def _split(self, cluster: int, step: np.ndarray) -> ClusterModel:
        """Two halves of a cluster, `step` (3,) before and behind its centre; the new one has the first free index."""
        free = int(np.setdiff1d(np.arange(len(self.index) + 1), self.index)[0])
        at = int(np.searchsorted(self.index, free))
        centres, weights = self.kmeans.centres.copy(), self.kmeans.weights.copy()
        weights[cluster] /= 2
        new_centre, new_weight = centres[cluster] + step, weights[cluster]
        centres[cluster] -= step
        kmeans = KMeans(np.insert(centres, at, new_centre, axis=0), np.insert(weights, at, new_weight))
        return ClusterModel(kmeans, np.insert(self.index, at, free))

    def _shrunk(self, points: np.ndarray, wanted: int) -> ClusterModel:
        surplus = len(self.index) - wanted
        if surplus <= 0:
            return self
        near = np.bincount(self.kmeans.assign(points), minlength=len(self.index))
        lightest = np.lexsort((self.index, self.kmeans.weights))
        leaving = lightest[near[lightest] == 0][:surplus]
        kept = np.delete(np.arange(len(self.index)), leaving)
        return ClusterModel(KMeans(self.kmeans.centres[kept], self.kmeans.weights[kept]), self.index[kept])
