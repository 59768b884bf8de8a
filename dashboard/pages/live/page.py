"""The first page: map, figures, table and timeline of one window, always of the same moment."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html

from dashboard.map import leaflet_map
from dashboard.pages.live import cluster_list, table, timeline_frame
from dashboard.pages.live.screen import PARTS, screen
from dashboard.registry.pages import Page
from dashboard.registry.update import on_turn
from dashboard.ui.attributes import attributes
from dashboard.ui.texts import Words
from dashboard.window.view_cache import Views


def layout(words: Words) -> html.Div:
    """Map, figures, list of clusters, table and timeline."""
    return html.Div(
        className="main",
        children=[
            dcc.Store(id="picked"),
            leaflet_map.layout(words),
            html.Div(className="side", children=[_figures(words), cluster_list.layout(words), table.layout(words)]),
            timeline_frame.layout(words),
        ],
    )


def _figures(words: Words) -> html.Section:
    return html.Section(id="figures", className="figures card", **attributes(aria_label=words("figures.label")))


def register(app: Dash, views: Views) -> None:
    """One callback brings everything of a turn, so that all parts show the same moment."""
    app.clientside_callback(
        ClientsideFunction("pulse_table", "select"),
        Output("picked", "data"),
        Input("table", "selectedRows"),
        prevent_initial_call=True,
    )

    @on_turn(app, PAGE, parts=PARTS)
    def show(query: dict[str, Any]) -> list[Any]:
        return screen(views, query)


PAGE = Page(path="/", order=0, titles=("Carte", "Map"), layout=layout, register=register)
