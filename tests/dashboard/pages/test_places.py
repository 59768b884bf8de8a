"""The page of places: what has none is listed with its reason, in the language of the screen."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.pages.places.page import render_list, render_methods
from dashboard.pages.places.read import Unplaced, methods, unplaced
from dashboard.registry.pages import words_of
from dashboard.registry.update import _bytes
from dashboard.store.reader import Store
from dashboard.ui.place_reasons import reason_word
from dashboard.window.selection import Selection
from dashboard.window.view_cache import Views
from geo.network.stations import Stations
from geo.text.geocoder import ONLY_DIRECTION
from prim_client.messages.message import CHANNELS
from tests.made.filled_store import fill_store
from tests.made.network import Plan, Planned, Touched

BEGIN = datetime(2024, 4, 24, 10, 0, tzinfo=UTC)
A = "C01742"
NATION, VINCENNES = (Stations.load().of_name_on_line(name, A)[0] for name in ("Nation", "Vincennes"))


def planned(id_: str, title: str, touched: tuple[Touched, ...]) -> Planned:
    return Planned(
        id_, "incident", "BLOQUANTE", title, "Texte de " + id_, -0.5, touched, BEGIN, BEGIN + timedelta(hours=2)
    )


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    plan = Plan(
        BEGIN,
        BEGIN + timedelta(minutes=40),
        [
            planned("placed", "Interrompu", (Touched(A, (NATION, VINCENNES)),)),
            planned("nowhere", "<b>Retards</b>", (Touched(A),)),
            planned("untitled", "", (Touched("C01743"), Touched(A))),
        ],
    )
    url = f"sqlite:///{tmp_path_factory.mktemp('places')}/store.db"
    fill_store(url, plan).dispose()
    return Views(Store(url)).find(Selection(channels=CHANNELS, modes=()))


def test_what_has_no_station_is_listed_with_its_lines_words_and_reason(view):
    reason = "aucune station dans le message"
    assert sorted(unplaced(view), key=lambda each: each.id) == [
        Unplaced("nowhere", (A,), "<b>Retards</b>", reason),
        Unplaced("untitled", ("C01743", A), "Texte de untitled", reason),
    ]


def test_points_are_counted_by_method(view):
    assert methods(view) == {"stop_id": (1, 2)}
    assert "arrêt désigné par PRIM" in _bytes(render_methods(view, words_of("fr"))).decode()


def test_the_list_says_how_many_of_how_many(view):
    shown = _bytes(render_list(view, words_of("en"))).decode()
    assert "2 of the window's 3 disruptions have no place" in shown
    assert "Texte de untitled" in shown


def test_published_words_are_text_and_no_markup(view):
    table = render_list(view, words_of("fr"))[-1]
    cells = [
        cell["props"]["children"]
        for row in json.loads(_bytes(table))["props"]["children"][1]["props"]["children"]
        for cell in row["props"]["children"]
    ]
    assert "<b>Retards</b>" in cells


def test_a_reason_is_said_in_both_languages_and_an_unknown_one_as_it_is():
    assert reason_word(ONLY_DIRECTION, words_of("fr")) == "seule une direction est nommée"
    assert reason_word(ONLY_DIRECTION, words_of("en")) == "only a direction is named"
    cut = f"{ONLY_DIRECTION} (text cut at 10,000 characters)"
    assert reason_word(cut, words_of("fr")) == "seule une direction est nommée (texte coupé à 10 000 caractères)"
    assert reason_word("another reason", words_of("en")) == "another reason"
