"""Stops that a bus message names, anywhere in the region, and which of their namesakes it means.

No open table with a clear licence says which stops a bus line serves. So a name is looked for among
all stop zones, and namesakes are told apart by the towns that the message names, by those of the
line's and its network's description, and by the other stops of the message (`geo.network.bus_stops`). A name
that stays doubtful is refused.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from geo.network.bus_stops import BusStop, at_one_place, find_bus_stops
from geo.network.stations import Station, Stations
from geo.network.tables import DATA_DIR, read_table
from geo.text.closed_stops import nearby_mentions
from geo.text.compound_names import whole_compounds, without_outliers
from geo.text.folding import fold, name_words, words
from geo.text.gazetteer import SMALL_WORDS, Kind, Node, add, carrying
from geo.text.mentions import MENTIONS_MAX, Mention, find_mentions

TOWN_MIN_CHARS = 4  # "Us" and "By" are towns, too, but hardly ever meant
CANDIDATES_MAX = 40  # more zones of one name in the towns at hand are never one place
# A town behind these words is where the line goes or a street's name, not where it happens.
_ELSEWHERE = re.compile(
    r"\b(?:direction|vers|destination|provenance|rue|avenue|av|route|boulevard|bd|chemin|place|quai|cours|allee|"
    r"porte|pont|faubourg|impasse|sentier|voie|rond-point|carrefour|gare)"
    r"\s*(?:de la |de l'|des |de |du |d'|la |le |l')?$"
)
_IN_TOWN = re.compile(r"(?:^|[^\w-])(?:a|commune d[e'] ?|communes d[e'] ?|ville d[e'] ?|centre-ville d[e'] ?)\s*$")
ROAD_WORDS = frozenset("rue route avenue boulevard chemin impasse allee chaussee ruelle sentier faubourg voie".split())
_ROAD = (
    r"(?:rues?|rtes?|routes?|avenues?|aves?|av|bds?|bld|boulevards?|chemins?|impasses?|allees?|chaussees?|ruelles?|"
    r"sentiers?|voies?)"
)
_OF = r"(?:de la |de l'|des |de |du |d'|la |le |les |l')?"
# "rues de Longpont et de Montlhéry" are two; a road between inverted commas or behind "arrêt" is a stop's name.
_FIRST_NAMES = (
    r"(?:(?!(?:et|ou|a|au|aux|en|sur|entre|vers|les|arrets?)\b)[\w.'-]+[ -]){0,2}"  # "avenue Julien Duranton"
)
_ROAD_BEFORE = re.compile(
    rf"\b(?:{_ROAD}\.? {_OF}{_FIRST_NAMES}|(?:rues|avenues|boulevards|routes) {_OF}[^.,;:\n]{{1,30}} (?:et|ou) {_OF})$"
)
_STOP_BEFORE = re.compile(rf"\b(?:arrets?|stations?) {_OF}(?:{_ROAD}\.? {_OF})?$")
_HYPHEN_BEFORE, _HYPHEN_BEHIND = re.compile(r"\w-$"), re.compile(r"-(?!\w*\d|(?i:m[ée]tro|rer|gare|tram)\b)\w")
DOUBTFUL_MAX = 30  # names that wait for a neighbour; the longest list on record has 16
ANCHORS_MAX = 8  # stops that a common name is measured from
_ANY, _TOWN = "any", "town"


@dataclass(frozen=True, slots=True)
class Towns:
    """Towns by how near they are to what a message says: its own, its lines', their networks'."""

    said: frozenset[str]
    of_lines: frozenset[str]
    of_networks: frozenset[str]


def bus_mentions(
    text: str, lines: Sequence[str], said_elsewhere: str = "", ends: Sequence[Station] = ()
) -> list[Mention]:
    """The bus stops that `text` names, each with the one zone it means, or with all it may mean.

    Args:
        text: the text as given.
        lines: ids of bus lines; every mention is one of each line.
        said_elsewhere: title or text beside it, for its towns.
        ends: of PRIM's impactedSections; a name that a stop near them has is that stop's.
    """
    index = _index(DATA_DIR)
    nearby = nearby_mentions(text, lines, ends) if ends else []
    named = find_mentions(text, words(text), {_ANY: index.stops}, whole=True)
    found = [
        mention
        for mention in named
        if not (_is_town(text, mention, index.towns) or _is_cut_out(text, mention) or _overlaps(mention, nearby))
    ]
    towns = index.towns_of(lines, (text, said_elsewhere))
    meant = _told_apart(text, found, towns)
    anywhere = [
        replace(mention, zdas=dict.fromkeys(lines, zdas), exact=sure)
        for mention, (zdas, sure) in zip(found, meant, strict=True)
    ]
    together = sorted([*nearby, *anywhere], key=lambda mention: mention.start)[:MENTIONS_MAX]
    return without_outliers(text, whole_compounds(text, together))


def _overlaps(mention: Mention, others: Iterable[Mention]) -> bool:
    return any(mention.start < other.end and other.start < mention.end for other in others)


def _is_cut_out(text: str, mention: Mention) -> bool:
    """Whether a name is a piece of a longer one: of a road's, or of a word with hyphens ("Villiers-sur-Marne")."""
    if _is_road(text, mention):
        return True
    hyphened = _HYPHEN_BEFORE.search(text[max(0, mention.start - 2) : mention.start]) or _HYPHEN_BEHIND.match(
        text, mention.end
    )
    return hyphened is not None and len(carrying(name_words(text[mention.start : mention.end]))) == 1


def _is_road(text: str, mention: Mention) -> bool:
    """Whether a name is part of a road's ("travaux rue de Longpont"), and no stop is said to be called so."""
    before = fold(text[max(0, mention.start - 40) : mention.start])
    if _STOP_BEFORE.search(before):
        return False
    said = set(name_words(text[mention.start : mention.end])) - SMALL_WORDS
    return said <= ROAD_WORDS or _ROAD_BEFORE.search(before) is not None


def _is_town(text: str, mention: Mention, towns: Node) -> bool:
    """Whether a name is that of a town, and the words before it say that the town is meant."""
    if not _IN_TOWN.search(fold(text[max(0, mention.start - 20) : mention.start])):
        return False
    node: Node | None = towns
    for word in carrying(name_words(text[mention.start : mention.end])):
        node = node.children.get(word) if node else None
    return bool(node and node.ends)


def _told_apart(text: str, found: Sequence[Mention], towns: Towns) -> list[tuple[frozenset[str], bool]]:
    """For each mention the zones it may mean, and whether its name and near towns alone say so.

    The towns that the message and its lines name come first, then the other stops, then the network.
    """
    stations = Stations.load()
    names = [text[mention.start : mention.end] for mention in found]
    zones = {name: mention.zdas[_ANY] for name, mention in zip(names, found, strict=True)}
    namesakes = {name: _namesakes(zdas) for name, zdas in zones.items()}
    candidates = {name: each.stations for name, each in namesakes.items()}
    near_towns = towns.said or towns.of_lines
    sure = {name: _in_towns(each.stations, (near_towns,)) or each.one_place for name, each in namesakes.items()}
    likely = _by_neighbours(candidates, sure, stations)
    likely |= {
        name: _in_towns(candidates[name], (towns.of_lines, towns.of_networks))
        for name in zones
        if not (sure[name] or likely.get(name))
    }
    answers = {name: _answer(zdas, sure[name], likely.get(name)) for name, zdas in zones.items()}
    return [answers[name] for name in names]


def _by_neighbours(
    candidates: Mapping[str, Sequence[Station]], sure: Mapping[str, Station | None], stations: Stations
) -> dict[str, Station | None]:
    """Doubtful names by the stops they lie near; names that are everywhere ("Mairie") after the rarer ones."""
    near = [station for station in sure.values() if station]
    doubtful = [name for name, station in sure.items() if not station][:DOUBTFUL_MAX]
    rare = [name for name in doubtful if len(candidates[name]) <= CANDIDATES_MAX]
    found = _stations_of(find_bus_stops(rare, stations, near=near)) if rare else {}
    near += [station for station in found.values() if station]
    common = [name for name in doubtful if name not in found]
    if common and near:
        found |= _stations_of(find_bus_stops(common, stations, near=near[:ANCHORS_MAX]))
    return found


def _stations_of(stops: Mapping[str, BusStop]) -> dict[str, Station | None]:
    return {name: stop.station for name, stop in stops.items()}


def _answer(zdas: frozenset[str], sure: Station | None, likely: Station | None) -> tuple[frozenset[str], bool]:
    meant = sure or likely
    return frozenset({meant.zda}) if meant else zdas, sure is not None


@dataclass(frozen=True, slots=True)
class _Namesakes:
    """The stations of one name, those of buses if there are any, and the one place where all of them lie."""

    stations: Sequence[Station]
    one_place: Station | None


@lru_cache(maxsize=16_384)
def _namesakes(zdas: frozenset[str]) -> _Namesakes:
    every = [station for zda in sorted(zdas) if (station := Stations.load().get(zda))]
    stations = tuple(station for station in every if station.mode == "bus") or tuple(every)
    return _Namesakes(stations, _one_place(stations))


def _in_towns(candidates: Sequence[Station], towns: Iterable[frozenset[str]]) -> Station | None:
    """The one place among `candidates` in the nearest towns that have any; None if there are several."""
    for group in towns:
        inside = [station for station in candidates if station.town in group]
        if inside:
            return _one_place(inside)
    return None


def _one_place(candidates: Sequence[Station]) -> Station | None:
    if len(candidates) > CANDIDATES_MAX or not at_one_place(candidates):
        return None
    return candidates[0]


@dataclass(frozen=True, slots=True)
class _Index:
    stops: Node
    towns: Node
    towns_of_line: Mapping[str, frozenset[str]]
    networks_of_line: Mapping[str, str]
    towns_of_network: Mapping[str, frozenset[str]]

    def towns_of(self, lines: Iterable[str], texts: Iterable[str]) -> Towns:
        """The towns that a message on `lines` may mean."""
        nothing: frozenset[str] = frozenset()
        lines = list(lines)
        return Towns(
            towns_said(texts),
            nothing.union(*(self.towns_of_line.get(line_id, nothing) for line_id in lines)),
            nothing.union(
                *(self.towns_of_network.get(self.networks_of_line.get(line_id, ""), nothing) for line_id in lines)
            ),
        )


def towns_in(text: str, tree: Node) -> frozenset[str]:
    """The towns that `text` names as the place where something is."""
    folded = fold(text)
    found = find_mentions(text, words(text), {_TOWN: tree}, whole=True)
    return frozenset(
        town
        for mention in found
        if mention.end - mention.start >= TOWN_MIN_CHARS
        and not _ELSEWHERE.search(folded[max(0, mention.start - 40) : mention.start])
        for town in mention.zdas[_TOWN]
    )


def towns_said(texts: Iterable[str]) -> frozenset[str]:
    """The towns that texts name as the place where something is."""
    return frozenset[str]().union(*map(_towns_said, texts))


@lru_cache(maxsize=32)  # title and text are each asked for twice
def _towns_said(text: str) -> frozenset[str]:
    return towns_in(text, _index(DATA_DIR).towns)


@cache
def _index(folder: Path) -> _Index:
    stops, towns = Node(), Node()
    stations = Stations.load()
    for station in stations:
        add(stops, carrying(name_words(station.name)), station.zda, Kind.NAME)
    for town in sorted({station.town for station in stations}):
        add(towns, carrying(name_words(town)), town, Kind.NAME)
    of_line, network_of = _described(folder, towns)
    return _Index(stops, towns, of_line, network_of, _of_networks(of_line, network_of))


def _described(folder: Path, towns: Node) -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    """Towns in the descriptions of bus lines ("VAUJOURS (Collège) - LE RAINCY (Gare)"), and their networks."""
    of_line, network_of = {}, {}
    for line_id, _, name, mode, _, network, operator, _, _, _, route in read_table("lines.csv", folder):
        if mode == "bus":
            of_line[line_id] = towns_in(f"{name} ; {route}", towns)
            network_of[line_id] = network or operator
    return of_line, network_of


def _of_networks(of_line: Mapping[str, Collection[str]], network_of: Mapping[str, str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for line_id, network in network_of.items():
        found[network] |= set(of_line[line_id])
    return {network: frozenset(towns) for network, towns in found.items()}
