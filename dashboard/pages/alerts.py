"""Alerts: which lines are far above what is usual, and what is usual on each line at this hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dash import Dash, Output, html
from sqlalchemy import Connection, func, select

from dashboard import queries
from dashboard.addresses import link
from dashboard.cache import Cache
from dashboard.marks import named_line
from dashboard.observation import last_day
from dashboard.pages import Page, words_of
from dashboard.plain_table import plain_table
from dashboard.selection import Selection
from dashboard.take_away import take_links
from dashboard.texts import Words
from dashboard.theme import badge, reading_key
from dashboard.turns import on_turn
from dashboard.views import Views
from prim_client.message import from_epoch_us
from spark_app import tables
from spark_app.alerts.baseline import History, Usual
from spark_app.alerts.calendar import ServiceHour, service_hour
from spark_app.alerts.fold import read_history
from spark_app.alerts.rule import share
from spark_app.alerts.words import compared

ALERTS_MAX = 100
CHANGING = ("cleared_us", "peak_e6", "repeats", "ground")  # columns of table `alert_change`
TEXTS = {
    "alerts.title": ("Alertes", "Alerts"),
    "alerts.list": ("Lignes dont beaucoup de stations sont bloquées", "Lines of which many stations are blocked"),
    "alerts.ground": (
        (
            "Une ligne est en alerte quand la part de ses stations bloquées est très élevée, ou élevée et très "
            "au-dessus de son niveau habituel."
        ),
        (
            "A line alerts when the share of its stations that are blocked is very high, or high and far above its "
            "usual level."
        ),
    ),
    "alerts.none": ("Aucune alerte pour ce choix.", "No alert for this choice."),
    "alerts.open": ("en cours", "goes on"),
    "alerts.over": ("terminée ({moment})", "over ({moment})"),
    "alerts.again": (" · rouverte {count} ×", " · opened again {count} ×"),
    "alerts.line": ("Ligne", "Line"),
    "alerts.since": ("Depuis", "Since"),
    "alerts.state": ("État", "State"),
    "alerts.blocked": ("Stations bloquées", "Stations blocked"),
    "alerts.why": ("Pourquoi", "Why"),
    "alerts.why_blocked": ("part bloquée très élevée", "very high share blocked"),
    "alerts.why_unusual": ("très au-dessus du niveau attendu", "far above the expected level"),
    "alerts.why_": ("—", "—"),
    "alerts.compared": ("Par rapport à l'habitude", "Beside what is usual"),
    "alerts.what": ("Perturbation", "Disruption"),
    "alerts.feeds": ("Suivre ailleurs : ", "Follow elsewhere: "),
    "alerts.atom": ("flux Atom des alertes", "Atom feed of alerts"),
    "alerts.ics": ("travaux de {line} (iCalendar)", "works on {line} (iCalendar)"),
    "alerts.usual": ("Niveau habituel à {hour} h, {kind}", "Usual level at {hour}:00, {kind}"),
    "alerts.usual_level": ("Niveau habituel", "Usual level"),
    "alerts.days": ("Jours observés", "Observed days"),
    "alerts.few": ("historique insuffisant ({days} j)", "not enough history ({days} {days:day|days})"),
    "alerts.level": (
        "Niveau : part des stations bloquées, plus la moitié de la part des stations perturbées.",
        "Level: share of stations blocked, plus half the share of stations disturbed.",
    ),
    "alerts.no_history": ("Aucune heure complète n'a été observée.", "No whole hour has been observed."),
    "alerts.working": ("jour ouvré", "working day"),
    "alerts.saturday": ("samedi", "Saturday"),
    "alerts.sunday": ("dimanche ou jour férié", "Sunday or public holiday"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows of one moment of the store."""

    alerts: Sequence[Mapping[str, Any]]  # rows of table `alert`, those that go on first, then newest first
    usual: Mapping[str, Usual]  # by line
    at: ServiceHour | None  # None: no whole hour yet
    now_us: int


def layout(words: Words) -> html.Div:
    """The frames of the two parts."""
    return html.Div(
        className="sheet",
        children=[
            html.H2(words("alerts.title")),
            _part("alerts-list", take_links(words, "alerts", words("alerts.list")), html.H3(words("alerts.list"))),
            _part("alerts-usual", take_links(words, "usual-levels", words("alerts.usual_level"))),
        ],
    )


def _part(id_: str, links: html.Div, *head: html.H3) -> html.Section:
    return html.Section(className="card part", children=[*head, html.Div(id=id_), links])


def register(app: Dash, views: Views) -> None:
    """One turn fills both parts."""
    histories = Cache(2)

    @on_turn(app, PAGE, Output("alerts-list", "children"), Output("alerts-usual", "children"))
    def show(query: dict[str, Any]) -> list[Any]:
        words, selection = words_of(query.get("lang") or "fr"), views.selection(query)
        with views.store.reading() as connection:
            shown = read(connection, selection, histories)
            unseen = last_day(connection, shown.now_us, words)
        return [[*unseen, *render_alerts(shown, selection, words)], render_usual(shown, words)]


def read(connection: Connection, selection: Selection, histories: Cache) -> Shown:
    """Alerts and usual levels of the lines of a choice, at the newest moment of the store or the chosen window's
    end."""
    now_us = queries.newest_event_us(connection) if selection.end_us is None else selection.end_us
    table = tables.alert
    query = select(table).where(table.c.raised_us <= now_us).order_by(table.c.raised_us.desc(), table.c.id)
    rows = [row._asdict() for row in connection.execute(query) if selection.holds_line(row.line)][:ALERTS_MAX]
    rows = _as_known(connection, rows, now_us)
    goes_on = [row for row in rows if not _is_over(row, now_us)]
    history, first_hours = _history(connection, histories)
    at = service_hour(from_epoch_us(now_us))
    over = service_hour(from_epoch_us(now_us - 1)).place  # an hour is known when the next one has begun
    lines = [line for line, first in first_hours.items() if first < over]
    usual = {line: history.usual(line, at) for line in lines if selection.holds_line(line)}
    return Shown([*goes_on, *(row for row in rows if _is_over(row, now_us))], usual, at if lines else None, now_us)


def _as_known(connection: Connection, rows: Sequence[dict[str, Any]], now_us: int) -> list[dict[str, Any]]:
    """Rows of alerts as they were known at a moment: later ends, peaks and openings are not there yet."""
    c = tables.alert_change.c
    query = select(c.alert, *(c[name] for name in CHANGING)).where(
        c.alert.in_([row["id"] for row in rows]), c.at_us <= now_us
    )
    then = {change.alert: change for change in connection.execute(query.order_by(c.at_us))}
    nothing = {"ground": ""}  # of a store that was made before there were changes
    return [
        row | ({name: getattr(then[row["id"]], name) for name in CHANGING} if row["id"] in then else nothing)
        for row in rows
    ]


def _is_over(row: Mapping[str, Any], now_us: int) -> bool:
    return row["cleared_us"] is not None and row["cleared_us"] <= now_us


def _history(connection: Connection, histories: Cache) -> tuple[History, dict[str, tuple[date, int]]]:
    """The stored hours, read anew when one was added; and the lines that have any, with their first one."""
    hours = tables.line_hour.c
    newest = connection.execute(
        select(hours.day, hours.hour).order_by(hours.day.desc(), hours.ticks, hours.hour).limit(1)
    ).first()
    count = connection.execute(select(func.count()).select_from(tables.line_hour)).scalar()
    store = queries.read_version(connection).store
    return histories.get((store, tuple(newest or ()), count), lambda: _read_hours(connection))


def _read_hours(connection: Connection) -> tuple[History, dict[str, tuple[date, int]]]:
    history, hours = History(), tables.line_hour.c
    read_history(connection, history)
    rows = connection.execute(select(hours.line, hours.day, hours.hour).where(hours.line != "*"))
    first: dict[str, tuple[date, int]] = {}
    for line, day, hour in rows:
        place = ServiceHour(date.fromisoformat(day), hour).place
        first[line] = min(first.get(line, place), place)
    return history, dict(
        sorted(first.items(), key=lambda item: (badge(item[0]).mode, reading_key(badge(item[0]).name)))
    )


def render_alerts(shown: Shown, selection: Selection, words: Words) -> list[Any]:
    """The alerts as a table, and the feeds."""
    heads = [words(f"alerts.{name}") for name in ("line", "since", "state", "blocked", "why", "compared", "what")]
    rows = [_alert_row(row, shown.now_us, words) for row in shown.alerts]
    table = plain_table(heads, rows) if rows else html.P(words("alerts.none"))
    ground = html.P(words("alerts.ground"), className="small")
    calendars = [
        (link("works", f"{line}.ics"), words("alerts.ics", line=badge(line).label)) for line in selection.lines
    ]
    feed = link("alerts.atom", **({"lines": ",".join(selection.lines)} if selection.lines else {}))
    links = [html.A(text, href=href) for href, text in [(feed, words("alerts.atom")), *calendars]]
    between = [part for each in links for part in (each, " · ")][:-1]
    return [ground, table, html.P([words("alerts.feeds"), *between], className="small")]


def _alert_row(row: Mapping[str, Any], now_us: int, words: Words) -> list[Any]:
    over = words("alerts.over", moment=words.moment(row["cleared_us"], now_us)) if _is_over(row, now_us) else ""
    again = words("alerts.again", count=row["repeats"]) if row["repeats"] else ""
    beside = compared(row["level_e6"], row["usual_e6"], row["days"], row["raised_us"], words.language)
    return [
        named_line(row["line"]),
        words.moment(row["raised_us"], now_us),
        (over or words("alerts.open")) + again,
        share(row["blocked_e6"]),
        words(f"alerts.why_{row['ground']}"),
        beside,
        row["title"],
    ]


def render_usual(shown: Shown, words: Words) -> list[Any]:
    """What is usual now on each line that had an incident since the store began."""
    if shown.at is None:
        return [html.P(words("alerts.no_history"))]
    kind = words(f"alerts.{shown.at.day_type}")
    heads = [words(f"alerts.{name}") for name in ("line", "usual_level", "days")]
    rows = [
        [
            named_line(line),
            share(usual.level_e6) if usual.is_known else words("alerts.few", days=usual.days),
            str(usual.days),
        ]
        for line, usual in shown.usual.items()
    ]
    return [
        html.H3(words("alerts.usual", hour=shown.at.hour, kind=kind)),
        html.P(words("alerts.level"), className="small"),
        plain_table(heads, rows),
    ]


PAGE = Page(path="/alerts", order=50, titles=("Alertes", "Alerts"), layout=layout, register=register, texts=TEXTS)
