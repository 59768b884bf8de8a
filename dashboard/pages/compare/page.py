"""Two windows side by side: the same filters, the same scales, and what differs, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dash import Dash, Output, html

from dashboard.registry.pages import Page, words_of
from dashboard.registry.update import on_turn
from dashboard.ui.attributes import attributes
from dashboard.ui.downloads import take_links
from dashboard.ui.plain_table import plain_table
from dashboard.ui.texts import Words
from dashboard.ui.theme import badge
from dashboard.window.clusters import Cluster
from dashboard.window.gaps import note, sentence
from dashboard.window.selection import Selection, format_utc, parse_window
from dashboard.window.view import View
from dashboard.window.view_cache import Views
from prim_client.messages.time_units import DAY_US, HOUR_US

LINES_SHOWN = 30
TEXTS = {
    "compare.title": ("Comparer deux fenêtres", "Compare two windows"),
    "compare.map": ("Fenêtre du {when}", "Window of {when}"),
    "compare.difference": ("Ce qui diffère", "What differs"),
    "compare.day": ("un jour plus tôt", "one day earlier"),
    "compare.week": ("une semaine plus tôt", "one week earlier"),
    "compare.hour": ("une heure plus tôt", "one hour earlier"),
    "compare.against": ("Comparée avec", "Compared with"),
    "compare.none": (
        "Pas de fenêtre du {when} dans le dépôt ; choisissez-en une autre sur la carte.",
        "The store has no window of {when}; choose another on the map.",
    ),
    "compare.what": ("Mesure", "Measure"),
    "compare.change": ("Écart", "Change"),
    "compare.ongoing": ("perturbations en cours", "ongoing disruptions"),
    "compare.opened": ("ouvertes dans la fenêtre", "opened in the window"),
    "compare.stations": ("stations touchées", "stations hit"),
    "compare.on": ("en cours, {line}", "ongoing, {line}"),
}
BEFORE_US = {"hour": HOUR_US, "day": DAY_US, "week": 7 * DAY_US}


def layout(words: Words) -> html.Div:
    """Two frames and a table; the choice of the other window is `data-choice="other:…"`."""
    choices = [
        html.Button(
            words(f"compare.{name}"), type="button", className="segment", **attributes(data_choice=f"other:{name}")
        )
        for name in BEFORE_US
    ]
    return html.Div(
        className="sheet wide",
        children=[
            html.H2(words("compare.title")),
            html.Div(
                className="card-head",
                children=[
                    html.Span(words("compare.against"), className="small"),
                    html.Div(
                        choices, className="segments", role="group", **attributes(aria_label=words("compare.against"))
                    ),
                ],
            ),
            html.Div(id="compare-maps", className="compare-maps"),
            html.Section(
                className="card part",
                children=[html.H3(words("compare.difference")), html.Div(id="compare-table")],
            ),
        ],
    )


def register(app: Dash, views: Views) -> None:
    """One turn fills frames and table."""

    @on_turn(app, PAGE, Output("compare-maps", "children"), Output("compare-table", "children"))
    def show(query: dict[str, Any]) -> list[Any]:
        words = words_of(query["lang"])
        selection = views.selection(query)
        now = views.find(selection)
        if now is None:
            return ["", words("screen.empty" if not selection.end_us else "screen.no_window")]
        other = replace(selection, end_us=_other_end(query.get("other", ""), now.span.end_us))
        then = views.find(other)
        if then is None:
            when = words.moment(other.end_us, now.span.end_us)
            return ["", words("compare.none", when=when)]
        return [_frames(then, now, words), _table(then, now, words)]


def _other_end(text: str, end_us: int) -> int:
    """The end of the window to compare with: so much earlier, or a moment of its own."""
    if text in BEFORE_US:
        return end_us - BEFORE_US[text]
    return parse_window(text) or end_us - DAY_US


def _frames(then: View, now: View, words: Words) -> list[html.Section]:
    """Both maps open on the clusters of both windows."""
    around = _corners([cluster for view in (then, now) for cluster in view.clusters])
    return [_frame(view, around, words) for view in (then, now)]


def _corners(clusters: Sequence[Cluster]) -> str:
    """South, west, north and east of the medoids, as the address has them; empty without a cluster."""
    if not clusters:
        return ""
    lat, lon = ([getattr(cluster.medoid, name) for cluster in clusters] for name in ("lat", "lon"))
    return f"&around={min(lat):.4f},{min(lon):.4f},{max(lat):.4f},{max(lon):.4f}"


def _frame(view: View, around: str, words: Words) -> html.Section:
    selection = replace(view.selection, end_us=view.span.end_us)
    when = _span_text(view, words)
    return html.Section(
        className="card compare-map",
        children=[
            html.H3(when),
            *note(sentence(view, words)),
            take_links(
                words,
                "clusters",
                words("compare.map", when=when),
                {"window": format_utc(view.span.end_us)},
            ),
            html.Iframe(src=f"/?{_query(selection, words)}{around}", title=words("compare.map", when=when)),
        ],
    )


def _query(selection: Selection, words: Words) -> str:
    return f"{selection.to_query()}&embed=1&lang={words.language}"


def _span_text(view: View, words: Words) -> str:
    day = words.moment(view.span.begin_us, view.span.begin_us + 40 * DAY_US)
    return f"{day} → {words.moment(view.span.end_us, view.span.end_us)}"


def _table(then: View, now: View, words: Words) -> html.Table:
    figures = [
        ("ongoing", lambda view: view.counts.total),
        ("opened", lambda view: round(sum(m["opened_e9"] for m in view.measures.values()) / 1e9)),
        ("stations", lambda view: len(view.stations)),
    ]
    rows = [_row(words(f"compare.{name}"), of(then), of(now), words) for name, of in figures]
    before, after = Counter(then.counts.lines), Counter(now.counts.lines)
    changed = sorted(
        (line for line in before | after if before[line] != after[line]),
        key=lambda line: (-abs(after[line] - before[line]), line),
    )
    rows += [
        _row(words("compare.on", line=badge(line).label), before[line], after[line], words)
        for line in changed[:LINES_SHOWN]
    ]
    heads = (words("compare.what"), _span_text(then, words), _span_text(now, words), words("compare.change"))
    return plain_table(heads, rows, numbers=(1, 2, 3))


def _row(word: str, before: int, after: int, words: Words) -> list[str]:
    change = after - before
    sign = "+" if change > 0 else "−" if change < 0 else ""
    return [word, words.number(before), words.number(after), f"{sign}{words.number(abs(change))}"]


PAGE = Page(path="/compare", order=5, titles=("Comparer", "Compare"), layout=layout, register=register, texts=TEXTS)
