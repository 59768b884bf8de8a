"""Trends: what is unusual now beside what is frequent, where it is, and what it was in the hours before.

Two bar charts, redrawn when the trends of another tick are there: the browser looks every `trends.trend_refresh_s`
while the page is on the screen. They follow the window that was chosen, so the history is one choice away.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

import dash_leaflet as dl
import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from flask import current_app, has_app_context

from dashboard.map.leaflet_map import ground
from dashboard.pages.trends.read import Area, Rankings, TrendRow, areas, earlier_rankings, rankings
from dashboard.registry.pages import Page, words_of
from dashboard.store.reader import StoreUnavailable
from dashboard.ui.downloads import take_links
from dashboard.ui.plain_table import plain_table
from dashboard.ui.texts import Words
from dashboard.window.gaps import note, sentence_between
from dashboard.window.refusals import SelectionError
from dashboard.window.tag_words import Tag, parse_tag, tag_word
from dashboard.window.view_cache import Views

ALL = "all"
ALSO_SHOWN, AREAS_LISTED = 3, 15
UNIT_PX, LEAST_PX = 7.0, 5.0
MIDDLE = (48.68, 2.5)  # of the region, (lat, lon)
TEXTS = {
    "trends.title": ("Tendances", "Trends"),
    "trends.unusual": ("Les plus inhabituels", "Most unusual"),
    "trends.frequent": ("Les plus fréquents", "Most frequent"),
    "trends.window": (
        "Ce qui s'est ouvert de {begin} à {end}, chaque perturbation une fois, comparé à la semaine d'avant.",
        "What opened from {begin} to {end}, each disruption once, compared with the week before.",
    ),
    "trends.none": ("Rien ne s'est ouvert dans cette fenêtre.", "Nothing opened in this window."),
    "trends.empty": ("Le dépôt n'a encore aucun instant.", "The store has no tick yet."),
    "trends.expected": ("attendu {expected}", "{expected} expected"),
    "trends.with": ("avec {also}", "with {also}"),
    "trends.map": ("Où : communes et arrondissements", "Where: communes and arrondissements"),
    "trends.tag": ("Étiquette", "Tag"),
    "trends.all": ("toutes les étiquettes", "all tags"),
    "trends.level": ("Départements", "Départements"),
    "trends.area": ("Lieu", "Area"),
    "trends.count": ("Perturbations", "Disruptions"),
    "trends.earlier": ("Les heures d'avant", "The hours before"),
    "trends.at": ("À", "At"),
    "trends.tags": ("Les plus inhabituels", "Most unusual"),
    "trends.cause": ("cause", "cause"),
    "trends.effect": ("effet", "effect"),
    "trends.line": ("ligne", "line"),
    "trends.mode": ("mode", "mode"),
    "trends.station": ("station", "station"),
}


def layout(words: Words) -> html.Div:
    """The frames; `trends-beat` asks for what is new."""
    refresh_s = current_app.config.get("TREND_REFRESH_S", 2.0) if has_app_context() else 2.0
    return html.Div(
        className="sheet",
        children=[
            dcc.Interval(id="trends-beat", interval=round(refresh_s * 1000)),
            dcc.Store(id="trends-ask"),
            dcc.Store(id="trends-have"),
            dcc.Store(id="trends-done"),
            html.H2(words("trends.title")),
            html.Div(id="trends-window", className="small"),
            html.Div(
                className="trend-pair",
                children=[
                    _part(words("trends.unusual"), html.Div(id="trends-unusual")),
                    _part(words("trends.frequent"), html.Div(id="trends-frequent")),
                ],
            ),
            take_links(words, "trends", words("trends.title")),
            _part(words("trends.map"), _chooser(words), _map(), html.Div(id="trends-areas")),
            _part(words("trends.earlier"), html.Div(id="trends-earlier")),
        ],
    )


def _part(title: str, *children: Any) -> html.Section:
    return html.Section(className="card part", children=[html.H3(title), *children])


def _chooser(words: Words) -> html.Div:
    every = [{"value": ALL, "label": words("trends.all")}]
    return html.Div(
        className="trend-chooser",
        children=[
            dmc.Select(
                id="trends-tag",
                data=every,
                value=ALL,
                searchable=True,
                size="sm",
                label=words("trends.tag"),
                allowDeselect=False,
            ),
            dmc.Switch(id="trends-departements", label=words("trends.level"), checked=False),
        ],
    )


def _map() -> dl.Map:
    return dl.Map(
        center=MIDDLE,
        zoom=8,
        zoomSnap=0.5,
        minZoom=7,
        maxZoom=14,
        attributionControl=False,
        className="trend-map",
        children=[*ground(), dl.LayerGroup(id="trends-circles")],
    )


def register(app: Dash, views: Views) -> None:
    """The browser asks with what it shows; nothing is sent again that it has."""
    app.clientside_callback(
        ClientsideFunction("pulse_trends", "ask"),
        Output("trends-ask", "data"),
        Input("trends-beat", "n_intervals"),
        Input("selection", "data"),
        Input("trends-tag", "value"),
        Input("trends-departements", "checked"),
    )
    app.clientside_callback(
        ClientsideFunction("pulse_trends", "answered"), Output("trends-done", "data"), Input("trends-have", "data")
    )

    @app.callback(
        Output("trends-window", "children"),
        Output("trends-unusual", "children"),
        Output("trends-frequent", "children"),
        Output("trends-tag", "data"),
        Output("trends-circles", "children"),
        Output("trends-areas", "children"),
        Output("trends-earlier", "children"),
        Output("trends-have", "data"),
        Input("trends-ask", "data"),
        State("trends-have", "data"),
        prevent_initial_call=True,
    )
    def show(asked: dict[str, Any] | None, have: dict[str, Any] | None) -> list[Any]:
        return answer(views, asked if isinstance(asked, dict) else {}, have if isinstance(have, dict) else {})


def answer(views: Views, asked: dict[str, Any], have: dict[str, Any]) -> list[Any]:
    """The value of every output; only the last one, the receipt, where the browser shows it all already."""
    query, words = asked.get("query") or {}, words_of((asked.get("query") or {}).get("lang") or "fr")
    try:
        with views.store.reading() as connection:
            found = rankings(connection, views.selection(query).end_us)
            key = [
                found and found.end_us,
                len(found.frequent) if found else 0,
                asked.get("tag"),
                asked.get("departements"),
                query,
            ]
            receipt = {"key": key, "n": asked.get("n")}
            if key == have.get("key"):
                return [*[no_update] * 7, receipt]
            return [*_everything(connection, found, asked, words), receipt]
    except (SelectionError, StoreUnavailable):  # the frame of the screen says so; asked again with the next beat
        return [*[no_update] * 7, {"key": None, "n": asked.get("n")}]


def _everything(connection: Any, found: Rankings | None, asked: dict[str, Any], words: Words) -> list[Any]:
    if found is None:
        return [words("trends.empty"), [], [], no_update, [], [], []]
    tag = parse_tag(asked.get("tag") or ALL)
    shown = areas(connection, found.begin_us, found.end_us, tag, bool(asked.get("departements")))
    span = {"begin": words.moment(found.begin_us, found.end_us), "end": words.moment(found.end_us, found.end_us)}
    unseen = note(sentence_between(connection, found.looked_from_us, found.end_us, words))
    return [
        [words("trends.window", **span) if found.frequent else "", *unseen],
        bars(found.unusual, words),
        bars(found.frequent, words),
        _choices(found, tag, words),
        circles(shown),
        _areas(shown, asked, words),
        _earlier_table(earlier_rankings(connection, found.end_us), found.end_us, words),
    ]


def _areas(shown: Sequence[Area], asked: dict[str, Any], words: Words) -> list[Any]:
    """The fullest areas, and all of them as a file, for the tag that is chosen."""
    rows = [[area.name, area.disruptions] for area in shown[:AREAS_LISTED]]
    tag = asked.get("tag") or ALL
    query = {"tag": "" if tag == ALL else tag, "level": "departement" if asked.get("departements") else ""}
    table = plain_table([words("trends.area"), words("trends.count")], rows)
    return [table, take_links(words, "trend-areas", words("trends.map"), query)]


def _choices(found: Rankings, chosen: Tag | None, words: Words) -> list[dict[str, str]]:
    tags = dict.fromkeys(row.tag for row in (*found.unusual, *found.frequent))
    tags |= dict.fromkeys([chosen] if chosen else [])
    every = {"value": ALL, "label": words("trends.all")}
    return [every, *({"value": ":".join(tag), "label": _described(tag, words)} for tag in tags)]


def _described(tag: Tag, words: Words) -> str:
    return f"{tag_word(tag, words)} ({words(f'trends.{tag[0]}')})"


def bars(rows: Sequence[TrendRow], words: Words) -> Any:
    """A bar chart that a screen reader reads as a list."""
    if not rows:
        return html.P(words("trends.none"))
    most = max(row.disruptions for row in rows)
    return html.Ol(className="bars", children=[_bar(row, most, words) for row in rows])


def _bar(row: TrendRow, most: int, words: Words) -> html.Li:
    also = [tag_word(tag, words) for tag in row.also if tag[0] != "mode"][:ALSO_SHOWN]
    note = words("trends.expected", expected=row.expected) + (
        f" · {words('trends.with', also=', '.join(also))}" if also else ""
    )
    return html.Li(
        className="bar",
        children=[
            html.Span([tag_word(row.tag, words), " ", html.Small(words(f"trends.{row.tag[0]}"))], className="bar-name"),
            html.Span(
                className="bar-track",
                children=html.Span(className="bar-fill", style={"width": f"{100 * row.disruptions / most:.0f}%"}),
            ),
            html.Span(str(row.disruptions), className="bar-count"),
            html.Small(note, className="bar-note"),
        ],
    )


def circles(shown: Sequence[Area]) -> list[dl.CircleMarker]:
    """One circle an area; the area of the circle grows with the count."""
    return [
        dl.CircleMarker(
            center=(area.lat, area.lon),
            radius=max(LEAST_PX, UNIT_PX * sqrt(area.disruptions)),
            children=dl.Tooltip(f"{area.name} : {area.disruptions}"),
            className="trend-circle",
            weight=1,
        )
        for area in shown
    ]


def _earlier_table(found: Sequence[tuple[int, Sequence[TrendRow]]], near_us: int, words: Words) -> html.Table:
    rows = [
        [words.moment(end_us, near_us), ", ".join(f"{tag_word(r.tag, words)} ({r.disruptions})" for r in ranked)]
        for end_us, ranked in found
    ]
    return plain_table([words("trends.at"), words("trends.tags")], rows)


PAGE = Page(
    path="/trends",
    order=40,
    titles=("Tendances", "Trends"),
    layout=layout,
    register=register,
    texts=TEXTS,
    filters=False,
)
