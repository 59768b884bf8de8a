"""The measures of any set of hits, counted by the pipeline's own function: each disruption counts once.

Single lines and scopes are in the window table; a union of lines is not, so it is counted here from the
hits of the window's messages. `spark_app.facts.tick_facts` does the sums, so there is one definition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geo.projection import to_km
from spark_app.facts import CHANNELS, POLARITY_E6, ScopedHits, summed, tick_facts
from spark_app.revisions import weights_e9
from spark_app.tables import LABELS, MEASURES, NO_CLUSTER, ORIGIN_M

Key = tuple[str, int]  # channel, cluster
Measures = dict[Key, dict[str, int]]
_CLUSTER_OF = np.full(128, NO_CLUSTER, np.int64)
_CLUSTER_OF[[ord(label) for label in LABELS]] = np.arange(len(LABELS))


@dataclass(frozen=True, slots=True)
class Hit:
    """One (disruption, line, station); without a station its parts are empty and lat, lon None."""

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

    pane_us: int  # the tick whose pane (tick - interval, tick] holds it
    rev: int
    kind: str
    initial: bool
    labels: str


@dataclass(frozen=True)
class _Held:
    """The chosen hits of one revision, all arrays (h,) int64 but the scalars."""

    index: NDArray[np.int64]
    weight_e9: NDArray[np.int64]
    station: NDArray[np.int64]
    x_m: NDArray[np.int64]
    y_m: NDArray[np.int64]
    channel: int
    polarity_e6: int | None


def cluster_of(label: str) -> int:
    """The cluster that a character of `message.labels` stands for; '-' is NO_CLUSTER."""
    return int(_CLUSTER_OF[ord(label)])


class Counter:
    """Counts events into measures, for the hits that `holds(line, mode)` accepts; a revision is prepared once."""

    def __init__(self, revisions: Mapping[int, Revision], holds: Callable[[str, str], bool]) -> None:
        self._revisions, self._holds = revisions, holds
        self._prepared: dict[int, _Held | None] = {}
        self._stations: dict[str, int] = {}

    def count(self, events: Iterable[Event]) -> Measures:
        """The measures of `events` summed over their panes; stations are distinct within each pane."""
        facts = tick_facts(self._scoped([e for e in events if _counts(e) and self._held(e.rev) is not None]))
        keys = facts.keys.copy()
        keys[:, 0] = 0
        whole = summed(keys, facts.sums)
        return {
            (CHANNELS[channel], cluster): dict(zip(MEASURES, row, strict=True))
            for (_, channel, cluster, _), row in zip(whole.keys.tolist(), whole.sums.tolist(), strict=True)
        }

    def _scoped(self, events: Sequence[Event]) -> ScopedHits:
        held = [self._held(e.rev) for e in events]
        sizes = np.array([len(h.index) for h in held], np.int64)  # type: ignore[union-attr]

        def spread(values: list[int]) -> NDArray[np.int64]:
            return np.repeat(np.array(values, np.int64), sizes)

        def joined(name: str) -> NDArray[np.int64]:
            return np.concatenate([np.zeros(0, np.int64), *[getattr(h, name) for h in held]])

        clusters = [_clusters(e.labels)[h.index] for e, h in zip(events, held, strict=True)]  # type: ignore[union-attr]
        return ScopedHits(
            pane_us=spread([e.pane_us for e in events]), channel=spread([h.channel for h in held]),  # type: ignore[union-attr]
            cluster=np.concatenate([np.zeros(0, np.int64), *clusters]), scope=spread([0] * len(events)),
            weight_e9=joined("weight_e9"), station=joined("station"), x_m=joined("x_m"), y_m=joined("y_m"),
            polarity_e6=spread([h.polarity_e6 or 0 for h in held]),  # type: ignore[union-attr]
            scored=spread([h.polarity_e6 is not None for h in held]),  # type: ignore[union-attr]
            ongoing=spread([e.kind == "ongoing" for e in events]), opened=spread([e.kind == "opened" for e in events]),
            closed=spread([e.kind == "closed" for e in events]),
        )  # fmt: skip

    def _held(self, rev: int) -> _Held | None:
        if rev not in self._prepared:
            self._prepared[rev] = self._prepare(self._revisions[rev])
        return self._prepared[rev]

    def _prepare(self, revision: Revision) -> _Held | None:
        index = [i for i, hit in enumerate(revision.hits) if self._holds(hit.line, hit.mode)]
        if not index:
            return None
        hits = [revision.hits[i] for i in index]
        codes = [self._stations.setdefault(hit.zda, len(self._stations)) if hit.zda else -1 for hit in hits]
        x_m, y_m = _metres(hits)
        polarity_e6 = None if revision.polarity is None else round(revision.polarity * POLARITY_E6)
        return _Held(np.array(index), np.array(weights_e9(len(index))), np.array(codes), x_m, y_m,
                     CHANNELS.index(revision.channel), polarity_e6)  # fmt: skip


def _counts(event: Event) -> bool:
    return event.kind == "ongoing" or (event.kind in ("opened", "closed") and not event.initial)


def _clusters(labels: str) -> NDArray[np.int64]:
    return _CLUSTER_OF[np.frombuffer(labels.encode("ascii"), np.uint8)]


def _metres(hits: Sequence[Hit]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Metres from ORIGIN_M, rounded as the pipeline rounds them; 0 without a station."""
    km = to_km([np.nan if h.lat is None else h.lat for h in hits], [np.nan if h.lon is None else h.lon for h in hits])
    x_m, y_m = (
        np.where(np.isnan(axis), 0, np.rint(np.nan_to_num(axis) * 1000) - origin_m).astype(np.int64)
        for axis, origin_m in zip(km, ORIGIN_M, strict=True)
    )
    return x_m, y_m


def merged(parts: Iterable[Mapping[Key, Mapping[str, int]]]) -> Measures:
    """Measures of several ticks added up: every measure adds."""
    total: Measures = {}
    for part in parts:
        for key, measures in part.items():
            row = total.setdefault(key, dict.fromkeys(MEASURES, 0))
            for name, value in measures.items():
                row[name] += value
    return total
