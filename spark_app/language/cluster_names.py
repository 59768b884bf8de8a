"""What a cluster is called: by its place, its line and its cause, as "Gare du Nord · RER B · malaise voyageur".

A name stays while the content does: another station, line or cause takes over only when it weighs
clearly more than the one in the name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from geo.lines import Lines

SEPARATOR = " · "
TAKES_OVER = 1.25  # times the weight of the part that is in the name
LEADS = 0.34  # a line or cause below this share of the cluster does not name it
SEVERAL_LINES, SEVERAL_CAUSES = "plusieurs lignes", "causes diverses"
NOWHERE = "sans lieu"


class ClusterName(NamedTuple):
    """The parts of a name; line and cause are empty where nothing is known of them."""

    place: str
    line: str
    cause: str

    def __str__(self) -> str:
        return SEPARATOR.join(part for part in self if part)


def cluster_name(
    stations: Mapping[str, float],
    lines: Mapping[str, float],
    causes: Mapping[str, float],
    previous: ClusterName | None = None,
) -> ClusterName:
    """The name of a cluster by its content.

    Args:
        stations, lines, causes: weight (disruptions) by the label on the screen.
        previous: the cluster's name until now; its parts stay unless something weighs clearly more.

    >>> str(cluster_name({"Gare du Nord": 3, "Aulnay": 1}, {"RER B": 4}, {"malaise voyageur": 3}))
    'Gare du Nord · RER B · malaise voyageur'
    """
    before = previous or ClusterName("", "", "")
    return ClusterName(
        _heaviest(stations, before.place) or NOWHERE,
        _leader(lines, before.line, SEVERAL_LINES),
        _leader(causes, before.cause, SEVERAL_CAUSES),
    )


def _heaviest(weights: Mapping[str, float], before: str) -> str:
    """The heaviest label, the first by name among equals; `before` unless another takes over."""
    if not weights:
        return ""
    best = min(weights, key=lambda label: (-weights[label], label))
    held = weights.get(before, 0)
    return before if held > 0 and weights[best] < held * TAKES_OVER else best


def _leader(weights: Mapping[str, float], before: str, several: str) -> str:
    """The heaviest label if it leads, `several` if none does."""
    best, total = _heaviest(weights, before), sum(weights.values())
    if not best or total <= 0:
        return ""
    bar = LEADS / TAKES_OVER if best == before else LEADS * TAKES_OVER if before == several else LEADS
    return best if weights[best] >= bar * total else several


_MODE_FR = {"rer": "RER", "train": "Ligne", "metro": "Métro", "tram": "", "bus": "Bus", "shuttle": ""}


def short_label(line_id: str, name: str, mode: str) -> str:
    """A line in a name: "RER B", "Métro 4", "T3a", "Bus 191".

    >>> short_label("C01743", "B", "rer")
    'RER B'
    """
    line = Lines.load().get(line_id)
    word = _MODE_FR.get(mode, "")
    return f"{word} {line.name if line else name or line_id}".strip()
