"""Two spellings of one place compare equal, two places do not."""

import pytest

from geo.network.names import core, normalise, without_town


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Neuilly - Pte Maillot", "Neuilly – Porte Maillot"),
        ("St-Lazare", "Saint Lazare"),
        ("Ste Geneviève des Bois", "SAINTE-GENEVIÈVE-DES-BOIS"),
        ("Avenue Pdt Kennedy", "Avenue Président Kennedy"),
        ("Av. du Gal Leclerc", "Avenue du Général Leclerc"),
        ("Bd Victor", "Boulevard Victor"),
        ("Pl. d'Italie", "Place d’Italie"),
        ("Chevilly - Larue\u200b", "Chevilly-Larue"),
        ("Sacré-Cœur", "Sacre Coeur"),
        ("Malakoff\u00a0-  Plateau", "Malakoff - Plateau"),
    ],
)
def test_spellings_of_one_place_are_equal(one, other):
    assert normalise(one) == normalise(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("Europe", "Place de l'Europe"), ("Porte de Paris", "Paris"), ("Père Lachaise", "Lachaise")],
)
def test_other_places_stay_apart(one, other):
    assert normalise(one) != normalise(other)


def test_abbreviations_are_whole_words():
    assert normalise("Stade - Plage") == "stade plage"
    assert normalise("Avron") == "avron"


@pytest.mark.parametrize("nothing", ["", "\u200b", " - ", "…"])
def test_a_name_without_letters_is_empty(nothing):
    assert normalise(nothing) == ""
    assert core(nothing) == frozenset()


def test_the_carrying_words_ignore_order_and_the_kind_of_stop():
    assert core("Gare de Nogent-le-Perreux RER") == core("Nogent - Le Perreux")
    assert core("Mairie du 17ème") == core("Mairie du 17e")
    assert core("Gare de Lyon") != core("Gare du Nord")
    assert core("Gare") == frozenset({"gare"})


def test_the_town_behind_a_stop_area_is_taken_off():
    assert without_town("Mairie d'Aubervilliers (Aubervilliers)") == "Mairie d'Aubervilliers"
    assert without_town("(Paris)") == "(Paris)"
