"""Facts of ticks and sliding windows from hits: integer sums in numpy, so that no order changes a digit.

A *fact* is a row (pane, channel, cluster, scope) with the measures of `tables.MEASURES`. A pane is the
stretch (tick - interval, tick] and is named by its tick. A scope is a line, or a set of lines counted
together with each disruption once (`*`, `*rail`, `*metro` …).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spark_app.store.tables import MEASURES

MEASURE = {name: column for column, name in enumerate(MEASURES)}
POLARITY_E6 = 1_000_000
M_PER_KM = 1_000


def metres(km: np.ndarray, origin_m: int) -> np.ndarray:
    """Whole metres (n,) from `origin_m` of coordinates in km; 0 for NaN. All that sums coordinates rounds here, so that
    the page's sums are those of the windows to the last digit.

    >>> metres(np.array([652.0126, np.nan]), 652_000).tolist()
    [13, 0]
    """
    return np.where(np.isnan(km), 0, np.rint(np.nan_to_num(km) * M_PER_KM) - origin_m).astype(np.int64)


@dataclass(frozen=True)
class Facts:
    """`keys` (n, 4) int64: pane or window end (us), channel index, cluster, scope code; `sums` (n, 11) int64."""

    keys: np.ndarray
    sums: np.ndarray

    @staticmethod
    def empty() -> Facts:
        return Facts(np.zeros((0, 4), np.int64), np.zeros((0, len(MEASURES)), np.int64))

    def __add__(self, other: Facts) -> Facts:
        return summed(np.concatenate([self.keys, other.keys]), np.concatenate([self.sums, other.sums]))

    def newer_than(self, pane_us: int) -> Facts:
        """The facts of panes after `pane_us`."""
        kept = self.keys[:, 0] > pane_us
        return Facts(self.keys[kept], self.sums[kept])


def summed(keys: np.ndarray, sums: np.ndarray) -> Facts:
    """Sum rows with equal keys.

    Args:
        keys: (n, 4) int64, as in `Facts`.
        sums: (n, 11) int64, the measures of each row.

    Returns:
        One row a distinct key, sorted by key; the sums are exact, whatever the order of the rows.
    """
    if not len(keys):
        return Facts.empty()
    order = np.lexsort(keys.T[::-1])
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)]))
    return Facts(ordered[starts], np.add.reduceat(sums[order], starts, axis=0))


@dataclass(frozen=True)
class ScopedHits:
    """Hits as they count in a scope, all arrays (n,) int64; one hit stands once in each of its scopes."""

    pane_us: np.ndarray
    channel: np.ndarray
    cluster: np.ndarray
    scope: np.ndarray
    weight_e9: np.ndarray  # sums to 1e9 over the hits of one message in one scope
    station: np.ndarray  # code of the stop zone, -1 without
    x_m: np.ndarray  # from tables.ORIGIN_M; 0 without station
    y_m: np.ndarray
    polarity_e6: np.ndarray
    scored: np.ndarray  # 1 where the text has evidence
    ongoing: np.ndarray  # 1 for messages of a tick
    opened: np.ndarray
    closed: np.ndarray


def counts(kind: str, initial: bool) -> bool:
    """Whether a message counts in facts: what is ongoing, and what opened or closed.

    What a log's first poll shows as opened or closed (`initial`) did not happen while we looked.

    >>> counts("ongoing", True), counts("opened", True), counts("updated", False)
    (True, False, False)
    """
    return kind == "ongoing" or (kind in ("opened", "closed") and not initial)


def tick_facts(hits: ScopedHits) -> Facts:
    """Facts of `hits`; stations are counted once per (pane, channel, cluster, scope)."""
    keys = np.stack([hits.pane_us, hits.channel, hits.cluster, hits.scope], axis=1)
    sums = np.zeros((len(keys), len(MEASURES)), np.int64)
    active = hits.weight_e9 * hits.ongoing
    placed = hits.ongoing * (hits.station >= 0)
    scored = active * hits.scored
    sums[:, MEASURE["stations"]] = _first_of_station(keys, hits.station, placed)
    sums[:, MEASURE["disruptions_e9"]] = active
    sums[:, MEASURE["opened_e9"]] = hits.weight_e9 * hits.opened
    sums[:, MEASURE["closed_e9"]] = hits.weight_e9 * hits.closed
    sums[:, MEASURE["scored_e9"]] = scored
    # weight (1e-9) x polarity (1e-6) is cut to 1e-12 row by row: 1e15 a disruption would overflow in a crowd
    sums[:, MEASURE["polarity_e12"]] = scored * hits.polarity_e6 // 1_000
    square_e6 = hits.polarity_e6 * hits.polarity_e6 // POLARITY_E6
    sums[:, MEASURE["polarity_sq_e12"]] = scored * square_e6 // 1_000
    sums[:, MEASURE["hits"]] = placed
    sums[:, MEASURE["x_m"]] = hits.x_m * placed
    sums[:, MEASURE["y_m"]] = hits.y_m * placed
    sums[:, MEASURE["r2_m2"]] = (hits.x_m * hits.x_m + hits.y_m * hits.y_m) * placed
    return summed(keys, sums)


def _first_of_station(keys: np.ndarray, station: np.ndarray, placed: np.ndarray) -> np.ndarray:
    """1 on the first placed row of each (key, station), else 0."""
    first = np.zeros(len(keys), np.int64)
    rows = np.flatnonzero(placed)
    if len(rows):
        full = np.column_stack([keys[rows], station[rows]])
        order = np.lexsort(full.T[::-1])
        ordered = full[order]
        new = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])
        first[rows[order[new]]] = 1
    return first


def window_ends(pane_us: int, slide_us: int, span_us: int) -> range:
    """Ends of the windows (end - span, end] that hold the pane.

    >>> list(window_ends(10, slide_us=5, span_us=15))
    [10, 15, 20]
    """
    first = -(-pane_us // slide_us) * slide_us
    return range(first, pane_us + span_us, slide_us)


def windows(facts: Facts, slide_us: int, span_us: int, from_end_us: int) -> Facts:
    """Sums of `facts` over the windows that end at `from_end_us` or later. Keys: end in place of pane."""
    first = -(-facts.keys[:, 0] // slide_us) * slide_us
    keys, sums = [], []
    for step in range(-(-span_us // slide_us)):
        end = first + step * slide_us
        kept = (end < facts.keys[:, 0] + span_us) & (end >= from_end_us)
        keys.append(np.column_stack([end[kept], facts.keys[kept, 1:]]))
        sums.append(facts.sums[kept])
    return summed(np.concatenate(keys), np.concatenate(sums))
