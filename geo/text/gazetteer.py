"""Station names of a line as a tree of words, with the spellings that messages use.

A name is the tuple of its carrying words ("Gare de l'Est" = gare, est); small words are optional on
both sides. Names of one line share a tree, so that a text is read once whatever the number of names.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any

from geo.network.stations import Station, Stations
from geo.network.tables import DATA_DIR, read_table
from geo.text.folding import name_words

SMALL_WORDS = frozenset("de la le les l d du des en sur sous au aux lez".split())
# Words that begin or end too many names to stand for one alone.
GENERIC_WORDS = frozenset(
    "aeroport avenue bois boulevard centre champ champs chateau cite college general grande gare hopital "
    "hotel ile jean la le les lycee mairie maison marechal musee parc pierre place plaine pont porte president "
    "quai rond route rue saint sainte saints square stade station terminal universite val vallee victor "
    "ville villa "
    "paris nord sud est ouest grand petit petite notre dame marie martin".split()
)
# Words written short without a full stop, of which `geo.network.names` knows only the single ones.
VARIANTS = (
    (("rive", "gauche"), ("rg",)),
    (("rive", "gauche"), ("r", "g")),
    (("rive", "droite"), ("rd",)),
    (("rive", "droite"), ("r", "d")),
    (("charles", "gaulle"), ("cdg",)),
    (("marne", "vallee"), ("mlv",)),
    (("montparnasse",), ("mtp",)),
    (("montparnasse",), ("montp",)),
    (("francois", "mitterrand"), ("f", "mitterrand")),
)
PARIS = "Paris"
BELOW_KEPT = 4  # a beginning that more stations share names none of them
_PARTS = re.compile(r"\s+[-–/]\s*|\s*[-–/]\s+|\s*/\s*|\s*[()]\s*")
_TITLE = re.compile(r"^(?:Mairie|Gare|Hôpital|Place) (?:d'|de la |de l'|de |du |des )(?=\w)")
PART_MIN_CHARS = 4
INITIALS_MIN_WORDS = 3  # of a name whose last words may be written as initials


class Kind(IntEnum):
    """How an alias was made, best first: a full name beats a part of one.

    An alias of one line beats even a name, and a station's own name what else the tables call it:
    for the open data Front Populaire is "Aubervilliers", too, and Château-Landon "Gare de l'Est".
    """

    LINE_ALIAS = 0
    NAME = 1
    OTHER_NAME = 2
    ALIAS = 3
    PART = 4
    BEGINNING = 5


@dataclass(slots=True)
class Node:
    """A word of the tree: what may follow, the stations whose alias ends here, and some of those below."""

    children: dict[str, "Node"] = field(default_factory=dict)
    ends: dict[str, Kind] = field(default_factory=dict)  # ZdA -> how
    below: set[str] = field(default_factory=set)  # at most BELOW_KEPT + 1
    doubtful: dict[tuple[Any, ...], tuple[Any, ...]] = field(
        default_factory=dict
    )  # what geo.text.mentions has found about a word here
    _stations: tuple[frozenset[str], Kind] | None = None

    def stations(self) -> tuple[frozenset[str], Kind] | None:
        """The best stations whose alias ends at this node, and how it was made; None inside a name."""
        if self.ends and self._stations is None:
            best = min(self.ends.values())
            self._stations = frozenset(zda for zda, kind in self.ends.items() if kind is best), best
        return self._stations

    def end(self, zda: str, kind: Kind) -> None:
        """Let an alias of station `zda` end here."""
        self.ends[zda] = min(kind, self.ends.get(zda, kind))
        self._stations = None


def add(root: Node, alias: Iterable[str], zda: str, kind: Kind) -> None:
    """Enter the words of one alias of station `zda`."""
    node = root
    for word in alias:
        node = node.children.setdefault(word, Node())
        if len(node.below) <= BELOW_KEPT:
            node.below.add(zda)
    if node is not root:
        node.end(zda, kind)


class Gazetteer:
    """The trees of all lines with known stations. Use the shared `Gazetteer.load()`."""

    def __init__(
        self, names: Mapping[str, Mapping[str, Iterable[str]]], stations: Stations, aliases: "Aliases"
    ) -> None:
        """Index `names`: line id -> ZdA -> names."""
        self._stations = stations
        self._trees = {line: _tree(line, by_zda, stations, aliases) for line, by_zda in names.items()}

    @classmethod
    def load(cls) -> "Gazetteer":
        """The gazetteer of `geo/data`, read once per process."""
        return _load(DATA_DIR)

    @property
    def line_ids(self) -> frozenset[str]:
        """The lines whose stations are known."""
        return frozenset(self._trees)

    def trees(self, lines: Iterable[str]) -> dict[str, Node]:
        """The trees of those of `lines` whose stations are known."""
        return {line_id: self._trees[line_id] for line_id in lines if line_id in self._trees}

    def station(self, zda: str) -> Station:
        """The station of a zone id of the trees."""
        station = self._stations.get(zda)
        if station is None:
            raise LookupError(f"zone {zda} of line_stations.csv is not in zones.csv.gz: build them again")
        return station


# (line id or "*", words of the name) -> aliases
Aliases = Mapping[tuple[str, tuple[str, ...]], tuple[str, ...]]


def read_aliases(path: Path) -> Aliases:
    """The aliases of a commented table: `line ids|name|alias; alias` a line.

    Raises `ValueError` naming the line that has not three fields.
    """
    found: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = defaultdict(tuple)
    for number, row in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not row.strip() or row.startswith("#"):
            continue
        fields = row.split("|")
        if len(fields) != 3:
            raise ValueError(f"{path}:{number}: {row!r}: {len(fields)} fields, expected lines|name|aliases")
        for line_id in fields[0].split():
            found[line_id, name_words(fields[1])] += tuple(alias.strip() for alias in fields[2].split(";"))
    return dict(found)


def carrying(alias: tuple[str, ...]) -> tuple[str, ...]:
    """The words of an alias without the small ones, all of them if nothing else is left.

    >>> carrying(("gare", "de", "l", "est"))
    ('gare', 'est')
    """
    return tuple(word for word in alias if word not in SMALL_WORDS) or alias


def _tree(line_id: str, by_zda: Mapping[str, Iterable[str]], stations: Stations, aliases: Aliases) -> Node:
    root = Node()
    for zda, names in by_zda.items():
        station = stations.get(zda)
        for alias, kind in _aliases_of(line_id, set(names), station, aliases):
            for variant in _variants(carrying(name_words(alias))):
                add(root, variant, zda, kind)
    return root


def _aliases_of(line_id: str, names: set[str], station: Station | None, aliases: Aliases) -> Iterator[tuple[str, Kind]]:
    for name in names:
        own = station is None or name_words(name) == name_words(station.name)
        yield name, Kind.NAME if own else Kind.OTHER_NAME
        if station and station.town.startswith(PARIS):
            yield f"{PARIS} {name}", Kind.ALIAS
        yield from ((part, Kind.PART) for part in parts_of(name))
        for line, kind in ((line_id, Kind.LINE_ALIAS), ("*", Kind.ALIAS)):
            yield from ((alias, kind) for alias in aliases.get((line, name_words(name)), ()))


def parts_of(name: str) -> Iterator[str]:
    """The parts by which a name is called for short.

    >>> list(parts_of("Cité - Palais de Justice"))
    ['Cité', 'Palais de Justice']
    """
    if (short := _TITLE.sub("", name)) != name:
        yield short
    for part in _PARTS.split(name):
        if len(part) >= PART_MIN_CHARS and part != name and not _generic(part):
            yield part


def _generic(part: str) -> bool:
    return all(word in GENERIC_WORDS or word in SMALL_WORDS for word in name_words(part))


def _variants(alias: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield alias
    if len(alias) >= INITIALS_MIN_WORDS:  # "Villeneuve SG"
        yield alias[0], "".join(word[0] for word in alias[1:])
    for full, short in VARIANTS:
        for i in range(len(alias) - len(full) + 1):
            if alias[i : i + len(full)] == full:
                yield alias[:i] + short + alias[i + len(full) :]


@cache
def _load(folder: Path) -> Gazetteer:
    stations = Stations.load()
    names: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for line_id, zda, _zdc, _lat, _lon, known in read_table("line_stations.csv", folder):
        names[line_id][zda] = known.split("|")
    return Gazetteer(names, stations, read_aliases(folder / "aliases.txt"))
