"""The map: a base drawn from our own shapes, clusters as circles, stations as dots, popups.

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
from dashboard.ui.static_html import drawn
from dashboard.ui.texts import Words
from dashboard.ui.theme import NEGATIVE_COLOURS, NO_EVIDENCE_COLOUR, POSITIVE_COLOUR

CENTRE = (48.853, 2.349)  # Notre-Dame
ZOOM = 11


def _js(name: str) -> dict[str, str]:
    return {"variable": f"pulse.map.{name}"}


def layout(words: Words) -> html.Section:
    """The map with its legend; TILES_URL of the app adds a background from the internet, which may fail quietly."""
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
            _legend(words),
            html.Button(
                "⤢",
                type="button",
                className="button map-fit",
                title=words("map.fit"),
                **attributes(data_choice="fit:all", aria_label=words("map.fit")),
            ),
            take_buttons(words, "map.png"),
            html.Div(id="map-note", className="map-note"),
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


def _legend(words: Words) -> html.Details:
    def swatch(colour: str) -> html.Span:
        return html.Span(className="swatch", style={"background": colour})

    legend = html.Details(
        open=True,
        className="legend",
        id="legend",
        children=[
            html.Summary(words("map.polarity")),
            html.Div(
                className="legend-scale",
                children=[html.Span("0"), *map(swatch, NEGATIVE_COLOURS), html.Span("−1")],
            ),
            html.Div(
                className="legend-row",
                children=[
                    html.Span([swatch(POSITIVE_COLOUR), f" {words('map.positive')}"]),
                    html.Span([swatch(NO_EVIDENCE_COLOUR), f" {words('map.no_evidence')}"]),
                ],
            ),
            html.Div(id="legend-sizes", className="legend-sizes"),
            html.Ol(id="legend-names", className="legend-names", **attributes(aria_label=words("map.largest"))),
            html.Div(
                [html.Span(className="swatch ringed"), words("map.spread")],
                className="legend-caption",
                title=words("map.spread.why"),
            ),
            html.Div([html.Span(className="swatch stretch"), words("map.section")], className="legend-caption"),
        ],
    )
    return drawn(legend)
