"""Places: how the points of the map were found, and what could not be placed, with the reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from dash import Dash, Output, html

from dashboard.marks import line_mark
from dashboard.observation import note, sentence
from dashboard.pages import Page, words_of
from dashboard.plain_table import plain_table
from dashboard.take_away import take_links
from dashboard.texts import Words
from dashboard.theme import badge
from dashboard.turns import on_turn
from dashboard.view import Active, View
from dashboard.views import Views
from geo import geocoder

LISTED_MAX = 500  # rows of the list; how many there are in all stands above it
TEXT_MAX_CHARS = 240  # of a text without a title

# what the store says -> the key of its words; another reason is shown as it is
REASONS = {
    geocoder.NO_LINE: "places.no_line",
    geocoder.NO_NAME: "places.no_name",
    geocoder.ONLY_DIRECTION: "places.only_direction",
    geocoder.WHOLE_LINE: "places.whole_extent",
    geocoder.NOTHING_HIT: "places.nothing_hit",
    "no station is named": "places.no_name",
}
CUT = " (text cut"  # what the reason of a text goes on with that was too long to be read whole
METHODS = ("stop_id", "stop_name", "section", "name_on_line", "name_fuzzy", "whole_line", "section_estimated")
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


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A disruption of the window without a point: its lines, what it says, and the stored reason."""

    id: str
    lines: tuple[str, ...]
    said: str
    reason: str


def unplaced(view: View) -> list[Unplaced]:
    """The disruptions of a view that no station is known of, in reading order."""
    return [_unplaced(active) for active in view.disruptions if not active.stations]


def _unplaced(active: Active) -> Unplaced:
    revision = active.revision
    lines = dict.fromkeys(hit.line for hit, _ in active.hits if hit.line)
    return Unplaced(revision.id, tuple(lines), revision.title or revision.text[:TEXT_MAX_CHARS], revision.unplaced)


def methods(view: View) -> dict[str, tuple[int, int]]:
    """Method -> disruptions with such a point, and points; those of `METHODS` first."""
    points = {
        (active.revision.id, hit.line, hit.zda, hit.method)
        for active in view.disruptions
        for hit, _ in active.hits
        if hit.zda
    }
    disruptions = Counter(method for _, method in {(id_, method) for id_, _, _, method in points})
    found = Counter(method for *_, method in points)
    return {name: (disruptions[name], found[name]) for name in sorted(found, key=_rank)}


def _rank(method: str) -> tuple[int, str]:
    return (METHODS.index(method) if method in METHODS else len(METHODS), method)


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
        view = views.of(views.selection(query))
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


def reason_word(reason: str, words: Words) -> str:
    """The stored reason in the language of the screen; one that is not known, as it is."""
    known, cut, _ = reason.partition(CUT)
    said = words(REASONS[known]) if known in REASONS else known or words("places.no_name")
    return said + (words("places.cut") if cut else "")


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
