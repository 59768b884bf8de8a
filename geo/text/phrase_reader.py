"""Reader of tagged text: applies the grammar to find what each phrase says about the stations it names."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import NamedTuple

from geo.network.lines import Lines
from geo.network.sections import missions_through, section, stations_towards
from geo.network.stations import Station
from geo.text.gazetteer import Gazetteer
from geo.text.grammar.clauses import ADVICE_WITHIN, ADVICE_WORDS, CAUSE_WITHIN, ClauseKind
from geo.text.grammar.phrases import PHRASES, REST_OF_LINE, TITLE_PHRASES, TRAIN_CHANGED, TRAIN_TIMES, Action, Phrase
from geo.text.mentions import Mention
from geo.text.places import Method, Role
from geo.text.tagging import TAG, Clause, numbers
from geo.text.whole_line import is_about_trouble, names_whole_line, says_traffic_is_disturbed

TRAIN_RULE = "train"
BARE_RULE = "nom seul"
BOTH_WAYS_RULE, ONE_WAY_RULE = "entre X et Y", "de X vers Y"
MISSION_RULE = "missions coupées"
TITLE_NAMES_MAX = 4  # more names in a title are a list, and a dash between them is no section
DIRECTION_RULE = "direction seule"
ENDS_MAX = 6  # branches that one end of a section may name; RER C has seven termini
# Their lines have few enough branches for a direction to say where.
RIDER_MODES = frozenset({"metro", "tram"})
READ_KINDS = frozenset({ClauseKind.WHERE, ClauseKind.TRAINS})
ROLES = {
    Action.STATIONS: Role.HIT,
    Action.DIRECTION: Role.DIRECTION,
    Action.TERMINUS: Role.TERMINUS,
    Action.DETOUR: Role.DETOUR,
    Action.EXCEPTION: Role.EXCEPTION,
}
# What a phrase leaves behind in the text: the mark tells later phrases that a section stood there.
SECTION_MARK, MARK = "§", "#"


class Found(NamedTuple):
    """A station on a line, its role, and the mentions (by number) that gave it."""

    role: Role
    method: Method
    rule: str
    line: str
    zda: str
    mentions: tuple[int, ...]


@dataclass(slots=True)
class Reading:
    """What a text says: stations found, and what was left over."""

    found: list[Found] = field(default_factory=list)
    bare: list[int] = field(default_factory=list)  # names that no phrase says anything about
    causes: list[int] = field(default_factory=list)
    aside: dict[int, ClauseKind] = field(default_factory=dict)  # names in clauses about something else
    whole_line: bool = False  # it is said of the whole line
    traffic: bool = False  # it is said of the traffic, and the statement leaves open where
    rest_of_line: bool = False

    @property
    def spared(self) -> set[tuple[str, str]]:
        """(line, zone) of the exceptions."""
        return {(found.line, found.zda) for found in self.found if found.role is Role.EXCEPTION}

    @property
    def hits(self) -> list[Found]:
        """The stations where it happens, exceptions taken out."""
        spared = self.spared
        return [f for f in self.found if f.role is Role.HIT and (f.line, f.zda) not in spared]

    @property
    def has_section(self) -> bool:
        """Whether a phrase names a section (a train's journey is not one)."""
        return any(found.method is Method.SECTION and found.rule != TRAIN_RULE for found in self.hits)


def directions(found: Iterable[Found]) -> list[Found]:
    """Directions on metro and tram lines; a train's direction alone says little about where it is."""
    lines = Lines.load()
    return [
        each
        for each in found
        if each.role is Role.DIRECTION and (line := lines.get(each.line)) and line.mode in RIDER_MODES
    ]


class Reader:
    """Reads the tagged clauses of one source whose names are `mentions`, for messages on `lines`."""

    def __init__(self, gazetteer: Gazetteer, lines: Sequence[str], mentions: Sequence[Mention]) -> None:
        self._lines = lines
        self._with_graph = gazetteer.line_ids
        self._mentions = mentions

    def text(self, clauses: Iterable[Clause], kinds: Collection[ClauseKind] = READ_KINDS) -> Reading:
        """What the clauses of a text say, of those that are about one of `kinds`."""
        reading = Reading()
        for clause in clauses:
            if clause.kind in kinds:
                self._read(clause.text, reading)
            elif clause.kind is ClauseKind.CAUSE:
                reading.causes += numbers(clause.text)
            else:
                reading.aside |= dict.fromkeys(numbers(clause.text), clause.kind)
                if clause.kind is ClauseKind.INFORMATION and names_whole_line(clause.text):
                    reading.whole_line = reading.whole_line or is_about_trouble(clause.text)
        return reading

    def title(self, tagged: str) -> Reading:
        """What a title says: "X - Y" is a section there."""
        reading = Reading()
        phrases = PHRASES if len(numbers(tagged)) > TITLE_NAMES_MAX else (*TITLE_PHRASES, *PHRASES)
        reading.bare += numbers(self._phrases(tagged, phrases, reading))
        reading.traffic = says_traffic_is_disturbed(tagged)
        return reading

    def names(self, mentions: Iterable[int], rule: str, role: Role = Role.HIT) -> list[Found]:
        """Each name as a station by itself; names that may mean several stations give none."""
        return [
            Found(role, _method(mention), rule, line_id, zda, (number,))
            for number in mentions
            for mention in [self._mentions[number]]
            for line_id, zdas in mention.zdas.items()
            if len(zdas) == 1
            for zda in zdas
        ]

    def lines_towards(self, directions: Iterable[Found]) -> list[Found]:
        """All stations from which trains run to the named directions: PRIM lists them if nothing else is named."""
        return [
            Found(Role.HIT, Method.SECTION, DIRECTION_RULE, found.line, station.zda, found.mentions)
            for found in directions
            for station in stations_towards(found.line, found.zda)
        ]

    def along_missions(self, hits: Sequence[Found]) -> list[Found]:
        """The rest of the journeys of trains that the sections among `hits` cut."""
        ways: dict[tuple[str, str, tuple[int, ...]], list[str]] = defaultdict(list)
        for found in hits:
            if found.method is Method.SECTION:
                ways[found.line, found.rule, found.mentions].append(found.zda)
        return [
            Found(Role.HIT, Method.SECTION, MISSION_RULE, line_id, station.zda, mentions)
            for (line_id, rule, mentions), way in ways.items()
            for station in missions_through(line_id, tuple(way), one_way=rule == ONE_WAY_RULE)
        ]

    def _read(self, text: str, reading: Reading) -> None:
        text = CAUSE_WITHIN.sub(lambda cause: _set_aside(cause, reading), text)
        if any(word in text for word in ADVICE_WORDS):
            text = ADVICE_WITHIN.sub(lambda advice: _set_advice_aside(advice, reading), text)
        reading.whole_line = reading.whole_line or names_whole_line(text)
        reading.traffic = reading.traffic or says_traffic_is_disturbed(text)
        reading.rest_of_line = reading.rest_of_line or bool(REST_OF_LINE.search(text))
        if TAG.search(text) and not self._train(text, reading):
            reading.bare += numbers(self._phrases(text, PHRASES, reading))

    def _phrases(self, text: str, phrases: Iterable[Phrase], reading: Reading) -> str:
        """The text without the names that the phrases have taken."""
        for phrase in phrases:
            if not TAG.search(text):
                break
            if phrase.may_match(text):
                text = phrase.pattern.sub(partial(self._take, phrase, reading=reading), text)
        return text

    def _take(self, phrase: Phrase, match: re.Match[str], reading: Reading) -> str:
        if phrase.action is not Action.SECTION:
            reading.found += self._stations_of_phrase(phrase, match)
            return MARK
        sections = self._sections(phrase, match)
        reading.found += sections
        return SECTION_MARK if sections else "".join(map(_spaced, TAG.findall(match[0])))

    def _stations_of_phrase(self, phrase: Phrase, match: re.Match[str]) -> list[Found]:
        named = numbers(match[0])
        if phrase.action is Action.EXCEPTION and "entre" in match[0] and len(named) > 1:
            ends = (named[0],), (named[-1],)
            return self._stations_between(*ends, (), phrase.rule, Role.EXCEPTION)
        groups = phrase.pattern.groupindex
        hit = numbers(match["a"]) if "a" in groups else named
        toward = numbers(match["b"] or "") if "b" in groups else []
        return [
            *self.names(hit, phrase.rule, ROLES[phrase.action]),
            *self.names(toward, phrase.rule, Role.DIRECTION),
        ]

    def _sections(self, phrase: Phrase, match: re.Match[str]) -> list[Found]:
        via = numbers(match["via"] or "") if "via" in phrase.pattern.groupindex else []
        return self._stations_between(numbers(match["a"]), numbers(match["b"]), via, phrase.rule)

    def _stations_between(
        self, starts: Sequence[int], ends: Sequence[int], via: Sequence[int], rule: str, role: Role = Role.HIT
    ) -> list[Found]:
        found = [
            Found(role, Method.SECTION, rule, line_id, station.zda, (start, end))
            for start, end in product(starts[:ENDS_MAX], ends[:ENDS_MAX])
            for line_id in self._lines
            for way in [(start, *via, end)]
            for station in (*self._way(line_id, way), *self._way_back(rule, line_id, way))
        ]
        return found or self._estimated([*starts, *ends], rule, role)

    def _way_back(self, rule: str, line_id: str, named: Sequence[int]) -> tuple[Station, ...]:
        """The way back, which on a one-way loop is another: "entre X et Y" means both."""
        return self._way(line_id, named[::-1]) if rule == BOTH_WAYS_RULE else ()

    def _estimated(self, ends: Iterable[int], rule: str, role: Role) -> list[Found]:
        """The ends of a section of a line without a graph: what lies between is not known."""
        return [
            found._replace(method=Method.SECTION_ESTIMATED)
            for found in self.names(ends, rule, role)
            if found.line not in self._with_graph
        ]

    def _way(self, line_id: str, named: Sequence[int]) -> tuple[Station, ...]:
        """The stations of a line from the first of the named ones over the others to the last."""
        start, *via, end = (self._mentions[number].zdas.get(line_id, frozenset()) for number in named)
        passed = tuple(min(zdas, key=int) for zdas in via if len(zdas) == 1)
        return section(line_id, start, end, passed) if start and end else ()

    def _train(self, text: str, reading: Reading) -> bool:
        """A train by its stations and times: its journey from the first to the last of them."""
        planned = numbers(TRAIN_CHANGED.split(text, maxsplit=1)[0])
        named = planned if len(planned) > 1 else numbers(text)
        if len(named) < 2 or not TRAIN_TIMES.search(text):
            return False
        for line_id in self._lines:
            known = [number for number in named if len(self._mentions[number].zdas.get(line_id, ())) == 1]
            journey = self._way(line_id, known) if len(known) > 1 else ()
            reading.found += [
                Found(Role.HIT, Method.SECTION, TRAIN_RULE, line_id, station.zda, (named[0], named[-1]))
                for station in journey
            ]
            if journey:
                return True
        return False


def _method(mention: Mention) -> Method:
    return Method.NAME_ON_LINE if mention.exact else Method.NAME_FUZZY


def _set_aside(cause: re.Match[str], reading: Reading) -> str:
    reading.causes += numbers(cause[0])
    return " "


def _set_advice_aside(advice: re.Match[str], reading: Reading) -> str:
    reading.aside |= dict.fromkeys(numbers(advice[0]), ClauseKind.REPLACEMENT)
    return " "


def _spaced(tag: str) -> str:
    return f" {tag} "
