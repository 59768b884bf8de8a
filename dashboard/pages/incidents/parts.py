"""Parts that the list of incidents and the life of one share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.pages.incidents.past import Line
from dashboard.pages.incidents.read import Incident
from dashboard.pages.incidents.texts import HOW, SEVERITIES, duration, error_word
from dashboard.ui.attributes import attributes
from dashboard.ui.badges import line_mark
from dashboard.ui.plain_table import plain_table
from dashboard.ui.texts import Words
from dashboard.ui.theme import badge

COLUMNS = ("lines", "what", "phase", "begin", "end", "duration", "announced_end", "ids")


def incident_table(found: Sequence[Incident], picked: str, now_us: int, words: Words) -> html.Table:
    """One row an incident; the one that is `picked` stands out."""
    rows = [incident_row(each, each.incident == picked, now_us, words) for each in found]
    chosen = [n for n, each in enumerate(found) if each.incident == picked]
    return plain_table([words(f"incidents.{name}") for name in COLUMNS], rows, numbers=(7,), picked=chosen)


def incident_row(each: Incident, is_picked: bool, now_us: int, words: Words) -> list[Any]:
    name = html.Button(
        each.title or each.cause or each.incident,
        type="button",
        className="incidents-name",
        **attributes(data_choice=f"incident:{each.incident}", aria_pressed=str(is_picked).lower()),
    )
    return [
        badges(each.lines),
        name,
        phase(each, words),
        _begin(each, now_us, words),
        _end(each, now_us, words),
        duration(each.minutes()),
        [words.moment(each.first_end_us, now_us), _error(each, words)],
        str(each.disruptions),
    ]


def badges(lines: Sequence[Line]) -> html.Span:
    return html.Span([line_mark(badge(*line)) for line in lines if line[0]], className="incidents-badges")


def phase(each: Incident, words: Words) -> list[Any]:
    severity = words(SEVERITIES[each.severity]) if each.severity in SEVERITIES else each.severity
    phase = html.Span(words(f"incidents.{each.phase}"), className=f"incidents-phase {each.phase}")
    return [phase, html.Span(severity, className="small")]


def _begin(each: Incident, now_us: int, words: Words) -> str:
    if each.only_ended:
        return words("incidents.only_ended")
    moment = words.moment(each.opened_us, now_us)
    return words("incidents.before", moment=moment) if each.initial and moment else moment


def _end(each: Incident, now_us: int, words: Words) -> list[Any]:
    if each.ended_us is None:
        return [words("incidents.none")]
    return [words.moment(each.ended_us, now_us), html.Span(words(HOW[each.ended_by]), className="small")]


def _error(each: Incident, words: Words) -> html.Span:
    error = each.error_minutes()
    return html.Span("" if error is None else error_word(error, words), className="small")
