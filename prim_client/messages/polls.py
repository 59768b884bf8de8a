"""Poll records that every input hands over: raw polls, snapshots of disruptions, or a note that time has passed."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from prim_client.messages.message import Body
from prim_client.messages.poll_schedule import Slot


class Rejection(StrEnum):
    """Why a poll says nothing about the network."""

    FAILED = "failed"  # no answer, or an error in its place: timeout, connection, HTTP status, spent quota
    EMPTY = "empty"  # an answer with nothing in it: no bytes, null, no disruptions
    OTHER = "other"  # an answer that cannot be used


@dataclass(frozen=True, slots=True)
class RawPoll:
    """One answer as it came: `body` bytes of JSON, or `error` when there was no usable answer."""

    clock: datetime  # UTC, our clock at the answer
    body: bytes
    cursor: str  # where to resume: `Input.polls(after=cursor)` goes on behind this poll
    error: str = ""  # transport or HTTP error in one sentence; a failed poll is not an empty poll
    trimmed: bool = False  # periods far from the poll were cut off: they are no part of the revision
    rejection: Rejection = Rejection.FAILED  # what `error` tells of
    slot: Slot | None = None  # when it was due; None: its input has no schedule


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing arrived, but time has passed: ticks may be due (live and simulated inputs only)."""

    clock: datetime


@dataclass(frozen=True, slots=True)
class Disruption:
    """One disruption of a snapshot, parsed."""

    id: str
    revision: str  # 16 hex digits, see prim_client.messages.revisions
    published_at: datetime | None
    periods: tuple[tuple[datetime, datetime | None], ...]  # UTC, sorted; an end of None is open
    body: Body


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that was published at one moment, or (complete=False) a part of it."""

    clock: datetime  # UTC, our clock
    header: datetime | None  # UTC, PRIM's lastUpdatedDate
    disruptions: Mapping[str, Disruption]
    cursor: str
    complete: bool = True  # an absent id is absent; False for file inputs, where absence means nothing
    invalid: tuple[tuple[str, str], ...] = field(default=())  # (raw text, reason) of broken records
    held: frozenset[str] = frozenset()  # ids of broken records: published, though unreadable


@dataclass(frozen=True, slots=True)
class Rejected:
    """An answer that says nothing about the network: nothing opens or closes because of it."""

    clock: datetime
    reason: str
    cursor: str
    rejection: Rejection = Rejection.OTHER


class Input(Protocol):
    """Where polls come from. `recorded` ends; `live` and `simulated` go on until the process stops."""

    source: str  # live, recorded, simulated or file

    def polls(self, after: str = "") -> Generator[RawPoll | Snapshot | Idle, None, None]:
        """Polls in order, behind the one whose cursor is `after` (empty: from the first)."""
        ...
