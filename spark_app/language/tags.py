"""Tags of a notice: why (cause), what (effect), and where (line, mode, station, place).

Causes and effects come from two dictionaries in the feed's wording, data/causes.tsv and
data/effects.tsv; the rest from the message itself. PRIM has no tags worth the name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import resources

from prim_client.messages.message import Body
from spark_app.language.lexicon import Trie, longest, read_phrases
from spark_app.language.tokens import SENTENCE_ENDS, fold, words

Tag = tuple[str, str]  # kind and value: ("cause", "works"), ("line", "C01742")
KINDS = ("cause", "effect", "line", "mode", "station", "place")
MAX_CHARACTERS = 10_000
SURE = 1.0
TIMETABLE_NOTE = frozenset(("calculateur",))  # "les horaires du calculateur tiennent compte des travaux"


def tags_of(
    title: str,
    text: str,
    lines: Sequence[str] = (),
    modes: Sequence[str] = (),
    stations: Sequence[str] = (),
    places: Sequence[str] = (),
) -> list[Tag]:
    """Tags of a message by its fields, each once, in the order of KINDS.

    Args:
        title, text: as in the message contract, plain.
        lines: line ids. modes: their modes. stations: interchange or zone ids. places: areas around them.

    >>> tags_of("Métro 6 : Bagage oublié", "Le trafic est interrompu.", lines=["C01376"], modes=["metro"])
    [('cause', 'unattended_item'), ('effect', 'interrupted'), ('line', 'C01376'), ('mode', 'metro')]
    """
    said = f"{title}\n{text}"
    found = {
        "cause": causes_of(said),
        "effect": effects_of(said),
        "line": lines,
        "mode": modes,
        "station": stations,
        "place": places,
    }
    return [(kind, value) for kind in KINDS for value in dict.fromkeys(found[kind]) if value]


def body_tags(body: Body, place_of: Callable[[float, float], str | None] | None = None) -> list[Tag]:
    """Tags of a message's body; a station is its interchange, or its zone where it has none.

    `place_of` names the area around a latitude and longitude in degrees.
    """
    stations = [station for line in body.lines for station in line.stations]
    places = [place_of(station.lat, station.lon) or "" for station in stations] if place_of else []
    return tags_of(
        body.title,
        body.text,
        lines=[line.id for line in body.lines],
        modes=[line.mode for line in body.lines],
        stations=[station.zdc or station.zda for station in stations],
        places=places,
    )


def causes_of(text: str) -> list[str]:
    """Causes that `text` names, in its order; those of weight 0.5 only where no other is named.

    >>> causes_of("Motif : acte de vandalisme (intervention de la police).")
    ['security']
    """
    return _sure_first(_found(text, dictionary("causes")))


def effects_of(text: str) -> list[str]:
    """Effects that `text` names, in its order.

    >>> effects_of("Le trafic est perturbé, la gare n'est pas desservie.")
    ['disrupted', 'not_served']
    """
    return _sure_first(_found(text, dictionary("effects")))


def _sure_first(found: Iterable[tuple[str, float]]) -> list[str]:
    found = list(found)
    sure = [name for name, weight in found if weight >= SURE]
    return list(dict.fromkeys(sure or (name for name, weight in found if weight > 0)))


def _found(text: str, trie: Trie) -> list[tuple[str, float]]:
    tokens, found, position = words(fold(text[:MAX_CHARACTERS])), [], 0
    while position < len(tokens):
        if tokens[position] in TIMETABLE_NOTE:
            position = _end_of_sentence(tokens, position)
            continue
        term = longest(trie, tokens, position) if tokens[position] in trie.below else None
        if term:
            found.append((term.kind, term.weight))
        position += term.words if term else 1
    return found


def _end_of_sentence(tokens: list[str], position: int) -> int:
    while position < len(tokens) and tokens[position] not in SENTENCE_ENDS:
        position += 1
    return position


@cache
def dictionary(name: str) -> Trie:
    """The phrases of data/NAME.tsv: causes or effects."""
    source = f"data/{name}.tsv"
    content = resources.files("spark_app.language").joinpath(source).read_text(encoding="utf-8")
    return read_phrases(content, source)
