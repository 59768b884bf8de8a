"""Answers of the geocoder: places with their reason, candidates refused, and why nothing was placed."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from geo.network.stations import Station


class Role(StrEnum):
    """What a named place has to do with the disruption."""

    HIT = "hit"  # it happens here
    DIRECTION = "direction"  # trains go there, nothing is said about it
    TERMINUS = "terminus"  # trains turn or end there because of it
    DETOUR = "detour"  # the way round: replacement buses, other lines
    EXCEPTION = "exception"  # said to run as usual


class Method(StrEnum):
    """How a place was found, surest first. `LINE` and `ZONE` have an extent and no point."""

    STOP_ID = "stop_id"  # PRIM's own stop
    SECTION = "section"  # between two named stations, on the line's graph
    NAME_ON_LINE = "name_on_line"
    NAME_FUZZY = "name_fuzzy"  # cut, misspelt, or a part of the name
    WHOLE_LINE = "whole_line"  # every station of a line that is said to be disturbed as a whole
    SECTION_ESTIMATED = "section_estimated"  # bus: no order of stops is published
    LINE = "line"
    ZONE = "zone"


EXTENTS = frozenset({Method.LINE, Method.ZONE})


class Place(NamedTuple):  # a section makes dozens: a frozen dataclass takes six times as long
    """One place of a message.

    A station has `zda`, `zdc`, `name`, `lat`, `lon` (degrees). A line or zone has an extent: its
    `name` says which (the line's label, the commune), `zda` is "", `lat` and `lon` are None.
    `line` is the line it is on ("" if none). `confidence` (0 to 1) is the measured share of such
    places that PRIM's ids agree with. `span` are the offsets of the matched words `words` in
    `source`: "title", "text", "sections" or "stops" (no offsets there: (0, 0)). `rule` names the
    phrase of the grammar that gave the role.
    """

    role: Role
    method: Method
    confidence: float
    line: str
    zda: str
    zdc: str
    name: str
    lat: float | None
    lon: float | None
    source: str
    span: tuple[int, int]
    words: str
    rule: str

    @classmethod
    def of_station(
        cls,
        station: Station,
        role: Role,
        method: Method,
        confidence: float,
        line: str,
        *,
        source: str,
        rule: str,
        words: str,
        span: tuple[int, int] = (0, 0),
    ) -> "Place":
        """The place of a station."""
        return cls(
            role,
            method,
            confidence,
            line,
            station.zda,
            station.zdc,
            station.name,
            station.lat,
            station.lon,
            source,
            span,
            words,
            rule,
        )

    @classmethod
    def extent(cls, method: Method, confidence: float, name: str, line: str, rule: str) -> "Place":
        """A line or zone as the place of a message: no point, no words."""
        return cls(Role.HIT, method, confidence, line, "", "", name, None, None, "text", (0, 0), "", rule)

    @property
    def has_point(self) -> bool:
        """Whether it can be drawn at a point."""
        return self.lat is not None

    def to_plain(self) -> dict[str, Any]:
        """JSON types; enumerations as their text."""
        return self._asdict() | {"role": str(self.role), "method": str(self.method), "span": list(self.span)}


@dataclass(frozen=True, slots=True)
class Refused:
    """Words that name a place and were not taken, the stations they may mean, and why not."""

    words: str
    source: str
    span: tuple[int, int]
    stations: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Located:
    """The places of one message. `unplaced` is "" when a hit has a point, else the reason why none has."""

    places: tuple[Place, ...]
    refused: tuple[Refused, ...]
    unplaced: str
    cut: bool  # the text was longer than what is read

    @property
    def hits(self) -> tuple[Place, ...]:
        """The places where it happens and that have a point."""
        return tuple(place for place in self.places if place.role is Role.HIT and place.has_point)

    def to_plain(self) -> dict[str, Any]:
        """JSON types; `unplaced` is None when there is a point."""
        return {
            "places": [place.to_plain() for place in self.places],
            "refused": [asdict(refused) | {"span": list(refused.span)} for refused in self.refused],
            "unplaced": self.unplaced or None,
            "cut": self.cut,
        }
