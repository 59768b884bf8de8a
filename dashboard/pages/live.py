"""The first page: map, figures, table and timeline of one window, always of the same moment."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html

from dashboard import map, table, timeline
from dashboard.pages import Page
from dashboard.screen import screen
from dashboard.texts import Words
from dashboard.turns import on_turn
from dashboard.views import Views


def layout(words: Words) -> html.Div:
    """The four parts; the stores hold what the scripts draw from."""
    return html.Div(
        className="main",
        children=[
            dcc.Store(id="view"),
            dcc.Store(id="stations"),
            dcc.Store(id="hits"),
            dcc.Store(id="timeline-data"),
            dcc.Store(id="painted"),
            dcc.Store(id="hits-painted"),
            dcc.Store(id="drawn"),
            dcc.Store(id="picked"),
            map.layout(words),
            html.Div(className="side", children=[_figures(words), table.layout(words)]),
            timeline.layout(words),
        ],
    )


def _figures(words: Words) -> html.Section:
    return html.Section(id="figures", className="figures card", **{"aria-label": words("figures.label")})


def register(app: Dash, views: Views) -> None:
    """One callback brings everything of a turn, so that all parts show the same moment."""

    def client(feature: str, name: str, *wiring: Any, **kwargs: Any) -> None:
        app.clientside_callback(ClientsideFunction(feature, name), *wiring, **kwargs)

    client(
        "pulse_figures",
        "paint",
        Output("painted", "data"),
        Input("view", "data"),
        Input("selection", "data"),
        Input("stations", "data"),
    )
    client("pulse_map", "paintHits", Output("hits-painted", "data"), Input("hits", "data"))
    client(
        "pulse_timeline",
        "draw",
        Output("drawn", "data"),
        Input("timeline-data", "data"),
        Input("selection", "data"),
    )
    client(
        "pulse_table",
        "select",
        Output("picked", "data"),
        Input("table", "selectedRows"),
        prevent_initial_call=True,
    )

    @on_turn(
        app,
        PAGE,
        Output("view", "data"),
        Output("clusters", "data"),
        Output("stations", "data"),
        Output("hits", "data"),
        Output("table", "rowData"),
        Output("timeline-data", "data"),
    )
    def show(query: dict[str, Any]) -> list[Any]:
        return screen(views, query)


PAGE = Page(path="/", order=0, titles=("Carte", "Map"), layout=layout, register=register)
