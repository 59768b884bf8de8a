"""Everything on the screen for one choice, of one moment of the store: what the features draw from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dashboard import queries
from dashboard.clusters import Cluster, centre_of, make_cluster, nearest_name
from dashboard.measures import Counter, Measures, cluster_of
from dashboard.records import Hit, Message, Revision, Span, Tick
from dashboard.selection import Selection
from spark_app.tables import NO_CLUSTER


@dataclass(frozen=True, slots=True)
class Active:
    """A disruption of the window, with the hits that were chosen."""

    revision: Revision
    state: str  # new: opened since the last tick; ongoing: at the last observed tick; over: before
    begin_us: int | None
    end_us: int | None
    hits: tuple[tuple[Hit, int], ...]  # hit, cluster: as last labelled
    ticks: int  # observed ticks of the window at which it was active

    @property
    def stations(self) -> int:
        """Distinct stations among the chosen hits."""
        return len({hit.zda for hit, _ in self.hits if hit.zda})


@dataclass(frozen=True, slots=True)
class StationHit:
    """A station at the last observed tick with what hits it: (disruption, hit)."""

    zda: str
    name: str
    lat: float
    lon: float
    because: tuple[tuple[Active, Hit], ...]
    clusters: frozenset[str]


@dataclass(frozen=True, slots=True)
class Counts:
    """Disruptions ongoing at the last observed tick, beside each choice."""

    channels: Mapping[str, int]
    modes: Mapping[str, int]
    lines: Mapping[str, int]
    total: int  # of the choice itself
    placed: int  # of these, with a station


@dataclass(frozen=True, slots=True)
class View:
    """One window through one choice."""

    selection: Selection
    span: Span
    ticks: tuple[Tick, ...]
    last_observed: Tick | None
    awaited_us: int | None  # without an observed tick: when the first clusters come
    measures: Measures  # of the window, by (channel, cluster), hits without a station among them
    clusters: tuple[Cluster, ...]
    disruptions: tuple[Active, ...]
    stations: tuple[StationHit, ...]
    counts: Counts
    meta: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Content:
    """The messages of a window with their revisions; `meta` are facts about the store: source, settings …"""

    ticks: tuple[Tick, ...]
    messages: tuple[Message, ...]
    revisions: Mapping[int, Revision]
    meta: Mapping[str, str]


def union_measures(content: Content, selection: Selection) -> Measures:
    """The measures of a window for any set of lines or modes; each disruption counts once."""
    counter = Counter(content.revisions, selection.holds)
    events = queries.events_of(content.messages, content.ticks)
    return counter.count(e for e in events if content.revisions[e.rev].channel in selection.channels)


def make_view(selection: Selection, span: Span, content: Content, measures: Measures) -> View:
    """Put together what one window shows; pure."""
    observed = [tick for tick in content.ticks if tick.observed]
    last = observed[-1] if observed else None
    everything = list(_actives(content, last))
    chosen = [a for a in map(lambda a: _narrowed(a, selection), everything) if a is not None]
    # before a store's first tick nothing is ongoing yet: what the first poll published is shown at once
    shown = "ongoing" if last else "new"
    stations = tuple(_stations(a for a in chosen if a.state == shown))
    return View(
        selection=selection,
        span=span,
        ticks=content.ticks,
        last_observed=last,
        awaited_us=None if last else _next_tick(content),
        measures=measures,
        stations=stations,
        clusters=tuple(_clusters(measures, content, selection, span)),
        disruptions=tuple(sorted(chosen, key=_reading_order)),
        counts=_counts([a for a in everything if a.state == shown], selection),
        meta=content.meta,
    )


def _next_tick(content: Content) -> int | None:
    if not content.messages:
        return None
    tick_us = int(content.meta.get("tick_us", 300_000_000))
    return -(-content.messages[-1].at_us // tick_us) * tick_us


def _actives(content: Content, last: Tick | None) -> Iterable[Active]:
    """Every disruption of the window, whatever was chosen."""
    by_id: dict[str, list[Message]] = defaultdict(list)
    for m in content.messages:
        by_id[content.revisions[m.rev].id].append(m)
    for messages in by_id.values():
        if (active := _active(content, messages, last)) is not None:
            yield active


def _active(content: Content, messages: list[Message], last: Tick | None) -> Active | None:
    newest = messages[-1]
    ongoing = [m for m in messages if m.kind == "ongoing"]
    if last and ongoing and ongoing[-1].entry == last.entry:
        state = "over" if newest.kind in ("closed", "paused") else "ongoing"
    elif newest.kind == "opened" and (last is None or newest.entry > last.entry):
        state = "new"
    elif ongoing:
        state = "over"
    else:
        return None  # announced, or closed before the window's first tick
    shown = ongoing[-1] if ongoing else newest
    revision = content.revisions[shown.rev]
    hits = tuple((hit, cluster_of(label)) for hit, label in zip(revision.hits, shown.labels, strict=True))
    return Active(revision, state, shown.begin_us, newest.end_us, hits, len(ongoing))


def _narrowed(active: Active, selection: Selection) -> Active | None:
    if active.revision.channel not in selection.channels:
        return None
    hits = tuple((hit, cluster) for hit, cluster in active.hits if selection.holds(hit.line, hit.mode))
    if not hits:
        return None
    return Active(active.revision, active.state, active.begin_us, active.end_us, hits, active.ticks)


_SEVERITY_RANK = {"BLOQUANTE": 0, "PERTURBEE": 1, "INFORMATION": 2}
_STATE_RANK = {"new": 0, "ongoing": 1, "over": 2}


def _reading_order(active: Active) -> tuple:
    severity = _SEVERITY_RANK.get(active.revision.severity, 3)
    return (_STATE_RANK[active.state], severity, -(active.begin_us or 0), active.revision.id)


def _stations(actives: Iterable[Active]) -> Iterable[StationHit]:
    by_zda: dict[str, list[tuple[Active, Hit, int]]] = defaultdict(list)
    for active in actives:
        for hit, cluster in active.hits:
            if hit.lat is not None:
                by_zda[hit.zda].append((active, hit, cluster))
    for zda, found in sorted(by_zda.items()):
        hit = found[0][1]
        keys = frozenset(f"{active.revision.channel}:{cluster}" for active, _, cluster in found)
        yield StationHit(zda, hit.station, hit.lat, hit.lon, tuple((a, h) for a, h, _ in found), keys)  # type: ignore[arg-type]


def _clusters(measures: Measures, content: Content, selection: Selection, span: Span) -> Iterable[Cluster]:
    ids: dict[tuple[str, int], set[str]] = defaultdict(set)
    places: dict[tuple[str, int], set[tuple[str, float, float]]] = defaultdict(set)
    for rev, labels in {(m.rev, m.labels) for m in content.messages if m.kind == "ongoing"}:
        revision = content.revisions[rev]
        for hit, label in zip(revision.hits, labels, strict=True):
            if hit.lat is not None and hit.lon is not None and selection.holds(hit.line, hit.mode):
                key = (revision.channel, cluster_of(label))
                ids[key].add(revision.id)
                places[key].add((hit.station, hit.lat, hit.lon))
    for key, sums in sorted(measures.items()):
        if key[1] != NO_CLUSTER and sums["disruptions_e9"]:
            lat, lon, _ = centre_of(sums)
            yield make_cluster(
                key, sums, span.ticks_observed, ids[key], nearest_name(lat, lon, sorted(places[key]))
            )


def _counts(ongoing: list[Active], selection: Selection) -> Counts:
    modes: dict[str, int] = defaultdict(int)
    lines: dict[str, int] = defaultdict(int)
    channels: dict[str, int] = defaultdict(int)
    total = placed = 0
    for active in ongoing:
        held = [hit for hit, _ in active.hits if selection.holds(hit.line, hit.mode)]
        channel = active.revision.channel
        channels[channel] += bool(held)
        if channel not in selection.channels:
            continue
        total += bool(held)
        placed += any(hit.lat is not None for hit in held)
        for mode in {hit.mode for hit, _ in active.hits}:
            modes[mode] += 1
        for line in {hit.line for hit, _ in active.hits if hit.line}:
            lines[line] += 1
    return Counts(dict(channels), dict(modes), dict(lines), total, placed)
