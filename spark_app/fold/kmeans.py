"""Streaming k-means with the rule of MLlib's `StreamingKMeansModel`, in deterministic numpy.

Only element-wise IEEE operations and `bincount` (a sequential sum in row order): no BLAS, whose bytes
differ between CPUs. The rule, read from MLlib's `update`: points go to the nearest old centre (the lowest index wins
a tie); all weights are discounted, also of clusters without points; a cluster's
centre moves to the weighted mean of its past and its new points; then, once, a cluster whose weight fell
under 1e-8 of the largest dies and takes half of the largest one's points.

>>> import numpy as np
>>> model = KMeans(np.array([[0.0], [10.0]]), np.zeros(2))
>>> model.update(np.array([[1.0], [3.0], [11.0]]), discount=0.5).centres.ravel().tolist()
[2.0, 11.0]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DYING_SHARE = 1e-8  # MLlib: weight under this share of the largest
SPLIT_STEP = 1e-14  # MLlib: relative distance of the two halves of a split cluster
TINY_WEIGHT = 1e-16  # MLlib: guards the division


@dataclass(frozen=True)
class KMeans:
    """`centres` (k, d) and their discounted `weights` (k,). Immutable: `update` gives the next model."""

    centres: np.ndarray
    weights: np.ndarray

    def assign(self, points: np.ndarray) -> np.ndarray:
        """Index (n,) of the nearest centre of each of `points` (n, d); the first wins a tie."""
        nearest: np.ndarray = np.argmin(self.squared_distances(points), axis=0)
        return nearest

    def squared_distances(self, points: np.ndarray) -> np.ndarray:
        """(k, n) km² from each centre to each of `points` (n, d)."""
        total = np.zeros((len(self.centres), len(points)))
        for d in range(self.centres.shape[1]):
            difference = points[None, :, d] - self.centres[:, None, d]
            total += difference * difference
        return total

    def update(self, points: np.ndarray, discount: float, labels: np.ndarray | None = None) -> KMeans:
        """The model after a batch of points; an empty batch still discounts.

        Args:
            points: (n, d) float64, in kilometres.
            discount: factor on the old weights, in (0, 1].
            labels: `assign(points)`, where the caller has it already.
        """
        k, dimensions = self.centres.shape
        labels = self.assign(points) if labels is None else labels
        counts = np.bincount(labels, minlength=k)
        sums = np.stack([np.bincount(labels, points[:, d], k) for d in range(dimensions)], axis=1)
        weights = self.weights * discount + counts
        share = counts / np.maximum(weights, TINY_WEIGHT)
        moved = counts > 0
        centres = self.centres.copy()
        centres[moved] = (
            centres[moved] * (1.0 - share[moved, None]) + sums[moved] * (share[moved] / counts[moved])[:, None]
        )
        return KMeans(centres, weights)._split_dying()

    def _split_dying(self) -> KMeans:
        largest, smallest = int(np.argmax(self.weights)), int(np.argmin(self.weights))
        if not self.weights[smallest] < DYING_SHARE * self.weights[largest]:
            return self
        centres, weights = self.centres.copy(), self.weights.copy()
        weights[[largest, smallest]] = (weights[largest] + weights[smallest]) / 2
        step = SPLIT_STEP * np.maximum(np.abs(centres[largest]), 1.0)
        centres[largest], centres[smallest] = centres[largest] + step, centres[largest] - step
        return KMeans(centres, weights)


def quantile_centres(x_km: np.ndarray, y_km: np.ndarray, k: int) -> np.ndarray:
    """Initial centres without random: stations split by quantiles of x, each column by quantiles of y.

    Args:
        x_km: kilometres east of the stations, (n,).
        y_km: kilometres north, (n,).
        k: number of centres, in about sqrt(k) columns.

    Returns:
        (k, 3) float64; the third coordinate, polarity, starts at 0.
    """
    columns = max(1, round(np.sqrt(k)))
    rows = np.full(columns, k // columns)
    rows[: k % columns] += 1
    bounds = np.concatenate([[0], np.cumsum(rows)]) / k
    order = np.lexsort((y_km, x_km))
    centres = []
    for column, count in enumerate(rows):
        part = order[round(bounds[column] * len(order)) : round(bounds[column + 1] * len(order))]
        x = np.sort(x_km[part])[len(part) // 2]
        by_y = np.sort(y_km[part])
        centres += [(x, by_y[min(len(part) - 1, int((row + 0.5) / count * len(part)))], 0.0) for row in range(count)]
    return np.array(centres)
