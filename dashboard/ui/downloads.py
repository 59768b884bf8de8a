"""Buttons that give a chart or a table as a file: what is on the screen, made by `assets/frame/take_away.js`,
or the server's."""

from __future__ import annotations

import json
from collections.abc import Mapping

from dash import html

from dashboard.ui.attributes import attributes
from dashboard.ui.texts import Words


def take_buttons(words: Words, *names: str) -> html.Div:
    """One button each for `map.png`, `timeline.csv`, `timeline.png`, `table.csv`."""
    return html.Div([_button(words(f"take.{name}"), name) for name in names], className="take-away")


def _button(label: str, name: str) -> html.Button:
    return html.Button(
        name.rsplit(".", 1)[-1].upper(),
        type="button",
        className="button take",
        title=label,
        **attributes(data_choice=f"take:{name}", aria_label=label),
    )


def take_links(words: Words, table: str, name: str, query: Mapping[str, str] | None = None) -> html.Div:
    """The rows of a table of the API and its picture, for the choice of the address and `query`;
    `name` says what it is."""
    return html.Div(
        [_link(words, table, name, format_, query or {}) for format_ in ("csv", "png")], className="take-away"
    )


def _link(words: Words, table: str, name: str, format_: str, query: Mapping[str, str]) -> html.A:
    label = words(f"take.link.{format_}", name=name)
    asked = attributes(data_table=f"{table}.{format_}", data_query=json.dumps(query), aria_label=label)
    return html.A(format_.upper(), href="#", download="", className="button take", title=label, **asked)
