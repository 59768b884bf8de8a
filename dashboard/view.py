"""Everything on the screen for one choice, of one moment of the store: what the features draw from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard import queries
from dashboard.choosing import Choosing, Counts, count, severity
from dashboard.clusters import Cluster, centre_of, label_at, leading, make_cluster, nearest_name
from dashboard.measures import Counter, Measures, cluster_of
from dashboard.records import Hit, Message, PlacedHit, Revision, Span, Tick, is_placed
from dashboard.selection import Selection
from spark_app.language.cluster_names import cluster_name, short_label
from spark_app.language.labels import CAUSES_FR
from spark_app.language.severities import rank
from spark_app.tables import NO_CLUSTER, WEIGHT_E9


@dataclass(frozen=True, slots=True)
class Active:
    """A disruption of the window, with the hits that were chosen."""

    revision: Revision
    state: str  # new: opened since the last tick; ongoing: at the last observed tick; over: before
    begin_us: int | None
    end_us: int | None
    hits: tuple[tuple[Hit, int], ...]  # hit, cluster: as last labelled
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

    def disruptions(self, key: tuple[str, int]) -> float | None:
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


@dataclass(frozen=True, slots=True)
class Content:
    """The messages of a window with their revisions; `meta` are facts about the store: source, settings …"""

    ticks: tuple[Tick, ...]
    messages: tuple[Message, ...]
    revisions: Mapping[int, Revision]
    meta: Mapping[str, str]


def union_measures(content: Content, selection: Selection) -> Measures:
    """The measures of a window for any set of lines or modes; each disruption counts once."""
    choosing = Choosing(selection)
    counter = Counter(content.revisions, choosing.line, choosing.hit)
    chosen = {rev for rev, revision in content.revisions.items() if choosing.disruption(revision)}
    return counter.count(e for e in queries.events_of(content.messages, content.ticks) if e.rev in chosen)


Titles = Mapping[tuple[str, int], str]  # what clusters are about, by channel and cluster


def make_view(
    selection: Selection,
    span: Span,
    content: Content,
    measures: Measures,
    before: Before | None = None,
    titles: Titles | None = None,
) -> View:
    """Put together what one window shows; pure. `before` is for the trends,
    `titles` of the clusters for their names."""
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
        clusters=tuple(_clusters(measures, content, choosing, span, before, titles or {})),
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
    hits = tuple((hit, cluster_of(label)) for hit, label in zip(revision.hits, shown.labels, strict=True))
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
        keys = frozenset(f"{active.revision.channel}:{cluster}" for active, _, cluster in found)
        yield StationHit(zda, first.station, first.lat, first.lon, tuple((a, h) for a, h, _ in found), keys)


def _clusters(
    measures: Measures, content: Content, choosing: Choosing, span: Span, before: Before | None, titles: Titles
) -> Iterable[Cluster]:
    members = _members(content, choosing)
    for key, sums in sorted(measures.items()):
        if key[1] == NO_CLUSTER or not sums["disruptions_e9"]:
            continue
        held = members.get(key, {})
        lat, lon, _ = centre_of(sums)
        places = {hit.station: (hit.lat, hit.lon) for hits in held.values() for hit in hits}
        revisions = {content.revisions[rev].id: (content.revisions[rev], hits) for rev, hits in held.items()}
        title = titles.get(key) or _title(revisions.values())
        yield make_cluster(
            key,
            sums,
            span.ticks_observed,
            revisions,
            nearest_name(lat, lon, [(name, *spot) for name, spot in sorted(places.items())]),
            line=leading(hit.line for _, hits in revisions.values() for hit in {h.line: h for h in hits}.values()),
            cause=leading(cause for revision, _ in revisions.values() for cause in revision.causes),
            before=None if before is None else before.disruptions(key),
            title=title,
            place=label_at(lat, lon, title, places),
            station_count=len({hit.zda for hits in held.values() for hit in hits}),
        )


def _title(held: Collection[tuple[Revision, Sequence[PlacedHit]]]) -> str:
    """What a cluster is about, by the chosen hits alone; the stored names are of everything, and of rails."""
    stations, lines, causes = (defaultdict[str, float](float) for _ in range(3))
    for revision, hits in held:
        for cause in revision.causes:
            causes[CAUSES_FR.get(cause, cause)] += 1
        for hit in hits:
            stations[hit.station] += 1 / len(hits)
            if hit.line:
                lines[short_label(hit.line, "", hit.mode)] += 1 / len(hits)
    spots = {hit.station: (hit.lat, hit.lon) for _, hits in held for hit in hits}
    return str(cluster_name(stations, lines, causes, spots)) if stations else ""


def _members(content: Content, choosing: Choosing) -> dict[tuple[str, int], dict[int, list[PlacedHit]]]:
    """The chosen hits with a place, by cluster and revision."""
    members: dict[tuple[str, int], dict[int, list[PlacedHit]]] = defaultdict(lambda: defaultdict(list))
    for rev, labels in {(m.rev, m.labels) for m in content.messages if m.kind == "ongoing"}:
        revision = content.revisions[rev]
        if not choosing.disruption(revision):
            continue
        for hit, label in zip(revision.hits, labels, strict=True):
            if is_placed(hit) and choosing.hit(hit):
                members[revision.channel, cluster_of(label)][rev].append(hit)
    return members
