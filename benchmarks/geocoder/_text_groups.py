"""Text groups of a recording: the unit in which the geocoder is compared with PRIM's own stops.

SNCF publishes one text as several ids in the same minute, each with part of the stops. A text group
is the ids with the same lines, title and text that were first seen within 3 minutes of each other;
its truth is the union of their stops.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from geo.text.folding import words
from geo.text.gazetteer import Gazetteer
from geo.text.mentions import find_mentions
from prim_client.inputs.recorded.recorded import Recorded
from prim_client.messages.parse import Parser
from prim_client.messages.polls import Disruption, Snapshot

PARIS = ZoneInfo("Europe/Paris")
TOGETHER = timedelta(minutes=3)
NOT_SERVED = re.compile(r"non desserv|pas desserv|plus desserv|ne desserv", re.IGNORECASE)
SECTION_WORD = re.compile(r"\bentre\b", re.IGNORECASE)

Key = tuple[str, str]  # (line id, ZdA)


class Twins(StrEnum):
    """Which members of a group carry stops."""

    ALL = "all with stops"
    SOME = "with a line-only twin"
    NONE = "without stops"


@dataclass(frozen=True, slots=True)
class TextGroup:
    """Ids with one text; `truth` is the union of their stops, `points` their (lat, lon) in degrees."""

    day: date  # Paris day of the first sighting
    lines: tuple[str, ...]
    mode: str
    title: str
    text: str
    ids: int
    twins: Twins
    named: frozenset[Key]  # stations that title or text name
    truth: frozenset[Key]
    not_served: bool  # "gare non desservie": the truth is cut to the named stations

    @property
    def dialect(self) -> str:
        """ratp, sncf or bus, by the mode and the heading that each operator writes."""
        if self.mode == "bus":
            return "bus"
        return "ratp" if re.match(r"(?:M[ée]tro|Tramway)\b", self.title) else "sncf"


def read_groups(path: Path, day: date | None = None) -> list[TextGroup]:
    """The text groups of a recording, in the order of their first sighting; `day` None: of all its service days."""
    same: dict[tuple, list[tuple[datetime, Disruption]]] = defaultdict(list)
    for clock, disruption in _first_sightings(path, day):
        lines = tuple(sorted(line.id for line in disruption.body.lines))
        same[lines, disruption.body.title, disruption.body.text].append((clock, disruption))
    together = [sightings for each in same.values() for sightings in _together(each)]
    groups = [_group(sightings) for sightings in together if sightings[0][1].body.lines]
    return sorted(groups, key=lambda group: group.day)


def _first_sightings(path: Path, day: date | None) -> Iterator[tuple[datetime, Disruption]]:
    parser, seen = Parser(), set()
    for raw in Recorded(path, day).polls():
        snapshot = parser.parse(raw)
        if isinstance(snapshot, Snapshot):
            for disruption in snapshot.disruptions.values():
                if disruption.id not in seen:
                    seen.add(disruption.id)
                    yield snapshot.clock, disruption


def _together(sightings: list[tuple[datetime, Disruption]]) -> Iterator[list[tuple[datetime, Disruption]]]:
    group: list[tuple[datetime, Disruption]] = []
    for sighting in sorted(sightings, key=lambda sighting: (sighting[0], sighting[1].id)):
        if group and sighting[0] - group[0][0] > TOGETHER:
            yield group
            group = []
        group.append(sighting)
    yield group


def _group(sightings: list[tuple[datetime, Disruption]]) -> TextGroup:
    body = sightings[0][1].body
    lines = tuple(sorted({line.id for line in body.lines}))
    stops = [_stops(disruption) for _, disruption in sightings]
    truth, named = frozenset().union(*stops), _named(body.title, body.text, lines)
    words_of = f"{body.title} {body.text}"
    not_served = bool(NOT_SERVED.search(words_of)) and not SECTION_WORD.search(words_of)
    twins = Twins.ALL if all(stops) else Twins.SOME if any(stops) else Twins.NONE
    return TextGroup(
        sightings[0][0].astimezone(PARIS).date(),
        lines,
        _mode(body.lines),
        body.title,
        body.text,
        len(sightings),
        twins,
        named,
        truth & named if not_served and truth & named else truth,
        not_served,
    )


def _mode(lines: Iterable) -> str:
    modes = sorted({line.mode for line in lines})
    return modes[0] if len(modes) == 1 else "mixed"


def _stops(disruption: Disruption) -> frozenset[Key]:
    return frozenset((line.id, station.zda) for line in disruption.body.lines for station in line.stations)


def _named(title: str, text: str, lines: tuple[str, ...]) -> frozenset[Key]:
    trees = Gazetteer.load().trees(lines)
    return frozenset(
        (line_id, zda)
        for said in (title, text)
        for mention in find_mentions(said, words(said), trees)
        for line_id, zdas in mention.zdas.items()
        if len(zdas) == 1
        for zda in zdas
    )
