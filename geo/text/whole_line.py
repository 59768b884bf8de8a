"""Whole lines: whether a text says that all of a line is disturbed, and which words say it.

Two statements do. One names the extent: "sur l'ensemble de la ligne", "toute la ligne". The other names none: "Trafic
perturbé sur la ligne 6", in a message that names no station at all. A line that runs normally again is not disturbed,
and "sur toute la ligne entre X et Y" is a section.
"""

import re
from collections.abc import Sequence

from geo.network.lines import Lines
from geo.text.folding import fold

EXTENT_RULE, TRAFFIC_RULE = "ensemble de la ligne", "trafic de la ligne"

_WHOLE = r"(?:ensemble|totalite|integralite)"
_LINE_NAME = r"(?: (?P<line>[a-z]|t\d{1,2}[a-z]?|\d{1,2}(?:b|bis)?)\b)?+"
# "ensemble de la branche X" and "toutes les gares entre X et Y" are parts of a line.
_EXTENT = re.compile(
    rf"\b(?P<extent>{_WHOLE} (?:de la|des|de vos|de votre|de nos|de notre) lignes?|{_WHOLE} (?:du reseau|des "
    r"(?:branches|axes))|"
    rf"toute la ligne|toute votre ligne|ligne entiere|ligne dans (?:son {_WHOLE}|sa totalite)|toutes les branches|"
    rf"toutes les (?:gares|stations) (?:de la|de votre) ligne)\b{_LINE_NAME}(?! ?,? (?:entre|de|depuis) )"
)
_HEAD = re.compile(
    r"lignes?\b|reseau|branches|axes"
)  # no extent without it: most clauses are passed over by this alone
_WELL = (
    r"normal\w*|retabli\w*|fluide\w*|regulier\w*|repren\w*|repris\w*|desser\w+|plus (?:de )?perturb\w*|fin d\w* "
    r"\w*perturb\w*"
)
_ILL = (
    r"perturb\w*|ralenti\w*|interromp\w*|interruption\w*|suspend\w*|suspens\w*|retard\w*|supprim\w*|suppression\w*|"
    r"ne (?:circul|desser)\w*|stationne\w*|difficil\w*|progressi\w*|modifi\w*|arrete\w*|ferme\w*|non desser\w*|pas "
    r"desser\w*|reduit\w*|allege\w*"
)
_STATE = re.compile(rf"\b(?:(?P<well>{_WELL})|{_ILL})\b")

_TRAFFIC = re.compile(
    r"\b(?:trafic|circulation)(?: des (?:trains|trams|tramways|metros|rames))?"
    r"(?: (?:est|reste|sera|demeure|encore|toujours|actuellement|tres|fortement|legerement|reprend|mais))*"
    r" (?:perturbee?|interrompue?|ralentie?|suspendue?|difficile)\b"
    r"(?= *(?:$|[.,;:!?(\n-]|en (?:raison|repercussion)|suite|a (?:la suite|cause)|du fait|pour cause|motif|sur "
    r"(?:la |les |votre |notre |nos )?(?:lignes?|rer|metros?|trams?|tramways?)\b|jusqu|"
    r"dans les (?:deux|2) sens))"
)
# Words of a place that no table knows: what they stand with is on a part of the line.
_PART = re.compile(r"\b(?:entre|arrets?|gares?|stations?|quais?|acces|ascenseurs?|direction|branches?|axes?)\b")


def names_whole_line(clause: str) -> bool:
    """Whether a folded clause says that something is wrong on a whole line.

    The nearest word about the traffic before the extent decides; without one, the first behind it.

    >>> names_whole_line("le trafic reprend mais reste perturbe sur l'ensemble de la ligne")
    True
    >>> names_whole_line("interrompu a midi, le trafic reprend sur l'ensemble de la ligne")
    False
    """
    return _HEAD.search(clause) is not None and any(not _is_well(clause, extent) for extent in _EXTENT.finditer(clause))


def is_about_trouble(clause: str) -> bool:
    """Whether a folded clause holds a word of trouble, such as "perturbe"."""
    return any(not state["well"] for state in _STATE.finditer(clause))


def _is_well(clause: str, extent: re.Match[str]) -> bool:
    states = list(_STATE.finditer(clause))
    before = [state for state in states if state.end() <= extent.start()]
    behind = [state for state in states if state.start() >= extent.end()]
    nearest = before[-1:] or behind[:1]
    return bool(nearest and nearest[0]["well"])


def says_traffic_is_disturbed(clause: str) -> bool:
    """Whether a folded clause, its cause taken out, says that traffic is disturbed and nothing of where.

    >>> says_traffic_is_disturbed("trafic perturbe sur la ligne 6")
    True
    >>> says_traffic_is_disturbed("trafic perturbe entre a et b")
    False
    """
    return ("trafic" in clause or "circulation" in clause) and bool(_TRAFFIC.search(clause))


def names_a_part(text: str) -> bool:
    """Whether a folded text has words of a place, known or not."""
    return bool(_PART.search(text))


def span_of(text: str, rule: str) -> tuple[int, int]:
    """Where a text says it: offsets of the words; (0, 0) if it does not."""
    folded = fold(text)
    if rule == TRAFFIC_RULE:
        said = _TRAFFIC.search(folded)
        return said.span() if said else (0, 0)
    said = _EXTENT.search(folded)
    return (said.start(), said.end() if _named(said, text) else said.end("extent")) if said else (0, 0)


def lines_said(text: str, lines: Sequence[str]) -> tuple[str, ...]:
    """Those of a message's `lines` that a text names with its extent ("l'ensemble de la ligne D");
    all when it names none."""
    said, known = _EXTENT.search(fold(text)), Lines.load()
    name = _named(said, text) if said else ""
    return tuple(id_ for id_ in lines if name and (line := known.get(id_)) and fold(line.name) == name) or tuple(lines)


def _named(said: re.Match[str], text: str) -> str:
    """The folded name of the line behind an extent; a small letter is none: "toute la ligne à partir de 9h"."""
    start, end = said.span("line")
    return "" if start < 0 or text[start:end].islower() else said["line"]
