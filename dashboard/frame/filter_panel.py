"""The filter panel: channel, mode, line, severity, cause, zone, words and a drawn area, each with its facet count.

The buttons are drawn once; `assets/frame/choices.js` changes the selection when one is pressed and writes the
counts. A choice is made of `data-choice="kind:value"`.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable
from functools import cache
from typing import Any

import dash_mantine_components as dmc
import orjson
from dash import dcc, html
from flask import Flask, Response

from dashboard.ui.attributes import attributes
from dashboard.ui.badges import line_mark, severity_icon
from dashboard.ui.static_html import as_static
from dashboard.ui.texts import Words
from dashboard.ui.theme import badge, board_lines, reading_key
from dashboard.window.selection import CAUSES, TEXT_MAX
from dashboard.window.view import View
from dashboard.window.zone_names import communes, departements
from geo.network.lines import Lines
from prim_client.messages.message import CHANNELS
from spark_app.language.severities import SEVERITIES
from spark_app.store.tables import RAIL_MODES

MODES_OFFERED = (*RAIL_MODES, "bus")


def layout(words: Words) -> html.Aside:
    """The board of choices."""
    return html.Aside(
        className="filters",
        id="filters",
        tabIndex=-1,  # takes the focus when its last button goes
        **attributes(aria_label=words("filter.label")),
        children=[
            *_channels_and_modes(words),
            _lines(words),
            _severities(words),
            _text(words),
            _causes(words),
            _zones(words),
            _block(words("filter.area"), _area(words)),
            html.Button(
                words("filter.reset"), type="button", className="button wide", **attributes(data_choice="reset:filters")
            ),
            html.P(words("filter.counts"), className="small"),
        ],
    )


def _channels_and_modes(words: Words) -> list[html.Div]:
    modes = [
        _preset(words("filter.rail"), "rail"),
        _preset(words("filter.all"), "all"),
        *(_chip("mode", mode, words(f"mode.{mode}")) for mode in MODES_OFFERED),
    ]
    channels = _chips(_chip("channel", value, words(f"channel.{value}")) for value in CHANNELS)
    return [_block(words("filter.channel"), channels), _block(words("filter.mode"), _chips(modes))]


def _lines(words: Words) -> html.Div:
    return _block(
        words("filter.lines"),
        html.Div(id="chosen-lines", className="chosen-lines"),
        *[
            as_static(html.Div([_line_button(line.id) for line in lines], className=f"line-board {mode}"))
            for mode, lines in board_lines().items()
        ],
        _search("line-search", words, "filter.line"),
    )


def _severities(words: Words) -> html.Div:
    return _block(
        words("filter.severity"),
        _rows(_row("severity", code, words(f"severity.{code}"), icon=code) for code in SEVERITIES),
        _rule(words),
    )


def _text(words: Words) -> html.Div:
    return _block(
        words("filter.text"),
        dcc.Input(
            id="text-search",
            className="text-search",
            type="search",
            debounce=0.4,
            maxLength=TEXT_MAX,
            placeholder=words("filter.text.hint"),
        ),
    )


def _causes(words: Words) -> html.Details:
    return _folded(
        words("filter.cause"),
        _rows(_row("cause", code, words(f"cause.{code}")) for code in CAUSES),
    )


def _zones(words: Words) -> html.Details:
    return _folded(
        words("filter.zone"),
        _rows(_row("zone", code, name) for code, name in departements()),
        html.Div(id="chosen-zones", className="chosen-lines"),
        _search("zone-search", words, "filter.zone"),
    )


def _block(title: str, *children: Any) -> html.Div:
    return html.Div(className="filter-block", children=[html.H2(title), *children])


def _folded(title: str, *children: Any) -> html.Details:
    return html.Details(className="filter-block", children=[html.Summary(html.H2(title)), *children])


def _rule(words: Words) -> html.Details:
    """What gives a message its wording, for the reader: `spark_app/language/severities.py`."""
    meanings = [[html.Dt(words(f"severity.{code}")), html.Dd(words(f"severity.rule.{code}"))] for code in SEVERITIES]
    rule = html.Details(
        className="rule",
        children=[
            html.Summary(words("severity.rule")),
            html.P(words("severity.rule.about"), className="small"),
            html.Dl([part for pair in meanings for part in pair]),
        ],
    )
    return as_static(rule)


def _chips(children: Iterable[html.Button]) -> html.Div:
    return as_static(html.Div(className="chips", children=list(children)))


def _rows(children: Iterable[html.Button]) -> html.Div:
    return as_static(html.Div(list(children)))


def _preset(word: str, value: str) -> html.Button:
    return html.Button(word, type="button", className="chip preset", **attributes(data_choice=f"modes:{value}"))


def _chip(kind: str, value: str, word: str) -> html.Button:
    return html.Button(
        [word, " ", _count(kind, value)],
        type="button",
        className="chip",
        **attributes(data_choice=f"{kind}:{value}", aria_pressed="false"),
    )


def _row(kind: str, value: str, word: str, icon: str = "") -> html.Button:
    """A choice on a line of its own."""
    mark = severity_icon(icon) if icon else None
    return html.Button(
        [mark, html.Span(word, className="word"), _count(kind, value)],
        type="button",
        className="choice-row",
        **attributes(data_choice=f"{kind}:{value}", aria_pressed="false"),
    )


def _line_button(line_id: str) -> html.Button:
    shown = badge(line_id)
    return html.Button(
        [
            line_mark(shown),
            _count("line", line_id),
        ],
        type="button",
        className="line-choice",
        title=shown.label,
        **attributes(data_choice=f"line:{line_id}", aria_pressed="false", aria_label=shown.label),
    )


def _count(kind: str, value: str) -> html.Span:
    """Empty until a view says it: an empty store is no zero."""
    return html.Span(className="count", **attributes(data_count=f"{kind}:{value}"))


def _search(id_: str, words: Words, key: str) -> dmc.Select:
    """Its thousands of choices come behind the first look (`register`): they are two thirds of the layout."""
    return dmc.Select(
        id=id_,
        data=[],
        searchable=True,
        clearable=True,
        limit=40,
        size="sm",
        placeholder=words(f"{key}.hint"),
        nothingFoundMessage=words(f"{key}.none"),
        **attributes(aria_label=words(f"{key}.label")),
    )


def _area(words: Words) -> html.Div:
    def button(value: str) -> html.Button:
        return html.Button(
            words(f"filter.area.{value}"),
            type="button",
            className="chip",
            id=f"area-{value}",
            **attributes(data_choice=f"draw:{value}"),
        )

    return _chips([button("draw"), button("view"), button("clear")])


@cache
def _searched() -> bytes:
    return gzip.compress(orjson.dumps({"line-search": _all_lines(), "zone-search": communes()}), mtime=0)


def choices_url() -> str:
    """The address of what the search fields offer, with a hash of its content: the browser may keep it for ever."""
    return f"/choices.json?v={hashlib.sha256(_searched()).hexdigest()[:12]}"


def register(server: Flask) -> None:
    """Serve what the search fields offer: {id of the field: [{value, label}]}."""

    @server.get("/choices.json")
    def choices() -> Response:
        headers = {"Content-Encoding": "gzip", "Cache-Control": "public, max-age=31536000, immutable"}
        return Response(_searched(), mimetype="application/json", headers=headers)


def _all_lines() -> list[dict[str, str]]:
    """Every active line by its unique label, in reading order."""
    lines = sorted((line for line in Lines.load() if line.active), key=lambda x: (x.mode, reading_key(x.name), x.label))
    return [{"value": line.id, "label": line.label} for line in lines]


def counts(view: View) -> dict[str, Any]:
    """The numbers beside the choices, by `kind:value`, and the totals of the choice."""
    c = view.counts
    kinds = {
        "channel": c.channels,
        "mode": c.modes,
        "line": c.lines,
        "severity": c.severities,
        "cause": c.causes,
        "zone": c.zones,
    }
    return {
        "beside": {f"{kind}:{value}": n for kind, by in kinds.items() for value, n in sorted(by.items())},
        "total": c.total,
        "placed": c.placed,
    }
