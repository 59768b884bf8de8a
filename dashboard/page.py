"""The page: where the features stand, and the one callback that brings a new view to all of them at once.

One callback, so that map, table, timeline and figures always show the same moment; each of its outputs is
sent only if it differs from what the browser already shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update

from dashboard import base_map, books, export_page, filters, map, refresh, security, table, timeline
from dashboard.screen import only_changes, screen
from dashboard.selection import known_choices
from dashboard.store import Store, StoreUnavailable
from dashboard.views import Views

FAVICON = '<link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">'
TITLE = "Pulse — perturbations des transports d'Île-de-France"


@dataclass(frozen=True, slots=True)
class Options:
    """What the page needs to know besides the store."""

    refresh_s: float = 2.0
    poll_interval_s: float = 120.0
    tick_s: float = 300.0
    tiles_url: str | None = None


def make_app(store: Store, options: Options) -> Dash:
    """The Dash application over one store."""
    app = Dash(
        __name__,
        title=TITLE,
        update_title="",
        assets_folder=str(Path(__file__).parent / "assets"),
        serve_locally=True,
        compress=False,
        add_log_handler=False,
    )
    app.index_string = app.index_string.replace("<html>", '<html lang="fr">').replace("{%favicon%}", FAVICON)
    app.layout = _layout(options)
    views = Views(store)
    _register_callbacks(app, views)
    base_map.register(app.server)
    refresh.register(app.server, store)
    export_page.register(app.server, views)
    security.register(app, options.tiles_url)
    return app


def _layout(options: Options) -> dmc.MantineProvider:
    return dmc.MantineProvider(
        defaultColorScheme="auto",
        children=html.Div(
            className="page",
            children=[
                dcc.Store(id="start", data=known_choices()),
                dcc.Store(id="selection"),
                dcc.Store(id="view"),
                dcc.Store(id="shown", data={}),
                dcc.Store(id="timeline-data"),
                dcc.Store(id="painted"),
                refresh.layout(options.refresh_s, options.poll_interval_s, options.tick_s),
                _header(),
                html.Main(
                    className="main",
                    children=[
                        filters.layout(),
                        map.layout(options.tiles_url),
                        html.Div(className="side", children=[_figures(), table.layout()]),
                        timeline.layout(),
                    ],
                ),
                _footer(),
            ],
        ),
    )


def _header() -> html.Header:
    return html.Header(
        className="header",
        children=[
            html.Div(
                className="brand",
                children=[
                    html.Span(className="mark", **{"aria-hidden": "true"}),
                    html.H1("Pulse"),
                    html.Span("perturbations des transports d'Île-de-France", className="tagline"),
                    html.Span("non officiel", className="tag"),
                ],
            ),
            html.Div(
                className="header-state",
                children=[
                    html.Span(id="source-badge", className="tag source"),
                    html.Span(id="freshness", className="freshness"),
                ],
            ),
            html.Div(
                className="header-tools",
                children=[
                    html.Button(
                        "Filtres",
                        id="filters-toggle",
                        type="button",
                        className="button only-narrow",
                        **{"data-choice": "filters:toggle", "aria-controls": "filters"},
                    ),
                    html.Button(
                        "En direct",
                        id="live",
                        type="button",
                        className="button live",
                        **{"data-choice": "window:"},
                    ),
                    html.Button(
                        "Pause",
                        id="pause",
                        type="button",
                        className="button",
                        title="Touche P",
                        **{"data-choice": "pause:toggle", "aria-pressed": "false"},
                    ),
                    export_page.layout(),
                ],
            ),
        ],
    )


def _figures() -> html.Section:
    return html.Section(id="figures", className="figures card", **{"aria-label": "Fenêtre affichée"})


def _footer() -> html.Footer:
    return html.Footer(
        className="footer",
        children=[
            html.Div(id="books", className="books"),
            html.Div(id="licence", className="licence"),
        ],
    )


def _register_callbacks(app: Dash, views: Views) -> None:
    def client(feature: str, name: str, *wiring: Any, **kwargs: Any) -> None:
        app.clientside_callback(ClientsideFunction(feature, name), *wiring, **kwargs)

    client("pulse_choices", "start", Output("selection", "data"), Input("start", "data"))
    client("pulse_refresh", "beat", Input("beat", "n_intervals"), State("freshness-limits", "data"))
    client(
        "pulse_choices",
        "addLine",
        Output("line-search", "value"),
        Input("line-search", "value"),
        prevent_initial_call=True,
    )
    client(
        "pulse_figures",
        "paint",
        Output("painted", "data"),
        Input("view", "data"),
        Input("selection", "data"),
        State("stations", "data"),
    )
    client("pulse_figures", "start", Input("start", "data"))
    client("pulse_figures", "shown", Input("shown", "data"))
    client("pulse_timeline", "draw", Input("timeline-data", "data"), Input("selection", "data"))
    client("pulse_table", "select", Input("table", "selectedRows"), prevent_initial_call=True)

    @app.callback(
        Output("view", "data"),
        Output("clusters", "data"),
        Output("stations", "data"),
        Output("casings", "hideout"),
        Output("traces", "hideout"),
        Output("table", "rowData"),
        Output("timeline-data", "data"),
        Output("shown", "data"),
        Input("version", "data"),
        Input("selection", "data"),
        State("shown", "data"),
        prevent_initial_call=True,
    )
    def show(version: dict | None, query: dict | None, shown: dict):
        if not version or query is None:
            return [no_update] * 8
        return only_changes(screen(views, query), shown, {"v": version["v"], "query": query})

    @app.callback(Output("books", "children"), Input("status-version", "data"), prevent_initial_call=True)
    def show_books(_version):
        try:
            return books.render(*books.read(views.store)[:2])
        except StoreUnavailable as error:
            return str(error)
