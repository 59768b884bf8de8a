"""Colours of hits on the map: by cluster, by severity or by polarity."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from dashboard.store.records import Revision
from dashboard.ui.theme import SEVERITY_COLOURS, hue_name, polarity_colour
from dashboard.window.hit_filter import severity
from dashboard.window.view import View
from spark_app.language.severities import rank

SHADE_LEAST = 0.45  # of a cluster's hue where no text is negative; the rest is the ground's colour


class Paint(NamedTuple):
    """`colour` is `#rrggbb` or a name of the style sheet, `shade` the share of it above the ground, up to 1."""

    colour: str
    shade: float = 1.0


Hitting = tuple[Revision, Collection[str]]  # a disruption that hits a place, the clusters that it belongs to there
PaintOf = Callable[[Iterable[Hitting]], Paint]


def paint_of(view: View) -> PaintOf:
    """How the reader wants a place of this view to be coloured, by what hits it."""
    if view.selection.colour == "severity":
        return _by_severity
    if view.selection.colour == "polarity":
        return _by_polarity
    by_size = sorted(view.clusters, key=lambda c: (-c.count("disruptions"), c.key))
    names = {cluster.key: hue_name(cluster.hue) for cluster in by_size}
    return lambda hitting: _by_cluster(hitting, names)


def _by_cluster(hitting: Iterable[Hitting], names: Mapping[str, str]) -> Paint:
    """The hue of the largest cluster, the darker the more negative the lowest text."""
    found = list(hitting)
    here = {key for _, keys in found for key in keys}
    colour = next((name for key, name in names.items() if key in here), hue_name(None))
    negative = -min(lowest(revision for revision, _ in found) or 0.0, 0.0)
    return Paint(colour, round(SHADE_LEAST + (1 - SHADE_LEAST) * negative, 2))


def _by_severity(hitting: Iterable[Hitting]) -> Paint:
    return Paint(SEVERITY_COLOURS[min((severity(revision) for revision, _ in hitting), key=rank)])


def _by_polarity(hitting: Iterable[Hitting]) -> Paint:
    return Paint(polarity_colour(lowest(revision for revision, _ in hitting)))


def lowest(revisions: Iterable[Revision]) -> float | None:
    """The polarity of the most negative text; None without evidence in any."""
    return min((revision.polarity for revision in revisions if revision.polarity is not None), default=None)
