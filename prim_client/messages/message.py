"""The message contract: what the log keeps, the socket sends and Spark reads. Written once, here.

A message is an *envelope* (what happened, when) around a *body* (what PRIM published). Bodies are
stored once per revision; an envelope is a few bytes. `docs/contracts.md` and Spark's schema derive
from these classes, so a field is added here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from prim_client.messages.time_units import DAY_S, SECOND_US


class Kind(StrEnum):
    """What happened to a disruption."""

    ANNOUNCED = "announced"  # published, not active yet
    OPENED = "opened"  # becomes active, by publication or by the clock
    UPDATED = "updated"  # its revision hash differs
    ONGOING = "ongoing"  # active at a tick
    PAUSED = "paused"  # between two of its periods
    CLOSED = "closed"  # periods over, or absent from good polls for the grace time
    INVALID = "invalid"  # a line of a file input that breaks the contract: `text` keeps it, `title` says why


class Channel(StrEnum):
    """PRIM's cause, as the three things a reader tells apart."""

    INCIDENT = "incident"  # PERTURBATION
    WORKS = "works"  # TRAVAUX
    INFORMATION = "information"  # INFORMATION and anything else


CHANNELS = tuple(channel.value for channel in Channel)


class Severity(StrEnum):
    """PRIM's severities, gravest first."""

    BLOCKING = "BLOQUANTE"
    DISTURBING = "PERTURBEE"
    INFORMING = "INFORMATION"


SEVERITIES = tuple(severity.value for severity in Severity)


def severity_rank(severity: str) -> int:
    """0 for the gravest; behind all of PRIM's stands another word, and last an empty text.

    >>> sorted(["", "GRAVE", "INFORMATION", "BLOQUANTE"], key=severity_rank)
    ['BLOQUANTE', 'INFORMATION', 'GRAVE', '']
    """
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES) + (not severity)


def doc(text: str, **kwargs: Any) -> Any:
    """A dataclass field with its description (unit and source included)."""
    return field(metadata={"doc": text}, **kwargs)


@dataclass(frozen=True, slots=True)
class StationRef:
    """A station hit, folded to its stop zone."""

    zda: str = doc("stop zone (ZdA) of IDFM's reference, digits")
    zdc: str = doc("interchange (ZdC) around it, digits; empty if none")
    name: str = doc("station name in the reference")
    lat: float = doc("latitude, WGS 84 degrees")
    lon: float = doc("longitude, WGS 84 degrees")
    method: str = doc("how it was found: stop_id, stop_name, or a geocoder's method")
    confidence: float = doc("how sure, 0 to 1")


@dataclass(frozen=True, slots=True)
class Section:
    """PRIM's impacted section, by interchange name."""

    from_: str = doc("name of one end, as published")
    to: str = doc("name of the other end, as published")


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A stop that PRIM names and our tables do not place."""

    stop_id: str = doc("PRIM's id of the stop")
    name: str = doc("PRIM's name of the stop")
    reason: str = doc("why it has no station")


@dataclass(frozen=True, slots=True)
class LineRef:
    """A line that the disruption touches, with the stations it names on it."""

    id: str = doc("line id without prefix, as C01742")
    name: str = doc("short name, as A")
    mode: str = doc("rer, train, shuttle, metro, tram, bus, cable, funicular or other")
    network: str = doc("network name of the reference; empty if unknown")
    stations: tuple[StationRef, ...] = doc("stations hit on this line, by zda", default=())
    sections: tuple[Section, ...] = doc("PRIM's impactedSections on this line", default=())
    unresolved: tuple[Unresolved, ...] = doc("stops without a station", default=())


@dataclass(frozen=True, slots=True)
class Body:
    """What PRIM published under one id at one revision."""

    channel: Channel = doc("incident, works or information")
    severity: str = doc("PRIM's severity: BLOQUANTE, PERTURBEE or INFORMATION")
    cause: str = doc("PRIM's cause, as published")
    title: str = doc("title as plain text")
    short_message: str = doc("PRIM's shortMessage; empty before 2025")
    text: str = doc("message as plain text, lines separated by newlines")
    html: str = doc("message as sanitised HTML")
    tags: tuple[str, ...] = doc("PRIM's tags", default=())
    lines: tuple[LineRef, ...] = doc("lines touched", default=())


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that happened to one disruption."""

    id: str = doc("PRIM's id of the disruption")
    revision: str = doc("16 hex digits: hash of what PRIM published, without lastUpdate")
    kind: Kind = doc("what happened")
    initial: bool = doc("true in a log's first poll: counts in no `opened`")
    event_time: datetime = doc("UTC, when we observed it; monotone in the log offset")
    published_at: datetime | None = doc("UTC, PRIM's lastUpdate: shown, never used for windows")
    last_seen_at: datetime | None = doc("UTC, last good poll that held it (closed only)")
    begin: datetime | None = doc("UTC, begin of the period that holds or comes next")
    end: datetime | None = doc("UTC, end of that period; null if open")
    source: str = doc("live, recorded, simulated or file")
    body: Body = doc("what PRIM published")


@dataclass(frozen=True, slots=True)
class Entry:
    """One transaction of the log: a poll that changed something, or a tick. Its number is the offset."""

    event_time: datetime
    tick: bool
    observed: bool  # of a tick: a good poll lies shortly before it; true for a poll
    messages: tuple[Message, ...]


def to_epoch_us(moment: datetime) -> int:
    """Microseconds since 1970 of an aware `moment`, exact."""
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * DAY_S + delta.seconds) * SECOND_US + delta.microseconds


def from_epoch_us(micros: int) -> datetime:
    """The aware UTC moment of `micros` microseconds since 1970."""
    return datetime.fromtimestamp(micros // SECOND_US, UTC).replace(microsecond=micros % SECOND_US)


def to_plain(value: Any) -> Any:
    """JSON types of a contract value: the trailing underscore of a Python keyword is dropped."""
    if is_dataclass(value):
        return {f.name.rstrip("_"): to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    return value


def dump_body(body: Body) -> bytes:
    """The body as one JSON object, fields in contract order: the same bytes for the same body."""
    return orjson.dumps(to_plain(body))


def load_body(data: bytes) -> Body:
    """The body that `dump_body` wrote. Raises ValueError naming what is missing or unknown."""
    plain = orjson.loads(data)
    try:
        return Body(
            **{name: plain[name] for name in ("severity", "cause", "title", "short_message", "text", "html")},
            channel=Channel(plain["channel"]),
            tags=tuple(plain["tags"]),
            lines=tuple(_load_line(line) for line in plain["lines"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a body of this contract ({error}): {data[:80]!r}") from error


def _load_line(plain: dict[str, Any]) -> LineRef:
    return LineRef(
        **{name: plain[name] for name in ("id", "name", "mode", "network")},
        stations=tuple(StationRef(**station) for station in plain["stations"]),
        sections=tuple(Section(from_=section["from"], to=section["to"]) for section in plain["sections"]),
        unresolved=tuple(Unresolved(**stop) for stop in plain["unresolved"]),
    )
