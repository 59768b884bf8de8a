"""The map: a base drawn from our own shapes, clusters as badges, stations as dots, popups.

Geometry comes by URL and is cached by the browser; values come by callback. What changes at different
rates is in different layers: an update of one leaves the others, the popup and the view alone.
"""

from __future__ import annotations

from typing import Any

import dash_leaflet as dl
from dash import html
from flask import current_app, has_app_context

from dashboard.map.base_map import geo_url
from dashboard.ui.attributes import attributes
from dashboard.ui.downloads import take_buttons
from dashboard.ui.static_html import as_static
from dashboard.ui.texts import Words
from dashboard.ui.theme import NEGATIVE_COLOURS, NO_EVIDENCE_COLOUR, POSITIVE_COLOUR, SEVERITY_COLOURS
from dashboard.window.selection import COLOURS
from spark_app.language.severities import SEVERITIES

CENTRE = (48.853, 2.349)  # Notre-Dame
ZOOM = 11


def _js(name: str) -> dict[str, str]:
    return {"variable": f"pulse.map.{name}"}


def layout(words: Words) -> html.Section:
    """The map with a line under it; TILES_URL adds a background from the internet, which may fail quietly."""
    tiles_url = current_app.config.get("TILES_URL") if has_app_context() else None
    tiles = [dl.TileLayer(url=tiles_url, opacity=0.35, attribution="© OpenStreetMap")] if tiles_url else []
    return html.Section(
        className="map-card card",
        **attributes(aria_label=words("map.label")),
        children=[
            dl.Map(
                id="map",
                center=CENTRE,
                zoom=ZOOM,
                preferCanvas=True,
                trackResize=False,  # assets/map/map.js does, and knows when it is hidden
                zoomControl=False,
                attributionControl=False,
                minZoom=8,
                maxZoom=17,
                zoomSnap=0.5,
                className="map",
                children=[
                    *tiles,
                    *_base(),
                    dl.ZoomControl(position="topright"),
                    dl.ScaleControl(position="bottomright", imperial=False),
                ],
            ),
            html.Div(id="map-note", className="map-note"),
            _foot(words),
        ],
    )


def ground() -> list[dl.Pane]:
    """Land and rivers of any map: in panes of their own, as shapes that come late would else lie on what is there."""
    return [_shapes("ground", 250, "departements", "groundStyle"), _shapes("rivers", 270, "rivers", "riverStyle")]


def _shapes(pane: str, z_index: int, shape: str, style: str, **kwargs: Any) -> dl.Pane:
    drawn = dl.GeoJSON(url=geo_url(shape), pane=pane, interactive=False, style=_js(style), **kwargs)
    return dl.Pane(name=pane, style={"zIndex": z_index, "pointerEvents": "none"}, children=drawn)


def _base() -> list[dl.Pane]:
    return [
        *ground(),
        _shapes("casings", 298, "lines", "casingStyle", id="casings"),
        _shapes("traces", 300, "lines", "traceStyle", id="traces"),
        dl.Pane(
            name="towns",
            style={"zIndex": 320, "pointerEvents": "none"},
            children=[dl.GeoJSON(url=geo_url("towns"), pane="towns", interactive=False, pointToLayer=_js("townLabel"))],
        ),
    ]


def _foot(words: Words) -> html.Div:
    """The line under the map: what its colours say, and its buttons."""
    fit = html.Button(
        "⤢",
        type="button",
        className="button take",
        title=words("map.fit"),
        **attributes(data_choice="fit:all", aria_label=words("map.fit")),
    )
    return html.Div(
        className="map-foot",
        children=[_colour_choice(words), as_static(_scale(words)), fit, take_buttons(words, "map.png")],
    )


def _colour_choice(words: Words) -> html.Div:
    def button(colour: str) -> html.Button:
        pressed = str(colour == COLOURS[0]).lower()
        choice = attributes(data_choice=f"colour:{colour}", aria_pressed=pressed)
        return html.Button(words(f"map.colour.{colour}"), type="button", className="segment", **choice)

    label = attributes(aria_label=words("map.colour"))
    buttons = html.Div([button(colour) for colour in COLOURS], className="segments", role="group", **label)
    return html.Div([html.Span(words("map.colour")), buttons], className="map-colour")


def _scale(words: Words) -> html.Div:
    """What each choice of colour says; the style sheet shows the one that is chosen."""
    ramp = [_swatch(colour) for colour in NEGATIVE_COLOURS]
    blocked = _entry(html.Span(className="swatch ringed"), words("map.blocked"))
    by_polarity = [
        html.Span(["0", *ramp, "−1"], className="map-ramp"),
        _entry(_swatch(POSITIVE_COLOUR), words("map.positive")),
        _entry(_swatch(NO_EVIDENCE_COLOUR), words("map.no_evidence")),
        blocked,
    ]
    by_severity = [_entry(_swatch(SEVERITY_COLOURS[code]), words(f"severity.short.{code}")) for code in SEVERITIES]
    by_cluster = [
        _entry(html.Span(className="swatch shades"), words("map.shade")),
        blocked,
        _entry(html.Span(className="swatch hull"), words("map.hull")),
        _entry(html.Span(className="swatch trail"), words("map.trail")),
    ]
    shown = {"cluster": by_cluster, "severity": by_severity, "polarity": by_polarity}
    scales = [html.Span(entries, className=f"scale-{colour}") for colour, entries in shown.items()]
    return html.Div(scales, className="map-scale")


def _entry(mark: html.Span, word: str) -> html.Span:
    return html.Span([mark, word], className="map-entry")


def _swatch(colour: str) -> html.Span:
    return html.Span(className="swatch", style={"background": colour})
