"""The life of one incident on the screen: its ids on an axis, announced ends, what was published and why it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from dash import html

from dashboard.pages.incidents.parts import badges, incident_table, phase
from dashboard.pages.incidents.read import Announced, Life, Step
from dashboard.pages.incidents.texts import HOW, TEXTS, error_word
from dashboard.ui.attributes import attributes
from dashboard.ui.downloads import take_links
from dashboard.ui.plain_table import plain_table
from dashboard.ui.texts import Words
from prim_client.messages.time_units import HOUR_US

BARS_MAX = 60
Bar = tuple[str, int, int]  # disruption, first message, last sight or the end


def render_life(life: Life | None, words: Words) -> html.Section:
    """Bars of its ids on one axis, announced ends, and what was published."""
    links = take_links(words, "incident-steps", words("incidents.life"))
    children = [html.P(words("incidents.gone"))] if life is None else [*_life(life, words), links]
    return html.Section(className="card part", children=[html.H3(words("incidents.life")), *children])


def _life(life: Life, words: Words) -> list[Any]:
    each, now_us = life.incident, life.incident.seen_us
    head = html.Div(
        [
            badges(each.lines),
            html.Strong(each.title),
            *phase(each, words),
            html.Button(
                words("incidents.close"), type="button", className="chip", **attributes(data_choice="incident:")
            ),
        ],
        className="incidents-head",
    )
    ended = words.moment(each.ended_us, now_us)
    end = [html.P(words("incidents.effective", moment=ended, how=words(HOW[each.ended_by])))] if each.ended_us else []
    return [
        head,
        *end,
        *_later_changes(life, words),
        _axis(life, words),
        *_ends(life, words),
        html.H4(words("incidents.steps")),
        html.Ol(
            [_step(steps, life, now_us, words) for steps in join_same_steps(life.steps)], className="incidents-steps"
        ),
        *_siblings(life, words),
    ]


def _later_changes(life: Life, words: Words) -> list[html.P]:
    """What is known today and was not at the end of the window."""
    later, now_us = life.later, life.incident.seen_us
    if later is None:
        return []
    phase_word = words(f"incidents.{later.phase}")
    if later.ended_us is None:
        said = words("incidents.later", phase=phase_word, moment=words.moment(later.seen_us, now_us))
    else:
        ended = words.moment(later.ended_us, now_us)
        said = words("incidents.later_ended", moment=ended, how=words(HOW[later.ended_by]))
    return [html.P(said, className="small incidents-later")]


@dataclass(frozen=True, slots=True)
class Scale:
    """From the first message to the end or the last announced one, unless that lies far beyond."""

    begin_us: int
    until_us: int

    def percent_text(self, us: int) -> str:
        """Where a moment is, for a style."""
        return f"{self.share(us - self.begin_us):.3f}%"

    def share(self, span_us: float) -> float:
        """A length of time in percent of the axis."""
        return 100 * span_us / max(1, self.until_us - self.begin_us)


def scale_of(life: Life, bars: Sequence[Bar]) -> Scale:
    """What the axis of a life reaches over."""
    moments = [us for bar in bars for us in bar[1:]] + [life.incident.ended_us or life.incident.seen_us]
    begin_us, end_us = min(moments), max(moments)
    farthest_us = end_us + 2 * (end_us - begin_us) + HOUR_US
    return Scale(begin_us, max([end_us, *(end.end_us for end in life.ends if end.end_us < farthest_us)]))


def _axis(life: Life, words: Words) -> html.Div:
    """One bar an id, from its first message to its last; announced ends are marks on the axis."""
    bars = bars_of(life)
    scale = scale_of(life, bars)
    rows = [_bar(n, bar, scale, words) for n, bar in enumerate(bars, 1)]
    marks = [
        html.Div(
            className="incidents-mark",
            style={"left": scale.percent_text(end.end_us)},
            title=_announced_word(end, words),
        )
        for end in life.ends
        if scale.begin_us <= end.end_us <= scale.until_us
    ]
    ended_us = life.incident.ended_us
    effective = (
        [html.Div(className="incidents-effective", style={"left": scale.percent_text(ended_us)})] if ended_us else []
    )
    moments = [html.Span(words.moment(us, scale.until_us)) for us in (scale.begin_us, scale.until_us)]
    height = {"height": f"{max(3, len(bars)) * 9 + 6}px"}
    lane = html.Div([*rows, *marks, *effective], className="incidents-lane", style=height)
    return html.Div(
        [lane, html.Div(moments, className="incidents-scale")],
        className="incidents-axis",
        role="img",
        **attributes(aria_label=words("incidents.life")),
    )


def _bar(n: int, bar: Bar, scale: Scale, words: Words) -> html.Div:
    _, first, last = bar
    begin, end = (words.moment(us, scale.until_us) for us in (first, last))
    width = f"max(3px, {scale.share(last - first):.3f}%)"
    return html.Div(
        className="incidents-bar",
        title=words("incidents.bar", n=n, begin=begin, end=end),
        style={"left": scale.percent_text(first), "width": width, "top": f"{(n - 1) * 9}px"},
    )


def bars_of(life: Life) -> list[Bar]:
    """By their first message; not more than BARS_MAX."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for step in life.steps:
        first.setdefault(step.disruption, step.at_us)
        is_end = step.kind == "closed"
        last[step.disruption] = (
            (step.last_seen_us or step.at_us) if is_end else life.incident.ended_us or life.incident.seen_us
        )
    return [(id_, us, max(us, last[id_])) for id_, us in first.items()][:BARS_MAX]


def _ends(life: Life, words: Words) -> list[Any]:
    if not life.ends:
        return []
    heads = [words("incidents.at"), words("incidents.until"), "", words("incidents.error")]
    now_us, effective_us = life.incident.seen_us, life.incident.ended_us
    rows = []
    for end in life.ends:
        minutes = end.error_minutes(effective_us)
        error = "" if minutes is None else error_word(minutes, words)
        cells = (
            words.moment(end.at_us, now_us),
            words.moment(end.end_us, now_us),
            words(f"incidents.source_{end.source}"),
            error,
        )
        rows.append(cells)
    return [html.H4(words("incidents.ends")), plain_table(heads, rows)]


def _announced_word(end: Announced, words: Words) -> str:
    return (
        f"{words('incidents.at')} {words.moment(end.at_us, end.end_us)} {words('incidents.until')} "
        f"{words.moment(end.end_us, end.end_us)}"
    )


def join_same_steps(steps: Sequence[Step]) -> list[list[Step]]:
    """Steps in a row that say the same, as twins do, and ends of one moment: each shown once."""
    return [list(same) for _, same in groupby(sorted(steps, key=_moment), key=_says)]


def _moment(step: Step) -> tuple[int, bool, str, str]:
    return step.at_us, step.kind == "closed", step.title, step.text


def _says(step: Step) -> tuple[Any, ...]:
    return (step.kind, step.at_us) if step.kind == "closed" else (step.kind, step.title, step.text)


def _step(steps: Sequence[Step], life: Life, now_us: int, words: Words) -> html.Li:
    step, ids = steps[0], len({each.disruption for each in steps})
    moment = html.Span(words.moment(step.at_us, now_us), className="incidents-moment")
    if step.kind == "closed":
        return html.Li([moment, html.Span(words("incidents.kind_closed", ids=ids), className="incidents-kind")])
    kind = words(f"incidents.kind_{step.kind}") + (f", {words('incidents.as_ids', ids=ids)}" if ids > 1 else "")
    why = _reason(life.why.get(step.disruption, ""), words)
    said = [html.Span(kind, className="incidents-kind"), html.Strong(step.title), html.P(step.text), why]
    return html.Li([moment, html.Div(said)])


def _reason(why: str, words: Words) -> html.P:
    """The rule in the language of the screen; in full, as it is stored, on pointing at it."""
    rule = f"incidents.why_{why.partition(':')[0]}"
    return html.P(words(rule) if rule in TEXTS else why, className="small", title=why)


def _siblings(life: Life, words: Words) -> list[Any]:
    if not life.siblings:
        return []
    return [
        html.H4(words("incidents.siblings")),
        incident_table(life.siblings, "", life.incident.seen_us, words),
    ]
