"""The legend of a map picture: figures, the meaning of the colours, the clusters by name."""

from __future__ import annotations

from typing import Any

from dashboard.map.map_layers import badge_features
from dashboard.pictures.svg import cut, element, group, rectangle, write
from dashboard.ui.texts import Words
from dashboard.ui.theme import (
    NEGATIVE_COLOURS,
    NO_EVIDENCE_COLOUR,
    POSITIVE_COLOUR,
    SEVERITY_COLOURS,
    cluster_colour,
    colours,
    shaded,
)
from dashboard.window.view import View

SIDE_WIDTH = 300  # units
NAMES = 12  # clusters that are named
TRENDS = {"up": " ↑", "down": " ↓"}


def map_legend(view: View, words: Words, x: float) -> tuple[str, float]:
    """Figures, what the colours say, the clusters; (SVG, height)."""
    ink, rows = colours(), _Rows(x)
    for n, key in (
        (view.counts.total, "figures.ongoing"),
        (len(view.stations), "figures.stations"),
        (view.counts.total - view.counts.placed, "figures.unplaced"),
    ):
        rows.add(26, write(x, 0, words.number(n), 20, bold=True) + write(x + 62, 0, words(key, n=n), 13, ink["muted"]))
    _scale(view.selection.colour, words, rows)
    named = badge_features(view)["features"][:NAMES]
    if named:
        rows.add(32, write(x, 0, words("map.clusters"), 13, bold=True))
    for feature in named:
        p = feature["properties"]
        said = words.number(p["disruptions"]) + TRENDS.get(p["trend"], "")
        size = write(x + SIDE_WIDTH, 0, said, 12, bold=True, text_anchor="end")
        rows.add(19, _swatch(x, cluster_colour(p["hue"]), cut(_called(p), 12, SIDE_WIDTH - 70)) + size)
    return rows.svg(), rows.height


def _scale(colour: str, words: Words, rows: _Rows) -> None:
    x, ink = rows.x, colours()
    rows.add(32, write(x, 0, f"{words('map.colour')} {words(f'map.colour.{colour}')}", 13, bold=True))
    if colour == "severity":
        for code, fill in SEVERITY_COLOURS.items():
            rows.add(19, _swatch(x, fill, words(f"severity.short.{code}")))
        return
    if colour == "polarity":
        ramp = [rectangle(x + 16 + 34 * n, -9, 33, 10, fill=fill) for n, fill in enumerate(NEGATIVE_COLOURS)]
        rows.add(20, write(x, 0, "0", 12) + group(*ramp) + write(x + 192, 0, "−1", 12))
        others = ((0, POSITIVE_COLOUR, "map.positive"), (110, NO_EVIDENCE_COLOUR, "map.no_evidence"))
        rows.add(20, "".join(_swatch(x + right, fill, words(key)) for right, fill, key in others))
    else:
        shades = [_disc(x + 6 + 8 * n, shaded("cluster-hue-0", shade)) for n, shade in enumerate((0.45, 0.72, 1.0))]
        rows.add(20, group(*shades) + write(x + 36, 0, words("map.shade"), 12))
        way = rectangle(x, -6, 22, 3, rx=1.5, fill=cluster_colour(0))
        rows.add(20, way + write(x + 36, 0, words("map.trail"), 12))
    ring = element("circle", cx=x + 7, cy=-4, r=5.5, fill="none", stroke=ink["map-ring"], stroke_width=2.2)
    rows.add(20, ring + write(x + 36, 0, words("map.blocked"), 12))


def _disc(x: float, fill: str) -> str:
    return element("circle", cx=x, cy=-4, r=6, fill=fill)


class _Rows:
    """Rows of a legend, one below the other, each with its base line at 0."""

    def __init__(self, x: float) -> None:
        self.x, self.height = x, 0.0
        self._parts: list[str] = []

    def add(self, height: float, content: str) -> None:
        self.height += height
        self._parts.append(group(content, transform=f"translate(0 {self.height:g})"))

    def svg(self) -> str:
        return "".join(self._parts)


def _swatch(x: float, colour: str, text: str) -> str:
    return _disc(x + 6, colour) + write(x + 19, 0, text, 12)


def _called(cluster: dict[str, Any]) -> str:
    return " · ".join(filter(None, (cluster["letter"], cluster["name"])))
