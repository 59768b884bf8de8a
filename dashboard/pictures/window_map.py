"""The map of a window: what the page draws of it, with the whole region beside the middle of it, and its legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.map.hulls import hull_features
from dashboard.map.line_edges import hit_sections
from dashboard.map.map_layers import badge_features, station_features
from dashboard.map.trails import trail_features
from dashboard.pictures.badge_layout import Badge, is_moved, lay
from dashboard.pictures.frame import BODY_MAX, BODY_WIDTH, Drawing
from dashboard.pictures.ground import (
    CENTRE,
    CLOSEST_PX_PER_KM,
    Frame,
    around,
    cover,
    ground,
    holding,
    region,
    scale_bar,
    sections,
    territories,
    town_names,
    ways,
)
from dashboard.pictures.svg import cut, element, group, line, rectangle, titled, write
from dashboard.ui.texts import Words
from dashboard.ui.theme import NEGATIVE_COLOURS, NO_EVIDENCE_COLOUR, POSITIVE_COLOUR, cluster_colour, colours, shaded
from dashboard.window.view import View
from geo.network.lines import contrast_text
from geo.network.projection import to_km

SIDE = 300  # units of the column with the legend

MIDDLE_PX_PER_KM = 20.0  # zoom 11 of the page

TRENDS = {"up": " ↑", "down": " ↓"}

NAMES = 12  # clusters that the legend names

Feature = dict[str, Any]


def draw_window(view: View, words: Words) -> Drawing:
    """The map of a window with its legend."""
    width, height = BODY_WIDTH - SIDE - 24, BODY_MAX
    stations = station_features(view)["features"]
    frame = frame_of([each["geometry"]["coordinates"] for each in stations], width, height)
    left = width + 24
    legend, used = _legend(view, words, left)
    body = draw_map(view, frame, words) + scale_bar(frame, width - 14, height - 12) + legend
    inset = height - used - 30
    return Drawing(words("picture.map"), body + _inset(view, stations, frame, left, used + 30, inset, words), height)


def frame_of(places: Sequence[Sequence[float]], width: float, height: float) -> Frame:
    """The middle of the region, the same for every window; what holds all places (lon,
    lat) if most lie outside of it."""
    middle = around(*CENTRE, MIDDLE_PX_PER_KM, width, height)
    inside = sum(middle.holds(lat, lon) for lon, lat in places)
    if 2 * inside >= len(places):
        return middle
    lon, lat = zip(*places, strict=True)
    return holding(np.column_stack(to_km(lat, lon)), width, height, 60, CLOSEST_PX_PER_KM)


def draw_map(view: View, frame: Frame, words: Words) -> str:
    """The layers of the page's map in a frame, from below."""
    stations = station_features(view)["features"]
    return "".join(
        (
            ground(frame, view.selection.lines),
            territories(frame, hull_features(view)),
            sections(frame, {key: shaded(colour, 1) for key, colour in hit_sections(view).items()}),
            town_names(frame),
            *(_station(each, frame) for each in stations),
            ways(frame, trail_features(view)),
            cover(frame),
            _badges(view, frame, words),
        )
    )


def _place(feature: Feature, frame: Frame) -> tuple[float, float]:
    lon, lat = feature["geometry"]["coordinates"]
    return frame.at(lat, lon)


def _station(feature: Feature, frame: Frame) -> str:
    ink, (x, y), p = colours(), _place(feature, frame), feature["properties"]
    ring, scale = p["ring"], p["scale"]
    look = {
        "fill": shaded(p["colour"], p["shade"]),
        "stroke": ink["map-ring" if ring else "map-dot"],
        "stroke_width": (2.2 if ring else 1.2) * scale,
    }
    return titled("circle", p["name"], cx=x, cy=y, r=(5.5 if ring else 4.5) * scale, **look)


def _badges(view: View, frame: Frame, words: Words) -> str:
    """Every cluster, those outside of the frame at its edge; a line to the station of one that had to move."""
    features = badge_features(view)["features"]
    anchors = [Badge(*_place(each, frame), each["properties"]["radius"]) for each in features]
    spots = lay(anchors, frame.width, frame.height)
    drawn = list(zip(features, anchors, spots, strict=True))
    leaders = (_leader(each["properties"], *ends) for each, *ends in drawn if is_moved(*ends))
    return group(*leaders, *(_badge(each["properties"], spot, words) for each, _, spot in reversed(drawn)))


def _leader(cluster: dict[str, Any], anchor: Badge, spot: Badge) -> str:
    return line(anchor.x, anchor.y, spot.x, spot.y, cluster_colour(cluster["hue"]), stroke_width=2)


def _badge(cluster: dict[str, Any], spot: Badge, words: Words) -> str:
    """Letter, number of disruptions and trend on a disc."""
    fill, halo, size = cluster_colour(cluster["hue"]), colours()["map-halo"], 6 + 2 * spot.radius / 5
    ink, shown = contrast_text(fill), words.number(cluster["disruptions"]) + TRENDS.get(cluster["trend"], "")
    disc = titled(
        "circle", cluster["name"], cx=spot.x, cy=spot.y, r=spot.radius, fill=fill, stroke=halo, stroke_width=2
    )
    middle: dict[str, Any] = {"fill": ink, "bold": True, "text_anchor": "middle"}
    letter = write(spot.x, spot.y, cluster["letter"] or words("cluster.new"), size, **middle)
    return group(disc, letter, write(spot.x, spot.y + size * 0.9, shown, size * 0.8, **middle))


def _legend(view: View, words: Words, x: float) -> tuple[str, float]:
    """Figures, colours, sizes, names; (SVG, height)."""
    ink, rows = colours(), _Rows(x)
    for n, key in (
        (view.counts.total, "figures.ongoing"),
        (len(view.stations), "figures.stations"),
        (view.counts.total - view.counts.placed, "figures.unplaced"),
    ):
        rows.add(26, write(x, 0, words.number(n), 20, bold=True) + write(x + 62, 0, words(key, n=n), 13, ink["muted"]))
    rows.add(32, write(x, 0, words("map.polarity"), 13, bold=True))
    swatches = [rectangle(x + 16 + 34 * n, -9, 33, 10, fill=colour) for n, colour in enumerate(NEGATIVE_COLOURS)]
    rows.add(20, write(x, 0, "0", 12) + group(*swatches) + write(x + 192, 0, "−1", 12))
    rows.add(
        20,
        _swatch(x, POSITIVE_COLOUR, words("map.positive"))
        + _swatch(x + 110, NO_EVIDENCE_COLOUR, words("map.no_evidence")),
    )
    rows.add(22, rectangle(x, -7, 14, 6, rx=3, fill=NEGATIVE_COLOURS[2]) + write(x + 22, 0, words("map.section"), 12))
    ring = element("circle", cx=x + 7, cy=-4, r=5.5, fill=NEGATIVE_COLOURS[1], stroke=ink["map-ring"], stroke_width=2.2)
    rows.add(22, ring + write(x + 22, 0, words("map.blocked"), 12))
    named = badge_features(view)["features"][:NAMES]
    if named:
        rows.add(32, write(x, 0, words("map.clusters"), 13, bold=True))
    for feature in named:
        p = feature["properties"]
        size = write(
            x + SIDE, 0, words.number(p["disruptions"]) + TRENDS.get(p["trend"], ""), 12, bold=True, text_anchor="end"
        )
        rows.add(19, _swatch(x, cluster_colour(p["hue"]), cut(_called(p), 12, SIDE - 70)) + size)
    return rows.svg(), rows.height


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
    return element("circle", cx=x + 6, cy=-4, r=6, fill=colour) + write(x + 19, 0, text, 12)


def _called(cluster: dict[str, Any]) -> str:
    return " · ".join(filter(None, (cluster["letter"], cluster["name"])))


def _inset(
    view: View, stations: Sequence[Feature], frame: Frame, x: float, y: float, height: float, words: Words
) -> str:
    """Every station hit on the whole region, with the border of the frame."""
    ink = colours()
    if height < 120:
        return ""
    small = holding(region(), SIDE, min(height, SIDE * 0.86) - 22, 4, CLOSEST_PX_PER_KM)
    y += height - small.height - 22
    dots = [
        element("circle", cx=a, cy=b, r=1.8, fill=shaded(each["properties"]["colour"], 1))
        for each in stations
        for a, b in [_place(each, small)]
    ]
    ratio = small.px_per_km / frame.px_per_km
    edge = rectangle(
        (frame.west_km - small.west_km) * small.px_per_km,
        (small.north_km - frame.north_km) * small.px_per_km,
        frame.width * ratio,
        frame.height * ratio,
        fill="none",
        stroke=ink["ink"],
        stroke_width=1.2,
    )
    outside = sum(not frame.holds(*reversed(each["geometry"]["coordinates"])) for each in stations)
    told = words("picture.outside", stations=words("n.stations_hit", n=outside)) if outside else words("picture.region")
    return group(
        write(0, 12, told, 12, ink["muted"]),
        group(ground(small, plain=True), *dots, edge, transform="translate(0 22)"),
        transform=f"translate({x:g} {y:g})",
    )
