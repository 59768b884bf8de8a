"""Agreement of scores with labels: rank correlation, F1, area under the ROC curve, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

NEUTRAL = 0.05  # polarities within this distance of 0 are neutral
RESAMPLES = 1_000
Statistic = Callable[[np.ndarray, np.ndarray], float]


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, ties share their mean rank.

    >>> ranks(np.array([10, 20, 20]))
    array([1. , 2.5, 2.5])
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def spearman(scores: np.ndarray, labels: np.ndarray) -> float:
    """Spearman's rank correlation.

    >>> spearman(np.array([1, 2, 3]), np.array([10, 20, 90]))
    1.0
    """
    return float(np.round(np.corrcoef(ranks(scores), ranks(labels))[0, 1], 12))


def sign(values: np.ndarray) -> np.ndarray:
    """-1, 0 (within NEUTRAL of 0) or 1."""
    return np.where(np.abs(values) <= NEUTRAL, 0, np.sign(values))


def macro_f1(scores: np.ndarray, labels: np.ndarray) -> float:
    """Mean over negative, neutral and positive of the F1 of the scores' signs.

    >>> macro_f1(np.array([-1.0, 0.0, 1.0]), np.array([-2, 0, 1]))
    1.0
    """
    guess, truth = sign(scores), sign(labels)
    hits = [
        2 * np.sum((guess == c) & (truth == c)) / max(1, np.sum(guess == c) + np.sum(truth == c)) for c in (-1, 0, 1)
    ]
    return float(np.mean(hits))


def auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Chance that a positive scores above a negative, ties half; nan without both.

    >>> auc(np.array([0.1, 0.9, 0.5]), np.array([False, True, False]))
    1.0
    """
    count = int(np.sum(positive))
    others = len(positive) - count
    if not count or not others:
        return float("nan")
    return float((ranks(scores)[positive].sum() - count * (count + 1) / 2) / (count * others))


def interval(statistic: Statistic, scores: np.ndarray, labels: np.ndarray, seed: int = 1) -> tuple[float, float]:
    """95 % bootstrap interval of `statistic` over the rows; the same for the same seed."""
    chance = np.random.default_rng(seed)
    rows = [chance.integers(0, len(scores), len(scores)) for _ in range(RESAMPLES)]
    values = np.array([statistic(scores[pick], labels[pick]) for pick in rows])
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def filled(polarities: Sequence[float | None]) -> np.ndarray:
    """Polarities as floats (n,), 0 where there was no evidence."""
    return np.array([0.0 if polarity is None else polarity for polarity in polarities])
