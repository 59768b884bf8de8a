"""Closed stops beside a published section: whether a text says which ones, and where they may lie.

PRIM's `impactedSections` of a notice that closes one stop run from the stop before to the stop behind it, which are
served. Then the text decides what is hit, and the section says where to look.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import product
from math import floor

from geo.network.stations import Station, Stations
from geo.text.folding import name_words, words
from geo.text.gazetteer import Kind, Node, add, carrying, parts_of
from geo.text.mentions import Mention, find_mentions
from geo.text.places import Method, Place, Role

NEAR_M = 1_500.0  # stops of a line lie closer together than this, but for a few in the country
DETOUR = 1.5  # a stop between two others lies at most so many times as far from both as they from each other
CELL_DEG = 0.02  # of the grid in which stops are looked up: 2.2 km from north to south, 1.5 km from west to east
CELLS_MAX = 5  # looked at around an end; an end farther from the other one than that bounds nothing


_CLOSED = (
    r"(?:n'(?:est|etait|sera)|ne (?:sera|seras|seront|sont|etaient)|non|ne marqu\w+|ne (?:des)?serv\w+)"
    r"[^.\n]{0,40}?(?:desserv|marqu|serv)|"
    r"(?:est|sont|sera|seront) (?:\w+ ){0,2}(?:supprim|report|deplac|neutralis|fermee?s?\b)|"
    r"\barrets? (?:\w+ ){0,3}(?:supprim|report|deplac|neutralis|fermee?s?\b)"
)
_SAYS_CLOSED = re.compile(_CLOSED)
_ONE_STOP = re.compile(
    rf"\b(?:l'arret|la gare|la station|arret|point d'arret)\b(?:(?!\bentre\b|\barrets\b)[^\n]){{1,80}}?(?:{_CLOSED})"
)
_POINTS = frozenset({Method.NAME_ON_LINE, Method.NAME_FUZZY, Method.SECTION_ESTIMATED})


def says_stops_are_closed(text: str) -> bool:
    """Whether a folded text says of stops that they are not served."""
    return _SAYS_CLOSED.search(text) is not None


def names_one_stop(text: str) -> bool:
    """Whether a folded text closes a single stop, known or not.

    >>> names_one_stop("l'arret therese n'est pas desservi")
    True
    >>> names_one_stop("les arrets entre a et b ne sont pas desservis")
    False
    """
    return _ONE_STOP.search(text) is not None


def places_within(bounds: Sequence[Place], read: Iterable[Place]) -> list[Place]:
    """The hits that the text names and that lie within the published sections of their line."""
    return [
        place for place in read if place.role is Role.HIT and place.method in _POINTS and _lies_within(place, bounds)
    ]


def _lies_within(place: Place, bounds: Sequence[Place]) -> bool:
    if any(bound.zda == place.zda for bound in bounds):
        return True
    estimated = [bound for bound in bounds if bound.method is Method.SECTION_ESTIMATED]
    return bool(estimated) and any(is_within(station, _stations(estimated)) for station in _stations([place]))


def _stations(places: Iterable[Place]) -> list[Station]:
    return [station for place in places if (station := Stations.load().get(place.zda))]


def nearby_mentions(text: str, lines: Sequence[str], ends: Sequence[Station]) -> list[Mention]:
    """The bus stops near `ends` that `text` names, whole or by a part of the name, for each of `lines`."""
    tree = _tree(tuple(sorted(ends, key=lambda station: station.zda)))
    found = find_mentions(text, words(text), {"": tree})
    return [
        Mention(each.start, each.end, dict.fromkeys(lines, each.zdas[""]), each.exact)
        for each in found
        if each.zdas[""]
    ]


def is_within(station: Station, ends: Sequence[Station]) -> bool:
    """Whether a stop may lie on the way between `ends`, or on it beside a single one."""
    reach_m = max(NEAR_M, DETOUR * max((a.distance_m(b) for a, b in product(ends, ends)), default=0.0))
    return any(station.distance_m(end) <= reach_m for end in ends)


@lru_cache(maxsize=1_024)
def _tree(ends: tuple[Station, ...]) -> Node:
    """The names, and the parts of names, of all bus stops within `ends`; namesakes at one crossing are one stop."""
    root = Node()
    named: dict[str, Station] = {}
    for station in sorted(_stops_around(ends), key=lambda station: min(map(station.distance_m, ends))):
        if is_within(station, ends):
            named.setdefault(" ".join(name_words(station.name)), station)
    for station in named.values():
        for name, kind in ((station.name, Kind.NAME), *((part, Kind.PART) for part in parts_of(station.name))):
            add(root, carrying(name_words(name)), station.zda, kind)
    return root


def _stops_around(ends: Iterable[Station]) -> Iterator[Station]:
    """The bus stops in the cells of the grid around `ends`, each once."""
    cells = {
        (row + up, column + along)
        for row, column in map(_cell, ends)
        for up, along in product(range(-CELLS_MAX // 2, CELLS_MAX // 2 + 1), repeat=2)
    }
    grid = _grid()
    for cell in sorted(cells):
        yield from grid.get(cell, ())


def _cell(station: Station) -> tuple[int, int]:
    return floor(station.lat / CELL_DEG), floor(station.lon / CELL_DEG)


@cache
def _grid() -> Mapping[tuple[int, int], Sequence[Station]]:
    grid: dict[tuple[int, int], list[Station]] = defaultdict(list)
    for station in Stations.load():
        if station.mode == "bus":
            grid[_cell(station)].append(station)
    return grid
