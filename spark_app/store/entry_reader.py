"""Reader of stored entries in log order, with their messages and the revisions that these are about."""

from __future__ import annotations

import json
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Row, select

from spark_app.store.engine import in_chunks
from spark_app.store.records import HitRecord, RevisionRecord, read_hits
from spark_app.store.tables import entry, message, revision

CACHED_REVISIONS = 2_048  # more than twice what is published at once; at 8,192 the process grew for a month


@dataclass(frozen=True, slots=True)
class StoredHit(HitRecord):
    """A hit with its share of its message."""

    weight_e9: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRevision(RevisionRecord):
    """A revision as the derived folds take it, with its hits in order."""

    tags: tuple[str, ...]
    lines: tuple[dict[str, Any], ...]  # {id, name, mode, network, sections, unresolved}
    hits: tuple[StoredHit, ...]


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message; columns of table `message`."""

    entry: int
    part: int
    rev: int
    kind: str
    initial: bool
    begin_us: int | None
    end_us: int | None
    last_seen_us: int | None
    labels: str
    revision: StoredRevision


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry of the log with its messages in order."""

    entry: int
    event_time_us: int
    tick: bool
    observed: bool
    messages: tuple[StoredMessage, ...]


class BrokenEntry(ValueError):
    """The store holds a part of an entry only."""


class StoreReader:
    """Reads entries; remembers the revisions that it used last."""

    def __init__(self) -> None:
        self._revisions: OrderedDict[int, StoredRevision] = OrderedDict()

    @staticmethod
    def numbers(connection: Connection, start: int, count: int) -> list[int]:
        """The numbers of up to `count` stored entries from `start` on."""
        query = select(entry.c.entry).where(entry.c.entry >= start).order_by(entry.c.entry).limit(count)
        return list(connection.execute(query).scalars())

    def entries(self, connection: Connection, start: int, count: int) -> list[StoredEntry]:
        """Up to `count` stored entries from `start` on, in log order.

        Raises BrokenEntry, or what a broken column raises, where one of them cannot be read.
        """
        query = select(entry).where(entry.c.entry >= start).order_by(entry.c.entry).limit(count)
        heads = connection.execute(query).all()
        if not heads:
            return []
        messages = self._messages(connection, heads[0].entry, heads[-1].entry)
        return [
            StoredEntry(h.entry, h.event_time_us, bool(h.tick), bool(h.observed), tuple(messages[h.entry]))
            for h in heads
        ]

    def _messages(self, connection: Connection, first: int, last: int) -> dict[int, list[StoredMessage]]:
        query = select(message).where(message.c.entry.between(first, last)).order_by(message.c.entry, message.c.part)
        rows = connection.execute(query).all()
        self._load(connection, {row.rev for row in rows})
        found: dict[int, list[StoredMessage]] = defaultdict(list)
        for row in rows:
            found[row.entry].append(self._message(row))
        self._trim()
        return found

    def _message(self, row: Row[Any]) -> StoredMessage:
        if row.rev not in self._revisions:
            raise BrokenEntry(
                f"part {row.part} of entry {row.entry} is about revision {row.rev}, which is not in the store"
            )
        return StoredMessage(
            row.entry,
            row.part,
            row.rev,
            row.kind,
            bool(row.initial),
            row.begin_us,
            row.end_us,
            row.last_seen_us,
            row.labels,
            self._revisions[row.rev],
        )

    def _load(self, connection: Connection, revs: Iterable[int]) -> None:
        revs = set(revs)
        for rev in revs & self._revisions.keys():
            self._revisions.move_to_end(rev)
        for chunk in in_chunks(sorted(revs - self._revisions.keys())):
            hits = read_hits(connection, chunk, StoredHit)
            for row in connection.execute(select(revision).where(revision.c.rev.in_(chunk))):
                self._revisions[row.rev] = _revision(row, hits[row.rev])

    def _trim(self) -> None:
        while len(self._revisions) > CACHED_REVISIONS:
            self._revisions.popitem(last=False)


def _revision(row: Row[Any], hits: Sequence[StoredHit]) -> StoredRevision:
    columns = {each.name: getattr(row, each.name) for each in fields(RevisionRecord)}
    return StoredRevision(
        **columns, tags=tuple(json.loads(row.tags)), lines=tuple(json.loads(row.lines)), hits=tuple(hits)
    )
