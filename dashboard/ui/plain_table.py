"""A plain table for the pages that are read from top to bottom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from dash import html

from dashboard.ui.attributes import attributes


def plain_table(
    heads: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Sequence[int] = (), picked: Collection[int] = ()
) -> html.Table:
    """A table with a head; the first cell names its row, the columns `numbers` are aligned to the right.

    Rows of the numbers `picked` stand out. On a phone a row is a card, so each cell knows its head.
    """

    def kind(column: int) -> str | None:
        return "number" if column in numbers else None

    def cells(row: Sequence[Any]) -> list[Any]:
        first = html.Th(row[0], scope="row")
        return [
            first,
            *(html.Td(cell, className=kind(i), **_head(heads, i)) for i, cell in enumerate(row[1:], start=1)),
        ]

    head = [html.Th(word, scope="col", className=kind(i)) for i, word in enumerate(heads)]
    body = html.Tbody([html.Tr(cells(row), className="picked" if n in picked else None) for n, row in enumerate(rows)])
    return html.Table(className="plain", children=[html.Thead(html.Tr(head)), body] if heads else [body])


def _head(heads: Sequence[str], column: int) -> dict[str, Any]:
    return attributes(data_head=heads[column]) if column < len(heads) else {}
