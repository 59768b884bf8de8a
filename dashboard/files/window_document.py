"""A window as one HTML file that needs nothing else: figures, a map drawn as SVG, the table, the manifest.

No script and nothing to fetch, so it opens anywhere and for years. The same window gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from dashboard.files.formulas import disarmed
from dashboard.files.html_document import document
from dashboard.pictures.frame import BODY_WIDTH
from dashboard.pictures.svg import element
from dashboard.pictures.window_map import draw_window
from dashboard.ui.licences import attribution
from dashboard.ui.paris_time import moment_word
from dashboard.ui.texts import Words
from dashboard.ui.theme import badge
from dashboard.window.gaps import sentence
from dashboard.window.hit_filter import severity
from dashboard.window.titles import shown_title
from dashboard.window.view import Active, View


def to_html(view: View, manifest: Mapping[str, Any], language: str = "fr") -> bytes:
    """The page of one view, with the manifest of its other files."""
    words = Words(language)
    note = attribution(view.meta)
    day = moment_word(view.span.begin_us, view.span.begin_us + 400 * 86_400_000_000, language)
    begin, end = (moment_word(us, us, language) for us in (view.span.begin_us, view.span.end_us))
    title = f"Pulse, {day}, {begin} → {end}"
    unseen = "".join(f"<p><b>{escape(text)}</b></p>" for text in [sentence(view, words)] if text)
    body = "".join((unseen, _figures(view, words), _map(view, words), _table(view, words)))
    return document(title, language, f"{words('unofficial')} · {note}", body, manifest)


def _figures(view: View, words: Words) -> str:
    counted = {
        "ongoing": view.counts.total,
        "stations": len(view.stations),
        "unplaced": view.counts.total - view.counts.placed,
    }
    figures = {words(f"figures.{name}", n=n): n for name, n in counted.items()}
    return (
        "<dl>"
        + "".join(f"<div><dt>{escape(w)}</dt><dd>{words.number(n)}</dd></div>" for w, n in figures.items())
        + "</dl>"
    )


def _map(view: View, words: Words) -> str:
    drawn = draw_window(view, words)
    return element("svg", drawn.body, viewBox=f"0 0 {BODY_WIDTH} {drawn.height}", role="img", aria_label=drawn.title)


def _table(view: View, words: Words) -> str:
    heads = ("table.lines", "table.disruption", "table.severity", "table.period", "table.polarity")
    head = "".join(f"<th>{escape(words(key))}</th>" for key in heads)
    rows = "".join(_row(active, view.span.end_us, words) for active in view.disruptions)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(active: Active, near_us: int, words: Words) -> str:
    r = active.revision
    lines = " ".join(_badge(line) for line in dict.fromkeys(hit.line for hit, _ in active.hits if hit.line))
    begin, end = (words.moment(us, near_us) or "—" for us in (active.begin_us, active.end_us))
    polarity = "—" if r.polarity is None else f"{r.polarity:+.2f}"
    told = f"<b>{escape(disarmed(shown_title(r)))}</b><br>{escape(disarmed(r.text))}"
    cells = (lines, told, escape(words(f"severity.{severity(r)}")), f"{begin} → {end}", polarity)
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _badge(line: str) -> str:
    shown = badge(line)
    style = f"background:{shown.colour};color:{shown.text}"
    return f'<span class="badge" style="{style}" title="{escape(shown.label)}">{escape(disarmed(shown.name))}</span>'
