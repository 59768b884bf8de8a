"""Base records of a revision and its hits: the columns that every reader of the store takes.

A reader that needs more columns extends a record with fields of the columns' names; `read_hits` then reads them too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TypeVar

from sqlalchemy import Connection, select

from spark_app.store.engine import in_chunks
from spark_app.store.tables import revision_hit


@dataclass(frozen=True, slots=True)
class HitRecord:
    """One (disruption, line, station); `zda` is empty and lat, lon, confidence are None without a station."""

    line: str
    mode: str
    zda: str
    zdc: str
    station: str
    lat: float | None
    lon: float | None
    method: str
    confidence: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRecord:
    """What PRIM published under one id at one time; columns of table `revision`."""

    rev: int
    id: str
    revision: str
    channel: str
    severity: str
    cause: str
    title: str
    short_message: str
    text: str
    published_at_us: int | None
    polarity: float | None
    unplaced: str


AnyHit = TypeVar("AnyHit", bound=HitRecord)


def read_hits(connection: Connection, revs: Iterable[int], record: type[AnyHit]) -> dict[int, list[AnyHit]]:
    """Hits of revisions by `rev`, in the order of the message.

    Args:
        revs: numbers of revisions; one that the store does not have is left out of the answer.
        record: the record to make; its fields are columns of table `revision_hit`.
    """
    columns = [revision_hit.c[each.name] for each in fields(record)]
    query = select(revision_hit.c.rev, *columns).order_by(revision_hit.c.rev, revision_hit.c.hit)
    found: dict[int, list[AnyHit]] = defaultdict(list)
    for chunk in in_chunks(revs):
        for rev, *values in connection.execute(query.where(revision_hit.c.rev.in_(chunk))):
            found[rev].append(record(*values))
    return found
