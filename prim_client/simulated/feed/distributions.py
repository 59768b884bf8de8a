"""Draws that several parts of the simulated world share."""

from __future__ import annotations

from math import exp
from random import Random

LAG_MEDIAN_MIN, LAG_SIGMA = 3.9, 0.3  # from lastUpdate to the feed; p90 5.7 min


def poisson(rng: Random, mean: float) -> int:
    """A Poisson draw by Knuth's product; fine for the small means used here."""
    limit, product, count = exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def lag_s(rng: Random) -> int:
    """Seconds from an id's lastUpdate to the feed."""
    return int(60 * LAG_MEDIAN_MIN * exp(rng.gauss(0, LAG_SIGMA)))
