"""The view of one selection at one moment of the store: every part of the screen is drawn from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from dashboard.store import queries
from dashboard.store.lives import Key, Lives, cluster_id
from dashboard.store.measures import Counter, Measures
from dashboard.store.records import Hit, Message, PlacedHit, Revision, Span, Tick, is_placed
from dashboard.store.trails import NO_TRAILS, Trails
from dashboard.window.clusters import Cluster, leading, make_cluster
from dashboard.window.facet_counts import Counts, count
from dashboard.window.hit_filter import Choosing, severity
from dashboard.window.selection import Selection
from spark_app.derived.clusters.places import LocatedHit, medoid, place_of
from spark_app.language.severities import rank
from spark_app.store.tables import NO_CLUSTER, WEIGHT_E9


@dataclass(frozen=True, slots=True)
class Active:
    """A disruption of the window, with the hits that were chosen."""

    revision: Revision
    state: str  # new: opened since the last tick; ongoing: at the last observed tick; over: before
    begin_us: int | None
    end_us: int | None
    hits: tuple[tuple[Hit, int], ...]  # hit, number of its cluster: as last labelled
    ticks: int  # observed ticks of the window at which it was active
    opened: bool = False  # in the window

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
class Before:
    """The window one span earlier through the same choice."""

    measures: Measures
    ticks_observed: int

    def disruptions(self, key: Key) -> float | None:
        """Mean size of a cluster then; None while nothing was observed."""
        if not self.ticks_observed:
            return None
        return self.measures.get(key, {}).get("disruptions_e9", 0) / WEIGHT_E9 / self.ticks_observed


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
    trails: Trails = NO_TRAILS


@dataclass(frozen=True, slots=True)
class Content:
    """The messages of a window with their revisions; `meta` are facts about the store: source, settings …"""

    ticks: tuple[Tick, ...]
    messages: tuple[Message, ...]
    revisions: Mapping[int, Revision]
    meta: Mapping[str, str]
    lives: Lives = field(default_factory=Lives)


def union_measures(content: Content, selection: Selection) -> Measures:
    """The measures of a window for any set of lines or modes; each disruption counts once."""
    choosing = Choosing(selection)
    counter = Counter(content.revisions, choosing.line, choosing.hit, content.lives)
    chosen = {rev for rev, revision in content.revisions.items() if choosing.disruption(revision)}
    return counter.count(e for e in queries.events_of(content.messages, content.ticks) if e.rev in chosen)


def make_view(
    selection: Selection,
    span: Span,
    content: Content,
    measures: Measures,
    before: Before | None = None,
) -> View:
    """Put together what one window shows; pure. `before` is for the trends."""
    choosing = Choosing(selection)
    observed = [tick for tick in content.ticks if tick.observed]
    last = observed[-1] if observed else None
    everything = list(_actives(content, last))
    chosen = [a for a in (_narrowed(a, choosing) for a in everything) if a is not None]
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
        clusters=tuple(_clusters(measures, content, choosing, span, before)),
        disruptions=tuple(sorted(chosen, key=_reading_order)),
        counts=count((a for a in everything if a.state == shown), choosing),
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
    hits = tuple(zip(revision.hits, label_numbers(content.lives, revision.channel, shown), strict=True))
    opened = state == "new" or any(m.kind == "opened" and not m.initial for m in messages)
    return Active(revision, state, shown.begin_us, newest.end_us, hits, len(ongoing), opened)


def _narrowed(active: Active, choosing: Choosing) -> Active | None:
    if not choosing.disruption(active.revision):
        return None
    hits = tuple((hit, cluster) for hit, cluster in active.hits if choosing.hit(hit))
    if not hits:
        return None
    return replace(active, hits=hits)


_STATE_RANK = {"new": 0, "ongoing": 1, "over": 2}


def _reading_order(active: Active) -> tuple[int, int, int, str]:
    gravity = rank(severity(active.revision))
    return (_STATE_RANK[active.state], gravity, -(active.begin_us or 0), active.revision.id)


def _stations(actives: Iterable[Active]) -> Iterable[StationHit]:
    by_zda: dict[str, list[tuple[Active, PlacedHit, int]]] = defaultdict(list)
    for active in actives:
        for hit, cluster in active.hits:
            if is_placed(hit):
                by_zda[hit.zda].append((active, hit, cluster))
    for zda, found in sorted(by_zda.items()):
        first = found[0][1]
        keys = frozenset(cluster_id(active.revision.channel, number) for active, _, number in found)
        yield StationHit(zda, first.station, first.lat, first.lon, tuple((a, h) for a, h, _ in found), keys)


def _clusters(
    measures: Measures, content: Content, choosing: Choosing, span: Span, before: Before | None
) -> Iterable[Cluster]:
    members, lives = _members(content, choosing), content.lives
    causes = {revision.id: revision.causes for _, revision in sorted(content.revisions.items())}
    observed = [tick for tick in content.ticks if tick.observed]
    for key, sums in sorted(measures.items()):
        if key[1] == NO_CLUSTER or not sums["disruptions_e9"]:
            continue
        hits = [_located(id_, hit) for id_, of_disruption in members[key].items() for hit in of_disruption]
        if not hits:  # the window was read before the messages of its newest tick
            continue
        middle = medoid(hits)
        yield make_cluster(
            key,
            sums,
            span.ticks_observed,
            {hit.id for hit in hits},
            middle,
            index=lives.index(key, observed),
            sign=lives.sign(key),
            name=lives.name(key, span.end_us) or place_of(hits, middle).name,
            line=leading(
                line for of_disruption in members[key].values() for line in {hit.line for hit in of_disruption}
            ),
            cause=leading(cause for id_ in members[key] for cause in causes[id_]),
            before=None if before is None else before.disruptions(key),
            territory=tuple(frozenset(of_disruption) for _, of_disruption in sorted(members[key].items())),
            station_count=len({hit.zda for hit in hits}),
        )


def _located(disruption: str, hit: PlacedHit) -> LocatedHit:
    return LocatedHit(disruption, hit.mode, hit.zda, hit.station, hit.lat, hit.lon)


def _members(content: Content, choosing: Choosing) -> dict[Key, dict[str, set[PlacedHit]]]:
    """The chosen hits with a place, each once, by cluster and disruption."""
    members: dict[Key, dict[str, set[PlacedHit]]] = defaultdict(lambda: defaultdict(set))
    for rev, messages in _ongoing(content).items():
        revision = content.revisions[rev]
        if not choosing.disruption(revision):
            continue
        labelled = {label_numbers(content.lives, revision.channel, message) for message in messages}
        for place, hit in enumerate(revision.hits):
            if is_placed(hit) and choosing.hit(hit):
                for number in {numbers[place] for numbers in labelled}:
                    members[revision.channel, number][revision.id].add(hit)
    return members


def _ongoing(content: Content) -> dict[int, list[Message]]:
    found: dict[int, list[Message]] = defaultdict(list)
    for m in content.messages:
        if m.kind == "ongoing":
            found[m.rev].append(m)
    return found


def label_numbers(lives: Lives, channel: str, message: Message) -> tuple[int, ...]:
    """The number of the cluster of each hit of a message."""
    numbers = lives.numbers(channel, message.at_us)
    return tuple(int(numbers[ord(label)]) for label in message.labels)
