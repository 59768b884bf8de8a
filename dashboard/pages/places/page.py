"""Places: how the points of the map were found, and what could not be placed, with the reason."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dash import Dash, Output, html

from dashboard.pages.places.read import METHODS, Unplaced, methods, unplaced
from dashboard.registry.pages import Page, words_of
from dashboard.registry.update import on_turn
from dashboard.ui.badges import line_mark
from dashboard.ui.downloads import take_links
from dashboard.ui.place_reasons import REASONS, reason_word
from dashboard.ui.plain_table import plain_table
from dashboard.ui.texts import Words
from dashboard.ui.theme import badge
from dashboard.window.gaps import note, sentence
from dashboard.window.view import View
from dashboard.window.view_cache import Views

LISTED_MAX = 500  # rows of the list; how many there are in all stands above it

TEXTS = {
    "places.title": ("Lieux", "Places"),
    "places.methods": ("Comment les lieux ont été trouvés", "How the places were found"),
    "places.unplaced": ("Sans lieu, et pourquoi", "Without a place, and why"),
    "places.count": (
        (
            "{unplaced} {unplaced:perturbation|perturbations} de la fenêtre sur {total} {unplaced:n'a pas de lieu : "
            "elle compte|n'ont pas de lieu : elles comptent} "
            "partout, sauf sur la carte."
        ),
        (
            "{unplaced} of the window's {total} {total:disruption|disruptions} {unplaced:has no place: it "
            "counts|have no place: they count} "
            "everywhere but on the map."
        ),
    ),
    "places.listed": ("Les {listed} premières :", "The first {listed}:"),
    "places.none": (
        "Toutes les perturbations de la fenêtre ont un lieu.",
        "Every disruption of the window has a place.",
    ),
    "places.no_window": ("Aucune fenêtre dans le dépôt.", "The store has no window."),
    "places.method": ("Méthode", "Method"),
    "places.disruptions": ("Perturbations", "Disruptions"),
    "places.points": ("Points", "Points"),
    "places.reason": ("Raison", "Reason"),
    "places.lines": ("Lignes", "Lines"),
    "places.text": ("Perturbation", "Disruption"),
    "places.no_line": ("aucune ligne et aucun arrêt", "no line and no stop"),
    "places.no_name": ("aucune station de ses lignes n'est nommée", "no station of its lines is named"),
    "places.only_direction": ("seule une direction est nommée", "only a direction is named"),
    "places.whole_extent": (
        "toute la ligne est touchée, ses arrêts ne sont pas publiés",
        "the whole line is hit, its stops are not published",
    ),
    "places.nothing_hit": (
        "des stations sont nommées, d'aucune il n'est dit qu'elle est touchée",
        "stations are named, none is said to be hit",
    ),
    "places.cut": (" (texte coupé à 10 000 caractères)", " (text cut at 10,000 characters)"),
    "places.stop_id": ("arrêt désigné par PRIM", "stop named by PRIM's id"),
    "places.stop_name": ("nom d'arrêt de PRIM", "PRIM's name of a stop"),
    "places.section": ("entre deux stations nommées", "between two named stations"),
    "places.name_on_line": ("station nommée dans le texte", "station named in the text"),
    "places.name_fuzzy": ("nom approché dans le texte", "nearly a name in the text"),
    "places.whole_line": ("toute la ligne, dite dans le texte", "the whole line, by the text"),
    "places.section_estimated": ("tronçon de bus estimé", "bus section, estimated"),
}


def layout(words: Words) -> html.Div:
    """The frames of the two parts."""
    return html.Div(
        className="sheet",
        children=[
            html.H2(words("places.title")),
            _part(
                words("places.methods"), "places-methods", take_links(words, "place-methods", words("places.methods"))
            ),
            _part(words("places.unplaced"), "places-unplaced"),
        ],
    )


def _part(title: str, id_: str, *more: Any) -> html.Section:
    return html.Section(className="card part", children=[html.H3(title), html.Div(id=id_), *more])


def register(app: Dash, views: Views) -> None:
    """One turn fills both parts."""

    @on_turn(app, PAGE, Output("places-methods", "children"), Output("places-unplaced", "children"))
    def show(query: dict[str, Any]) -> list[Any]:
        words = words_of(query.get("lang") or "fr")
        view = views.find(views.selection(query))
        return (
            [words("places.no_window")] * 2 if view is None else [render_methods(view, words), render_list(view, words)]
        )


def render_methods(view: View, words: Words) -> list[Any]:
    """Disruptions and points by method."""
    heads = (words("places.method"), words("places.disruptions"), words("places.points"))
    rows = [
        [words(f"places.{name}") if name in METHODS else name, words.number(disruptions), words.number(points)]
        for name, (disruptions, points) in methods(view).items()
    ]
    return [*note(sentence(view, words)), plain_table(heads, rows, numbers=range(1, len(heads)))]


def render_list(view: View, words: Words) -> list[Any]:
    """How many have no place, by reason, and the list of them."""
    found = unplaced(view)
    if not found:
        return [html.P(words("places.none"))]
    counts = Counter(reason_word(each.reason, words) for each in found)
    heads = (words("places.lines"), words("places.text"), words("places.reason"))
    more = [html.P(words("places.listed", listed=LISTED_MAX), className="small")] if len(found) > LISTED_MAX else []
    return [
        html.P(words("places.count", unplaced=len(found), total=len(view.disruptions))),
        html.Ul([html.Li(words("pair", name=count, value=reason)) for reason, count in counts.most_common()]),
        *more,
        plain_table(heads, [_row(each, words) for each in found[:LISTED_MAX]]),
    ]


def _row(each: Unplaced, words: Words) -> list[Any]:
    return [
        html.Span([line_mark(badge(line)) for line in each.lines], className="incidents-badges"),
        each.said,
        reason_word(each.reason, words),
    ]


PAGE = Page(
    path="/places",
    order=70,
    titles=("Lieux", "Places"),
    layout=layout,
    register=register,
    texts=TEXTS | {f"reason.{stored}": TEXTS[key] for stored, key in REASONS.items()},
)
