"""How good topics are: whether their words go together, and whether they are the causes that people name."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np


def mutual_information(some: Sequence[Hashable], others: Sequence[Hashable]) -> float:
    """Normalised mutual information of two labellings of the same things, 0 to 1; NaN for none.

    Twice the mutual information by the sum of the entropies (Strehl and Ghosh 2002, with the arithmetic mean,
    as scikit-learn's default). Two labellings that each know one label only agree: 1.

    >>> mutual_information("aabb", "xxyy"), round(mutual_information("aabb", "xyxy"), 3)
    (1.0, 0.0)
    """
    if not some:
        return float("nan")
    joint = _contingency(some, others) / len(some)
    p_some, p_others = joint.sum(1), joint.sum(0)
    entropies = _entropy(p_some) + _entropy(p_others)
    if entropies == 0:
        return 1.0
    held = joint > 0
    information = (joint[held] * np.log(joint[held] / np.outer(p_some, p_others)[held])).sum()
    return float(min(1.0, max(0.0, 2 * information / entropies)))


def _contingency(some: Sequence[Hashable], others: Sequence[Hashable]) -> np.ndarray:
    rows = {label: n for n, label in enumerate(dict.fromkeys(some))}
    columns = {label: n for n, label in enumerate(dict.fromkeys(others))}
    counts = np.zeros((len(rows), len(columns)))
    for one, other in zip(some, others, strict=True):
        counts[rows[one], columns[other]] += 1
    return counts


def _entropy(shares: np.ndarray) -> float:
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())


def coherence(top_words: Sequence[Sequence[str]], texts: Sequence[Sequence[str]]) -> float:
    """Mean normalised pointwise mutual information of the pairs of each topic's top words, -1 to 1.

    Two words of a topic should be in the same texts more often than chance has it (Bouma 2009; Lau, Newman and
    Baldwin 2014). A pair that no text holds is -1. Topics of fewer than two words are left out; NaN without any.

    >>> coherence([["a", "b"]], [["a", "b"], ["c"]]), coherence([["a", "c"]], [["a"], ["c"]])
    (1.0, -1.0)
    """
    holding: dict[str, set[int]] = {}
    for number, words in enumerate(texts):
        for word in words:
            holding.setdefault(word, set()).add(number)
    means = [
        np.mean([_npmi(holding[a], holding[b], len(texts)) for i, a in enumerate(words) for b in words[:i]])
        for words in top_words
        if len(words) > 1
    ]
    return float(np.mean(means)) if means else float("nan")


def _npmi(some: set[int], others: set[int], texts: int) -> float:
    both = len(some & others)
    if not both:
        return -1.0
    if both == texts:
        return 1.0
    p_both = both / texts
    return float(np.log(p_both * texts * texts / (len(some) * len(others))) / -np.log(p_both))
