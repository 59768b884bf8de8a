"""Alerts: which lines are far above what is usual, and what is usual on each line at this hour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Dash, Output, html

from dashboard.pages.alerts.read import Shown, is_over, read
from dashboard.registry.pages import Page, words_of
from dashboard.registry.update import on_turn
from dashboard.store.cache import Cache
from dashboard.ui.addresses import link
from dashboard.ui.badges import named_line
from dashboard.ui.downloads import take_links
from dashboard.ui.plain_table import plain_table
from dashboard.ui.texts import Words
from dashboard.ui.theme import badge
from dashboard.window.gaps import last_day
from dashboard.window.selection import Selection
from dashboard.window.view_cache import Views
from spark_app.derived.alerts.rule import share
from spark_app.derived.alerts.words import compared

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
    over = words("alerts.over", moment=words.moment(row["cleared_us"], now_us)) if is_over(row, now_us) else ""
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
