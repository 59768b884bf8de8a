"""Line resolver: from what a person or a program calls a line to the one line that is meant.

>>> names = LineNames.load()
>>> names.resolve("RER B").id, names.resolve("m9").id, names.resolve("STIF:Line::C01742:").id
('C01743', 'C01379', 'C01742')
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, cached_property

from geo.network.lines import Line, Lines
from geo.network.names import normalise, visible
from geo.network.nearest import LONGEST, nearest

_ID = re.compile(r"(?:line:IDFM:|STIF:Line::|IDFM:)?(C\d{5}):?", re.IGNORECASE)
_MODE_WORDS = {
    "rer": ("RER",),
    "train": ("Transilien", "Train"),
    "metro": ("Métro", "M"),
    "tram": ("Tram", "Tramway"),
    "bus": ("Bus",),
    "cable": ("Câble", "Téléphérique"),
    "funicular": ("Funiculaire",),
    "shuttle": ("Navette",),
}
_FILLERS = frozenset(("ligne", "lignes", "line"))  # "Ligne 9", "métro ligne 9"
_BIS = re.compile(r"(\d+)bis")


class LineNameError(ValueError):
    """No single line is meant; `lines` are those that may be, and the message names them."""

    def __init__(self, text: str, message: str, lines: tuple[Line, ...]) -> None:
        super().__init__(message)
        self.text, self.lines = text, lines


class UnknownLine(LineNameError):
    """No line has this id or name; `lines` are the nearest."""


class AmbiguousLine(LineNameError):
    """Several lines have this name: `lines` are all of them."""


class LineNames:
    """The ids and public names of lines. Use the shared `LineNames.load()`."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._by_id = {line.id: line for line in lines}

    @classmethod
    def load(cls) -> "LineNames":
        """The names of every line of `geo/data`, indexed once per process."""
        return _load()

    def resolve(self, text: str) -> Line:
        """The line of an id in any of its forms, or of a public name that one line has.

        A number alone is no name: it may be half of an id as well ("6142", "01742").

        Raises:
            UnknownLine: with the lines that are spelt nearest.
            AmbiguousLine: with every line of this name.
        """
        if line := self._by_id.get(canonical_id(text) or ""):
            return line
        found = self.candidates(text)
        if not found or (len(found) == 1 and _is_number(text)):
            raise self._unknown(text, found)
        if len(found) > 1:
            named = ", ".join(map(described, found))
            raise AmbiguousLine(
                text, f"{text[:LONGEST]!r} is the name of {len(found)} lines: {named}; give the id of one", found
            )
        return found[0]

    def candidates(self, text: str) -> tuple[Line, ...]:
        """Every line of this public name, rails first; capitals and accents tell them apart only where they must."""
        name = visible(text)
        ids = self._exact.get(name) or self._spelt.get(_key(name), ())
        return _rails_first(self._by_id[line_id] for line_id in ids)

    def _unknown(self, text: str, of_number: tuple[Line, ...]) -> UnknownLine:
        alike = of_number[:3] or self._nearest(text)
        hint = f"; nearest: {', '.join(map(described, alike))}" if alike else ""
        return UnknownLine(
            text, f"{text[:LONGEST]!r} is no line: expected an id as C01742 or a name as RER A, Bus 191{hint}", alike
        )

    def _nearest(self, text: str) -> tuple[Line, ...]:
        if line_id := canonical_id(text):
            return _rails_first(self._by_id[alike] for alike in nearest(line_id, self._by_id, at_most=20))[:3]
        keys = nearest(_key(text), self._spelt)
        ids = dict.fromkeys(line_id for key in keys for line_id in self._spelt[key])
        return tuple(self._by_id[line_id] for line_id in list(ids)[:3])

    @cached_property
    def _exact(self) -> dict[str, tuple[str, ...]]:
        return _index((visible(name), line.id) for line in self._by_id.values() for name in public_names(line))

    @cached_property
    def _spelt(self) -> dict[str, tuple[str, ...]]:
        lines = self._by_id.values()
        return _index((key, line.id) for line in lines for name in _spellings(line) for key in _keys(name))


def canonical_id(text: str) -> str | None:
    """The reference's form of a line id in any other form; None for what has not the form of an id.

    >>> canonical_id("line:idfm:c01742"), canonical_id("RER A")
    ('C01742', None)
    """
    found = _ID.fullmatch(visible(text))
    return found[1].upper() if found else None


def line_id(text: str) -> str:
    """The id of a line by any form of it or a public name; a text that names no known line is its own id.

    Raises AmbiguousLine for a name of several lines.

    >>> line_id("STIF:Line::C01742:"), line_id("RER B"), line_id("C99999")
    ('C01742', 'C01743', 'C99999')
    """
    try:
        return LineNames.load().resolve(text).id
    except UnknownLine:
        return canonical_id(text) or text


def public_names(line: Line) -> tuple[str, ...]:
    """What riders call a line: its badge, mode and badge, and the label that no other line has.

    >>> public_names(Lines.load().get("C01391"))
    ('Tram T3a', 'T3a', 'Tramway T3a', 'Ligne T3a')
    """
    words = (*_MODE_WORDS.get(line.mode, ()), "Ligne")
    return tuple(dict.fromkeys((line.label, line.name, *(f"{word} {line.name}" for word in words))))


def described(line: Line) -> str:
    """A line for a person who has to choose: id, label, network.

    >>> described(Lines.load().get("C01379"))
    'C01379 (Métro 9, RATP)'
    """
    network = "" if not line.network or line.network in line.label else f", {line.network}"
    return f"{line.id} ({line.label}{network})"


def _spellings(line: Line) -> Iterator[str]:
    """Public names as people shorten them: "Tram 3a", "3 bis", "191 Croix du Sud"."""
    yield from (line.id, *public_names(line))
    yield f"{line.name} {line.network}"
    yield from (f"{word} {line.name} {line.network}" for word in _MODE_WORDS.get(line.mode, ()))
    badges = {line.name.removeprefix("T")} if line.mode == "tram" else set()
    badges |= {_BIS.sub(form, line.name) for form in (r"\1 bis", r"\1b")} if line.mode == "metro" else set()
    for badge in badges - {line.name}:
        yield from (f"{word} {badge}" for word in _MODE_WORDS[line.mode])
        if not badge.isdecimal() and line.mode == "metro":
            yield badge


def _keys(name: str) -> Iterator[str]:
    """The keys of a spelling; a short one also in one word ("RERB", "M9")."""
    yield _key(name)
    if name.count(" ") == 1:
        yield _key(name.replace(" ", ""))


def _key(name: str) -> str:
    words = normalise(name).split()
    return " ".join([word for word in words if word not in _FILLERS] or words)


def _rails_first(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=lambda line: line.mode == "bus"))


def _is_number(text: str) -> bool:
    return visible(text).isdecimal()


def _index(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for key, line_id in pairs:
        if key:
            found.setdefault(key, {})[line_id] = None
    return {key: tuple(ids) for key, ids in found.items()}


@cache
def _load() -> LineNames:
    return LineNames(Lines.load())
