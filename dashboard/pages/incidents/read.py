"""Incidents as the screen shows them: the list and the life of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from dashboard.pages.incidents.past import Line, Past, aliases, follow, in_order
from dashboard.store import queries
from dashboard.store.records import Revision
from dashboard.window.hit_filter import Choosing
from dashboard.window.selection import RANGES_H, Selection
from prim_client.messages.message import severity_rank
from prim_client.messages.time_units import HOUR_US, MINUTE_US
from spark_app.language.tokens import fold
from spark_app.store.tables import entry, incident, incident_end, incident_event, incident_line, incident_of, revision

Revisions = Callable[[Connection, Iterable[int]], Mapping[int, Revision]]


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

    @property
    def only_ended(self) -> bool:
        """Whether only its closing id was published: when it began nobody knows, and it counts in no duration."""
        return self.opened_us is None and self.ended_us is not None

    def minutes(self) -> float | None:
        """How long it held, up to now if it goes on; None if it never did, or if only its end is known."""
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

    def error_minutes(self, ended_us: int | None) -> float | None:
        """This end less the effective one: positive if it was over before; None while it is not over."""
        return None if ended_us is None else (self.end_us - ended_us) / MINUTE_US


@dataclass(frozen=True, slots=True)
class Life:
    """One incident with all that was known of it at the end of the window."""

    incident: Incident
    steps: tuple[Step, ...]
    why: dict[str, str]  # disruption -> why it belongs here
    ends: tuple[Announced, ...]
    siblings: tuple[Incident, ...]  # of the same episode
    later: Incident | None = None  # what is known today, if that is more


def stretch(connection: Connection, selection: Selection) -> tuple[int, int]:
    """The chosen stretch (after, until]: up to the chosen window, else to the newest entry."""
    newest = select(entry.c.event_time_us).order_by(entry.c.entry.desc()).limit(1)
    until_us = selection.end_us or connection.execute(newest).scalar() or 0
    return until_us - RANGES_H[selection.span] * HOUR_US, until_us


def read_incidents(
    connection: Connection, selection: Selection, revisions: Revisions = queries.read_revisions
) -> list[Incident]:
    """The incidents that were told of in the chosen stretch, by everything that the filters choose.

    A filter for what is said or where (severity, cause, text, zone, area) takes an incident one of whose notices has
    it, at a place on a chosen line. `revisions(connection, numbers)` reads them; the page keeps what it has read.
    """
    after_us, until_us = stretch(connection, selection)
    past = past_of(connection, selection)
    told = incident.c.seen_us > after_us, incident.c.published_us <= until_us
    found = _read_as_known(connection, past, *told, incident.c.channel.in_(selection.channels))
    found = [
        each
        for each in found
        if each.seen_us > after_us and each.published_us <= until_us and each.channel in selection.channels
    ]
    on_lines = [each for each in found if any(selection.holds(line, mode) for line, _, mode in each.lines)]
    if not selection.narrowed:
        return on_lines
    chosen_ones = _with_a_chosen_notice(connection, selection, revisions, told, past)
    return [each for each in on_lines if each.incident in chosen_ones]


def past_of(connection: Connection, selection: Selection) -> Past | None:
    """What was known at the end of the chosen window; None for the newest one: all that is known."""
    return None if selection.end_us is None else Past(connection, selection.end_us)


def _read_as_known(connection: Connection, past: Past | None, *within: ColumnElement[bool]) -> list[Incident]:
    """Incidents `within` conditions of today, as they were; of those that changed since, all."""
    lines = _lines(connection, *within)
    if past is None:
        rows: Sequence[Mapping[str, Any]] = [
            row._asdict() for row in connection.execute(select(incident).where(*within))
        ]
    else:
        rows, lines = in_order(past.incidents(*within)), lines | past.lines()
    return [_incident(row, lines.get(row["incident"], ())) for row in rows]


def _with_a_chosen_notice(
    connection: Connection,
    selection: Selection,
    revisions: Revisions,
    within: Sequence[ColumnElement[bool]],
    past: Past | None,
) -> set[str]:
    """Names of the incidents that have a revision and a hit of it that the filters choose."""
    query = select(incident_event.c.incident, incident_event.c.rev).distinct()
    query = query.join(incident, incident.c.incident == incident_event.c.incident).where(*within)
    revs = {(name, rev) for name, rev in connection.execute(query) if past is None or name not in past.changed}
    if past is not None:
        revs |= {(row["incident"], row["rev"]) for row in past.events()}
    known, choosing = revisions(connection, {rev for _, rev in revs}), Choosing(selection)
    taken = {
        number
        for number, revision in known.items()
        if choosing.disruption(revision) and any(map(choosing.hit, revision.hits))
    }
    return {name for name, rev in revs if rev in taken}


def _lines(connection: Connection, *within: ColumnElement[bool]) -> dict[str, list[Line]]:
    query = select(incident_line).join(incident, incident.c.incident == incident_line.c.incident).where(*within)
    lines: dict[str, list[Line]] = defaultdict(list)
    for row in connection.execute(query.order_by(incident_line.c.line)):
        lines[row.incident].append((row.line, row.name, row.mode))
    return lines


def _incident(row: Mapping[str, Any], lines: Iterable[Line]) -> Incident:
    values = {each.name: row[each.name] for each in fields(Incident) if each.name != "lines"}
    return Incident(**values | {"initial": bool(row["initial"])}, lines=tuple(lines))


ORDERS: dict[str, Callable[[Incident], tuple[Any, ...]]] = {
    "opened": lambda each: (-(each.opened_us or each.published_us), each.incident),
    "duration": lambda each: (-(each.minutes() or 0), each.incident),
    "ids": lambda each: (-each.disruptions, each.incident),
    "severity": lambda each: (severity_rank(each.severity), -(each.opened_us or each.published_us), each.incident),
    "error": lambda each: (each.error_minutes() is None, -abs(each.error_minutes() or 0), each.incident),
}


def filter_incidents(incidents: Iterable[Incident], words: str, order: str) -> list[Incident]:
    """The incidents that hold all of the searched `words` in title, cause or a line's name, in order."""
    wanted = fold(words).split()
    found = [each for each in incidents if all(word in _searched_text(each) for word in wanted)]
    return sorted(found, key=ORDERS.get(order, ORDERS["opened"]))


def _searched_text(each: Incident) -> str:
    return fold(" ".join((each.title, each.cause, *(name for _, name, _ in each.lines))))


def read_life(connection: Connection, name: str, past: Past | None = None) -> Life | None:
    """The life of an incident, or alias, as far as was known in the `past`; None if it was not there."""
    today = follow(name, aliases(connection))
    name = today if past is None else past.resolved(name)
    each = next(iter(_named(connection, past, name)), None)
    if each is None:
        return None
    later = next(iter(_named(connection, None, today)), None) if past is not None else None
    return Life(
        each,
        tuple(_steps(connection, name, past)),
        _reasons(connection, name, past),
        tuple(_ends(connection, each, today, past)),
        tuple(_siblings(connection, each, past)),
        later if later != each else None,
    )


def _named(connection: Connection, past: Past | None, name: str) -> list[Incident]:
    return [each for each in _read_as_known(connection, past, incident.c.incident == name) if each.incident == name]


def _siblings(connection: Connection, each: Incident, past: Past | None) -> list[Incident]:
    others = _read_as_known(connection, past, incident.c.episode == each.episode)
    found = [other for other in others if other.episode == each.episode and other.incident != each.incident]
    return sorted(found, key=lambda other: (other.published_us, other.incident))


def _reasons(connection: Connection, name: str, past: Past | None) -> dict[str, str]:
    query = select(incident_of.c.disruption, incident_of.c.why).where(incident_of.c.incident == name)
    if past is not None:
        query = query.where(incident_of.c.since_entry <= past.entry)
    return {row.disruption: row.why for row in connection.execute(query.order_by(incident_of.c.since_entry))}


def _ends(connection: Connection, each: Incident, today: str, past: Past | None) -> Iterable[Announced]:
    """The ends that were announced; what was merged later holds its ends under the name of today."""
    query = select(incident_end).where(incident_end.c.incident == today).order_by(incident_end.c.at_us)
    if past is not None:
        query = query.where(incident_end.c.at_us <= past.until_us)
    for row in connection.execute(query):
        if today == each.incident or past is None or past.announced(each.incident, row.end_us):
            yield Announced(row.at_us, row.end_us, row.source)


def _steps(connection: Connection, name: str, past: Past | None) -> Iterable[Step]:
    for row in _events(connection, name, past):
        yield Step(
            row["at_us"],
            row["kind"],
            row["disruption"],
            row["title"] or "",
            row["text"] or "",
            row["severity"] or "",
            row["last_seen_us"],
        )


def _events(connection: Connection, name: str, past: Past | None) -> Iterable[Mapping[str, Any]]:
    if past is not None and name in past.changed:
        return [row for row in past.events() if row["incident"] == name]
    query = (
        select(incident_event, revision.c.title, revision.c.text, revision.c.severity)
        .outerjoin(revision, revision.c.rev == incident_event.c.rev)
        .where(incident_event.c.incident == name)
        .order_by(incident_event.c.entry, incident_event.c.part)
    )
    return [row._asdict() for row in connection.execute(query)]
