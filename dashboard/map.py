"""The map: a base drawn from our own shapes, clusters as circles, stations as dots, popups.

Geometry comes by URL and is cached by the browser; values come by callback. What changes at different
rates is in different layers: an update of one leaves the others, the popup and the view alone.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import defaultdict
from functools import cache
from typing import Any

import dash_leaflet as dl
from dash import html
from flask import Flask, Response, request

from dashboard.theme import (
    MODE_WORDS, NEGATIVE_COLOURS, NO_EVIDENCE_COLOUR, POSITIVE_COLOUR, as_json, badge, polarity_colour,
)  # fmt: skip
from dashboard.view import Active, StationHit, View
from geo.lines import Lines, contrast_text
from geo.tables import DATA_DIR

CENTRE = (48.853, 2.349)  # Notre-Dame
ZOOM = 11
# Towns that help to read a map without tiles: prefectures and large junctions.
TOWNS = ("Versailles", "Melun", "Meaux", "Pontoise", "Évry-Courcouronnes", "Nanterre", "Bobigny", "Créteil",
         "Saint-Denis", "Mantes-la-Jolie", "Rambouillet", "Fontainebleau", "Provins", "Étampes", "Argenteuil",
         "Massy", "Poissy", "Coulommiers", "Chelles", "Corbeil-Essonnes", "Sarcelles", "Paris")  # fmt: skip
_MODE_WEIGHT = {"rer": 3, "train": 2.4, "metro": 2.2, "tram": 1.8}


def _js(name: str) -> dict[str, str]:
    return {"variable": f"pulse.map.{name}"}


def layout(tiles_url: str | None) -> html.Div:
    """The map with its legend; `tiles_url` adds a background from the internet, which may fail quietly."""
    tiles = [dl.TileLayer(url=tiles_url, opacity=0.35, attribution="© OpenStreetMap")] if tiles_url else []
    return html.Div(
        className="map-card card",
        children=[
            dl.Map(
                id="map", center=CENTRE, zoom=ZOOM, preferCanvas=True, zoomControl=False, attributionControl=False,
                minZoom=8, maxZoom=17, zoomSnap=0.5, className="map",
                children=[*tiles, *_base(), *_live(), dl.ZoomControl(position="topright"),
                          dl.ScaleControl(position="bottomright", imperial=False)],
            ),
            _legend(),
            html.Button("⤢", type="button", className="button map-fit", title="Voir toutes les stations touchées",
                        **{"data-choice": "fit:all", "aria-label": "Voir toutes les stations touchées"}),
            html.Div(id="map-note", className="map-note"),
        ],
    )  # fmt: skip


def _base() -> list[dl.Pane]:
    def shapes(pane: str, url: str, style: str, **kwargs: Any) -> dl.GeoJSON:
        return dl.GeoJSON(url=url, pane=pane, interactive=False, style=_js(style), **kwargs)

    return [
        dl.Pane(name="ground", style={"zIndex": 250, "pointerEvents": "none"},
                children=shapes("ground", geo_url("departements"), "groundStyle")),
        dl.Pane(name="traces", style={"zIndex": 300, "pointerEvents": "none"}, children=[
            shapes("traces", geo_url("lines"), "casingStyle", id="casings", hideout={"hit": {}}),
            shapes("traces", geo_url("lines"), "traceStyle", id="traces", hideout={"hit": {}}),
        ]),
        dl.Pane(name="towns", style={"zIndex": 320, "pointerEvents": "none"}, children=[
            dl.GeoJSON(url=geo_url("towns"), pane="towns", interactive=False, pointToLayer=_js("townLabel"))]),
    ]  # fmt: skip


def _live() -> list[dl.Pane]:
    empty = {"type": "FeatureCollection", "features": []}
    return [
        dl.Pane(name="stations", style={"zIndex": 420}, children=[
            dl.GeoJSON(id="stations", data=empty, pane="stations", pointToLayer=_js("stationDot"),
                       onEachFeature=_js("bindStation"))]),
        # SVG above the canvas: only its strokes and labels take the mouse, the dots below stay in reach.
        dl.Pane(name="clusters", style={"zIndex": 440}, children=[
            dl.GeoJSON(id="clusters", data=empty, pane="clusters", pointToLayer=_js("clusterCircle"),
                       onEachFeature=_js("bindCluster"), hideout={"size": "disruptions"})]),
    ]  # fmt: skip


def _legend() -> html.Details:
    def swatch(colour: str) -> html.Span:
        return html.Span(className="swatch", style={"background": colour})

    return html.Details(open=True, className="legend", id="legend", children=[
        html.Summary("Polarité du texte"),
        html.Div(className="legend-scale", children=[html.Span("0"), *map(swatch, NEGATIVE_COLOURS), html.Span("−1")]),
        html.Div(className="legend-row", children=[
            html.Span([swatch(POSITIVE_COLOUR), " positif"]), html.Span([swatch(NO_EVIDENCE_COLOUR), " sans indice"])]),
        html.Div(id="legend-sizes", className="legend-sizes"),
        html.Div([html.Span(className="swatch ringed"), " foyer étendu, ou d'une seule perturbation"],
                 className="legend-caption", title="Plus large que 15 km : le milieu ne serait le lieu de rien"),
    ])  # fmt: skip


# ------------------------------------------------------------------------------------------------ values


def cluster_features(view: View) -> dict[str, Any]:
    """The clusters that may be drawn as a circle, as GeoJSON points; largest first, so small ones lie on top."""
    drawn = [c for c in view.clusters if c.drawn_as == "circle"]
    drawn.sort(key=lambda c: -getattr(c, view.selection.size))
    return _collection(
        _point(c.lon, c.lat, {
            "key": c.key, "name": c.name, "size": round(getattr(c, view.selection.size), 4),
            "colour": polarity_colour(c.polarity), "ink": contrast_text(polarity_colour(c.polarity)),
        }) for c in drawn
    )  # fmt: skip


def cluster_details(view: View) -> dict[str, Any]:
    """What the popup of a cluster says, by key."""
    return {
        c.key: {
            "name": c.name, "drawn": c.drawn_as, "disruptions": round(c.disruptions, 2), "stations": round(c.stations, 2),
            "opened": round(c.opened, 2), "closed": round(c.closed, 2), "polarity": _rounded(c.polarity),
            "spread": _rounded(c.spread), "width_km": round(c.width_km, 1), "ids": c.ids, "channel": c.channel,
            "colour": polarity_colour(c.polarity), "lat": c.lat, "lon": c.lon,
        } for c in view.clusters
    }  # fmt: skip


def station_features(view: View) -> dict[str, Any]:
    """The stations hit at the last observed tick, as GeoJSON points."""
    ringed = {c.key for c in view.clusters if c.drawn_as == "stations"}
    return _collection(
        _point(s.lon, s.lat, {
            "zda": s.zda, "name": s.name, "colour": polarity_colour(_lowest(s)),
            "ring": bool(s.clusters & ringed), "because": _because(s),
        }) for s in view.stations
    )  # fmt: skip


def _lowest(station: StationHit) -> float | None:
    scores = [a.revision.polarity for a, _ in station.because if a.revision.polarity is not None]
    return min(scores, default=None)


def _because(station: StationHit) -> list[dict[str, Any]]:
    """One item a disruption: its lines at this station, and how the point was found."""
    items: dict[str, dict[str, Any]] = {}
    for active, hit in station.because:
        item = items.setdefault(active.revision.id, {
            "id": active.revision.id, "lines": [], "method": hit.method, "confidence": hit.confidence,
        })  # fmt: skip
        if hit.line and hit.line not in item["lines"]:
            item["lines"].append(hit.line)
    return list(items.values())


def disruption_details(view: View) -> dict[str, Any]:
    """What popups and the table say about a disruption, by id. Plain text only: the browser gets no markup."""
    return {a.revision.id: _disruption(a) for a in view.disruptions}


def _disruption(active: Active) -> dict[str, Any]:
    revision = active.revision
    first = next((hit for hit, _ in active.hits if hit.lat is not None), None)
    return {
        "title": revision.title, "text": revision.text, "severity": revision.severity, "channel": revision.channel,
        "state": active.state, "begin_ms": _ms(active.begin_us), "end_ms": _ms(active.end_us),
        "lines": list(dict.fromkeys(hit.line for hit, _ in active.hits if hit.line)), "stations": active.stations,
        "polarity": _rounded(revision.polarity), "colour": polarity_colour(revision.polarity),
        "clusters": sorted({f"{revision.channel}:{c}" for _, c in active.hits if c >= 0}),
        "unplaced": revision.unplaced if first is None else "", "published_ms": _ms(revision.published_at_us),
        "at": [first.lat, first.lon, first.zda] if first else None,
    }  # fmt: skip


def line_badges(view: View) -> dict[str, Any]:
    """The badges of every line in the view, by id."""
    names: dict[str, tuple[str, str]] = {}
    for active in view.disruptions:
        published = {line["id"]: line for line in json.loads(active.revision.lines)}
        for hit, _ in active.hits:
            if hit.line:
                names[hit.line] = (published.get(hit.line, {}).get("name", ""), hit.mode)
    return {line: as_json(badge(line, *shown)) for line, shown in sorted(names.items())}


def hit_lines(view: View) -> dict[str, Any]:
    """Which lines the map draws strongly: disruptions ongoing on each, of the choice."""
    counts: dict[str, int] = defaultdict(int)
    for active in view.disruptions:
        if active.state == "ongoing":
            for line in {hit.line for hit, _ in active.hits if hit.line}:
                counts[line] += 1
    return {"hit": dict(sorted(counts.items()))}


def _collection(features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def _point(lon: float | None, lat: float | None, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [lon, lat]}}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _ms(micros: int | None) -> int | None:
    return None if micros is None else micros // 1000


# ---------------------------------------------------------------------------------------------- geometry


def geo_url(name: str) -> str:
    """The address of a shape file, with a hash of its content: the browser may keep it for ever."""
    return f"/geo/{name}.geojson?v={hashlib.sha256(_shapes()[name]).hexdigest()[:12]}"


def register(server: Flask) -> None:
    """Serve the shapes of the base map, compressed once."""

    @server.get("/geo/<name>.geojson")
    def geo_shapes(name: str) -> Response:
        if name not in _shapes():
            return Response(f"no shapes named {name}; there are {', '.join(_shapes())}", 404)
        response = Response(_shapes()[name], mimetype="application/geo+json")
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if "v" in request.args else "no-cache"
        )
        return response


@cache
def _shapes() -> dict[str, bytes]:
    made = {"departements": _read("departements"), "lines": _traces(), "towns": _towns()}
    return {name: gzip.compress(json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)
            for name, shape in made.items()}  # fmt: skip


def _read(name: str) -> dict[str, Any]:
    return json.loads((DATA_DIR / f"{name}.geojson").read_text("utf-8"))


def _traces() -> dict[str, Any]:
    """The line traces with what their style needs: colour and width."""
    shape = _read("line_traces")
    for feature in shape["features"]:
        line = Lines.load().get(feature["properties"]["line"])
        if line is not None:
            feature["properties"] |= {"colour": line.colour, "weight": _MODE_WEIGHT.get(line.mode, 1.4)}
    return shape


def _towns() -> dict[str, Any]:
    """A label point in each of TOWNS: the middle of the bounding box of its commune."""
    return _collection(
        _point(*_middle(f["geometry"]["coordinates"]), {"name": f["properties"]["name"]})
        for f in _read("communes")["features"] if f["properties"]["name"] in TOWNS
    )  # fmt: skip


def _middle(coordinates: Any) -> tuple[float, float]:
    points: list[list[float]] = []

    def walk(part: Any) -> None:
        if isinstance(part[0], float):
            points.append(part)
        else:
            for inner in part:
                walk(inner)

    walk(coordinates)
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    return (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
