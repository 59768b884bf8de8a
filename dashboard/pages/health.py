"""Data health: do the books balance, what is missing, what could not be used, and which versions made it."""

from __future__ import annotations

from typing import Any

from dash import Dash, Output, html

from dashboard import books
from dashboard.books import Balance
from dashboard.pages import Page, words_of
from dashboard.texts import Words
from dashboard.turns import on_turn
from dashboard.views import Views

TEXTS = {
    "health.title": ("Santé des données", "Data health"),
    "health.books": ("Les comptes", "The books"),
}


def layout(words: Words) -> html.Div:
    """The frames of the parts."""
    return html.Div(
        className="sheet",
        children=[
            html.H2(words("health.title")),
            html.Section(
                className="card part", children=[html.H3(words("health.books")), html.Div(id="health-books")]
            ),
        ],
    )


def register(app: Dash, views: Views) -> None:
    """One turn fills every part."""

    @on_turn(app, PAGE, Output("health-books", "children"))
    def show(query: dict[str, Any]) -> list[Any]:
        found, _, _ = books.read(views.store)
        return [_table(found, words_of(query["lang"]))]


def _table(found: list[Balance], words: Words) -> html.Table:
    return html.Table(className="plain", children=[html.Tbody([_row(balance, words) for balance in found])])


def _row(balance: Balance, words: Words) -> html.Tr:
    cells = [html.Td(side) for side in books.sides(balance, words)]
    return html.Tr([html.Th(words(f"book.{balance.name}"), scope="row"), *cells])


PAGE = Page(
    path="/data",
    order=90,
    titles=("Données", "Data"),
    layout=layout,
    register=register,
    texts=TEXTS,
    filters=False,
)
