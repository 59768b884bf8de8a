"""A window as one HTML file that needs nothing else: figures, a map drawn as SVG, the table, the manifest.

No script and nothing to fetch, so it opens anywhere and for years. The same window gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from html import escape
from typing import Any

from dashboard.choosing import severity
from dashboard.export_document import document
from dashboard.licences import attribution
from dashboard.map_layers import RADIUS_MIN_PX
from dashboard.observation import sentence
from dashboard.paris import moment_word
from dashboard.sections import hit_sections
from dashboard.sections import shapes as section_shapes
from dashboard.table import shown_title
from dashboard.texts import Words
from dashboard.theme import badge, polarity_colour
from dashboard.view import Active, View
from geo.projection import to_km
from geo.tables import DATA_DIR

WIDTH_PX = 900


def to_html(view: View, manifest: Mapping[str, Any], language: str = "fr") -> bytes:
    """The page of one view, with the manifest of its other files."""
    words = Words(language)
    note = attribution(view.meta.get("source", ""))
    day = moment_word(view.span.begin_us, view.span.begin_us + 400 * 86_400_000_000, language)
    begin, end = (moment_word(us, us, language) for us in (view.span.begin_us, view.span.end_us))
    title = f"Pulse, {day}, {begin} → {end}"
    unseen = "".join(f"<p><b>{escape(text)}</b></p>" for text in [sentence(view, words)] if text)
    body = "".join((unseen, _figures(view, words), _map(view), _table(view, words)))
    return document(title, language, f"{words('unofficial')} · {note}", body, manifest)


def _figures(view: View, words: Words) -> str:
    counted = {"ongoing": view.counts.total, "stations": len(view.stations), "unplaced": view.counts.total - view.counts.placed}
    figures = {words(f"figures.{name}", n=n): n for name, n in counted.items()}
    return "<dl>" + "".join(f"<div><dt>{escape(w)}</dt><dd>{words.number(n)}</dd></div>" for w, n in figures.items()) + "</dl>"


def _map(view: View) -> str:
    place, height = _frame()
    hit = hit_sections(view)
    sections = "".join(
        f'<path d="{path}" fill="none" stroke="{hit[key]}" stroke-width="4" stroke-linecap="round"/>'
        for key, path in _section_paths()
        if key in hit
    )
    stations = "".join(
        _circle(place(s.lat, s.lon), 3, f'fill="{polarity_colour(_lowest(s.because))}" stroke="#fff" stroke-width="0.8"', s.name)
        for s in view.stations
    )
    clusters = "".join(
        _circle(place(c.lat, c.lon), max(RADIUS_MIN_PX, 6 * c.disruptions**0.5), _ring(polarity_colour(c.polarity)), f"{c.name} : {c.disruptions:.1f}")
        for c in view.clusters
        if c.drawn_as == "circle" and c.lat is not None and c.lon is not None
    )
    return f'<svg viewBox="0 0 {WIDTH_PX} {height}" role="img">{_ground()}{sections}{stations}{clusters}</svg>'


def _ring(colour: str) -> str:
    return f'fill="{colour}" fill-opacity="0.22" stroke="{colour}" stroke-width="2"'


def _circle(at: tuple[float, float], radius: float, style: str, title: str) -> str:
    return f'<circle cx="{at[0]}" cy="{at[1]}" r="{radius:.1f}" {style}><title>{escape(title)}</title></circle>'


def _lowest(because: Iterable[tuple[Active, Any]]) -> float | None:
    return min((a.revision.polarity for a, _ in because if a.revision.polarity is not None), default=None)


def _table(view: View, words: Words) -> str:
    heads = ("table.lines", "table.disruption", "table.severity", "table.period", "table.polarity")
    head = "".join(f"<th>{escape(words(key))}</th>" for key in heads)
    rows = "".join(_row(active, view.span.end_us, words) for active in view.disruptions)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(active: Active, near_us: int, words: Words) -> str:
    r = active.revision
    lines = " ".join(_badge(line) for line in dict.fromkeys(hit.line for hit, _ in active.hits if hit.line))
    begin, end = (words.moment(us, near_us) or "—" for us in (active.begin_us, active.end_us))
    polarity = "—" if r.polarity is None else f"{r.polarity:+.2f}"
    told = f"<b>{escape(shown_title(r))}</b><br>{escape(r.text)}"
    cells = (lines, told, escape(words(f"severity.{severity(r)}")), f"{begin} → {end}", polarity)
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _badge(line: str) -> str:
    shown = badge(line)
    style = f"background:{shown.colour};color:{shown.text}"
    return f'<span class="badge" style="{style}" title="{escape(shown.label)}">{escape(shown.name)}</span>'


@cache
def _frame() -> tuple[Any, int]:
    """(lat, lon) -> pixels, and the height: the départements fill the width."""
    points = [p for ring in _rings(_read("departements")) for p in ring]
    x, y = to_km([lat for _, lat in points], [lon for lon, _ in points])
    left, top, scale = float(min(x)), float(max(y)), WIDTH_PX / float(max(x) - min(x))

    def place(lat: float, lon: float) -> tuple[float, float]:
        x_km, y_km = (float(value[0]) for value in to_km([lat], [lon]))
        return round((x_km - left) * scale, 1), round((top - y_km) * scale, 1)

    return place, round(float(max(y) - min(y)) * scale)


@cache
def _ground() -> str:
    land = "".join(f'<path d="{_path(ring)}Z" fill="#fbfcfd" stroke="#c3cbd6"/>' for ring in _rings(_read("departements")))
    lines = "".join(f'<path d="{_path(ring)}" fill="none" stroke="#b9c3cf"/>' for ring in _rings(_read("line_traces")))
    return land + lines


@cache
def _section_paths() -> tuple[tuple[str, str], ...]:
    return tuple((f["properties"]["key"], _path(f["geometry"]["coordinates"])) for f in section_shapes()["features"])


def _path(points: Iterable[Any]) -> str:
    place, _ = _frame()
    return "M" + "L".join("{} {}".format(*place(lat, lon)) for lon, lat in points)


def _rings(collection: Mapping[str, Any]) -> Iterator[list[tuple[float, float]]]:
    for feature in collection["features"]:
        yield from _lists(feature["geometry"]["coordinates"])


def _lists(value: Any) -> Iterator[Any]:
    if value and isinstance(value[0][0], (int, float)):
        yield value
    else:
        for item in value:
            yield from _lists(item)


def _read(name: str) -> dict[str, Any]:
    return json.loads((DATA_DIR / f"{name}.geojson").read_text("utf-8"))
