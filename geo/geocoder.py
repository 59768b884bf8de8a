"""From a message's words to places: `locate`.

Pure and thread-safe: the same arguments give the same answer, and the tables are read once per
process at the first call. Texts over 10,000 characters are cut, and the answer says so.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from geo.bus_names import bus_mentions, towns_said
from geo.confidence import bus_confidence, extent_confidence, rail_confidence
from geo.folding import fold, words
from geo.gazetteer import Gazetteer
from geo.grammar import CUT_TITLE, WORKS
from geo.grammar_clauses import ClauseKind
from geo.lines import Lines, strip_id
from geo.mentions import Mention, find_mentions
from geo.names import without_town
from geo.places import Located, Method, Place, Refused, Role
from geo.reading import BARE_RULE, Found, Reader, Reading
from geo.sections import section
from geo.stops import resolve_stops
from geo.tagging import clauses, tagged_title

_NO_NAME = re.compile(r"\b(?:gare|station|de|du|des|la|le|les|l|d|rer|metro|sncf|tramway)\b")
TEXT_MAX_CHARS = 10_000  # the longest message on record has 2,242
TITLE_RULE, CAUSE_RULE, PRIM_SECTION_RULE, PRIM_STOP_RULE = "nom dans le titre", "cause", "impactedSections", "stop"
WHOLE_LINE_RULE, LINE_RULE, ZONE_RULE = "ensemble de la ligne", "ligne", "commune"
RIDER_MODES = frozenset({"metro", "tram"})  # their lines have few enough branches for a direction to say where

AMBIGUOUS = "names several stations of the line"
RUNS = "in a sentence about trains that run"
ABOUT = "in a sentence about something else ({})"
CAUSE = "the cause lies there, another place is said to be hit"
SAID_NOTHING = "no phrase says that it is hit"

NO_LINE = "no line and no stop is named"
NO_NAME = "no station of its lines is named"
ONLY_DIRECTION = "only a direction is named"
WHOLE_LINE = "the whole line is named"
NOTHING_HIT = "stations are named, none is said to be hit"


@dataclass(frozen=True, slots=True)
class _Source:
    """A text or title and the names in it."""

    name: str
    text: str
    mentions: Sequence[Mention]


def locate(
    title: str,
    text: str,
    lines: Sequence[str],
    *,
    stops: Sequence[tuple[str, str, str]] = (),
    sections: Sequence[tuple[str, str, str]] = (),
) -> Located:
    """The places of one message.

    Args:
        title: the title as plain text.
        text: the message as plain text; spans are offsets in it as given.
        lines: ids of the lines touched, in any of PRIM's forms ("C01742").
        stops: (line id, stop id, name) of the stops that PRIM links, if any.
        sections: (line id, from, to) of PRIM's impactedSections, if any.

    Returns places with plain values only: they pickle and need no table to be read. What PRIM says
    by id goes before what the text says.

    >>> [place.name for place in locate("", "Trafic interrompu entre Nation et Vincennes.", ["C01742"]).hits]
    ['Nation', 'Vincennes']
    """
    cut = max(len(title), len(text)) > TEXT_MAX_CHARS
    ids = tuple(dict.fromkeys(strip_id(line_id) for line_id in lines))
    return _Message(ids, title[:TEXT_MAX_CHARS], text[:TEXT_MAX_CHARS]).located(stops, sections, cut=cut)


class _Message:
    """One message while it is read."""

    def __init__(self, lines: tuple[str, ...], title: str, text: str) -> None:
        self._gazetteer = Gazetteer.load()
        self._lines = lines
        self._bus = bool(lines) and not self._gazetteer.line_ids.intersection(lines)
        self._title, self._text = self._source("title", title, text), self._source("text", text, title)

    def _source(self, name: str, text: str, beside: str) -> _Source:
        """The names in a text; `beside` is the title or text that stands with it."""
        trees = self._gazetteer.trees(self._lines)
        if self._bus:
            return _Source(name, text, bus_mentions(text, self._lines, beside))
        return _Source(name, text, find_mentions(text, words(text), trees))

    def located(
        self, stops: Sequence[tuple[str, str, str]], sections: Sequence[tuple[str, str, str]], *, cut: bool
    ) -> Located:
        published = [*self._of_stops(stops), *self._of_sections(sections)]
        read, reading = self._read()
        if published:
            read = [place for place in read if place.role is not Role.HIT]
        places = _once([*published, *read])
        unplaced = "" if any(p.role is Role.HIT and p.has_point for p in places) else self._why_unplaced(places, reading)
        if unplaced or reading.whole_line:
            places += self._extents(reading)
        return Located(tuple(places), tuple(self._refused(places, reading)), unplaced, cut)

    def _read(self) -> tuple[list[Place], Reading]:
        """The places of text and title, and the reading of the text."""
        reader = Reader(self._gazetteer, self._lines, self._text.mentions)
        spoken = clauses(self._text.text, self._text.mentions)
        reading = reader.text(spoken)
        title_reader = Reader(self._gazetteer, self._lines, self._title.mentions)
        title = title_reader.title(tagged_title(self._title.text, self._title.mentions))
        reading.whole_line = reading.whole_line or (title.whole_line and not reading.hits)
        others = [found for found in reading.found if found.role is not Role.HIT]
        # SNCF writes the section into the title; the text then lists trains, whose journeys go beyond it.
        if title.has_section and not reading.has_section:
            return [*self._places(self._title, title.hits), *self._places(self._text, others)], reading
        hits = reading.hits
        if reading.has_section and self._cuts_missions(reading):
            hits += reader.along_missions(hits)
        for source, hits in (
            (self._text, hits),
            (self._text, [] if reading.whole_line else reader.names(reading.bare, BARE_RULE)),
            (self._title, title.hits),
            (self._title, [] if reading.whole_line else title_reader.names(title.bare, TITLE_RULE)),
            (self._text, reader.text(spoken, {ClauseKind.INFORMATION}).hits),
            (self._text, [] if self._says_more(reading) else reader.lines_towards(_directions(others))),
            (self._text, reader.names(reading.causes, CAUSE_RULE)),
        ):
            if hits:
                return [*self._places(source, hits), *self._places(self._text, others)], reading
        return self._places(self._text, others), reading

    def _says_more(self, reading: Reading) -> bool:
        """Whether a text without a hit says where all the same: on the whole line, or by a name of several stations."""
        aside = {*reading.causes, *reading.aside}
        return reading.whole_line or any(
            _is_ambiguous(mention) for number, mention in enumerate(self._text.mentions) if number not in aside
        )

    def _cuts_missions(self, reading: Reading) -> bool:
        """Whether an incident stops trains on a section and the text leaves open what becomes of the rest."""
        title = tagged_title(self._title.text, self._title.mentions)
        return reading.rest_of_line or bool(CUT_TITLE.search(title) and not WORKS.search(fold(self._text.text)))

    def _places(self, source: _Source, found: Iterable[Found]) -> list[Place]:
        """The places of stations found in a source; those of one section share its words."""
        said: dict[tuple[str, tuple[int, ...]], tuple[float, tuple[int, int], str]] = {}
        places = []
        for each in found:
            key = (each.rule, each.mentions)
            if key not in said:
                said[key] = self._said(source, each)
            confidence, span, matched = said[key]
            places.append(self._at(
                each.zda, each.line, each.role, each.method, each.rule, confidence, source.name, span, matched
            ))  # fmt: skip
        return places

    def _said(self, source: _Source, found: Found) -> tuple[float, tuple[int, int], str]:
        """Confidence, span and matched words of a station found."""
        named = [source.mentions[number] for number in found.mentions]
        start, end = min(mention.start for mention in named), max(mention.end for mention in named)
        exact = all(mention.exact for mention in named)
        return self._confidence(found.rule, exact=exact), (start, end), source.text[start:end]

    def _at(
        self, zda: str, line: str, role: Role, method: Method, rule: str, confidence: float,
        source: str, span: tuple[int, int], said: str,
    ) -> Place:  # fmt: skip
        station = self._gazetteer.station(zda)
        return Place(
            role, method, confidence, line, station.zda, station.zdc, station.name, station.lat, station.lon,
            source, span, said, rule,
        )  # fmt: skip

    def _of_stops(self, stops: Sequence[tuple[str, str, str]]) -> list[Place]:
        found = []
        for line_id in dict.fromkeys(strip_id(line_id) for line_id, _, _ in stops):
            line = Lines.load().get(line_id)
            named = [(stop_id, name) for stop_line, stop_id, name in stops if strip_id(stop_line) == line_id]
            for stop in resolve_stops(line_id, line.mode if line else "", named):
                if stop.station:
                    found.append(self._at(
                        stop.station.zda, line_id, Role.HIT, Method.STOP_ID, PRIM_STOP_RULE, stop.confidence,
                        "stops", (0, 0), stop.name,
                    ))  # fmt: skip
        return found

    def _of_sections(self, sections: Sequence[tuple[str, str, str]]) -> list[Place]:
        found = []
        for line, start, end in sections:
            line_id = strip_id(line)
            ends = [self._zdas_named(name, line_id) for name in (start, end)]
            for station in section(line_id, *ends) if all(ends) else ():
                found.append(self._at(
                    station.zda, line_id, Role.HIT, Method.SECTION, PRIM_SECTION_RULE,
                    rail_confidence(PRIM_SECTION_RULE, exact=True), "sections", (0, 0), f"{start} - {end}",
                ))  # fmt: skip
        return found

    def _zdas_named(self, name: str, line_id: str) -> frozenset[str]:
        """The zones that a published name means on a line; none if it names only a part of what is written."""
        name = without_town(name)
        mentions = find_mentions(name, words(name), self._gazetteer.trees([line_id]))
        whole = [mention for mention in mentions if not any(map(str.isalnum, _outside(name, mention)))]
        return whole[0].zdas[line_id] if whole else frozenset()

    def _confidence(self, rule: str, *, exact: bool) -> float:
        return bus_confidence(rule, exact=exact) if self._bus else rail_confidence(rule, exact=exact)

    def _extents(self, reading: Reading) -> list[Place]:
        """What is left when no point is known: the towns that a bus message names, and the lines."""
        towns = sorted(towns_said((self._text.text, self._title.text))) if self._bus else []
        rule = WHOLE_LINE_RULE if reading.whole_line else LINE_RULE
        return [
            *(_extent(Method.ZONE, ZONE_RULE, town, "") for town in towns),
            *(_extent(Method.LINE, rule, _label(line_id), line_id) for line_id in self._lines),
        ]

    def _why_unplaced(self, places: Iterable[Place], reading: Reading) -> str:
        if reading.whole_line:
            return WHOLE_LINE
        if not self._lines:
            return NO_LINE
        if any(place.role is Role.DIRECTION for place in places):
            return ONLY_DIRECTION
        return NOTHING_HIT if self._text.mentions or self._title.mentions else NO_NAME

    def _refused(self, places: Iterable[Place], reading: Reading) -> list[Refused]:
        taken = [place.span for place in places if place.source == "text"]
        hit = any(place.role is Role.HIT and place.has_point for place in places)
        return [
            self._refusal(mention, _reason(number, mention, reading, hit))
            for number, mention in enumerate(self._text.mentions)
            if not any(start <= mention.start and mention.end <= end for start, end in taken)
        ]

    def _refusal(self, mention: Mention, reason: str) -> Refused:
        names = {self._gazetteer.station(zda).name for zdas in mention.zdas.values() for zda in zdas}
        span = (mention.start, mention.end)
        return Refused(self._text.text[slice(*span)], "text", span, tuple(sorted(names)), reason)


def _outside(name: str, mention: Mention) -> str:
    """What stands around a mention, without the words that add nothing to a station's name."""
    return _NO_NAME.sub("", fold(name[: mention.start] + " " + name[mention.end :]))


def _extent(method: Method, rule: str, name: str, line_id: str) -> Place:
    return Place(
        Role.HIT, method, extent_confidence(rule), line_id, "", "", name, None, None, "text", (0, 0), "", rule
    )


def _label(line_id: str) -> str:
    line = Lines.load().get(line_id)
    return line.label if line else line_id


def _directions(found: Iterable[Found]) -> list[Found]:
    """Directions on metro and tram lines; a train's direction alone says little about where it is."""
    lines = Lines.load()
    return [
        each
        for each in found
        if each.role is Role.DIRECTION and (line := lines.get(each.line)) and line.mode in RIDER_MODES
    ]


def _is_ambiguous(mention: Mention) -> bool:
    return all(len(zdas) > 1 for zdas in mention.zdas.values())


def _reason(number: int, mention: Mention, reading: Reading, hit: bool) -> str:
    if _is_ambiguous(mention):
        return AMBIGUOUS
    if number in reading.aside:
        kind = reading.aside[number]
        return RUNS if kind is ClauseKind.NEXT else ABOUT.format(kind)
    return CAUSE if hit and number in reading.causes else SAID_NOTHING


def _once(places: Iterable[Place]) -> list[Place]:
    """Each station of a line once a role, the surest first."""
    best: dict[tuple[str, str, Role], Place] = {}
    for place in places:
        key = (place.line, place.zda, place.role)
        if key not in best or place.confidence > best[key].confidence:
            best[key] = place
    return list(best.values())
