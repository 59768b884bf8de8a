"""Incidents: what happened instead of how often it was told; one incident's life; how well announced ends held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from sqlalchemy import Connection

from dashboard.pages.incidents.life import render_life
from dashboard.pages.incidents.parts import badges, incident_table
from dashboard.pages.incidents.read import (
    ORDERS,
    Incident,
    Life,
    filter_incidents,
    past_of,
    read_incidents,
    read_life,
    stretch,
)
from dashboard.pages.incidents.reliability import ERRORS_MIN, GROUPS, Reliability, read_gaps, read_reliability
from dashboard.pages.incidents.texts import TEXTS
from dashboard.registry.pages import Page, words_of
from dashboard.registry.update import on_turn
from dashboard.ui.attributes import attributes
from dashboard.ui.downloads import take_links
from dashboard.ui.plain_table import plain_table
from dashboard.ui.texts import Words
from dashboard.window.gaps import NOTE_CLASS, Gap
from dashboard.window.selection import RANGES_H, Selection
from dashboard.window.view_cache import Views

LISTED_MAX = 200  # rows of the list; how many there are in all stands above it
RELIABLE_MAX = 40
WEEK_US = 7 * 24 * 3_600_000_000


def layout(words: Words) -> html.Div:
    """Search and order stay; the parts are filled by the turn."""
    return html.Div(
        className="sheet",
        children=[
            html.H2(words("incidents.title")),
            html.Div(id="incidents-counts", className="incidents-counts"),
            html.Div(id="incidents-life"),
            html.Section(className="card part", children=[_tools(words), html.Div(id="incidents-list")]),
            html.Section(
                className="card part",
                children=[
                    html.H3(words("incidents.reliability")),
                    _choices(
                        "by",
                        words("incidents.by"),
                        [(name, words(f"incidents.group_{name}")) for name in GROUPS],
                    ),
                    html.Div(id="incidents-reliability"),
                    take_links(words, "reliability", words("incidents.reliability")),
                ],
            ),
            html.Section(
                className="card part",
                children=[html.H3(words("incidents.gaps")), html.Div(id="incidents-gaps")],
            ),
        ],
    )


def _tools(words: Words) -> html.Div:
    return html.Div(
        className="incidents-tools",
        children=[
            html.Label(
                [
                    html.Span(words("incidents.search"), className="small"),
                    dcc.Input(id="incidents-search", type="search", debounce=0.3, className="incidents-search"),
                ]
            ),
            _choices("order", words("incidents.sort"), [(name, words(f"incidents.by_{name}")) for name in ORDERS]),
            _choices("span", words("incidents.span"), [(name, words(f"span.{name}")) for name in RANGES_H]),
        ],
    )


def _choices(kind: str, name: str, choices: Sequence[tuple[str, str]]) -> html.Div:
    buttons = [
        html.Button(
            word,
            type="button",
            className="chip",
            **attributes(data_choice=f"{kind}:{value}", aria_pressed="false"),
        )
        for value, word in choices
    ]
    return html.Div(
        [html.Span(name, className="small"), *buttons],
        className="choices",
        role="group",
        **attributes(aria_label=name),
    )


def register(app: Dash, views: Views) -> None:
    """One turn fills every part, so that all show the same moment."""
    app.clientside_callback(
        ClientsideFunction("pulse_incidents", "find"),
        Output("incidents-search", "className"),
        Input("incidents-search", "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("pulse_incidents", "found"),
        Output("incidents-search", "value"),
        Input("incidents-search", "id"),
    )

    @on_turn(
        app,
        PAGE,
        *(Output(f"incidents-{part}", "children") for part in ("counts", "list", "life", "reliability", "gaps")),
    )
    def show(query: dict[str, Any]) -> list[Any]:
        words, selection = words_of(query.get("lang") or "fr"), views.selection(query)
        with views.store.reading() as connection:
            begin_us, end_us = stretch(connection, selection)
            if not end_us:
                return [html.P(words("screen.empty")), "", "", "", ""]
            found = read_incidents(connection, selection, views.revisions_now)
            errors = read_reliability(connection, found, query.get("by") or GROUPS[0])
            life = _read_life(connection, query["incident"], selection) if query.get("incident") else None
            gaps, ticks = read_gaps(connection, selection)
        listed = filter_incidents(found, query.get("find") or "", query.get("order") or "")
        return [
            render_counts(listed, (begin_us, end_us), words),
            render_list(listed, query.get("incident") or "", end_us, words),
            render_life(life, words) if query.get("incident") else "",
            render_reliability(errors, query.get("by") or GROUPS[0], words),
            render_gaps(gaps, ticks, end_us, words),
        ]


def _read_life(connection: Connection, name: str, selection: Selection) -> Life | None:
    return read_life(connection, name, past_of(connection, selection))


def render_counts(found: Sequence[Incident], span_us: tuple[int, int], words: Words) -> list[Any]:
    """How many ids, published incidents and episodes, and what each word means."""
    begin, end = (words.moment(us, us + WEEK_US) for us in span_us)  # with the day
    said = words(
        "incidents.counts",
        disruptions=sum(each.disruptions for each in found),
        incidents=len(found),
        episodes=len({each.episode for each in found}),
        begin=begin,
        end=end,
    )
    return [html.P(said), html.P(words("incidents.counts_help"), className="small")]


def render_list(found: Sequence[Incident], picked: str, now_us: int, words: Words) -> list[Any]:
    """The first rows of the list."""
    if not found:
        return [html.P(words("incidents.empty"))]
    more = [html.P(words("incidents.listed", listed=LISTED_MAX, total=len(found)), className="small")]
    return [
        *(more if len(found) > LISTED_MAX else []),
        incident_table(found[:LISTED_MAX], picked, now_us, words),
    ]


def render_reliability(errors: Sequence[Reliability], by: str, words: Words) -> list[Any]:
    """Quantiles by group; groups with few announcements are only counted."""
    enough = [each for each in errors if each.announcements >= ERRORS_MIN]
    heads = [
        words(f"incidents.group_{by if by in GROUPS else GROUPS[0]}"),
        words("incidents.count"),
        words("incidents.announcements"),
        "p10",
        words("incidents.median"),
        "p90",
    ]
    rows = [
        [
            _group(each.group, by, words),
            words.number(each.incidents),
            words.number(each.announcements),
            *(_signed(value, words) for value in (each.p10, each.median, each.p90)),
        ]
        for each in enough[:RELIABLE_MAX]
    ]
    said = words("incidents.reliability_help", least=ERRORS_MIN, hidden=len(errors) - len(enough))
    return [html.P(said, className="small"), *([plain_table(heads, rows, numbers=range(1, 6))] if rows else [])]


def _signed(value: float, words: Words) -> str:
    return ("+" if round(value) > 0 else "") + words.number(round(value))


def _group(group: str, by: str, words: Words) -> Any:
    if by == "cause":
        return group or words("incidents.no_cause")
    return f"{group} h" if by == "hour" else badges([(group, "", "")])


def render_gaps(gaps: Sequence[Gap], ticks: int, now_us: int, words: Words) -> list[Any]:
    """Stretches without a good poll."""
    if not gaps:
        return [html.P(words("incidents.gaps_none", ticks=ticks))]
    missed = sum(gap.ticks for gap in gaps)
    rows = [
        html.Li(
            words(
                "incidents.gap",
                begin=words.moment(gap.begin_us, now_us),
                end=words.moment(gap.end_us, now_us),
                ticks=gap.ticks,
            )
        )
        for gap in gaps[-50:]
    ]
    return [html.P(words("incidents.gaps_some", missed=missed, ticks=ticks), className=NOTE_CLASS), html.Ul(rows)]


PAGE = Page(
    path="/incidents",
    order=10,
    titles=("Incidents", "Incidents"),
    layout=layout,
    register=register,
    texts=TEXTS,
)
