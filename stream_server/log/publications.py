"""Bodies and publications of the log: each revision's body stored once, each of its periods once."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime

from prim_client.messages.message import Message, dump_body, to_epoch_us
from stream_server.log.bounded_cache import Recent
from stream_server.log.log_file import ABSENT_US
from stream_server.log.packing import Packer

ERA_ENTRIES = 256  # a publication notes its last use this coarsely: one update a day and disruption, not 288
KNOWN = 40_000  # remembered keys: a few full all-modes answers and their history
_ENVELOPE_BYTES = 330  # of a line on the wire: all but id, source and body


class Publications:
    """Finds or writes what a message refers to. Runs inside the writer's transactions."""

    def __init__(self, connection: sqlite3.Connection, packer: Packer) -> None:
        self._connection = connection
        self._packer = packer
        self._known: Recent[tuple[object, ...], tuple[int, int, int]] = Recent(KNOWN)  # key -> pid, bytes, era

    def forget_known(self) -> None:
        """After a rollback: numbers handed out in it belong to nobody."""
        self._known.clear()

    def refer(self, message: Message, entry: int) -> tuple[int, int]:
        """(publication, about its bytes on the wire) for a message of `entry`."""
        key = (message.id, message.revision, message.published_at, message.begin, message.end, message.source)
        era = entry // ERA_ENTRIES
        known = self._known.get(key)
        if known is None or known[2] < era:
            known = (*self._store(message, era), era)
            self._known.put(key, known, 1)
        return known[0], known[1]

    def drop_before(self, entry: int, keep: Collection[tuple[str, str]]) -> None:
        """Delete what only entries before `entry` used, up to ERA_ENTRIES late, but the bodies in `keep`."""
        self._connection.execute("DELETE FROM publication WHERE era < ?", (entry // ERA_ENTRIES,))
        unused = "SELECT rid, id, revision FROM body WHERE rid NOT IN (SELECT rid FROM publication)"
        gone = [(rid,) for rid, *key in self._connection.execute(unused).fetchall() if tuple(key) not in keep]
        self._connection.executemany("DELETE FROM body WHERE rid = ?", gone)
        # What is remembered of them is of an era that is over: `refer` looks again.

    def _store(self, message: Message, era: int) -> tuple[int, int]:
        rid, body_bytes = self._body(message)
        moments = map(_micros, (message.published_at, message.begin, message.end))
        pid = self._connection.execute(
            "INSERT INTO publication (rid, published_us, begin_us, end_us, source, era) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET era = excluded.era RETURNING pid",
            (rid, *moments, message.source, era),
        ).fetchone()[0]
        return pid, body_bytes + len(message.id) + len(message.source) + _ENVELOPE_BYTES

    def _body(self, message: Message) -> tuple[int, int]:
        """(rid, bytes of JSON) of the body. The first of a revision stays: its hash says they are equal."""
        kept: tuple[int, int] | None = self._connection.execute(
            "SELECT rid, bytes FROM body WHERE id = ? AND revision = ?", (message.id, message.revision)
        ).fetchone()
        if kept:
            return kept
        json = dump_body(message.body)
        rid = self._connection.execute(
            "INSERT INTO body (id, revision, bytes, json) VALUES (?, ?, ?, ?)",
            (message.id, message.revision, len(json), self._packer.squeeze(json)),
        ).lastrowid
        assert rid is not None  # SQLite gives every row one
        return rid, len(json)


def _micros(moment: datetime | None) -> int:
    return ABSENT_US if moment is None else to_epoch_us(moment)
