"""The geocoder of messages: `locate` finds the places that the words of a message name.

Pure and thread-safe: the same arguments give the same answer, and the tables are read once per
process at the first call. Texts over 10,000 characters are cut, and the answer says so.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from geo.network.lines import Lines, strip_id
from geo.network.stations import Stations
from geo.text.bus_names import bus_mentions, towns_said
from geo.text.closed_stops import names_one_stop, places_within, says_stops_are_closed
from geo.text.confidence import bus_confidence, extent_confidence, rail_confidence
from geo.text.folding import fold, words
from geo.text.gazetteer import Gazetteer
from geo.text.grammar.clauses import ClauseKind
from geo.text.grammar.phrases import CUT_TITLE, CUT_WORD, WORKS
from geo.text.mentions import Mention, find_mentions
from geo.text.phrase_reader import BARE_RULE, Found, Reader, Reading, directions
from geo.text.places import Located, Method, Place, Role
from geo.text.prim_places import places_of_sections, places_of_stops
from geo.text.rejected_names import is_ambiguous, refusals
from geo.text.tagging import Clause, clauses, tagged_title
from geo.text.whole_line import EXTENT_RULE, TRAFFIC_RULE, lines_said, names_a_part, names_whole_line, span_of

VERSION = 3  # of the rules together: raise it with every change of hits; a model then begins a new generation
TEXT_MAX_CHARS = 10_000  # the longest message on record has 2,242
TITLE_RULE, CAUSE_RULE = "nom dans le titre", "cause"
LINE_RULE, ZONE_RULE = "ligne", "commune"

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
    bounds = places_of_sections(sections)
    message = _Message(ids, title[:TEXT_MAX_CHARS], text[:TEXT_MAX_CHARS], bounds)
    return message.located(places_of_stops(stops), cut=cut)


class _Message:
    """One message while it is read."""

    def __init__(self, lines: tuple[str, ...], title: str, text: str, bounds: Sequence[Place] = ()) -> None:
        """`bounds`: the places of PRIM's impactedSections, if any."""
        self._gazetteer = Gazetteer.load()
        self._lines = lines
        self._bounds = bounds
        self._bus = bool(lines) and not self._gazetteer.line_ids.intersection(lines)
        self._title_text = title
        self._text = self._source("text", text, title)

    @cached_property
    def _title(self) -> _Source:
        """The title with its names; half of the messages say all in their text."""
        return self._source("title", self._title_text, self._text.text)

    def _source(self, name: str, text: str, beside: str) -> _Source:
        """The names in a text; `beside` is the title or text that stands with it."""
        trees = self._gazetteer.trees(self._lines)
        if self._bus:
            ends = [self._gazetteer.station(place.zda) for place in self._bounds]
            return _Source(name, text, bus_mentions(text, self._lines, beside, ends))
        return _Source(name, text, find_mentions(text, words(text), trees))

    def located(self, stops: Sequence[Place], *, cut: bool) -> Located:
        """The answer; `stops`: the places of the stops that PRIM links."""
        read, reading = self._read()
        read += self._whole_line(reading)
        published = [*stops, *self._bounds]
        if self._bounds and not stops and self._says_what_is_closed(reading):
            within = places_within(self._bounds, read)
            published = within or ([] if names_one_stop(self._words()) else published)
        if published or self._bounds:
            read = [place for place in read if place.role is not Role.HIT]
        places = _each_station_once([*published, *read])
        placed = any(place.role is Role.HIT and place.has_point for place in places)
        unplaced = "" if placed else self._why_unplaced(places, reading)
        if unplaced or reading.whole_line:
            places += self._extents(reading)
        refused = refusals(self._text.text, self._text.mentions, reading, places, self._gazetteer)
        return Located(tuple(places), tuple(refused), unplaced, cut)

    def _read(self) -> tuple[list[Place], Reading]:
        """The places of text and title, and the reading of the text."""
        reader = Reader(self._gazetteer, self._lines, self._text.mentions)
        spoken = clauses(self._text.text, self._text.mentions)
        reading = reader.text(spoken)
        others = [found for found in reading.found if found.role is not Role.HIT]
        # Nothing that a title says goes before a section; and no bus title names a section that is known.
        if reading.has_section or (self._bus and reading.hits):
            hits = reading.hits
            if reading.has_section and self._cuts_missions(reading):
                hits += reader.along_missions(hits)
            return [*self._places(self._text, hits), *self._places(self._text, others)], reading
        title_reader = Reader(self._gazetteer, self._lines, self._title.mentions)
        title = title_reader.title(tagged_title(self._title.text, self._title.mentions))
        reading.whole_line = reading.whole_line or names_whole_line(fold(self._title_text))
        reading.traffic = reading.traffic or title.traffic
        # SNCF writes the section into the title; the text then lists trains, whose journeys go beyond it.
        if title.has_section:
            return [*self._places(self._title, title.hits), *self._places(self._text, others)], reading
        if reading.whole_line and not self._bus:
            return [*self._places(self._text, reading.hits), *self._places(self._text, others)], reading
        for source, hits in chain(
            [(self._text, reading.hits)], self._fallbacks(reader, reading, title_reader, title, spoken, others)
        ):
            if hits:
                return [*self._places(source, hits), *self._places(self._text, others)], reading
        return self._places(self._text, others), reading

    def _words(self) -> str:
        return fold(self._title_text + "\n" + self._text.text)

    def _says_what_is_closed(self, reading: Reading) -> bool:
        """Whether the text names the stops that are closed: PRIM's section then begins and ends at served ones."""
        return not reading.has_section and not reading.whole_line and says_stops_are_closed(self._words())

    def _names_no_place(self) -> bool:
        """Whether neither text nor title names a station, or has words that stand with one."""
        named = self._text.mentions or self._title.mentions
        return not (named or names_a_part(self._words()))

    def _whole_line(self, reading: Reading) -> Iterator[Place]:
        """Every station of the lines that are said to be disturbed as a whole; none of a line without a table."""
        if not reading.whole_line and not (reading.traffic and self._names_no_place()):
            return
        rule = EXTENT_RULE if reading.whole_line else TRAFFIC_RULE
        source, text, span = self._statement(rule)
        confidence, words_said = rail_confidence(rule, exact=True), text[slice(*span)]
        for line_id in lines_said(words_said, self._lines):
            for station in Stations.load().of_line(line_id):
                if (line_id, station.zda) not in reading.spared:
                    yield Place.of_station(
                        station,
                        Role.HIT,
                        Method.WHOLE_LINE,
                        confidence,
                        line_id,
                        source=source,
                        rule=rule,
                        words=words_said,
                        span=span,
                    )

    def _statement(self, rule: str) -> tuple[str, str, tuple[int, int]]:
        """Source, text and place of the words that name the whole line."""
        for name, text in (("text", self._text.text), ("title", self._title_text)):
            start, end = span_of(text, rule)
            if end:
                return name, text, (start, end)
        return "text", self._text.text, (0, 0)

    def _fallbacks(
        self,
        reader: Reader,
        reading: Reading,
        title_reader: Reader,
        title: Reading,
        spoken: Sequence[Clause],
        others: Sequence[Found],
    ) -> Iterator[tuple[_Source, list[Found]]]:
        """Where hits are looked for when no phrase of the text gives any, best first;
        each is read when it is its turn."""
        if not reading.whole_line:  # of a bus line
            yield self._text, reader.names(reading.bare, BARE_RULE)
        yield self._title, title.hits
        if not reading.whole_line:
            yield self._title, title_reader.names(title.bare, TITLE_RULE)
        yield self._text, reader.text(spoken, {ClauseKind.INFORMATION}).hits
        yield self._text, self._whole_ways(reader, reading, others)
        yield self._text, reader.names(reading.causes, CAUSE_RULE)

    def _whole_ways(self, reader: Reader, reading: Reading, others: Iterable[Found]) -> list[Found]:
        """All stations on the way to a direction, when nothing else is said."""
        return [] if self._says_more(reading) else reader.lines_towards(directions(others))

    def _says_more(self, reading: Reading) -> bool:
        """Whether a text without a hit says where all the same: the whole line, or an ambiguous name."""
        aside = {*reading.causes, *reading.aside}
        return reading.whole_line or any(
            is_ambiguous(mention) for number, mention in enumerate(self._text.mentions) if number not in aside
        )

    def _cuts_missions(self, reading: Reading) -> bool:
        """Whether an incident stops trains on a section and the text leaves open what becomes of the rest."""
        if reading.rest_of_line:
            return True
        if not CUT_WORD.search(fold(self._title_text)):
            return False
        title = tagged_title(self._title.text, self._title.mentions)
        return bool(CUT_TITLE.search(title)) and not WORKS.search(fold(self._text.text))

    def _places(self, source: _Source, found: Iterable[Found]) -> list[Place]:
        """The places of stations found in a source; those of one section share its words."""
        said: dict[tuple[str, tuple[int, ...]], tuple[float, tuple[int, int], str]] = {}
        places = []
        for each in found:
            key = (each.rule, each.mentions)
            if key not in said:
                said[key] = self._describe_words(source, each)
            confidence, span, matched = said[key]
            places.append(
                Place.of_station(
                    self._gazetteer.station(each.zda),
                    each.role,
                    each.method,
                    confidence,
                    each.line,
                    source=source.name,
                    rule=each.rule,
                    words=matched,
                    span=span,
                )
            )
        return places

    def _describe_words(self, source: _Source, found: Found) -> tuple[float, tuple[int, int], str]:
        """Confidence, span and matched words of a station found."""
        named = [source.mentions[number] for number in found.mentions]
        start, end = min(mention.start for mention in named), max(mention.end for mention in named)
        exact = all(mention.exact for mention in named)
        return self._confidence(found.rule, exact=exact), (start, end), source.text[start:end]

    def _confidence(self, rule: str, *, exact: bool) -> float:
        return bus_confidence(rule, exact=exact) if self._bus else rail_confidence(rule, exact=exact)

    def _extents(self, reading: Reading) -> list[Place]:
        """What is left when no point is known: the towns that a bus message names, and the lines."""
        towns = sorted(towns_said((self._text.text, self._title.text))) if self._bus else []
        rule = EXTENT_RULE if reading.whole_line else LINE_RULE
        return [
            *(Place.extent(Method.ZONE, extent_confidence(ZONE_RULE), town, "", ZONE_RULE) for town in towns),
            *(
                Place.extent(Method.LINE, extent_confidence(rule), Lines.load().label(line_id), line_id, rule)
                for line_id in self._lines
            ),
        ]

    def _why_unplaced(self, places: Iterable[Place], reading: Reading) -> str:
        if reading.whole_line:
            return WHOLE_LINE
        if not self._lines:
            return NO_LINE
        if any(place.role is Role.DIRECTION for place in places):
            return ONLY_DIRECTION
        return NOTHING_HIT if self._text.mentions or self._title.mentions else NO_NAME


def _each_station_once(places: Iterable[Place]) -> list[Place]:
    """Each station of a line once a role, the surest first."""
    best: dict[tuple[str, str, Role], Place] = {}
    for place in places:
        key = (place.line, place.zda, place.role)
        if key not in best or place.confidence > best[key].confidence:
            best[key] = place
    return list(best.values())
