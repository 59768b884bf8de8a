"""Incidents as the screen shows them: the list, the life of one, how well announced ends held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from sqlalchemy import Connection, Row, select

from dashboard.paris import PARIS
from dashboard.selection import RANGES_H, Selection
from prim_client.message import from_epoch_us
from spark_app.language.tokens import fold
from spark_app.tables import (
    entry,
    incident,
    incident_alias,
    incident_end,
    incident_event,
    incident_line,
    incident_of,
    revision,
)

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
ERRORS_MIN = 5  # announcements below which a quantile says nothing
SEVERITIES = ("BLOQUANTE", "PERTURBEE", "INFORMATION")
Line = tuple[str, str, str]  # id, name, mode


@dataclass(frozen=True, slots=True)
class Incident:
    """A row of table `incident` with its lines."""

    incident: str
    episode: str
    channel: str
    cause: str
    severity: str
    title: str
    phase: str
    initial: bool
    disruptions: int
    revisions: int
    published_us: int
    opened_us: int | None
    ended_us: int | None
    ended_by: str
    first_end_us: int | None
    last_end_us: int | None
    seen_us: int
    lines: tuple[Line, ...]

    def minutes(self) -> float | None:
        """How long it held, up to now if it goes on; None if it never did."""
        if self.opened_us is None:
            return None
        return ((self.ended_us or self.seen_us) - self.opened_us) / MINUTE_US

    def error_minutes(self) -> float | None:
        """The first announced end against the effective one: positive if it was over before."""
        if self.first_end_us is None or self.ended_us is None or self.initial:
            return None
        return (self.first_end_us - self.ended_us) / MINUTE_US


@dataclass(frozen=True, slots=True)
class Step:
    """One message in the life of an incident, with what was said."""

    at_us: int
    kind: str
    disruption: str
    title: str
    text: str
    severity: str
    last_seen_us: int | None  # closed: the last good poll that held it


@dataclass(frozen=True, slots=True)
class Announced:
    """An end that was announced."""

    at_us: int
    end_us: int
    source: str


@dataclass(frozen=True, slots=True)
class Life:
    """One incident with all that is known of it."""

    incident: Incident
    steps: tuple[Step, ...]
    why: dict[str, str]  # disruption -> why it belongs here
    ends: tuple[Announced, ...]
    siblings: tuple[Incident, ...]  # of the same episode


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far announced ends were from the effective ones, in minutes: positive, it was over before."""

    group: str
    incidents: int
    announcements: int
    p10: float
    median: float
    p90: float


def stretch(connection: Connection, selection: Selection) -> tuple[int, int]:
    """The chosen stretch (after, until]: up to the chosen window, else to the newest entry."""
    newest = select(entry.c.event_time_us).order_by(entry.c.entry.desc()).limit(1)
    until_us = selection.end_us or connection.execute(newest).scalar() or 0
    return until_us - RANGES_H[selection.span] * HOUR_US, until_us


def read_incidents(connection: Connection, selection: Selection) -> list[Incident]:
    """The incidents that were told of in the chosen stretch, channels and lines."""
    after_us, until_us = stretch(connection, selection)
    within = (incident.c.seen_us > after_us, incident.c.published_us <= until_us, incident.c.channel.in_(selection.channels))
    lines = _lines(connection, *within)
    found = [_incident(row, lines[row.incident]) for row in connection.execute(select(incident).where(*within))]
    return [each for each in found if any(selection.holds(line, mode) for line, _, mode in each.lines)]


def _lines(connection: Connection, *within) -> dict[str, list[Line]]:
    query = select(incident_line).join(incident, incident.c.incident == incident_line.c.incident).where(*within)
    lines: dict[str, list[Line]] = defaultdict(list)
    for row in connection.execute(query.order_by(incident_line.c.line)):
        lines[row.incident].append((row.line, row.name, row.mode))
    return lines


def _incident(row: Row, lines: Iterable[Line]) -> Incident:
    values = {each.name: getattr(row, each.name) for each in fields(Incident) if each.name != "lines"}
    return Incident(**values | {"initial": bool(row.initial)}, lines=tuple(lines))


ORDERS: dict[str, Callable[[Incident], tuple]] = {
    "opened": lambda each: (-(each.opened_us or each.published_us), each.incident),
    "duration": lambda each: (-(each.minutes() or 0), each.incident),
    "ids": lambda each: (-each.disruptions, each.incident),
    "severity": lambda each: (_rank(each.severity), -(each.opened_us or each.published_us), each.incident),
    "error": lambda each: (each.error_minutes() is None, -abs(each.error_minutes() or 0), each.incident),
}


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def chosen(incidents: Iterable[Incident], words: str, order: str) -> list[Incident]:
    """The incidents that hold all of the searched `words` in title, cause or a line's name, in order."""
    wanted = fold(words).split()
    found = [each for each in incidents if all(word in _said(each) for word in wanted)]
    return sorted(found, key=ORDERS.get(order, ORDERS["opened"]))


def _said(each: Incident) -> str:
    return fold(" ".join((each.title, each.cause, *(name for _, name, _ in each.lines))))


def read_life(connection: Connection, name: str) -> Life | None:
    """The life of an incident by its name or an alias of it; None if there is none."""
    name = _resolved(connection, name)
    row = connection.execute(select(incident).where(incident.c.incident == name)).first()
    if row is None:
        return None
    siblings = connection.execute(
        select(incident).where(incident.c.episode == row.episode, incident.c.incident != name).order_by(incident.c.published_us)
    ).all()
    names = [name, *(each.incident for each in siblings)]
    lines = _lines(connection, incident.c.incident.in_(names))
    why = connection.execute(
        select(incident_of).where(incident_of.c.incident == name).order_by(incident_of.c.since_entry)
    ).all()
    ends = connection.execute(select(incident_end).where(incident_end.c.incident == name).order_by(incident_end.c.at_us))
    return Life(
        _incident(row, lines[name]), tuple(_steps(connection, name)), {each.disruption: each.why for each in why},
        tuple(Announced(each.at_us, each.end_us, each.source) for each in ends),
        tuple(_incident(each, lines[each.incident]) for each in siblings),
    )  # fmt: skip


def _resolved(connection: Connection, name: str) -> str:
    while into := connection.execute(
        select(incident_alias.c.into).where(incident_alias.c.level == "incident", incident_alias.c.old == name)
    ).scalar():
        name = into
    return name


def _steps(connection: Connection, name: str) -> Iterable[Step]:
    query = (
        select(incident_event, revision.c.title, revision.c.text, revision.c.severity)
        .outerjoin(revision, revision.c.rev == incident_event.c.rev)
        .where(incident_event.c.incident == name)
        .order_by(incident_event.c.entry, incident_event.c.part)
    )
    for row in connection.execute(query):
        yield Step(row.at_us, row.kind, row.disruption, row.title or "", row.text or "", row.severity or "", row.last_seen_us)


def read_reliability(connection: Connection, incidents: Sequence[Incident], by: str) -> list[Reliability]:
    """Announcement errors of the incidents that are over and whose begin is known, by line, cause or hour of the day."""
    over = {each.incident: each for each in incidents if each.ended_us is not None and not each.initial}
    if not over:
        return []
    since_us = min(each.published_us for each in over.values())
    rows = connection.execute(select(incident_end).where(incident_end.c.at_us >= since_us))
    errors: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in rows:
        each = over.get(row.incident)
        if each is None or each.ended_us is None or row.at_us > each.ended_us:
            continue  # an end that is announced after the end announces nothing
        for group in _groups(each, row.at_us, by):
            errors[group].append((row.incident, (row.end_us - each.ended_us) / MINUTE_US))
    return sorted((_reliability(group, found) for group, found in errors.items()), key=_by_count)


def _groups(each: Incident, at_us: int, by: str) -> list[str]:
    if by == "cause":
        return [each.cause]
    if by == "hour":
        return [f"{from_epoch_us(at_us).astimezone(PARIS):%H}"]
    return [line for line, _, _ in each.lines]


def _reliability(group: str, errors: Sequence[tuple[str, float]]) -> Reliability:
    p10, median, p90 = (float(q) for q in np.percentile([error for _, error in errors], [10, 50, 90]))
    return Reliability(group, len({name for name, _ in errors}), len(errors), p10, median, p90)


def _by_count(each: Reliability) -> tuple[int, str]:
    return -each.announcements, each.group


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of which nothing is known: ticks without a good poll shortly before."""

    begin_us: int  # the last observed tick before
    end_us: int  # the first observed tick after, or the last unobserved one
    ticks: int


def read_gaps(connection: Connection, selection: Selection) -> tuple[list[Gap], int]:
    """Gaps of the chosen stretch, and how many ticks it has."""
    after_us, until_us = stretch(connection, selection)
    ticks = connection.execute(
        select(entry.c.event_time_us, entry.c.observed)
        .where(entry.c.tick, entry.c.event_time_us > after_us, entry.c.event_time_us <= until_us)
        .order_by(entry.c.entry)
    ).all()
    return gaps_of([(row.event_time_us, bool(row.observed)) for row in ticks]), len(ticks)


def gaps_of(ticks: Sequence[tuple[int, bool]]) -> list[Gap]:
    """The runs of unobserved ticks.

    >>> gaps_of([(0, True), (5, False), (10, False), (15, True)])
    [Gap(begin_us=0, end_us=15, ticks=2)]
    """
    gaps: list[Gap] = []
    begin_us, count = ticks[0][0] if ticks else 0, 0
    for at_us, observed in ticks:
        if not observed:
            count += 1
            continue
        if count:
            gaps.append(Gap(begin_us, at_us, count))
        begin_us, count = at_us, 0
    return [*gaps, Gap(begin_us, ticks[-1][0], count)] if count else gaps
