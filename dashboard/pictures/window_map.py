"""The map of a window: what the page draws of it, with the whole region beside the middle of it, and its legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.map.hulls import hull_features
from dashboard.map.line_edges import hit_sections
from dashboard.map.map_layers import badge_features, station_features
from dashboard.map.trails import trail_features
from dashboard.pictures.badge_layout import NAME_WIDTH, Badge, is_moved, lay, nameable
from dashboard.pictures.frame import BODY_MAX, BODY_WIDTH, Drawing
from dashboard.pictures.ground import (
    CENTRE,
    CLOSEST_PX_PER_KM,
    Frame,
    cover,
    frame_around,
    ground,
    holding,
    region,
    scale_bar,
    sections,
    territories,
    town_names,
    ways,
)
from dashboard.pictures.map_legend import SIDE_WIDTH, TRENDS, map_legend
from dashboard.pictures.svg import cut, element, group, line, rectangle, titled, write
from dashboard.ui.texts import Words
from dashboard.ui.theme import cluster_colour, colours, shaded
from dashboard.window.view import View
from geo.network.lines import contrast_text
from geo.network.projection import to_km

MIDDLE_PX_PER_KM = 20.0  # zoom 11 of the page
NEAREST_PX_PER_KM = 40.0  # about zoom 12
MARGIN = 60.0  # from the badges to the edge

Feature = dict[str, Any]


def draw_window(view: View, words: Words) -> Drawing:
    """The map of a window with its legend."""
    width, height = BODY_WIDTH - SIDE_WIDTH - 24, BODY_MAX
    stations = station_features(view)["features"]
    frame = frame_of([each["geometry"]["coordinates"] for each in badge_features(view)["features"]], width, height)
    left = width + 24
    legend, used = map_legend(view, words, left)
    body = draw_map(view, frame, words) + scale_bar(frame, width - 14, height - 12) + legend
    inset = height - used - 30
    return Drawing(words("picture.map"), body + _inset(view, stations, frame, left, used + 30, inset, words), height)


def frame_of(places: Sequence[Sequence[float]], width: float, height: float) -> Frame:
    """What holds the badges at these places (lon, lat), as the page opens; the middle of the region without any."""
    if not places:
        return frame_around(*CENTRE, MIDDLE_PX_PER_KM, width, height)
    lon, lat = zip(*places, strict=True)
    return holding(np.column_stack(to_km(lat, lon)), width, height, MARGIN, NEAREST_PX_PER_KM)


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
    return frame.to_units(lat, lon)


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
    """Every cluster; a line to the station of one that had to move, the name below where nothing else is."""
    features = badge_features(view)["features"]
    anchors = [Badge(*_place(each, frame), each["properties"]["radius"]) for each in features]
    spots = lay(anchors, frame.width, frame.height)
    drawn = list(zip(features, anchors, spots, strict=True))
    leaders = (_leader(each["properties"], *ends) for each, *ends in drawn if is_moved(*ends))
    named = [_name(features[n]["properties"]["name"], spots[n]) for n in nameable(spots)]
    return group(*leaders, *(_badge(each["properties"], spot, words) for each, _, spot in drawn), *named)


def _leader(cluster: dict[str, Any], anchor: Badge, spot: Badge) -> str:
    colour = cluster_colour(cluster["hue"])
    end = element("circle", cx=anchor.x, cy=anchor.y, r=3.5, fill=colour, stroke=colours()["map-halo"])
    return line(anchor.x, anchor.y, spot.x, spot.y, colour, stroke_width=2) + end


def _name(name: str, spot: Badge) -> str:
    halo: dict[str, Any] = {"paint_order": "stroke", "stroke": colours()["map-halo"], "stroke_width": 4}
    top = spot.y + spot.radius + 15
    return write(
        spot.x, top, cut(name, 12, NAME_WIDTH), 12, bold=True, text_anchor="middle", stroke_linejoin="round", **halo
    )


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


def _inset(
    view: View, stations: Sequence[Feature], frame: Frame, x: float, y: float, height: float, words: Words
) -> str:
    """Every station hit on the whole region, with the border of the frame."""
    ink = colours()
    if height < 120:
        return ""
    small = holding(region(), SIDE_WIDTH, min(height, SIDE_WIDTH * 0.86) - 22, 4, CLOSEST_PX_PER_KM)
    y += height - small.height - 22
    dots = [
        element("circle", cx=a, cy=b, r=1.8, fill=shaded(each["properties"]["colour"], 1))
        for each in stations
        for a, b in [_place(each, small)]
    ]
    ratio = small.px_per_km / frame.px_per_km
    left, top = (frame.west_km - small.west_km) * small.px_per_km, (small.north_km - frame.north_km) * small.px_per_km
    right, bottom = min(left + frame.width * ratio, small.width), min(top + frame.height * ratio, small.height)
    left, top = max(left, 0.0), max(top, 0.0)
    edge = rectangle(left, top, right - left, bottom - top, fill="none", stroke=ink["ink"], stroke_width=1.2)
    outside = sum(not frame.holds(*reversed(each["geometry"]["coordinates"])) for each in stations)
    told = words("picture.outside", stations=words("n.stations_hit", n=outside)) if outside else words("picture.region")
    return group(
        write(0, 12, told, 12, ink["muted"]),
        group(ground(small, plain=True), *dots, edge, transform="translate(0 22)"),
        transform=f"translate({x:g} {y:g})",
    )
