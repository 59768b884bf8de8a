"""The derived fold of incidents: stored messages in, tables `incident…` out, exactly once
(`spark_app.derived.runner`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Table, delete, select

from prim_client.messages.time_units import MINUTE_US
from spark_app.derived.incidents import evidence, memory
from spark_app.derived.incidents.life import Event, Life
from spark_app.derived.incidents.lineage import Decision, Lineage, Merge
from spark_app.derived.incidents.notice import Notice
from spark_app.derived.incidents.phase import OVER
from spark_app.derived.incidents.reading import read
from spark_app.derived.incidents.rows import Rows, life_of_row, move, past_row
from spark_app.store.engine import in_chunks
from spark_app.store.entry_reader import StoredEntry, StoredMessage
from spark_app.store.tables import (
    incident,
    incident_alias,
    incident_end,
    incident_event,
    incident_line,
    incident_of,
    incident_past,
    published_incident,
)

VERSION = "12"  # raised with every change of a rule or a table
FORGET_LIFE_US = 24 * 60 * MINUTE_US  # over for so long: read back from its row if it returns
LINE_MAX, NAME_MAX = 32, 64  # characters of the columns
NO_LINE = {"id": "", "name": "", "mode": ""}
SAY_NOTHING = ("ongoing", "closed")  # messages about a revision that was read before


class Incidents:
    """Published incidents and episodes of the stored messages."""

    name, version = "incidents", VERSION
    tables: tuple[Table, ...] = (
        incident,
        incident_of,
        incident_alias,
        incident_line,
        incident_event,
        incident_end,
        incident_past,
    )

    def __init__(self) -> None:
        self.begin(None)

    def begin(self, state: dict[str, Any] | None) -> None:
        """Go on from `state`, or from nothing."""
        self._rows, self._lives, self._lineage = Rows(), {}, Lineage(self._stored_lineage)
        self._entry = -1  # the last that was taken in
        if state is not None:
            self._lineage = memory.load(bytes.fromhex(state["lineage"]), self._stored_lineage)
            self._lives = {row["incident"]: life_of_row(row) for row in state["lives"]}
            self._entry = state["entry"]

    def state(self) -> dict[str, Any]:
        """The lineage's memory, and the lives that are not long over."""
        lives = [asdict(life) | {"announced": sorted(life.announced)} for life in self._lives.values()]
        return {"lineage": memory.dump(self._lineage).hex(), "lives": lives, "entry": self._entry}

    def fold(self, connection: Connection, entries: Sequence[StoredEntry]) -> None:
        """Take in the next entries and write what follows from them."""
        self._connection = connection
        told = evidence.learned(connection, self._entry, entries[-1].entry)
        self._lineage.siblings = self._siblings if evidence.is_there(connection) else no_siblings
        for entry in entries:
            for ids in evidence.groups_to_count(told, self._entry, entry.entry):
                for merge in self._lineage.join(ids):
                    self._merge(merge, entry.entry)
            self._entry = entry.entry
            self._take(entry)
        self._flush()
        self._forget(entries[-1].event_time_us)

    def prune(self, connection: Connection, before_us: int) -> None:
        """Drop incidents that are over and of which nothing was said since `before_us`."""
        past = select(incident.c.incident).where(incident.c.seen_us < before_us, incident.c.phase == OVER)
        for names in in_chunks(connection.execute(past).scalars().all()):
            for table in (incident, incident_past, incident_line, incident_event, incident_end):
                connection.execute(delete(table).where(table.c.incident.in_(names)))
            _drop_names(connection, names)
            self._lineage.forget(set(names))
            for name in names:
                self._lives.pop(name, None)
        connection.execute(delete(published_incident).where(published_incident.c.seen_at_us < before_us))

    def _take(self, entry: StoredEntry) -> None:
        events = [event_of(message, entry.event_time_us) for message in entry.messages]
        asked = self._notices_to_decide(events)
        if asked:  # deciding sweeps the memory: what that forgets has to be decided, too
            self._lineage.sweep(entry.event_time_us)
            asked = self._notices_to_decide(events)
        decided = dict(zip(asked, self._lineage.take_together(asked.values()), strict=True))
        for decision in decided.values():
            for merge in decision.merges:
                self._merge(merge, entry.entry)
        for event, message in zip(events, entry.messages, strict=True):
            self._live(event, message, decided.pop(event.notice.id, None))

    def _notices_to_decide(self, events: Sequence[Event]) -> dict[str, Notice]:
        """By id, the first notice of each disruption that the lineage has to decide."""
        asked: dict[str, Notice] = {}
        for event in events:
            if event.kind not in SAY_NOTHING or self._has_to_read(event):
                asked.setdefault(event.notice.id, event.notice)
        return asked

    def _has_to_read(self, event: Event) -> bool:
        """Whether the lineage has to read an unchanged disruption.

        One that goes on has to be in its memory, however long nobody looked. One that closes is not: its words of
        last week would be taken for words of now, and join it to what says the same today. Its row is enough.
        """
        id_ = event.notice.id
        return id_ not in self._lineage.incident_of and (event.kind != "closed" or self._stored_lineage(id_) is None)

    def _known_incident(self, id_: str) -> str:
        """The incident in the row of a disruption that closes: without a row, `_has_to_read` would have had it read."""
        known = self._stored_lineage(id_)
        assert known is not None
        return known[0]

    def _live(self, event: Event, message: StoredMessage, decision: Decision | None) -> None:
        """One message in the life of its incident; `decision` if it is the first of its id in the entry."""
        id_ = event.notice.id
        name = self._lineage.incident_of.get(id_) or self._known_incident(id_)
        life = self._life(name) or self._lives.setdefault(
            name, Life(name, self._lineage.records[name].episode, event.notice.channel)
        )
        announced = life.take(event, read(event.notice), bool(decision and decision.new))
        if event.kind == "ongoing":
            self._lineage.see_again(id_, event.at_us)
        self._rows.lives[name] = life
        if event.kind != "ongoing" or (decision and decision.new):
            self._rows.past[name, message.entry] = past_row(life)
        if event.kind != "ongoing":
            self._rows.events[name, message.entry, message.part] = event_row(event, message)
        if announced:
            self._rows.ends[name, event.at_us] = announced
        if decision and decision.new:
            self._rows.of[id_, event.entry] = (name, decision.why)
        if decision:
            for line in message.revision.lines or (NO_LINE,):
                self._rows.lines[line["id"][:LINE_MAX], name] = (line["name"][:NAME_MAX], line["mode"])

    def _merge(self, merge: Merge, entry: int) -> None:
        """Rows are moved in the tables, so that nothing needs to be in mind for it."""
        self._rows.aliases[merge.level, merge.old] = (merge.into, entry, merge.why)
        if merge.level == "episode":
            for life in self._lives.values():
                life.episode = merge.into if life.episode == merge.old else life.episode
        elif young := self._life(merge.old):
            old = self._life(merge.into) or Life(merge.into, young.episode, young.channel)
            old.absorb(young)
            self._lives.pop(young.incident)
            self._lives[old.incident] = self._rows.lives[old.incident] = old
            self._rows.past[old.incident, entry] = past_row(old)
        self._flush()
        move(self._connection, merge, entry)

    def _siblings(self, disruption: str) -> Sequence[str]:
        """What IDFM holds as one incident with this disruption, as far as the entry may know."""
        return evidence.siblings(self._connection, disruption, self._entry)

    def _stored_lineage(self, disruption: str) -> tuple[str, str] | None:
        """Incident and episode of a disruption that the lineage has no longer in mind."""
        rows = select(incident_of.c.incident).where(incident_of.c.disruption == disruption)
        name = (
            self._rows.incident_of(disruption)
            or self._connection.execute(rows.order_by(incident_of.c.since_entry.desc()).limit(1)).scalar()
        )
        life = self._life(name) if name else None
        return (life.incident, life.episode) if life else None

    def _life(self, name: str) -> Life | None:
        """A life in mind, or read back from its row."""
        if name not in self._lives:
            row = self._connection.execute(select(incident).where(incident.c.incident == name)).first()
            if row is None:
                return None
            self._lives[name] = life_of_row(dict(row._mapping))
        return self._lives[name]

    def _flush(self) -> None:
        self._rows.write(self._connection)
        self._rows = Rows()

    def _forget(self, now_us: int) -> None:
        self._lives = {
            name: life
            for name, life in self._lives.items()
            if life.phase != OVER or life.announced or now_us - life.seen_us < FORGET_LIFE_US
        }


def _drop_names(connection: Connection, names: Sequence[str]) -> None:
    """What is known of ids under these names, and under those that became their aliases, however long ago."""
    while names:
        alias = (incident_alias.c.level == "incident") & incident_alias.c.into.in_(names)
        older = connection.execute(select(incident_alias.c.old).where(alias)).scalars().all()
        connection.execute(delete(incident_of).where(incident_of.c.incident.in_(names)))
        connection.execute(delete(incident_alias).where(incident_alias.c.into.in_(names)))
        connection.execute(delete(incident_past).where(incident_past.c.incident.in_(older)))
        names = older


def no_siblings(_disruption: str) -> Sequence[str]:
    """Without evidence nothing is asked."""
    return ()


def event_row(event: Event, message: StoredMessage) -> dict[str, Any]:
    """The row of table `incident_event` but for its key."""
    return {
        "at_us": event.at_us,
        "kind": event.kind,
        "disruption": event.notice.id,
        "rev": event.rev,
        "begin_us": message.begin_us,
        "end_us": message.end_us,
        "last_seen_us": message.last_seen_us,
    }


def event_of(message: StoredMessage, at_us: int) -> Event:
    """A stored message as the pure parts take it."""
    revision = message.revision
    notice = Notice(
        revision.id,
        at_us,
        tuple(line["id"] for line in revision.lines),
        revision.channel,
        revision.severity,
        revision.title,
        revision.text,
        ((message.begin_us, message.end_us),) if message.begin_us is not None else (),
    )
    return Event(message.entry, at_us, message.kind, message.initial, message.rev, message.last_seen_us, notice)
