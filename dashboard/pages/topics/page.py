"""Topics: what the messages are about by LDA and k-means, as `./pulse topics` found it last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import Dash, Output, html
from flask import current_app

from dashboard.pages.topics.read import read_report
from dashboard.registry.pages import Page, words_of
from dashboard.registry.update import on_turn
from dashboard.ui.downloads import take_links
from dashboard.ui.plain_table import plain_table
from dashboard.ui.texts import Words
from dashboard.window.view_cache import Views
from prim_client.messages.paris_time import PARIS

TEXTS = {
    "topics.title": ("Sujets", "Topics"),
    "topics.none": (
        "Les sujets ne sont pas encore calculés : lancez ./pulse topics.",
        "The topics have not been worked out yet: run ./pulse topics.",
    ),
    "topics.made": (
        (
            "{notices} {notices:texte publié|textes publiés}, {texts} {texts:texte distinct une fois nettoyé|textes "
            "distincts une fois nettoyés}. Calculé le {at}."
        ),
        "{notices} published {notices:text|texts}, {texts} distinct {texts:one|ones} when cleaned. Worked out on {at}.",
    ),
    "topics.quality": ("Qualité", "Quality"),
    "topics.method": ("Méthode", "Method"),
    "topics.nmi": ("Accord avec les causes (NMI)", "Agreement with causes (NMI)"),
    "topics.coherence": ("Cohérence (NPMI)", "Coherence (NPMI)"),
    "topics.topic": ("Sujet", "Topic"),
    "topics.words": ("Mots", "Words"),
    "topics.texts": ("Textes", "Texts"),
    "topics.clouds": ("Mots et nuages de mots", "Words and word clouds"),
    "topics.interactive": ("LDA interactive (pyLDAvis)", "Interactive LDA (pyLDAvis)"),
}


def layout(words: Words) -> html.Div:
    """The frame."""
    return html.Div(className="sheet", children=[html.H2(words("topics.title")), html.Div(id="topics-content")])


def register(app: Dash, views: Views) -> None:
    """One turn shows the report; it is read anew, as the command may have run since."""

    @on_turn(app, PAGE, Output("topics-content", "children"))
    def show(query: dict[str, Any]) -> list[Any]:
        report = read_report(current_app.config["TOPICS_FOLDER"])
        return [render(report, words_of(query.get("lang") or "fr"))]


def render(report: dict[str, Any] | None, words: Words) -> list[Any]:
    """The figures of a report and the way to its pages."""
    if report is None:
        return [html.Section(className="card part", children=html.P(words("topics.none")))]
    made = datetime.fromisoformat(report["made_at"]).astimezone(PARIS)
    counts = {"notices": report["notices"], "texts": report["texts"], "at": f"{made:%d/%m/%Y %H:%M}"}
    return [
        html.P(words("topics.made", **counts)),
        html.P(
            [
                html.A(words("topics.clouds"), href="/topic-files/index.html"),
                " · ",
                html.A(words("topics.interactive"), href="/topic-files/pyldavis.html"),
            ]
        ),
        html.Section(className="card part", children=[html.H3(words("topics.quality")), _quality(report, words)]),
        *[_method(method, words) for method in report["methods"]],
    ]


def _quality(report: dict[str, Any], words: Words) -> html.Table:
    rows = [[m["title"], _decimal(m["nmi"], words), _decimal(m["coherence"], words)] for m in report["methods"]]
    return plain_table([words("topics.method"), words("topics.nmi"), words("topics.coherence")], rows)


def _method(method: dict[str, Any], words: Words) -> html.Section:
    rows = [[f"{t['number']}. {t['name']}", ", ".join(t["top"]), words.number(t["texts"])] for t in method["topics"]]
    table = plain_table([words("topics.topic"), words("topics.words"), words("topics.texts")], rows)
    links = take_links(words, "topics", method["title"], {"method": method["method"]})
    return html.Section(className="card part", children=[html.H3(method["title"]), table, links])


def _decimal(value: float | None, words: Words) -> str:
    return "—" if value is None else words.number(value, 3)


PAGE = Page(
    path="/topics", order=75, titles=("Sujets", "Topics"), layout=layout, register=register, texts=TEXTS, filters=False
)
