"""One id of the simulated feed: what is published under it, and when the feed holds it.

A publication knows its times from the start; its text and stops are made when they are first asked
for, because of ten thousand that a day looks through, a thousand are ever shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import orjson

from prim_client.messages.message import SEVERITIES
from prim_client.simulated.feed.network import SimulatedLine, Stop
from prim_client.simulated.feed.paris_dates import prim_time

INCIDENT, WORKS, INFORMATION = "PERTURBATION", "TRAVAUX", "INFORMATION"
BLOCKING, DISTURBING, INFORMING = SEVERITIES

Spans = tuple[tuple[int, int], ...]  # begin and end (exclusive) in seconds since 1970 UTC


@dataclass(frozen=True, slots=True)
class Link:
    """A line touched: as a whole, at some stops, or both."""

    line: SimulatedLine
    stops: tuple[Stop, ...] = ()
    whole: bool = True


Sections = tuple[tuple[SimulatedLine, Stop, Stop], ...]  # line and both ends, each in one direction


@dataclass(frozen=True, slots=True)
class Content:
    """What a publication says: PRIM's fields without ids and times."""

    cause: str
    severity: str
    title: str
    message: str
    short_message: str = ""
    tags: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    sections: Sections = ()


@dataclass(eq=False)
class Publication:
    """An id in the feed.

    Args:
        id: PRIM's kind of id.
        visible: when the feed holds it; several spans if it flickers.
        periods: the announced applicationPeriods.
        last_update: PRIM's lastUpdate.
        write: makes the content; always the same.
        incident: what IDFM holds as one incident has the same; empty: this id alone.
    """

    id: str
    visible: Spans
    periods: Spans
    last_update: int
    write: Callable[[], Content]
    incident: str = ""
    _hull: tuple[int, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # an update that comes before its first version was built leaves nothing to see
        self._hull = (self.visible[0][0], self.visible[-1][1]) if self.visible else (0, 0)

    def is_visible(self, moment_s: int) -> bool:
        """Whether the feed built at this moment holds it."""
        return any(begin <= moment_s < end for begin, end in self.visible)

    def may_be_visible(self, begin_s: int, end_s: int) -> bool:
        """Whether some of the time from `begin_s` to `end_s` may see it."""
        return self._hull[0] < end_s and begin_s < self._hull[1]

    def has_period_near(self, moment_s: int, within_s: int) -> bool:
        """Whether a period holds at some time within so many seconds of the moment."""
        return any(begin - within_s <= moment_s < end + within_s for begin, end in self.periods)

    @cached_property
    def content(self) -> Content:
        return self.write()

    @property
    def disruption_id(self) -> str:
        """IDFM's own id of the incident; only Navitia tells it."""
        return make_id(self.incident or self.id, "disruption")

    @cached_property
    def record(self) -> bytes:
        """The JSON object of `disruptions`, fields in PRIM's order."""
        content = self.content
        record = {
            "id": self.id,
            "applicationPeriods": [{"begin": prim_time(b), "end": prim_time(e)} for b, e in self.periods],
            "lastUpdate": prim_time(self.last_update),
            "cause": content.cause,
            "severity": content.severity,
            "tags": list(content.tags),
            "title": content.title,
            "message": content.message,
            "shortMessage": content.short_message,
            "impactedSections": [_section(*section) for section in content.sections],
        }
        optional = ("tags", "shortMessage", "impactedSections")
        return orjson.dumps({name: value for name, value in record.items() if value or name not in optional})


def _section(line: SimulatedLine, start: Stop, end: Stop) -> dict[str, object]:
    return {"lineId": line.id, "from": _area(start), "to": _area(end)}


def _area(stop: Stop) -> dict[str, str]:
    return {"type": "stop_area", "id": stop.area_id, "name": stop.area_name}


def make_id(*parts: object) -> str:
    """An id in PRIM's form (a UUID), always the same for the same parts."""
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=16).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:]}"


def both_ways(line: SimulatedLine, start: Stop, end: Stop) -> Sections:
    """A section in both directions, as PRIM lists it."""
    return (line, start, end), (line, end, start)
