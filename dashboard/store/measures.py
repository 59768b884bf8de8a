"""The measures of any set of hits, counted by the pipeline's own function: each disruption counts once.

Single lines and scopes are in the window table; a union of lines is not, so it is counted here from the
hits of the window's messages. `spark_app.fold.facts.tick_facts` does the sums, so there is one definition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.store.lives import Key, Lives
from dashboard.store.records import Event, Hit, Revision
from geo.network.projection import to_km
from prim_client.messages.message import CHANNELS
from spark_app.fold.facts import POLARITY_E6, ScopedHits, counts, metres, summed, tick_facts
from spark_app.fold.revision_hits import weights_e9
from spark_app.store.tables import MEASURES, ORIGIN_M

Measures = dict[Key, dict[str, int]]


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


class Counter:
    """Counts events into measures.

    Args:
        revisions: those of the events.
        in_scope: whether a hit is on the chosen lines or modes: over these a disruption's weight of 1 is shared, as in
            the window table.
        holds: whether a hit is chosen. A filter by place only chooses among the hits of the scope: each keeps its
            share, so no filter makes a figure larger.
        lives: what the labels of the events stand for.
    """

    def __init__(
        self,
        revisions: Mapping[int, Revision],
        in_scope: Callable[[Hit], bool],
        holds: Callable[[Hit], bool],
        lives: Lives,
    ) -> None:
        self._revisions, self._in_scope, self._holds, self._lives = revisions, in_scope, holds, lives
        self._prepared: dict[int, _Held | None] = {}
        self._stations: dict[str, int] = {}

    def count(self, events: Iterable[Event]) -> Measures:
        """The measures of `events` summed over their panes; stations are distinct within each pane."""
        held = [
            (event, hits) for event in events if counts(event.kind, event.initial) and (hits := self._held(event.rev))
        ]
        facts = tick_facts(_scoped(held, self._lives))
        keys = facts.keys.copy()
        keys[:, 0] = 0
        whole = summed(keys, facts.sums)
        return {
            (CHANNELS[channel], cluster): dict(zip(MEASURES, row, strict=True))
            for (_, channel, cluster, _), row in zip(whole.keys.tolist(), whole.sums.tolist(), strict=True)
        }

    def _held(self, rev: int) -> _Held | None:
        if rev not in self._prepared:
            self._prepared[rev] = self._prepare(self._revisions[rev])
        return self._prepared[rev]

    def _prepare(self, revision: Revision) -> _Held | None:
        scope = [i for i, hit in enumerate(revision.hits) if self._in_scope(hit)]
        share_of = dict(zip(scope, weights_e9(len(scope)), strict=True)) if scope else {}
        index = [i for i in scope if self._holds(revision.hits[i])]
        if not index:
            return None
        hits = [revision.hits[i] for i in index]
        codes = [self._stations.setdefault(hit.zda, len(self._stations)) if hit.zda else -1 for hit in hits]
        x_m, y_m = _metres(hits)
        return _Held(
            index=np.array(index),
            weight_e9=np.array([share_of[i] for i in index]),
            station=np.array(codes),
            x_m=x_m,
            y_m=y_m,
            channel=CHANNELS.index(revision.channel),
            polarity_e6=None if revision.polarity is None else round(revision.polarity * POLARITY_E6),
        )


def _scoped(held: Sequence[tuple[Event, _Held]], lives: Lives) -> ScopedHits:
    """The chosen hits of each event as one scope."""
    sizes = np.array([len(hits.index) for _, hits in held], np.int64)

    def spread(value: Callable[[Event, _Held], int]) -> NDArray[np.int64]:
        return np.repeat(np.array([value(event, hits) for event, hits in held], np.int64), sizes)

    def joined(values: Callable[[Event, _Held], NDArray[np.int64]]) -> NDArray[np.int64]:
        return np.concatenate([np.zeros(0, np.int64), *[values(event, hits) for event, hits in held]])

    return ScopedHits(
        pane_us=spread(lambda event, _: event.pane_us),
        channel=spread(lambda _, hits: hits.channel),
        cluster=joined(
            lambda event, hits: lives.numbers(CHANNELS[hits.channel], event.pane_us)[_codes(event.labels)[hits.index]]
        ),
        scope=spread(lambda *_: 0),
        weight_e9=joined(lambda _, hits: hits.weight_e9),
        station=joined(lambda _, hits: hits.station),
        x_m=joined(lambda _, hits: hits.x_m),
        y_m=joined(lambda _, hits: hits.y_m),
        polarity_e6=spread(lambda _, hits: hits.polarity_e6 or 0),
        scored=spread(lambda _, hits: hits.polarity_e6 is not None),
        ongoing=spread(lambda event, _: event.kind == "ongoing"),
        opened=spread(lambda event, _: event.kind == "opened"),
        closed=spread(lambda event, _: event.kind == "closed"),
    )


def _codes(labels: str) -> NDArray[np.uint8]:
    return np.frombuffer(labels.encode("ascii"), np.uint8)


def _metres(hits: Sequence[Hit]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Metres from ORIGIN_M, rounded as the pipeline rounds them; 0 without a station."""
    x_km, y_km = to_km(
        [np.nan if h.lat is None else h.lat for h in hits], [np.nan if h.lon is None else h.lon for h in hits]
    )
    return metres(x_km, ORIGIN_M[0]), metres(y_km, ORIGIN_M[1])


def merged(parts: Iterable[Mapping[Key, Mapping[str, int]]]) -> Measures:
    """Measures of several ticks added up: every measure adds."""
    total: Measures = {}
    for part in parts:
        for key, measures in part.items():
            row = total.setdefault(key, dict.fromkeys(MEASURES, 0))
            for name, value in measures.items():
                row[name] += value
    return total
