"""A plain table for the pages that are read from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dash import html


def plain_table(heads: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Sequence[int] = ()) -> html.Table:
    """A table with a head; the columns `numbers` are aligned to the right; the first cell names its row."""

    def kind(column: int) -> str | None:
        return "number" if column in numbers else None

    def cells(row: Sequence[Any]) -> list[Any]:
        first = html.Th(row[0], scope="row")
        return [first, *(html.Td(cell, className=kind(i)) for i, cell in enumerate(row[1:], start=1))]

    head = [html.Th(word, scope="col", className=kind(i)) for i, word in enumerate(heads)]
    body = html.Tbody([html.Tr(cells(row)) for row in rows])
    return html.Table(className="plain", children=[html.Thead(html.Tr(head)), body] if heads else [body])
