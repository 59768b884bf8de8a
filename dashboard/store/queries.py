"""Queries of the screens and exports, by name. Each takes a connection of `Store.reading()`; none writes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from dashboard.store.measures import Measures
from dashboard.store.records import Event, Hit, Message, Revision, Span, Tick, Version
from spark_app.store import tables
from spark_app.store.engine import IN_LIST_MAX, in_chunks
from spark_app.store.records import read_hits
from spark_app.store.tables import MEASURES


def read_version(connection: Connection) -> Version:
    """The version of the store; zeros while it is empty."""
    meta = read_meta(connection)
    entry, span, status, fold = tables.entry.c, tables.window_span.c, tables.status.c, tables.derived.c
    return Version(
        # revisions are numbered anew by another build
        store=f"{meta.get('generation', '')}-{meta.get('build', '')[:8]}",
        last_entry=scalar(connection, func.max(entry.entry), default=-1),
        newest_end_us=scalar(connection, func.max(span.end_us), default=0),
        status_at_us=max(scalar(connection, func.max(at_us), default=0) for at_us in (status.at_us, fold.at_us)),
        folded=scalar(connection, func.sum(fold.next_entry), default=0),
    )


def scalar(connection: Connection, expression: ColumnElement[Any], default: int) -> int:
    """One number, or `default` where there is none."""
    value = connection.execute(select(expression)).scalar()
    return default if value is None else int(value)


def read_meta(connection: Connection) -> dict[str, str]:
    """Measures about the store: source, generation, config_sha256 …"""
    return {row.name: row.value for row in connection.execute(select(tables.meta))}


def read_books(connection: Connection) -> dict[str, int]:
    """The counters of the store."""
    return {row.name: int(row.value) for row in connection.execute(select(tables.book))}


def read_status(connection: Connection) -> dict[str, dict[str, Any]]:
    """The last word of each running part, with `at_us` beside what it said."""
    return {row.part: json.loads(row.value) | {"at_us": row.at_us} for row in connection.execute(select(tables.status))}


def _span(row: Row[Any]) -> Span:
    return Span(**(row._asdict() | {"closed": bool(row.closed)}))


def _first_span(connection: Connection, query: Select[Any]) -> Span | None:
    row = connection.execute(query.limit(1)).first()
    return None if row is None else _span(row)


def live_span(connection: Connection) -> Span | None:
    """The window that live shows: the first still open, else the newest; None in an empty store."""
    table, end = tables.window_span, tables.window_span.c.end_us
    first_open = _first_span(connection, select(table).where(~table.c.closed).order_by(end))
    return first_open or _first_span(connection, select(table).order_by(end.desc()))


def span_at(connection: Connection, end_us: int) -> Span | None:
    """The window that ends at `end_us`, or None."""
    return _first_span(connection, select(tables.window_span).where(tables.window_span.c.end_us == end_us))


def nearest_span(connection: Connection, end_us: int) -> Span | None:
    """The window whose end is nearest to a moment, the earlier of two; None in an empty store."""
    table, end = tables.window_span, tables.window_span.c.end_us
    before = select(table).where(end <= end_us).order_by(end.desc())
    after = select(table).where(end > end_us).order_by(end)
    found = [span for query in (before, after) if (span := _first_span(connection, query))]
    return min(found, key=lambda span: abs(span.end_us - end_us), default=None)


def spans_between(connection: Connection, after_us: int, until_us: int, step_us: int = 1) -> list[Span]:
    """Windows with end in (after, until], only those on a multiple of `step_us`, oldest first."""
    end = tables.window_span.c.end_us
    query = select(tables.window_span).where(end > after_us, end <= until_us, end % step_us == 0).order_by(end)
    return [_span(row) for row in connection.execute(query).all()]


def first_span_end(connection: Connection) -> int:
    """The end of the oldest window; 0 in an empty store."""
    return scalar(connection, func.min(tables.window_span.c.end_us), default=0)


def window_facts(connection: Connection, end_us: int, channels: Sequence[str], scope: str) -> Measures:
    """The measures of one window as the pipeline wrote them, by (channel, cluster)."""
    c = tables.window.c
    query = select(tables.window).where(c.end_us == end_us, c.line == scope, c.channel.in_(channels))
    return {(row.channel, row.cluster): _measures(row) for row in connection.execute(query)}


def _measures(row: Row[Any]) -> dict[str, int]:
    return {name: int(getattr(row, name)) for name in MEASURES}


def timeline_facts(
    connection: Connection, after_us: int, until_us: int, step_us: int, channels: Sequence[str], scope: str
) -> dict[int, Measures]:
    """The measures that the timeline draws, window by window: {end_us: facts}."""
    c = tables.window.c
    shown = (c.end_us, c.channel, c.cluster, c.stations, c.disruptions_e9, c.scored_e9, c.polarity_e12)
    query = select(*shown).where(
        c.line == scope,
        c.end_us > after_us,
        c.end_us <= until_us,
        c.end_us % step_us == 0,
        c.channel.in_(channels),
    )
    facts: dict[int, Measures] = defaultdict(dict)
    for end_us, channel, cluster, stations, size, scored, polarity in connection.execute(query).all():
        row = {"stations": stations, "disruptions_e9": size, "scored_e9": scored, "polarity_e12": polarity}
        facts[end_us][channel, cluster] = row
    return dict(facts)


def alerts_between(connection: Connection, after_us: int, until_us: int) -> list[tuple[int, str]]:
    """(moment, line) of the alerts raised in (after, until]."""
    a = tables.alert.c
    query = select(a.raised_us, a.line).where(a.raised_us > after_us, a.raised_us <= until_us).order_by(a.raised_us)
    return [(int(at_us), line) for at_us, line in connection.execute(query)]


def line_sizes(
    connection: Connection, lines: Sequence[str], ends_us: Sequence[int], channels: Sequence[str], measure: str
) -> dict[int, dict[str, int]]:
    """One measure of each line in each of these windows, over its clusters: {end_us: {line: sum}}."""
    c = tables.window.c
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for chunk in in_chunks(lines):
        for ends in in_chunks(ends_us):
            query = (
                select(c.end_us, c.line, func.sum(c[measure]))
                .where(c.line.in_(chunk), c.end_us.in_(ends), c.channel.in_(channels))
                .group_by(c.end_us, c.line)
            )
            for end_us, line, value in connection.execute(query):
                found[end_us][line] = int(value)
    return dict(found)


def messages_between(connection: Connection, first_entry: int, last_entry: int) -> list[Message]:
    """Messages of the entries first … last (both included), in the order of the log."""
    m, e = tables.message.c, tables.entry.c
    query = (
        select(m.entry, m.part, e.event_time_us, e.tick, m.rev, m.kind, m.initial, m.begin_us, m.end_us, m.labels)
        .join_from(tables.message, tables.entry, m.entry == e.entry)
        .where(m.entry >= first_entry, m.entry <= last_entry)
        .order_by(m.entry, m.part)
    )
    return [Message(*tuple(row)) for row in connection.execute(query).all()]


def ticks_between(connection: Connection, after_us: int, until_us: int) -> list[Tick]:
    """Ticks with a time in (after, until], oldest first."""
    e = tables.entry.c
    query = (
        select(e.entry, e.event_time_us, e.observed)
        .where(e.tick, e.event_time_us > after_us, e.event_time_us <= until_us)
        .order_by(e.event_time_us)
    )
    return [Tick(entry, at_us, bool(observed)) for entry, at_us, observed in connection.execute(query)]


def has_line(connection: Connection, line_id: str) -> bool:
    """Whether a hit of the store is on the line of this id."""
    h = tables.revision_hit.c
    return connection.execute(select(h.rev).where(h.line == line_id).limit(1)).first() is not None


def newest_event_us(connection: Connection) -> int:
    """The event time of the newest entry; 0 in an empty store."""
    return scalar(connection, func.max(tables.entry.c.event_time_us), default=0)


def newest_tick(connection: Connection) -> Tick | None:
    """The newest tick of the store, observed or not."""
    return _last_tick(connection, observed_only=False)


def newest_observed_tick(connection: Connection) -> Tick | None:
    """The newest tick with a good poll shortly before it."""
    return _last_tick(connection, observed_only=True)


def _last_tick(connection: Connection, observed_only: bool) -> Tick | None:
    e = tables.entry.c
    query = select(e.entry, e.event_time_us, e.observed).where(e.tick).order_by(e.event_time_us.desc()).limit(1)
    row = connection.execute(query.where(e.observed) if observed_only else query).first()
    return Tick(row.entry, row.event_time_us, bool(row.observed)) if row else None


def read_revisions(connection: Connection, revs: Iterable[int]) -> dict[int, Revision]:
    """Revisions by number, with their hits in order."""
    wanted = sorted(set(revs))
    r, found = tables.revision.c, {}
    shown = [c for c in r if c.name not in ("html", "tags")]
    hits, causes = read_hits(connection, wanted, Hit), _causes(connection, wanted)
    for chunk in in_chunks(wanted):
        for row in connection.execute(select(*shown).where(r.rev.in_(chunk))):
            own = {"hits": tuple(hits.get(row.rev, ())), "causes": causes.get(row.rev, ()), "tagged": row.rev in causes}
            found[row.rev] = Revision(**(row._asdict() | own))
    return found


def _causes(connection: Connection, revs: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Causes by revision, in the order of their names; a revision that has no tags yet is left out."""
    tag, done = tables.revision_tag.c, tables.revision_search.c.rev
    found: dict[int, tuple[str, ...]] = {}
    for chunk in in_chunks(revs):
        found |= dict.fromkeys(connection.execute(select(done).where(done.in_(chunk))).scalars(), ())
        named = select(tag.rev, tag.value).where(tag.rev.in_(chunk), tag.kind == "cause").order_by(tag.rev, tag.value)
        for rev, cause in connection.execute(named):
            found[rev] = (*found.get(rev, ()), cause)
    return found


def events_of(messages: Iterable[Message], ticks: Sequence[Tick]) -> list[Event]:
    """Messages as the measures count them: each in the pane of the tick at or behind it."""
    times = [tick.at_us for tick in ticks]
    events, i = [], 0
    for m in messages:  # both are in the order of the log
        while i < len(times) and times[i] < m.at_us:
            i += 1
        at_us = times[i] if i < len(times) else m.at_us
        events.append(Event(at_us, m.rev, m.kind, m.initial, m.labels))
    return events


def revisions_between(connection: Connection, channels: Sequence[str], first_entry: int, last_entry: int) -> list[int]:
    """Numbers of the revisions of `channels` in the entries first … last (both included)."""
    m, r = tables.message.c, tables.revision.c
    held = select(m.rev).where(m.entry >= first_entry, m.entry <= last_entry).distinct()
    query = select(r.rev).where(r.rev.in_(held), r.channel.in_(channels)).order_by(r.rev)
    return list(connection.execute(query).scalars())


def revisions_of(connection: Connection, channels: Sequence[str], entries: Sequence[int]) -> list[int]:
    """Numbers of the revisions of `channels` in these entries."""
    m, r = tables.message.c, tables.revision.c
    found: set[int] = set()
    for chunk in in_chunks(entries):
        held = select(m.rev).where(m.entry.in_(chunk)).distinct()
        found.update(connection.execute(select(r.rev).where(r.rev.in_(held), r.channel.in_(channels))).scalars())
    return sorted(found)


def ongoing_events(connection: Connection, revs: Collection[int], entries: Sequence[int]) -> list[Event]:
    """What was ongoing at the ticks with these entries, of `revs`."""
    m, e = tables.message.c, tables.entry.c
    query = (
        select(e.event_time_us, m.rev, m.labels)
        .join_from(tables.message, tables.entry, m.entry == e.entry)
        .where(m.kind == "ongoing", e.tick)
    )
    if len(revs) <= IN_LIST_MAX:
        query = query.where(m.rev.in_(revs))
    chosen = frozenset(revs)
    return [
        Event(at_us, rev, "ongoing", False, labels)
        for chunk in in_chunks(entries)
        for at_us, rev, labels in connection.execute(query.where(m.entry.in_(chunk))).all()
        if rev in chosen
    ]


def next_entry_of(connection: Connection, fold: str) -> int:
    """The entry that a derived fold goes on from; 0 while it has none."""
    c = tables.derived.c
    return scalar(connection, select(c.next_entry).where(c.name == fold).scalar_subquery(), default=0)
