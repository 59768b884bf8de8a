"""Clusters over time: which live, since when, and what happened to them in the day before the window's end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Dash, Output, html

from dashboard.pages.cluster_lives.read import Shown, read
from dashboard.registry.pages import Page, words_of
from dashboard.registry.update import on_turn
from dashboard.ui.plain_table import plain_table
from dashboard.ui.texts import Words
from dashboard.window.gaps import last_day
from dashboard.window.view_cache import Views

TEXTS = {
    "lives.title": ("Foyers dans le temps", "Clusters over time"),
    "lives.alive": ("Foyers en vie", "Living clusters"),
    "lives.events": ("Ce qui leur est arrivé en 24 h", "What happened to them in 24 h"),
    "lives.none": ("Aucun foyer à ce moment.", "No cluster at this moment."),
    "lives.nothing": ("Rien en 24 h.", "Nothing in 24 h."),
    "lives.name": ("Foyer", "Cluster"),
    "lives.since": ("Né", "Born"),
    "lives.hits": ("Points, dernier état", "Hits, last seen"),
    "lives.when": ("Quand", "When"),
    "lives.what": ("Quoi", "What"),
    "lives.number": ("n° {number}", "no. {number}"),
    "lives.called": ("{letter} · {name}", "{letter} · {name}"),
    "lives.channel": ("Réseau", "Channel"),
    "lives.incident": ("incidents", "incidents"),
    "lives.works": ("travaux", "works"),
    "lives.information": ("information", "information"),
    "lives.born": ("né, {hits} {hits:point|points}", "born, {hits} {hits:hit|hits}"),
    "lives.moved": ("déplacé de {km} km", "moved by {km} km"),
    "lives.grown": ("grandi : {before} → {hits} {hits:point|points}", "grown: {before} → {hits} {hits:hit|hits}"),
    "lives.shrunk": ("rétréci : {before} → {hits} {hits:point|points}", "shrunk: {before} → {hits} {hits:hit|hits}"),
    "lives.split": ("scindé : {other} s'en détache", "split: {other} left it"),
    "lives.merged": ("fusionné : a absorbé {other}", "merged: {other} went into it"),
    "lives.died": ("éteint", "died"),
}


def layout(words: Words) -> html.Div:
    """The frames of the two parts."""
    parts = (("alive", "lives-alive"), ("events", "lives-events"))
    return html.Div(
        className="sheet",
        children=[
            html.H2(words("lives.title")),
            *[
                html.Section(className="card part", children=[html.H3(words(f"lives.{key}")), html.Div(id=id_)])
                for key, id_ in parts
            ],
        ],
    )


def register(app: Dash, views: Views) -> None:
    """One turn fills both parts."""

    @on_turn(app, PAGE, Output("lives-alive", "children"), Output("lives-events", "children"))
    def show(query: dict[str, Any]) -> list[Any]:
        words = words_of(query.get("lang") or "fr")
        with views.store.reading() as connection:
            shown = read(connection, views.selection(query))
            unseen = last_day(connection, shown.now_us, words)
        return [render_lives(shown, words), [*unseen, render_events(shown, words)]]


def render_lives(shown: Shown, words: Words) -> Any:
    """The living clusters, youngest first."""
    if not shown.lives:
        return html.P(words("lives.none"))
    rows = [
        [
            _name(shown, row["channel"], row["life"], words),
            words(f"lives.{row['channel']}"),
            words.moment(row["born_us"], shown.now_us),
            str(row["hits"]),
        ]
        for row in shown.lives
    ]
    return plain_table([words(f"lives.{key}") for key in ("name", "channel", "since", "hits")], rows, numbers=(3,))


def render_events(shown: Shown, words: Words) -> Any:
    """What happened, newest first."""
    if not shown.events:
        return html.P(words("lives.nothing"))
    rows = [
        [
            words.moment(row["tick_us"], shown.now_us),
            _name(shown, row["channel"], row["life"], words),
            event_word(shown, row, words),
        ]
        for row in shown.events
    ]
    return plain_table([words(f"lives.{key}") for key in ("when", "name", "what")], rows)


def event_word(shown: Shown, row: Mapping[str, Any], words: Words) -> str:
    """One event in words."""
    other = _name(shown, row["channel"], row["other"], words)
    return words(f"lives.{row['event']}", km=row["km"], before=row["hits_before"], hits=row["hits"], other=other)


def _name(shown: Shown, channel: str, life: int, words: Words) -> str:
    """Its letter and name; its number where the store has them no more."""
    name = shown.name(channel, life)
    if not name:
        return words("lives.number", number=str(life))
    return words("lives.called", letter=shown.names.letter((channel, life)), name=name)


PAGE = Page(path="/clusters", order=60, titles=("Foyers", "Clusters"), layout=layout, register=register, texts=TEXTS)
