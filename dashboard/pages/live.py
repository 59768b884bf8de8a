"""The first page: map, figures, table and timeline of one window, always of the same moment."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html

from dashboard import map, table, timeline
from dashboard.attributes import attributes
from dashboard.pages import Page
from dashboard.screen import PARTS, screen
from dashboard.texts import Words
from dashboard.turns import on_turn
from dashboard.views import Views


def layout(words: Words) -> html.Div:
    """Map, figures, table and timeline."""
    return html.Div(
        className="main",
        children=[
            dcc.Store(id="picked"),
            map.layout(words),
            html.Div(className="side", children=[_figures(words), table.layout(words)]),
            timeline.layout(words),
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
