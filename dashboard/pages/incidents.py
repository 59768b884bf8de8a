"""Incidents: what happened instead of how often it was told; one incident's life; how well announced ends held."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html

from dashboard.incidents import (
    ERRORS_MIN,
    Announced,
    Gap,
    Incident,
    Life,
    Line,
    Reliability,
    Step,
    chosen,
    read_gaps,
    read_incidents,
    read_life,
    read_reliability,
    stretch,
)
from dashboard.pages import Page, words_of
from dashboard.paris import moment_word
from dashboard.selection import parse_selection
from dashboard.texts import Words
from dashboard.theme import badge
from dashboard.turns import on_turn
from dashboard.views import Views

LISTED_MAX = 200  # rows of the list; how many there are in all stands above it
ORDERS = ("opened", "duration", "ids", "severity", "error")
GROUPS = ("line", "cause", "hour")
RELIABLE_MAX = 40
BARS_MAX = 60
WEEK_US = 7 * 24 * 3_600_000_000
PHASES = ("announced", "active", "resuming", "over")
SEVERITIES = {"BLOQUANTE": "incidents.blocking", "PERTURBEE": "incidents.disturbed", "INFORMATION": "incidents.informing"}
TEXTS = {
    "incidents.title": ("Incidents", "Incidents"),
    "incidents.empty": ("Aucun incident pour ce choix.", "No incident for this choice."),
    "incidents.counts": (
        "{disruptions} identifiants de PRIM = {incidents} incidents publiés = {episodes} épisodes, du {begin} au {end}.",
        "{disruptions} ids of PRIM = {incidents} published incidents = {episodes} episodes, from {begin} to {end}.",
    ),
    "incidents.counts_help": (
        "Incident publié : les identifiants que l'exploitant tient pour un même incident, tels que nos règles les "
        "retrouvent. Épisode : ce qu'un voyageur appellerait un seul événement.",
        "Published incident: the ids that the operator holds for one incident, as far as our rules find them. Episode: "
        "what a rider would call one event.",
    ),
    "incidents.search": ("Chercher un titre, une cause, une ligne", "Search a title, a cause, a line"),
    "incidents.sort": ("Trier par", "Sort by"),
    "incidents.by_opened": ("début", "begin"),
    "incidents.by_duration": ("durée", "duration"),
    "incidents.by_ids": ("identifiants", "ids"),
    "incidents.by_severity": ("gravité", "severity"),
    "incidents.by_error": ("écart de la fin annoncée", "error of the announced end"),
    "incidents.span": ("Période", "Period"),
    "incidents.listed": ("Les {listed} premiers sur {total} :", "The first {listed} of {total}:"),
    "incidents.lines": ("Lignes", "Lines"),
    "incidents.what": ("Incident", "Incident"),
    "incidents.phase": ("Phase", "Phase"),
    "incidents.begin": ("Début", "Begin"),
    "incidents.end": ("Fin", "End"),
    "incidents.duration": ("Durée", "Duration"),
    "incidents.announced_end": ("Fin annoncée d'abord", "End announced first"),
    "incidents.ids": ("Id.", "Ids"),
    "incidents.announced": ("annoncé", "announced"),
    "incidents.active": ("en cours", "active"),
    "incidents.resuming": ("reprise", "resuming"),
    "incidents.over": ("terminé", "over"),
    "incidents.blocking": ("bloquante", "blocking"),
    "incidents.disturbed": ("perturbée", "disturbed"),
    "incidents.informing": ("information", "information"),
    "incidents.before": ("avant {moment}", "before {moment}"),
    "incidents.closing_id": ("dit par l'identifiant de clôture", "said by the closing id"),
    "incidents.period_over": ("période annoncée écoulée", "announced period over"),
    "incidents.vanished": ("disparu des relevés corrects", "gone from good polls"),
    "incidents.early": ("finie {minutes} avant", "over {minutes} before"),
    "incidents.late": ("finie {minutes} après", "over {minutes} after"),
    "incidents.exact": ("à l'heure dite", "on time"),
    "incidents.life": ("La vie d'un incident", "The life of one incident"),
    "incidents.gone": ("Cet incident n'est plus dans l'entrepôt.", "This incident is no longer in the store."),
    "incidents.close": ("Fermer", "Close"),
    "incidents.steps": ("Ce qui a été publié", "What was published"),
    "incidents.kind_announced": ("annoncé", "announced"),
    "incidents.kind_opened": ("publié, en vigueur", "published, in force"),
    "incidents.kind_updated": ("modifié", "edited"),
    "incidents.kind_paused": ("suspendu", "paused"),
    "incidents.kind_closed": ("fin de {ids} id.", "end of {ids} ids"),
    "incidents.as_ids": ("sous {ids} id.", "as {ids} ids"),
    "incidents.ends": ("Fins annoncées", "Announced ends"),
    "incidents.at": ("Annoncée à", "Announced at"),
    "incidents.until": ("pour", "for"),
    "incidents.source_text": ("heure dans le texte", "hour in the text"),
    "incidents.source_period": ("fin de la période", "end of the period"),
    "incidents.error": ("Écart", "Error"),
    "incidents.effective": ("Fin effective {moment}, {how}.", "Effective end {moment}, {how}."),
    "incidents.siblings": ("Du même épisode", "Of the same episode"),
    "incidents.bar": ("Identifiant {n}, de {begin} à {end}", "Id {n}, from {begin} to {end}"),
    "incidents.reliability": ("Les fins annoncées ont-elles tenu ?", "Did announced ends hold?"),
    "incidents.reliability_help": (
        "Fin annoncée moins fin effective, en minutes, à chaque annonce : positif, c'était fini avant. Masqué sous "
        "{least} annonces ({hidden} groupes).",
        "Announced end less effective end, in minutes, at each announcement: positive, it was over before. Hidden below "
        "{least} announcements ({hidden} groups).",
    ),
    "incidents.by": ("Par", "By"),
    "incidents.group_line": ("ligne", "line"),
    "incidents.group_cause": ("cause", "cause"),
    "incidents.group_hour": ("heure", "hour"),
    "incidents.no_cause": ("non dite", "not told"),
    "incidents.count": ("Incidents", "Incidents"),
    "incidents.announcements": ("Annonces", "Announcements"),
    "incidents.median": ("Médiane", "Median"),
    "incidents.gaps": ("Ce que l'on n'a pas vu", "What was not seen"),
    "incidents.gaps_none": ("{ticks} pas observés, aucun trou.", "{ticks} ticks observed, no gap."),
    "incidents.gaps_some": (
        "{missed} des {ticks} pas sans relevé correct : ce qui commence ou finit là n'est pas daté mieux que le trou.",
        "{missed} of {ticks} ticks without a good poll: what begins or ends there is dated no better than the gap.",
    ),
    "incidents.gap": ("de {begin} à {end} ({ticks} pas)", "from {begin} to {end} ({ticks} ticks)"),
    "incidents.none": ("–", "–"),
}  # fmt: skip
HOW = {"closing id": "incidents.closing_id", "period over": "incidents.period_over", "vanished": "incidents.vanished"}


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
                    _choices("by", words("incidents.by"), [(name, words(f"incidents.group_{name}")) for name in GROUPS]),
                    html.Div(id="incidents-reliability"),
                ],
            ),
            html.Section(
                className="card part", children=[html.H3(words("incidents.gaps")), html.Div(id="incidents-gaps")]
            ),
        ],
    )


def _tools(words: Words) -> html.Div:
    return html.Div(
        className="incidents-tools",
        children=[
            html.Label([
                html.Span(words("incidents.search"), className="small"),
                dcc.Input(id="incidents-search", type="search", debounce=0.3, className="incidents-search"),
            ]),
            _choices("order", words("incidents.sort"), [(name, words(f"incidents.by_{name}")) for name in ORDERS]),
            _choices("span", words("incidents.span"), [(name, name) for name in ("6h", "24h", "7j", "30j")]),
        ],
    )  # fmt: skip


def _choices(kind: str, name: str, choices: Sequence[tuple[str, str]]) -> html.Div:
    buttons = [
        html.Button(
            word, type="button", className="chip", **{"data-choice": f"{kind}:{value}", "aria-pressed": "false"}
        )
        for value, word in choices
    ]
    return html.Div([html.Span(name, className="small"), *buttons], className="choices", role="group", **{"aria-label": name})


def register(app: Dash, views: Views) -> None:
    """One turn fills every part, so that all show the same moment."""
    app.clientside_callback(
        ClientsideFunction("pulse_incidents", "find"), Output("incidents-search", "className"),
        Input("incidents-search", "value"), prevent_initial_call=True,
    )  # fmt: skip
    app.clientside_callback(
        ClientsideFunction("pulse_incidents", "found"), Output("incidents-search", "value"), Input("incidents-search", "id")
    )

    @on_turn(
        app,
        PAGE,
        *(Output(f"incidents-{part}", "children") for part in ("counts", "list", "life", "reliability", "gaps")),
    )
    def show(query: dict[str, Any]) -> list[Any]:
        words, selection = words_of(query.get("lang") or "fr"), parse_selection(query)
        with views.store.reading() as connection:
            begin_us, end_us = stretch(connection, selection)
            found = read_incidents(connection, selection)
            errors = read_reliability(connection, found, query.get("by") or GROUPS[0])
            life = read_life(connection, query["incident"]) if query.get("incident") else None
            gaps, ticks = read_gaps(connection, selection)
        listed = chosen(found, query.get("find") or "", query.get("order") or ORDERS[0])
        return [
            render_counts(listed, (begin_us, end_us), words),
            render_list(listed, query.get("incident") or "", end_us, words),
            render_life(life, words) if query.get("incident") else "",
            render_reliability(errors, query.get("by") or GROUPS[0], words),
            render_gaps(gaps, ticks, end_us, words),
        ]


def render_counts(found: Sequence[Incident], span_us: tuple[int, int], words: Words) -> list[Any]:
    """How many ids, published incidents and episodes, and what each word means."""
    begin, end = (moment_word(us, us + WEEK_US) for us in span_us)  # with the day
    said = words(
        "incidents.counts", disruptions=sum(each.disruptions for each in found), incidents=len(found),
        episodes=len({each.episode for each in found}), begin=begin, end=end,
    )  # fmt: skip
    return [html.P(said), html.P(words("incidents.counts_help"), className="small")]


def render_list(found: Sequence[Incident], picked: str, now_us: int, words: Words) -> list[Any]:
    """The first rows of the list."""
    if not found:
        return [html.P(words("incidents.empty"))]
    heads = [words(f"incidents.{name}") for name in ("lines", "what", "phase", "begin", "end", "duration", "announced_end", "ids")]
    more = [html.P(words("incidents.listed", listed=LISTED_MAX, total=len(found)), className="small")]
    return [
        *(more if len(found) > LISTED_MAX else []),
        _table(heads, [_row(each, each.incident == picked, now_us, words) for each in found[:LISTED_MAX]]),
    ]


def _row(each: Incident, is_picked: bool, now_us: int, words: Words) -> html.Tr:
    name = html.Button(
        each.title or each.cause or each.incident, type="button", className="incidents-name",
        **{"data-choice": f"incident:{each.incident}", "aria-pressed": str(is_picked).lower()},
    )  # fmt: skip
    cells = [
        _badges(each.lines), name, _phase(each, words), _begin(each, now_us, words), _end(each, now_us, words),
        duration(each.minutes()), [moment_word(each.first_end_us, now_us), _error(each, words)], str(each.disruptions),
    ]  # fmt: skip
    return html.Tr([html.Td(cell) for cell in cells], className="picked" if is_picked else "")


def _badges(lines: Sequence[Line]) -> html.Span:
    shown = [badge(*line) for line in lines if line[0]]
    return html.Span(
        [
            html.Span(
                each.name, className=f"badge {each.mode}", title=each.label,
                style={"--badge": each.colour, "--on-badge": each.text},
            )
            for each in shown
        ],
        className="incidents-badges",
    )  # fmt: skip


def _phase(each: Incident, words: Words) -> list[Any]:
    severity = words(SEVERITIES[each.severity]) if each.severity in SEVERITIES else each.severity
    phase = html.Span(words(f"incidents.{each.phase}"), className=f"incidents-phase {each.phase}")
    return [phase, html.Span(severity, className="small")]


def _begin(each: Incident, now_us: int, words: Words) -> str:
    moment = moment_word(each.opened_us, now_us)
    return words("incidents.before", moment=moment) if each.initial and moment else moment


def _end(each: Incident, now_us: int, words: Words) -> list[Any]:
    if each.ended_us is None:
        return [words("incidents.none")]
    return [moment_word(each.ended_us, now_us), html.Span(words(HOW[each.ended_by]), className="small")]


def _error(each: Incident, words: Words) -> html.Span:
    error = each.error_minutes()
    return html.Span("" if error is None else error_word(error, words), className="small")


def error_word(error: float, words: Words) -> str:
    """An announcement error in words; within a minute it was on time."""
    if abs(error) < 1:
        return words("incidents.exact")
    return words("incidents.early" if error > 0 else "incidents.late", minutes=duration(abs(error)))


def duration(minutes: float | None) -> str:
    """`45 min`, `2 h 05`, `3 j`; nothing for None.

    >>> duration(45.2), duration(125), duration(3 * 1440)
    ('45 min', '2 h 05', '3 j')
    """
    if minutes is None:
        return ""
    whole = round(minutes)
    if whole < 60:
        return f"{whole} min"
    return f"{whole // 60} h {whole % 60:02d}" if whole < 48 * 60 else f"{whole // 1440} j"


def render_life(life: Life | None, words: Words) -> html.Section:
    """Bars of its ids on one axis, announced ends, and what was published."""
    children = [html.P(words("incidents.gone"))] if life is None else _life(life, words)
    return html.Section(className="card part", children=[html.H3(words("incidents.life")), *children])


def _life(life: Life, words: Words) -> list[Any]:
    each, now_us = life.incident, life.incident.seen_us
    head = html.Div(
        [_badges(each.lines), html.Strong(each.title), *_phase(each, words),
         html.Button(words("incidents.close"), type="button", className="chip", **{"data-choice": "incident:"})],
        className="incidents-head",
    )  # fmt: skip
    ended = moment_word(each.ended_us, now_us)
    end = [html.P(words("incidents.effective", moment=ended, how=words(HOW[each.ended_by])))] if each.ended_us else []
    return [head, *end, _axis(life, words), *_ends(life, words), html.H4(words("incidents.steps")),
            html.Ol([_step(steps, life, now_us, words) for steps in together(life.steps)], className="incidents-steps"),
            *_siblings(life, words)]  # fmt: skip


def _axis(life: Life, words: Words) -> html.Div:
    """One bar an id, from its first message to its last; announced ends are marks on the axis."""
    bars = _bars(life)
    effective_us = life.incident.ended_us
    moments = [us for bar in bars for us in bar[1:]] + [effective_us or life.incident.seen_us]
    begin_us, end_us = min(moments), max(moments)
    until_us = max([end_us, *(end.end_us for end in life.ends if end.end_us - end_us < 2 * (end_us - begin_us) + 3_600_000_000)])
    width = max(1, until_us - begin_us)

    def left(us: int) -> str:
        return f"{100 * (us - begin_us) / width:.3f}%"

    rows = [
        html.Div(
            className="incidents-bar", title=words("incidents.bar", n=n, begin=moment_word(first, until_us), end=moment_word(last, until_us)),
            style={"left": left(first), "width": f"max(3px, {100 * (last - first) / width:.3f}%)", "top": f"{(n - 1) * 9}px"},
        )
        for n, (_, first, last) in enumerate(bars, 1)
    ]  # fmt: skip
    marks = [
        html.Div(className="incidents-mark", style={"left": left(end.end_us)}, title=_announced_word(end, words))
        for end in life.ends
        if begin_us <= end.end_us <= until_us
    ]
    effective = [html.Div(className="incidents-effective", style={"left": left(effective_us)})] if effective_us else []
    scale = html.Div(
        [html.Span(moment_word(begin_us, until_us)), html.Span(moment_word(until_us, until_us))], className="incidents-scale"
    )
    lane = html.Div([*rows, *marks, *effective], className="incidents-lane", style={"height": f"{max(3, len(bars)) * 9 + 6}px"})
    return html.Div([lane, scale], className="incidents-axis", role="img", **{"aria-label": words("incidents.life")})


def _bars(life: Life) -> list[tuple[str, int, int]]:
    """(disruption, first message, last sight or the end), by their first; not more than BARS_MAX."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for step in life.steps:
        first.setdefault(step.disruption, step.at_us)
        is_end = step.kind == "closed"
        last[step.disruption] = (step.last_seen_us or step.at_us) if is_end else life.incident.ended_us or life.incident.seen_us
    return [(id_, us, max(us, last[id_])) for id_, us in first.items()][:BARS_MAX]


def _ends(life: Life, words: Words) -> list[Any]:
    if not life.ends:
        return []
    heads = [words("incidents.at"), words("incidents.until"), "", words("incidents.error")]
    now_us, effective_us = life.incident.seen_us, life.incident.ended_us
    rows = []
    for end in life.ends:
        error = "" if effective_us is None else error_word((end.end_us - effective_us) / 60_000_000, words)
        cells = (moment_word(end.at_us, now_us), moment_word(end.end_us, now_us), words(f"incidents.source_{end.source}"), error)
        rows.append(html.Tr([html.Td(cell) for cell in cells]))
    return [html.H4(words("incidents.ends")), _table(heads, rows)]


def _announced_word(end: Announced, words: Words) -> str:
    return f"{words('incidents.at')} {moment_word(end.at_us, end.end_us)} {words('incidents.until')} {moment_word(end.end_us, end.end_us)}"


def together(steps: Sequence[Step]) -> list[list[Step]]:
    """Steps in a row that say the same, as twins do, and ends of one moment: each shown once."""
    return [list(same) for _, same in groupby(sorted(steps, key=_moment), key=_says)]


def _moment(step: Step) -> tuple[int, bool, str, str]:
    return step.at_us, step.kind == "closed", step.title, step.text


def _says(step: Step) -> tuple[Any, ...]:
    return (step.kind, step.at_us) if step.kind == "closed" else (step.kind, step.title, step.text)


def _step(steps: Sequence[Step], life: Life, now_us: int, words: Words) -> html.Li:
    step, ids = steps[0], len({each.disruption for each in steps})
    moment = html.Span(moment_word(step.at_us, now_us), className="incidents-moment")
    if step.kind == "closed":
        return html.Li([moment, html.Span(words("incidents.kind_closed", ids=ids), className="incidents-kind")])
    kind = words(f"incidents.kind_{step.kind}") + (f", {words('incidents.as_ids', ids=ids)}" if ids > 1 else "")
    why = html.P(life.why.get(step.disruption, ""), className="small", lang="en")  # as it is stored
    said = [html.Span(kind, className="incidents-kind"), html.Strong(step.title), html.P(step.text), why]
    return html.Li([moment, html.Div(said)])


def _siblings(life: Life, words: Words) -> list[Any]:
    if not life.siblings:
        return []
    rows = [_row(each, False, life.incident.seen_us, words) for each in life.siblings]
    heads = [words(f"incidents.{name}") for name in ("lines", "what", "phase", "begin", "end", "duration", "announced_end", "ids")]
    return [html.H4(words("incidents.siblings")), _table(heads, rows)]


def render_reliability(errors: Sequence[Reliability], by: str, words: Words) -> list[Any]:
    """Quantiles by group; groups with few announcements are only counted."""
    enough = [each for each in errors if each.announcements >= ERRORS_MIN]
    heads = [words(f"incidents.group_{by if by in GROUPS else GROUPS[0]}"), words("incidents.count"),
             words("incidents.announcements"), "p10", words("incidents.median"), "p90"]  # fmt: skip
    rows = [
        html.Tr([html.Td(_group(each.group, by, words)), *(
            html.Td(html.Span(cell, className="number")) for cell in (
                str(each.incidents), str(each.announcements), *(f"{round(value):+d}" for value in (each.p10, each.median, each.p90)))
        )])
        for each in enough[:RELIABLE_MAX]
    ]  # fmt: skip
    said = words("incidents.reliability_help", least=ERRORS_MIN, hidden=len(errors) - len(enough))
    return [html.P(said, className="small"), *([_table(heads, rows)] if rows else [])]


def _group(group: str, by: str, words: Words) -> Any:
    if by == "cause":
        return group or words("incidents.no_cause")
    return f"{group} h" if by == "hour" else _badges([(group, "", "")])


def render_gaps(gaps: Sequence[Gap], ticks: int, now_us: int, words: Words) -> list[Any]:
    """Stretches without a good poll."""
    if not gaps:
        return [html.P(words("incidents.gaps_none", ticks=ticks))]
    missed = sum(gap.ticks for gap in gaps)
    rows = [
        html.Li(words("incidents.gap", begin=moment_word(gap.begin_us, now_us), end=moment_word(gap.end_us, now_us), ticks=gap.ticks))
        for gap in gaps[-50:]
    ]
    return [html.P(words("incidents.gaps_some", missed=missed, ticks=ticks)), html.Ul(rows)]


def _table(heads: Sequence[str], rows: Sequence[html.Tr]) -> html.Table:
    return html.Table(
        className="plain", children=[html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])), html.Tbody(list(rows))]
    )


PAGE = Page(
    path="/incidents", order=10, titles=("Incidents", "Incidents"), layout=layout, register=register, texts=TEXTS
)
