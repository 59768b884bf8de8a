"""Keywords and languages."""

import pytest

from prim_client.messages.filters import Filter, language_of
from prim_client.messages.message import Body, Channel

FRENCH = "Le trafic est interrompu entre Nation et Vincennes en raison d'une grève."
ENGLISH = "Traffic is stopped between Nation and Vincennes due to a strike."


def body(text: str, title: str = "", short: str = "") -> Body:
    return Body(Channel.INCIDENT, "", "", title, short, text, "")


@pytest.mark.parametrize("text", [FRENCH, "", "Nation", "12", "Trafic ralenti", "Bus 191 : arrêt non desservi"])
def test_french_is_the_language_of_the_feed(text):
    assert language_of(text) == "fr"


@pytest.mark.parametrize("text", [ENGLISH, "RER B: no service from Gare du Nord to the airport", "Please use line 1."])
def test_english_is_told_by_its_small_words(text):
    assert language_of(text) == "en"


def test_without_filters_everything_passes():
    assert Filter().passes(body(""))


@pytest.mark.parametrize("keyword", ["grève", "GREVE", "Grèv", "greve"])
def test_keywords_are_compared_without_case_and_accents(keyword):
    assert Filter([keyword]).passes(body(FRENCH))
    assert not Filter([keyword]).passes(body("Malaise voyageur"))


def test_one_keyword_anywhere_is_enough():
    chosen = Filter(["colis", "grève"])
    assert chosen.passes(body("", title="Grève"))
    assert chosen.passes(body("", short="Un colis"))


def test_languages_and_keywords_must_both_hold():
    assert Filter(["nation"], ["en"]).passes(body(ENGLISH))
    assert not Filter(["nation"], ["en"]).passes(body(FRENCH))
    assert Filter([], ["fr", "en"]).passes(body(FRENCH))
