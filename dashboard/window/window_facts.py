"""The measures of many windows by cluster, through any choice: what the timeline and the sparklines draw."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from dashboard.store import queries
from dashboard.store.lives import Key, Lives, read_lives
from dashboard.store.measures import Counter, Measures, merged
from dashboard.store.records import Event, Revision, Span, Tick, is_placed
from dashboard.window.hit_filter import Choosing
from dashboard.window.selection import Selection
from dashboard.window.view_cache import Held, Views


def slide_us(meta: Mapping[str, str], span: Span) -> int:
    """The step between windows, as the store says it; else that of the ticks."""
    said = meta.get("slide_us")
    return int(said) if said else (span.end_us - span.begin_us) // max(span.ticks_expected, 1)


def window_facts(
    connection: Connection,
    views: Views,
    selection: Selection,
    spans: list[Span],
    after_us: int,
    until_us: int,
    step_us: int,
) -> tuple[dict[int, Measures], Lives]:
    """The measures of each window by cluster, and who the clusters are.

    Args:
        spans: the windows, oldest first: those in (after_us, until_us] whose end is a multiple of `step_us`; the newest
            may be another one.

    Returns:
        {end_us: measures}, with hits without a station among them, and the lives of the whole stretch.
    """
    scope, ticks = selection.scope(), _observed_ticks(connection, spans)
    lives = read_lives(connection, selection.channels, spans[0].begin_us, spans[-1].end_us)
    found: dict[int, Measures] = {}
    if scope is not None:
        newest = spans[-1]
        by_index = queries.timeline_facts(connection, after_us, until_us, step_us, selection.channels, scope)
        if newest.end_us not in by_index:
            by_index[newest.end_us] = queries.window_facts(connection, newest.end_us, selection.channels, scope)
        found = dict(_of_lives(spans, ticks, by_index, lives))
    left = [span for span in spans if span.end_us not in found]
    return found | _counted(connection, views, selection, left, ticks, lives), lives


def distinct_disruptions(
    connection: Connection, views: Views, selection: Selection, spans: Sequence[Span], lives: Lives
) -> dict[int, dict[Key, int]]:
    """How many disruptions each cluster had in each window, which can be counted there: {end_us: counts}."""
    ticks = _observed_ticks(connection, spans)
    within = {span.end_us: [tick.at_us for tick in _ticks_within(span, ticks)] for span in spans}
    wanted = {at_us for times in within.values() for at_us in times}
    held = _held(connection, views, selection, [tick for tick in ticks if tick.at_us in wanted], lives)
    return {end_us: _distinct(held[at_us] for at_us in times) for end_us, times in within.items()}


def _distinct(ticks: Iterable[Held]) -> dict[Key, int]:
    found: dict[Key, set[str]] = defaultdict(set)
    for held in ticks:
        for key, ids in held.items():
            found[key] |= ids
    return {key: len(ids) for key, ids in found.items()}


def _held(
    connection: Connection, views: Views, selection: Selection, ticks: list[Tick], lives: Lives
) -> dict[int, Held]:
    """The ids of the disruptions of each cluster at each tick; kept as `_tick_facts` keeps its own."""
    kept = views.held_of(connection, queries.read_version(connection).store, selection)
    missing = [tick for tick in ticks if tick.at_us not in kept]
    found = _hold(connection, views, selection, missing, lives) if missing else {}
    known = queries.next_entry_of(connection, "clusters")
    kept.update({tick.at_us: found[tick.at_us] for tick in missing if tick.entry < known})
    return kept | found


def _hold(
    connection: Connection, views: Views, selection: Selection, ticks: list[Tick], lives: Lives
) -> dict[int, Held]:
    revisions, entries = _chosen_revisions(connection, views, selection, ticks)
    choosing = Choosing(selection)
    placed = {
        rev: [i for i, hit in enumerate(revision.hits) if is_placed(hit) and choosing.hit(hit)]
        for rev, revision in revisions.items()
    }
    found: dict[int, Held] = {tick.at_us: {} for tick in ticks}
    for event in queries.ongoing_events(connection, list(revisions), entries):
        revision = revisions[event.rev]
        numbers = lives.numbers(revision.channel, event.pane_us)
        for label in {event.labels[i] for i in placed[event.rev]}:
            found[event.pane_us].setdefault((revision.channel, int(numbers[ord(label)])), set()).add(revision.id)
    return found


def _chosen_revisions(
    connection: Connection, views: Views, selection: Selection, ticks: list[Tick]
) -> tuple[dict[int, Revision], list[int]]:
    """The revisions at these ticks that the choice holds, and the entries of the ticks."""
    choosing, entries = Choosing(selection), [tick.entry for tick in ticks]
    revs = queries.revisions_of(connection, selection.channels, entries)
    revisions = views.revisions(connection, queries.read_version(connection).store, revs)
    chosen = {
        rev: revision
        for rev, revision in revisions.items()
        if choosing.disruption(revision) and any(map(choosing.hit, revision.hits))
    }
    return chosen, entries


def _observed_ticks(connection: Connection, spans: Sequence[Span]) -> list[Tick]:
    return [tick for tick in queries.ticks_between(connection, spans[0].begin_us, spans[-1].end_us) if tick.observed]


def _of_lives(
    spans: list[Span], ticks: list[Tick], by_index: dict[int, Measures], lives: Lives
) -> Iterable[tuple[int, Measures]]:
    """The windows in which each index of the model stood for one cluster, by cluster."""
    for span in spans:
        facts = by_index.get(span.end_us, {})
        clusters = lives.of_indices(facts, _ticks_within(span, ticks))
        if clusters is not None:
            yield span.end_us, {clusters[key]: measures for key, measures in facts.items()}


def _ticks_within(span: Span, ticks: list[Tick]) -> list[Tick]:
    first = bisect_right(ticks, span.begin_us, key=lambda tick: tick.at_us)
    return ticks[first : bisect_right(ticks, span.end_us, key=lambda tick: tick.at_us)]


def _counted(
    connection: Connection, views: Views, selection: Selection, spans: list[Span], ticks: list[Tick], lives: Lives
) -> dict[int, Measures]:
    """The measures of windows from their hits, for any choice: ticks are counted once and kept."""
    wanted = {tick.at_us: tick for span in spans for tick in _ticks_within(span, ticks)}
    if not wanted:
        return {span.end_us: {} for span in spans}
    by_tick = _tick_facts(connection, views, selection, [wanted[at_us] for at_us in sorted(wanted)], lives)
    return {span.end_us: merged(by_tick[tick.at_us] for tick in _ticks_within(span, ticks)) for span in spans}


def _tick_facts(
    connection: Connection, views: Views, selection: Selection, ticks: list[Tick], lives: Lives
) -> dict[int, Measures]:
    store = queries.read_version(connection).store
    kept = views.ticks_of(connection, store, selection)
    missing = [tick for tick in ticks if tick.at_us not in kept]
    counted = _count_ticks(connection, views, selection, store, missing, lives) if missing else {}
    known = queries.next_entry_of(connection, "clusters")
    kept.update({tick.at_us: counted[tick.at_us] for tick in missing if tick.entry < known})
    return kept | counted


def _count_ticks(
    connection: Connection, views: Views, selection: Selection, store: str, ticks: list[Tick], lives: Lives
) -> dict[int, Measures]:
    choosing = Choosing(selection)
    revisions, entries = _chosen_revisions(connection, views, selection, ticks)
    counter = Counter(revisions, choosing.line, choosing.hit, lives)
    of_tick: dict[int, list[Event]] = {tick.at_us: [] for tick in ticks}
    for event in queries.ongoing_events(connection, list(revisions), entries):
        of_tick[event.pane_us].append(event)
    return {at_us: counter.count(events) for at_us, events in of_tick.items()}
