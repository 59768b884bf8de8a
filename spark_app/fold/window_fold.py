"""The window fold: entries in log order to labels, models, facts and windows. Pure.

Rows come sorted by (entry, part). A segment is what lies between two ticks, its closing tick included:
all its rows are labelled with the models as they stood before that tick; then each channel's model learns
from the tick's `ongoing` messages, a whole tick at once. A message is one point, its medoid station, and its hits all
have its label. Nothing depends on where a batch begins or ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from prim_client.messages.message import CHANNELS
from spark_app.fold.cluster_model import ClusterCount, ClusterModel
from spark_app.fold.facts import POLARITY_E6, Facts, ScopedHits, counts, tick_facts, windows
from spark_app.fold.message_point import NO_STATION
from spark_app.fold.revision_hits import RevisionHits
from spark_app.store.tables import LABELS, NO_CLUSTER, NO_LABEL

CHUNK_ENTRIES = 64  # bounds memory: a tick of all modes is about 10,000 scoped hits
_LABELS = np.array(list(LABELS))


@dataclass(frozen=True)
class FoldSettings:
    """Plain values of the clock, the model and the windows."""

    tick_us: int
    slide_us: int
    span_us: int
    discount: float  # of all weights, per tick
    polarity_km: float
    count: ClusterCount  # of the clusters of each channel


@dataclass(frozen=True)
class EntryRow:
    """One entry of the log and its good messages, in order."""

    entry: int
    event_time_us: int
    tick: bool
    observed: bool
    messages: tuple[MessageRow, ...]


@dataclass(frozen=True)
class MessageRow:
    """One good message: its place, what happened, and the hits of its revision."""

    part: int
    kind: str
    initial: bool
    hits: RevisionHits


@dataclass
class Span:
    """One sliding window's frame: what it covers so far."""

    ticks_observed: int = 0
    first_entry: int = -1
    last_entry: int = -1


@dataclass
class FoldState:
    """All that the fold remembers; the store holds the same, so it can be rebuilt after a crash."""

    models: list[ClusterModel]
    facts: Facts = field(default_factory=Facts.empty)  # of the newest span
    spans: dict[int, Span] = field(default_factory=dict)  # window end (us) -> frame, of the newest span
    last_tick_us: int = 0


@dataclass
class Folded:
    """What one chunk adds to the store."""

    labels: dict[tuple[int, int], str]  # (entry, part) -> one character a hit
    models: list[tuple[int, int, ClusterModel]]  # (tick_us, channel index, model after it)
    facts: Facts  # of the panes touched
    windows: Facts  # of the windows touched
    spans: dict[int, Span]
    last_tick_us: int
    hits: int
    unplaced: int  # messages without any station


def fold(state: FoldState, entries: Sequence[EntryRow], settings: FoldSettings) -> Iterator[Folded]:
    """Fold `entries` into `state` (changed in place), chunk by chunk."""
    for start in range(0, len(entries), CHUNK_ENTRIES):
        yield _fold_chunk(state, entries[start : start + CHUNK_ENTRIES], settings)


def _fold_chunk(state: FoldState, entries: Sequence[EntryRow], settings: FoldSettings) -> Folded:
    labelled: list[tuple[_Rows, np.ndarray]] = []
    models: list[tuple[int, int, ClusterModel]] = []
    for segment in _segments(entries):
        rows = _Rows(segment, settings)
        labels = rows.label(state.models)
        labelled.append((rows, rows.of_hits(labels)))
        tick = segment[-1]
        if tick.tick and tick.observed:
            state.models = rows.learn(state.models, labels)
            models += [(tick.event_time_us, channel, model) for channel, model in enumerate(state.models)]
    changed = tick_facts(_concatenated([rows.scoped(labels) for rows, labels in labelled]))
    return _close_chunk(state, entries, settings, labelled, models, changed)


def _close_chunk(
    state: FoldState,
    entries: Sequence[EntryRow],
    settings: FoldSettings,
    labelled: Sequence[tuple[_Rows, np.ndarray]],
    models: list[tuple[int, int, ClusterModel]],
    changed: Facts,
) -> Folded:
    first_pane = pane_of(entries[0].event_time_us, settings.tick_us)
    state.facts = state.facts + changed
    touched_spans = _extend_spans(state, entries, settings)
    touched = Facts(*_of_panes(state.facts, changed.keys[:, 0]))
    folded = Folded(
        labels={key: text for rows, labels in labelled for key, text in rows.texts(labels)},
        models=models,
        facts=touched,
        windows=windows(state.facts, settings.slide_us, settings.span_us, from_end_us=first_pane),
        spans=touched_spans,
        last_tick_us=state.last_tick_us,
        hits=sum(rows.placed for rows, _ in labelled),
        unplaced=sum(rows.unplaced for rows, _ in labelled),
    )
    newest = pane_of(entries[-1].event_time_us, settings.tick_us)
    state.facts = state.facts.newer_than(newest - settings.span_us)
    state.spans = {end: span for end, span in state.spans.items() if end >= newest}
    return folded


def _of_panes(facts: Facts, panes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    kept = np.isin(facts.keys[:, 0], panes)
    return facts.keys[kept], facts.sums[kept]


def pane_of(moment_us: int, tick_us: int) -> int:
    """The tick that closes the pane of `moment_us`.

    >>> pane_of(10, 5), pane_of(11, 5)
    (10, 15)
    """
    return -(-moment_us // tick_us) * tick_us


def _extend_spans(state: FoldState, entries: Sequence[EntryRow], settings: FoldSettings) -> dict[int, Span]:
    touched = {}
    for row in entries:
        pane = pane_of(row.event_time_us, settings.tick_us)
        first = -(-pane // settings.slide_us) * settings.slide_us
        for end in range(first, pane + settings.span_us, settings.slide_us):
            span = state.spans.setdefault(end, Span(first_entry=row.entry))
            span.ticks_observed += row.tick and row.observed
            span.last_entry = row.entry
            touched[end] = span
        if row.tick:
            state.last_tick_us = row.event_time_us
    return touched


def _segments(entries: Sequence[EntryRow]) -> Iterator[list[EntryRow]]:
    segment: list[EntryRow] = []
    for row in entries:
        segment.append(row)
        if row.tick:
            yield segment
            segment = []
    if segment:
        yield segment


class _Rows:
    """The messages of one segment as arrays: `points` (m, 3) has one row a message, `has_station` (n,) one a hit."""

    def __init__(self, segment: Sequence[EntryRow], settings: FoldSettings) -> None:
        self.flat = [(row, message) for row in segment for message in row.messages]
        self.settings = settings
        revisions = [message.hits for _, message in self.flat]
        self.counts = np.array([len(r.x_km) for r in revisions], np.int64)
        self.offsets = np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64)
        self.channel = np.array([r.channel for r in revisions], np.int64)
        self.ongoing = np.array([message.kind == "ongoing" for _, message in self.flat], bool)
        points = [(r.x_km[r.medoid], r.y_km[r.medoid], _height_km(r, settings)) for r in revisions]
        self.points = np.array(points, np.float64).reshape(-1, 3)
        self.has_point = np.array([r.medoid != NO_STATION for r in revisions], bool)
        self.has_station = ~np.isnan(np.concatenate([np.zeros(0), *[r.x_km for r in revisions]]))
        self.placed = int(self.has_station.sum())
        self.unplaced = int((~self.has_point).sum())

    def label(self, models: list[ClusterModel]) -> np.ndarray:
        """Cluster (m,) of each message under `models`; NO_CLUSTER without station."""
        labels = np.full(len(self.points), NO_CLUSTER, np.int64)
        for channel, model in enumerate(models):
            rows = np.flatnonzero((self.channel == channel) & self.has_point)
            labels[rows] = model.assign(self.points[rows])
        return labels

    def learn(self, models: list[ClusterModel], labels: np.ndarray) -> list[ClusterModel]:
        """The models after this tick, from one point of each `ongoing` message with a station."""
        learnt = []
        for channel, model in enumerate(models):
            rows = np.flatnonzero((self.channel == channel) & self.has_point & self.ongoing)
            learnt.append(model.update(self.points[rows], self.settings.discount, labels[rows], self.settings.count))
        return learnt

    def of_hits(self, labels: np.ndarray) -> np.ndarray:
        """Cluster (n,) of each hit: that of its message; NO_CLUSTER without station."""
        return np.where(self.has_station, np.repeat(labels, self.counts), NO_CLUSTER)

    def texts(self, labels: np.ndarray) -> Iterator[tuple[tuple[int, int], str]]:
        """((entry, part), one character a hit) of each message."""
        characters = np.where(labels == NO_CLUSTER, NO_LABEL, _LABELS[labels])
        joined = "".join(characters.tolist())
        for index, (row, message) in enumerate(self.flat):
            yield (row.entry, message.part), joined[self.offsets[index] : self.offsets[index + 1]]

    def scoped(self, labels: np.ndarray) -> ScopedHits:
        """The hits once per scope, of the messages that count in a fact."""
        counting = [i for i, (_, m) in enumerate(self.flat) if counts(m.kind, m.initial)]
        revisions = [self.flat[i][1].hits for i in counting]
        sizes = np.array([len(r.scope) for r in revisions], np.int64)

        def spread(values: list[int]) -> np.ndarray:
            return np.repeat(np.array(values, np.int64), sizes)

        def joined(name: str) -> np.ndarray:
            return np.concatenate([getattr(r, name) for r in revisions]) if revisions else np.zeros(0, np.int64)

        kinds = [self.flat[i][1].kind for i in counting]
        hit = joined("scope_hit") + spread([self.offsets[i] for i in counting])
        panes = [pane_of(self.flat[i][0].event_time_us, self.settings.tick_us) for i in counting]
        return ScopedHits(
            pane_us=spread(panes),
            channel=spread([r.channel for r in revisions]),
            cluster=labels[hit],
            scope=joined("scope"),
            weight_e9=joined("scope_weight_e9"),
            station=joined("scope_station"),
            x_m=joined("scope_x_m"),
            y_m=joined("scope_y_m"),
            polarity_e6=spread([r.polarity_e6 or 0 for r in revisions]),
            scored=spread([r.polarity_e6 is not None for r in revisions]),
            ongoing=spread([k == "ongoing" for k in kinds]),
            opened=spread([k == "opened" for k in kinds]),
            closed=spread([k == "closed" for k in kinds]),
        )


def _height_km(hits: RevisionHits, settings: FoldSettings) -> float:
    """The third coordinate of a message's point: its polarity; 0 without evidence."""
    return (hits.polarity_e6 or 0) / POLARITY_E6 * settings.polarity_km


def _concatenated(parts: list[ScopedHits]) -> ScopedHits:
    names = ScopedHits.__dataclass_fields__
    return ScopedHits(*[np.concatenate([getattr(part, name) for part in parts]) for name in names])


def initial_models(centres: np.ndarray) -> list[ClusterModel]:
    """One model per channel, all from the same deterministic `centres` (k, 3) with no weight.

    They are sorted first: of several clusters without a hit the one with the lowest index dies first (MLlib's rule),
    so the order in which centres are given would choose the model.
    """
    ordered = centres[np.lexsort(centres.T[::-1])]
    return [ClusterModel.from_centres(ordered) for _ in CHANNELS]
