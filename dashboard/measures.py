"""The measures of any set of hits, with the definitions of the tick facts: each disruption counts once.

Integers only, in the units of `spark_app.tables`: what is counted here for a union of lines is the same
number that the pipeline writes for a single line or a scope.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from geo.projection import to_km
from spark_app.tables import LABELS, MEASURES, NO_CLUSTER, ORIGIN_M, WEIGHT_E9

Key = tuple[str, int]  # channel, cluster
Facts = dict[Key, dict[str, int]]
_CLUSTER_OF = {label: index for index, label in enumerate(LABELS)}


@dataclass(frozen=True, slots=True)
class Hit:
    """One (disruption, line, station); `station` parts are empty and lat, lon None without one."""

    line: str
    mode: str
    zda: str
    zdc: str
    station: str
    lat: float | None
    lon: float | None
    method: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Revision:
    """What PRIM published under one id at one revision, as the screens show it."""

    rev: int
    id: str
    revision: str
    channel: str
    severity: str
    cause: str
    title: str
    short_message: str
    text: str
    lines: str
    published_at_us: int | None
    polarity: float | None
    analyzer: str
    unplaced: str
    hits: tuple[Hit, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Event:
    """A message as the measures need it; `labels` has one character a hit of its revision."""

    tick_us: int  # the tick whose pane (tick - interval, tick] holds it
    rev: int
    kind: str
    initial: bool
    labels: str


def shares(n: int) -> list[int]:
    """One disruption in `n` integer parts of 1e-9, the remainder on the first.

    >>> shares(3)
    [333333334, 333333333, 333333333]
    """
    if n == 0:
        return []
    part, rest = divmod(WEIGHT_E9, n)
    return [part + rest, *[part] * (n - 1)]


def cluster_of(label: str) -> int:
    """The cluster that a character of `message.labels` stands for; '-' is NO_CLUSTER."""
    return _CLUSTER_OF.get(label, NO_CLUSTER)


class Counter:
    """Counts events into measures by (channel, cluster), for the hits that `holds(line, mode)` accepts.

    A (revision, labels) pair is worked out once, however many ticks it lasts.
    """

    def __init__(self, revisions: Mapping[int, Revision], holds: Callable[[str, str], bool]) -> None:
        self._revisions, self._holds = revisions, holds
        self._memo: dict[tuple[int, str], tuple[tuple[Key, dict[str, int], frozenset[str]], ...]] = {}

    def count(self, events: Iterable[Event]) -> Facts:
        """The measures of the panes of `events`, summed; stations are distinct within each tick."""
        facts: Facts = defaultdict(lambda: dict.fromkeys(MEASURES, 0))
        stations: dict[tuple[int, Key], set[str]] = defaultdict(set)
        for event in events:
            for key, measures, zdas in self._parts(event.rev, event.labels):
                if event.kind == "ongoing":
                    _add(facts[key], measures)
                    stations[event.tick_us, key] |= zdas
                elif event.kind == "opened" and not event.initial:
                    facts[key]["opened_e9"] += measures["disruptions_e9"]
                elif event.kind == "closed":
                    facts[key]["closed_e9"] += measures["disruptions_e9"]
        for (_, key), zdas in stations.items():
            facts[key]["stations"] += len(zdas)
        return dict(facts)

    def _parts(self, rev: int, labels: str) -> tuple[tuple[Key, dict[str, int], frozenset[str]], ...]:
        if (rev, labels) not in self._memo:
            self._memo[rev, labels] = tuple(self._work_out(self._revisions[rev], labels))
        return self._memo[rev, labels]

    def _work_out(self, revision: Revision, labels: str):
        inside = [(h, cluster_of(c)) for h, c in zip(revision.hits, labels) if self._holds(h.line, h.mode)]
        by_cluster: dict[int, list[tuple[Hit, int]]] = defaultdict(list)
        for (hit, cluster), weight in zip(inside, shares(len(inside)), strict=True):
            by_cluster[cluster].append((hit, weight))
        for cluster, weighted in by_cluster.items():
            zdas = frozenset(hit.zda for hit, _ in weighted if hit.zda)
            yield (revision.channel, cluster), _measures_of(revision.polarity, weighted), zdas


def _measures_of(polarity: float | None, weighted: Sequence[tuple[Hit, int]]) -> dict[str, int]:
    weight = sum(weight for _, weight in weighted)
    measures = {"disruptions_e9": weight} | _places_of([hit for hit, _ in weighted if hit.lat is not None])
    if polarity is not None:
        polarity_e3 = round(polarity * 1000)
        measures |= {
            "scored_e9": weight,
            "polarity_e12": weight * polarity_e3,
            "polarity_sq_e12": sum(w * polarity_e3 * polarity_e3 // 1000 for _, w in weighted),
        }
    return measures


def _places_of(hits: Sequence[Hit]) -> dict[str, int]:
    if not hits:
        return {}
    x_km, y_km = to_km([h.lat for h in hits], [h.lon for h in hits])
    x_m = np.rint(x_km * 1000).astype(np.int64) - ORIGIN_M[0]
    y_m = np.rint(y_km * 1000).astype(np.int64) - ORIGIN_M[1]
    return {"hits": len(hits), "x_m": int(x_m.sum()), "y_m": int(y_m.sum()), "r2_m2": int((x_m**2 + y_m**2).sum())}


def _add(row: dict[str, int], measures: Mapping[str, int]) -> None:
    for name, value in measures.items():
        row[name] += value


def merged(parts: Iterable[Mapping[Key, Mapping[str, int]]]) -> Facts:
    """Facts of several ticks added up: every measure adds."""
    facts: Facts = defaultdict(lambda: dict.fromkeys(MEASURES, 0))
    for part in parts:
        for key, measures in part.items():
            _add(facts[key], measures)
    return dict(facts)
