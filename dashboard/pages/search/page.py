"""Search: full text over everything that was published, without accents and capitals, hits highlighted."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, html

from dashboard.pages.search.read import ELSEWHERE, LIMIT, Found, Hit, Pieces, search
from dashboard.registry.pages import Page, words_of
from dashboard.store.reader import StoreUnavailable
from dashboard.ui.badges import line_mark, severity_mark
from dashboard.ui.texts import Words
from dashboard.ui.theme import badge
from dashboard.window.view_cache import Views
from prim_client.messages.time_units import DAY_US
from spark_app.language.search_words import parse_question

WAIT_MS = 300  # after the last key
ELSEWHERE_SHOWN = 8  # stations or lines of one text
TEXTS = {
    "search.title": ("Recherche", "Search"),
    "search.ask": ("Chercher dans les messages", "Search the messages"),
    "search.hint": (
        (
            "Sans accents ni majuscules ; un début de mot suffit, une lettre seule ne compte pas ; entre guillemets, "
            "les mots se suivent."
        ),
        (
            "Accents and capitals do not matter; the begin of a word is enough, one letter alone is ignored; words in "
            "quotes stand side by side."
        ),
    ),
    "search.found": (
        "{total} {total:texte trouvé|textes trouvés}, {shown} ci-dessous, du plus récent au plus ancien :",
        "{total} {total:text|texts} found, {shown} below, newest first:",
    ),
    "search.nothing": ("Aucun message ne contient ces mots.", "No message holds these words."),
    "search.no_word": (
        "Aucun mot à chercher : un mot a deux lettres ou plus, ou c'est un nombre.",
        "No word to look for: a word has two letters or more, or is a number.",
    ),
    "search.in.summary": ("Résumé :", "Summary:"),
    "search.in.line": ("Ligne :", "Line:"),
    "search.in.station": ("Station :", "Station:"),
    "search.in.cause": ("Cause :", "Cause:"),
    "search.in.id": ("Identifiant :", "Id:"),
    "search.more": (" et {n} {n:autre|autres}", " and {n} more"),
    "search.seen": ("vu du {first} au {last}", "seen from {first} to {last}"),
}


def layout(words: Words) -> html.Div:
    """The question and the frame of the answers."""
    return html.Div(
        className="sheet",
        children=[
            html.H2(words("search.title")),
            dmc.TextInput(
                id="search-question",
                debounce=WAIT_MS,
                label=words("search.ask"),
                description=words("search.hint"),
                size="md",
                inputProps={"type": "search"},
                placeholder="signalisation « gare du nord »",
            ),
            html.Div(id="search-found", className="found", role="status"),
        ],
    )


def register(app: Dash, views: Views) -> None:
    """A question is answered when it was typed."""

    @app.callback(
        Output("search-found", "children"),
        Input("search-question", "value"),
        State("selection", "data"),
        prevent_initial_call=True,
    )
    def show(question: str | None, query: dict[str, Any] | None) -> Any:
        query = query if isinstance(query, dict) else {}
        question = question if isinstance(question, str) else ""
        words = words_of(query.get("lang") or "fr")
        try:
            with views.store.reading() as connection:
                if question and not parse_question(question):
                    return html.P(words("search.no_word"))
                return render(search(connection, question, LIMIT), words) if question else []
        except StoreUnavailable as error:
            return html.P(str(error))


def render(found: Found, words: Words) -> list[Any]:
    """The answers: published texts become text nodes."""
    if not found.total:
        return [html.P(words("search.nothing"))]
    head = html.P(words("search.found", total=found.total, shown=len(found.hits)), className="small")
    return [head, *[_card(hit, words) for hit in found.hits]]


def _card(hit: Hit, words: Words) -> html.Article:
    return html.Article(
        className="card part",
        children=[
            html.Div(
                className="popup-lines",
                children=[
                    *(line_mark(badge(line)) for line in hit.lines),
                    severity_mark(hit.severity, words, short=True),
                ],
            ),
            html.H3(_marked(hit.title)),
            html.P(_marked(hit.text), className="popup-text"),
            *_other_matches(hit, words),
            html.P(_seen_period(hit, words), className="small"),
        ],
    )


def _other_matches(hit: Hit, words: Words) -> list[html.P]:
    """What matched and stands in neither title nor text, by kind."""
    shown = []
    for kind in ELSEWHERE:
        found = [pieces for other, pieces in hit.elsewhere if other == kind]
        listed = [part for pieces in found[:ELSEWHERE_SHOWN] for part in (", ", *_marked(pieces))][1:]
        more = [words("search.more", n=len(found) - ELSEWHERE_SHOWN)] if len(found) > ELSEWHERE_SHOWN else []
        if found:
            shown.append(html.P([words(f"search.in.{kind}"), " ", *listed, *more], className="small"))
    return shown


def _seen_period(hit: Hit, words: Words) -> str:
    if hit.first_us is None or hit.last_us is None:
        return ""
    another_day_us = hit.last_us + 2 * DAY_US  # so that both are said with their day
    return words(
        "search.seen", first=words.moment(hit.first_us, another_day_us), last=words.moment(hit.last_us, another_day_us)
    )


def _marked(pieces: Pieces) -> list[Any]:
    return [html.Mark(piece) if hit else piece for piece, hit in pieces]


PAGE = Page(
    path="/search",
    order=50,
    titles=("Recherche", "Search"),
    layout=layout,
    register=register,
    texts=TEXTS,
    filters=False,
)
