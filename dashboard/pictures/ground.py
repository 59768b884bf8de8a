"""The base map of a picture as SVG: land, rivers, lines with their casing, towns;
in kilometres, so that a scale holds everywhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.map.base_map import shape
from dashboard.pictures.svg import element, group, line, rectangle, write
from dashboard.ui.theme import cluster_colour, colours
from geo.network.projection import to_km

Km = NDArray[np.float64]  # (n, 2): east, north
CENTRE = (48.853, 2.349)  # Notre-Dame, as on the page
CLOSEST_PX_PER_KM = 80.0
PLAIN_PX = 1.4  # of a line whose mode is not known
BARS_KM = (20, 10, 5, 2, 1)


@dataclass(frozen=True, slots=True)
class Frame:
    """A piece of the plane in a box of `width` x `height` units, whose corner above left is (west, north) in km."""

    west_km: float
    north_km: float
    px_per_km: float
    width: float
    height: float

    def to_units(self, lat: float, lon: float) -> tuple[float, float]:
        """Where a point is, in units."""
        x_km, y_km = to_km([lat], [lon])
        return (float(x_km[0]) - self.west_km) * self.px_per_km, (self.north_km - float(y_km[0])) * self.px_per_km

    def holds(self, lat: float, lon: float) -> bool:
        """Whether a point lies in it."""
        x, y = self.to_units(lat, lon)
        return 0 <= x <= self.width and 0 <= y <= self.height

    def path(self, points: Km) -> str:
        """Points as a path, to a tenth of a unit."""
        x, y = (points[:, 0] - self.west_km) * self.px_per_km, (self.north_km - points[:, 1]) * self.px_per_km
        return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))


def frame_around(lat: float, lon: float, px_per_km: float, width: float, height: float) -> Frame:
    """A frame with a point in its middle."""
    x_km, y_km = to_km([lat], [lon])
    return Frame(
        float(x_km[0]) - width / px_per_km / 2, float(y_km[0]) + height / px_per_km / 2, px_per_km, width, height
    )


def holding(points: Km, width: float, height: float, margin: float, closest_px_per_km: float) -> Frame:
    """The frame that holds all points, `margin` units from its edges."""
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    scale = min(
        (width - 2 * margin) / max(east - west, 1e-6),
        (height - 2 * margin) / max(north - south, 1e-6),
        closest_px_per_km,
    )
    x_km, y_km = (west + east) / 2, (south + north) / 2
    return Frame(float(x_km - width / scale / 2), float(y_km + height / scale / 2), float(scale), width, height)


@cache
def region() -> Km:
    """The border points of the region."""
    return np.vstack([ring for _, ring in _pieces("departements")])


def ground(frame: Frame, chosen_lines: Collection[str] = (), plain: bool = False) -> str:
    """Land and lines in grey, those that are chosen strongly in their colours; `plain` leaves out lines and towns."""
    ink = colours()
    sea = rectangle(0, 0, frame.width, frame.height, fill=ink["map-sea"])
    if plain:
        return sea + _land(frame)
    land = _land(frame) + _rivers(frame)
    looks = sorted((name in chosen_lines, name, *look) for name, look in _looks(frame).items())
    casings = [_stroke(path, ink["map-ground"], weight + (3.2 if own else 1.6)) for own, _, _, weight, path in looks]
    strokes = [
        _stroke(path, colour, weight + 2) if own else _stroke(path, ink["map-line"], weight * 0.6)
        for own, _, colour, weight, path in looks
    ]
    return sea + land + group(*casings, *strokes, fill="none", stroke_linejoin="round")


def _stroke(path: str, colour: str, width: float, **more: Any) -> str:
    return element("path", d=path, stroke=colour, stroke_width=width, **more)


def sections(frame: Frame, hit: dict[str, str]) -> str:
    """The stretches that are hit, in their colours, along the lines."""
    found = [_stroke(frame.path(points), hit[key], 5) for key, points in _section_points() if key in hit]
    return group(*found, fill="none", stroke_linecap="round", stroke_opacity=0.9)


DASHES = (None, "7 5", "1 6", "9 4 1 4")  # round the hulls, by pattern: as in assets/map/badges.css


def territories(frame: Frame, hulls: dict[str, Any]) -> str:
    """The hulls of clusters in their hues."""
    found = []
    for hull in hulls["features"]:
        p, colour = hull["properties"], cluster_colour(hull["properties"]["hue"])
        path = "".join(f"{frame.path(_km(ring))}Z" for ring in _lists(hull["geometry"]["coordinates"]))
        dashes = DASHES[p["pattern"] % len(DASHES)]
        found.append(element("path", d=path, fill=colour, stroke=colour, stroke_dasharray=dashes))
    return group(*found, fill_opacity=0.2, stroke_opacity=0.9, stroke_width=2.5, fill_rule="evenodd")


def ways(frame: Frame, trails: dict[str, Any]) -> str:
    """The trails of clusters in their hues, forks with dashes."""
    halo, found = colours()["map-halo"], []
    for trail in trails["features"]:
        path, colour = frame.path(_km(trail["geometry"]["coordinates"])), cluster_colour(trail["properties"]["hue"])
        dashes = None if trail["properties"]["kind"] == "trail" else "6 4"
        found += [_stroke(path, halo, 5.5), _stroke(path, colour, 3, stroke_dasharray=dashes)]
    return group(*found, fill="none", stroke_linejoin="round")


def cover(frame: Frame) -> str:
    """What hides all that reaches out of the frame; a third of the time of a clip path."""
    w, h, r, far = frame.width - 16, frame.height - 16, 8, 4000
    hole = (
        f"M8 0h{w:g}a{r} {r} 0 0 1 {r} {r}v{h:g}a{r} {r} 0 0 1 -{r} {r}h-{w:g}a{r} {r} 0 0 1 -{r} -{r}v-{h:g}a{r} "
        f"{r} 0 0 1 {r} -{r}z"
    )
    return element(
        "path", d=f"M-{far} -{far}h{2 * far}v{2 * far}h-{2 * far}z{hole}", fill=colours()["card"], fill_rule="evenodd"
    )


def town_names(frame: Frame) -> str:
    """The names of the towns that help to read a map."""
    ink = colours()
    look: dict[str, Any] = {
        "fill": ink["map-word"],
        "text_anchor": "middle",
        "paint_order": "stroke",
        "stroke": ink["map-halo"],
        "stroke_width": 3,
        "stroke_linejoin": "round",
    }
    places = ((f["properties"]["name"], *reversed(f["geometry"]["coordinates"])) for f in _towns())
    named = ((name, frame.to_units(lat, lon)) for name, lat, lon in places if frame.holds(lat, lon))
    return "".join(write(x, y + 4, name, 11.5, **look) for name, (x, y) in named)


def scale_bar(frame: Frame, right: float, bottom: float) -> str:
    """How long a few kilometres are."""
    ink = colours()
    km = next((km for km in BARS_KM if km * frame.px_per_km <= 160), BARS_KM[-1])
    left = right - km * frame.px_per_km
    bar = group(
        *(
            line(*ends, ink["muted"], stroke_width=1.5)
            for ends in (
                (left, bottom, right, bottom),
                (left, bottom - 4, left, bottom),
                (right, bottom - 4, right, bottom),
            )
        )
    )
    return bar + write((left + right) / 2, bottom - 6, f"{km} km", 11, ink["muted"], text_anchor="middle")


@lru_cache(maxsize=8)
def _land(frame: Frame) -> str:
    ink = colours()
    path = "".join(f"{frame.path(ring)}Z" for _, ring in _pieces("departements"))
    return element("path", d=path, fill=ink["map-ground"], stroke=ink["map-border"])


@lru_cache(maxsize=8)
def _rivers(frame: Frame) -> str:
    ink = colours()["map-water"]
    drawn = [_stroke(frame.path(points), ink, properties["weight"]) for properties, points in _pieces("rivers")]
    return group(*drawn, fill="none", stroke_linejoin="round")


@lru_cache(maxsize=8)
def _looks(frame: Frame) -> dict[str, tuple[str, float, str]]:
    """Colour, weight and path of each line."""
    looks = {properties["line"]: properties for properties, _ in _pieces("lines")}
    paths: dict[str, str] = dict.fromkeys(looks, "")
    for properties, points in _pieces("lines"):
        paths[properties["line"]] += frame.path(points)
    return {name: (p.get("colour", "#8b96a3"), p.get("weight", PLAIN_PX), paths[name]) for name, p in looks.items()}


@cache
def _pieces(name: str) -> list[tuple[dict[str, Any], Km]]:
    return [
        (f["properties"], _km(piece)) for f in shape(name)["features"] for piece in _lists(f["geometry"]["coordinates"])
    ]


@cache
def _section_points() -> list[tuple[str, Km]]:
    return [(f["properties"]["key"], _km(f["geometry"]["coordinates"])) for f in shape("sections")["features"]]


@cache
def _towns() -> list[dict[str, Any]]:
    towns: list[dict[str, Any]] = shape("towns")["features"]
    return towns


def _km(points: Iterable[tuple[float, float]]) -> Km:
    lon, lat = zip(*points, strict=True)
    return np.column_stack(to_km(lat, lon))


def _lists(value: Any) -> Iterator[Any]:
    if value and isinstance(value[0][0], (int, float)):
        yield value
    else:
        for item in value:
            yield from _lists(item)
