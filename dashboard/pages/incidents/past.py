"""Incidents as they were known at a moment of the past: nothing that was observed later.

Table `incident` holds what is known now. Of the incidents that something was observed of after the moment, or that were
merged after it, `incident_past` holds what was known then; all others are still as they were.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from dashboard.store.queries import scalar
from spark_app.store.engine import in_chunks
from spark_app.store.tables import (
    entry,
    incident,
    incident_alias,
    incident_event,
    incident_of,
    incident_past,
    message,
    revision,
)

Line = tuple[str, str, str]  # id, name, mode
INCIDENT_COLUMNS = (
    "incident",
    *(name for name in (column.name for column in incident_past.columns) if name not in ("incident", "since_entry")),
)


class Past:
    """What was known at `until_us`."""

    def __init__(self, connection: Connection, until_us: int) -> None:
        self._connection, self.until_us = connection, until_us
        upto = entry.c.event_time_us <= until_us
        self.entry = scalar(connection, select(func.max(entry.c.entry)).where(upto).scalar_subquery(), default=-1)
        self.changed = self._changed()
        self._ids = self._ids_of(self.changed)

    def incidents(self, *within: ColumnElement[bool]) -> list[dict[str, Any]]:
        """The rows of table `incident` as they were, `within` these conditions on columns of today."""
        now = [dict(row) for row in self._connection.execute(select(incident).where(*within)).mappings()]
        return [row for row in now if row["incident"] not in self.changed] + self.rows()

    def rows(self) -> list[dict[str, Any]]:
        """What was known of each incident that changed since; those that were not there yet are left out."""
        seen_us = self._still_seen_us()
        found = []
        for names in in_chunks(sorted(self.changed)):
            p = incident_past.c
            newest = (
                select(p.incident, func.max(p.since_entry).label("since_entry"))
                .where(p.incident.in_(names), p.since_entry <= self.entry)
                .group_by(p.incident)
                .subquery()
            )
            same = and_(p.incident == newest.c.incident, p.since_entry == newest.c.since_entry)
            query = select(*(p[name] for name in INCIDENT_COLUMNS), revision.c.title).join(newest, same)
            query = query.outerjoin(revision, revision.c.rev == p.rev)
            found += [dict(row) for row in self._connection.execute(query).mappings()]
        gone = self._aliases_then()
        return [
            row | {"title": row["title"] or "", "seen_us": max(row["seen_us"], seen_us.get(row["incident"], 0))}
            for row in found
            if row["incident"] not in gone
        ]

    def lines(self) -> dict[str, list[Line]]:
        """The lines that each changed incident touched by then."""
        found: dict[str, dict[str, Line]] = defaultdict(dict)
        for row in self.events():
            for line in orjson.loads(row["lines"] or "[]") or [{"id": "", "name": "", "mode": ""}]:
                found[row["incident"]][line["id"]] = (line["id"], line["name"], line["mode"])
        return {name: [lines[id_] for id_ in sorted(lines)] for name, lines in found.items()}

    def events(self) -> list[dict[str, Any]]:
        """What was observed of the changed incidents by then, in log order, each under its incident of then."""
        e, found = incident_event.c, []
        shown = (incident_event, revision.c.title, revision.c.text, revision.c.severity, revision.c.lines)
        for ids in in_chunks(sorted(self._ids)):
            query = select(*shown).outerjoin(revision, revision.c.rev == e.rev)
            query = query.where(e.disruption.in_(ids), e.entry <= self.entry)
            found += [dict(row) for row in self._connection.execute(query).mappings()]
        found = [row | {"incident": self._ids[row["disruption"]]} for row in found]
        return sorted(found, key=lambda row: (row["entry"], row["part"]))

    def announced(self, name: str, end_us: int) -> bool:
        """Whether an end was announced for an incident by then."""
        p = incident_past.c
        query = select(p.since_entry).where(p.incident == name, p.last_end_us == end_us, p.since_entry <= self.entry)
        return self._connection.execute(query.limit(1)).first() is not None

    def resolved(self, name: str) -> str:
        """The name that a name stood for then."""
        return follow(name, self._aliases_then())

    def _changed(self) -> set[str]:
        """Names of incidents that are another today, or were called otherwise then."""
        a = incident_alias.c
        later = self._connection.execute(select(a.level, a.old, a.into).where(a.since_entry > self.entry)).all()
        merged = {name for level, *names in later if level == "incident" for name in names}
        episodes = {into for level, _, into in later if level == "episode"}
        changed = [incident.c.seen_us > self.until_us, incident.c.episode.in_(episodes)]
        query = select(incident.c.incident).where(or_(*changed), incident.c.published_us <= self.until_us)
        return merged | set(self._connection.execute(query).scalars())

    def _ids_of(self, names: Iterable[str]) -> dict[str, str]:
        """Disruption -> its incident of then, of all that belong to these incidents today or did then."""
        o = incident_of.c
        found: dict[str, str] = {}
        for chunk in in_chunks(sorted(names)):
            of_them = select(o.disruption).where(o.incident.in_(chunk))
            query = select(o.disruption, o.incident).where(o.disruption.in_(of_them), o.since_entry <= self.entry)
            found |= {row.disruption: row.incident for row in self._connection.execute(query.order_by(o.since_entry))}
        return found

    def _still_seen_us(self) -> dict[str, int]:
        """Incident -> the last observed tick, of those that went on at it."""
        e = entry.c
        last = (
            select(e.entry, e.event_time_us).where(e.tick, e.observed, e.entry <= self.entry).order_by(e.entry.desc())
        )
        tick = self._connection.execute(last.limit(1)).first()
        if tick is None:
            return {}
        ongoing = select(revision.c.id).join(message, message.c.rev == revision.c.rev)
        ids = self._connection.execute(
            ongoing.where(message.c.entry == tick.entry, message.c.kind == "ongoing")
        ).scalars()
        return {self._ids[id_]: int(tick.event_time_us) for id_ in ids if id_ in self._ids}

    def _aliases_then(self) -> Mapping[str, str]:
        return aliases(self._connection, self.entry)


def aliases(connection: Connection, until_entry: int | None = None) -> dict[str, str]:
    """Old name of an incident -> the name that it went into, as far as was known at an entry; None: at the newest."""
    a = incident_alias.c
    query = select(a.old, a.into).where(a.level == "incident")
    known = query if until_entry is None else query.where(a.since_entry <= until_entry)
    return {row.old: row.into for row in connection.execute(known)}


def follow(name: str, into: Mapping[str, str]) -> str:
    """The name at the end of a chain of aliases."""
    while name in into:
        name = into[name]
    return name


def in_order(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of incidents in the order of their names, which table `incident` is read in."""
    return sorted(rows, key=lambda row: row["incident"])
