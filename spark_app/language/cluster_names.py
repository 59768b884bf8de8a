"""What a cluster is called: by its place, its line and its cause, as "Gare du Nord · RER B · malaise voyageur".

A name stays while the content does: another station, line or cause takes over only when it weighs
clearly more than the one in the name. Where no station leads, the place is the station in the middle: the label
stands there, and the heaviest of many equals may be ten kilometres away.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, hypot, radians
from typing import NamedTuple

from geo.lines import Lines

SEPARATOR = " · "
TAKES_OVER = 1.25  # times the weight of the part that is in the name
LEADS = 0.34  # a station, line or cause below this share of the cluster does not name it
NEAR_KM = 2.0  # a station this near to the middle may stay the one in the name
KM_PER_DEG = 111.2
SEVERAL_LINES, SEVERAL_CAUSES = "plusieurs lignes", "causes diverses"
NOWHERE = "sans lieu"


Spot = tuple[float, float]  # latitude and longitude, degrees


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
    spots: Mapping[str, Spot],
    previous: ClusterName | None = None,
) -> ClusterName:
    """The name of a cluster by its content.

    Args:
        stations, lines, causes: weight (disruptions) by the label on the screen.
        spots: latitude and longitude of each of the stations, degrees.
        previous: the cluster's name until now; its parts stay unless something weighs clearly more.

    >>> spots = {"Gare du Nord": (48.880, 2.357), "Aulnay": (48.932, 2.496)}
    >>> str(cluster_name({"Gare du Nord": 3, "Aulnay": 1}, {"RER B": 4}, {"malaise voyageur": 3}, spots))
    'Gare du Nord · RER B · malaise voyageur'
    """
    before = previous or ClusterName("", "", "")
    return ClusterName(
        _place(stations, spots, before.place) or NOWHERE,
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


def _place(weights: Mapping[str, float], spots: Mapping[str, Spot], before: str) -> str:
    """The station that leads, else the one nearest to the middle; `before` while it is near to it."""
    best, total = _heaviest(weights, before), sum(weights.values())
    if not best or weights[best] >= _bar(best, before, before in weights) * total:
        return best
    middle = _middle(weights, spots)
    if before in weights and _distance_km(spots[before], middle) <= NEAR_KM:
        return before
    return min(weights, key=lambda name: (_distance_km(spots[name], middle), name))


def _middle(weights: Mapping[str, float], spots: Mapping[str, Spot]) -> Spot:
    total = sum(weights.values())
    lat, lon = (sum(weight * spots[name][axis] for name, weight in weights.items()) / total for axis in (0, 1))
    return lat, lon


def _distance_km(a: Spot, b: Spot) -> float:
    """On a plane: right to a few metres over the region, and cheap."""
    return KM_PER_DEG * hypot(a[0] - b[0], (a[1] - b[1]) * cos(radians(a[0])))


def _leader(weights: Mapping[str, float], before: str, several: str) -> str:
    """The heaviest label if it leads, `several` if none does."""
    best, total = _heaviest(weights, before), sum(weights.values())
    if not best or total <= 0:
        return ""
    return best if weights[best] >= _bar(best, before, before == several) * total else several


def _bar(best: str, before: str, held: bool) -> float:
    """The share from which `best` leads: less if it did before, more if something else is `held`."""
    return LEADS / TAKES_OVER if best == before else LEADS * TAKES_OVER if held else LEADS


_MODE_FR = {"rer": "RER", "train": "Ligne", "metro": "Métro", "tram": "", "bus": "Bus", "shuttle": ""}


def short_label(line_id: str, name: str, mode: str) -> str:
    """A line in a name: "RER B", "Métro 4", "T3a", "Bus 191".

    >>> short_label("C01743", "B", "rer")
    'RER B'
    """
    line = Lines.load().get(line_id)
    word = _MODE_FR.get(mode, "")
    return f"{word} {line.name if line else name or line_id}".strip()
