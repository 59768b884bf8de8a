"""Lines: each one now, against what is usual at this hour, over the last day, and how often it was undisturbed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import Dash, Output, html

from dashboard.pages.lines.read import Board, LineState, read_board
from dashboard.registry.pages import Page, words_of
from dashboard.registry.update import on_turn
from dashboard.ui.attributes import attributes
from dashboard.ui.badges import named_line, severity_mark
from dashboard.ui.downloads import take_links
from dashboard.ui.plain_table import plain_table
from dashboard.ui.texts import Words
from dashboard.ui.theme import badge
from dashboard.window.gaps import last_day, note, sentence
from dashboard.window.view_cache import Views
from spark_app.derived.alerts.baseline import DAYS_SHOWN, times_usual

TEXTS = {
    "lines.title": ("Lignes", "Lines"),
    "lines.at": ("État à {time}, pour les filtres choisis", "State at {time}, for the filters chosen"),
    "lines.none": ("Aucune fenêtre à montrer.", "No window to show."),
    "lines.line": ("Ligne", "Line"),
    "lines.now": ("En cours", "Ongoing"),
    "lines.worst": ("La plus grave", "Gravest"),
    "lines.level": ("Niveau", "Level"),
    "lines.usual": ("Niveau habituel", "Usual level"),
    "lines.day": ("24 dernières heures", "Last 24 hours"),
    "lines.quiet": (
        "Heures sans incident, sur {hours} {hours:heure observée|heures observées} en {days} {days:jour|jours}",
        "Hours without incident, of {hours} {hours:hour|hours} observed in {days} {days:day|days}",
    ),
    "lines.quiet_none": ("Heures sans incident", "Hours without incident"),
    "lines.quiet_now": ("aucune perturbation publiée", "no disruption published"),
    "lines.too_short": (
        "moins de {days} {days:jour semblable|jours semblables}",
        "under {days} {days:day|days} of the kind",
    ),
    "lines.times": ("{usual}, soit × {times}", "{usual}, that is × {times}"),
    "lines.about": (
        (
            "Niveau : part des stations de la ligne touchées par un incident, une station perturbée sans être bloquée "
            "comptant pour moitié. Heures sans incident : aucune perturbation non bloquante ou plus grave sur une "
            "station de la ligne."
        ),
        (
            "Level: share of the line's stations hit by an incident; one that is disturbed but not blocked "
            "counts half. "
            "Hours without incident: no non-blocking disruption or worse at a station of the line."
        ),
    ),
    "lines.bars": (
        "de {low} à {high} {high:perturbation|perturbations} sur 24 h",
        "from {low} to {high} {high:disruption|disruptions} over 24 h",
    ),
    "lines.show": ("Voir {line} sur la carte", "Show {line} on the map"),
}


def layout(words: Words) -> html.Div:
    """The frame."""
    return html.Div(
        className="sheet wide",
        children=[
            html.H2(words("lines.title")),
            html.Section(
                className="card part",
                children=[
                    html.Div(id="lines-table"),
                    html.P(words("lines.about"), className="small"),
                    take_links(words, "lines", words("lines.day")),
                ],
            ),
        ],
    )


def register(app: Dash, views: Views) -> None:
    """One turn fills the table."""

    @on_turn(app, PAGE, Output("lines-table", "children"))
    def show(query: dict[str, Any]) -> list[Any]:
        words, selection = words_of(query["lang"]), views.selection(query)
        view = views.find(selection)
        if view is None:
            return [words("lines.none")]
        with views.store.reading() as connection:
            board = read_board(connection, view)
            unseen = [*note(sentence(view, words)), *last_day(connection, view.span.end_us, words)]
        at_us = view.last_observed.at_us if view.last_observed else view.span.end_us
        time = words.moment(at_us, at_us)
        return [[html.P(words("lines.at", time=time), className="small"), *unseen, _table(board, words)]]


def _table(board: Board, words: Words) -> html.Table:
    states, observed = board.states, board.observed
    heads = [words(f"lines.{head}") for head in ("line", "now", "worst", "level", "usual", "day")]
    largest = max([value for state in states for value in state.hours if value], default=1.0)
    rows = [_row(state, largest, words) for state in states]
    quiet = (
        words("lines.quiet", hours=observed.hours, days=observed.days) if observed.hours else words("lines.quiet_none")
    )
    return plain_table([*heads, quiet], rows, numbers=(1, 3, 6))


def _row(state: LineState, largest: float, words: Words) -> list[Any]:
    return [
        _link(state.line, words),
        str(state.ongoing),
        _worst(state, words),
        "—" if state.level is None else words.percent(state.level),
        _usual(state, words),
        _bars(state.hours, largest, words),
        "—" if state.quiet_share is None else words.percent(state.quiet_share, 1),
    ]


def _link(line: str, words: Words) -> html.A:
    label = words("lines.show", line=badge(line).label)
    return html.A(
        named_line(line),
        href=f"/?lines={line}",
        className="line-link",
        title=label,
        **attributes(data_goto="/", data_only_line=line, aria_label=label),
    )


def _worst(state: LineState, words: Words) -> Any:
    if not state.worst:
        return html.Span(words("lines.quiet_now"), className="small")
    return severity_mark(state.worst, words)


def _usual(state: LineState, words: Words) -> str:
    if not state.usual.is_known:
        return words("lines.too_short", days=DAYS_SHOWN)
    usual = words.percent(state.usual.level_e6 / 1e6)
    times = None if state.level is None else times_usual(round(state.level * 1e6), state.usual)
    return usual if times is None else words("lines.times", usual=usual, times=times)


def _bars(hours: Sequence[float | None], largest: float, words: Words) -> html.Span:
    """Shares of the largest, empty where nobody looked; `assets/common/sparks.js` draws them."""
    known = [value for value in hours if value is not None]
    low, high = min(known, default=0), max(known, default=0)
    shares = ",".join("" if value is None else f"{value / largest:.3f}" for value in hours)
    label = words("lines.bars", low=low, high=high)
    return html.Span(className="spark", role="img", **attributes(aria_label=label, data_bars=shares))


PAGE = Page(path="/lines", order=20, titles=("Lignes", "Lines"), layout=layout, register=register, texts=TEXTS)
