"""A table of words and numbers, as the reading pages show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dash import html


def plain_table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> html.Table:
    """Rows of texts or components under `heads`."""
    return html.Table(
        className="plain",
        children=[
            html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
            html.Tbody([html.Tr([html.Td(cell) for cell in row]) for row in rows]),
        ],
    )
