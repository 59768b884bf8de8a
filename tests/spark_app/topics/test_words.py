"""What a topic can be about, and how good topics are, on texts and counts that are checked by hand."""

import math

import numpy as np
import pytest

from spark_app.topics.quality import coherence, mutual_information
from spark_app.topics.words import topic_texts, topic_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            (
                "Métro 4 : Bagage oublié - Trafic interrompu\nLe trafic est interrompu entre Barbès et Odéon en raison "
                "d'un bagage oublié à Châtelet.\nHeure de reprise estimée : 18:45. Plus d'informations sur le "
                "site ratp.fr"
            ),
            ["bagage", "oublié"],
        ),
        (
            (
                "Ligne R : Montereau - Melun ralenti\nLe train POMA départ 7h12 a 15 minutes de retard.\n"
                "Motif : panne sur les installations du gestionnaire de réseau."
            ),
            ["panne", "installations", "gestionnaire", "réseau"],
        ),
        ("Le trafic est perturbé sur l'ensemble de la ligne.", []),
        ("", []),
    ],
)
def test_only_what_happened_is_left_not_where_when_or_how_bad(text, words):
    assert topic_words(text) == words


def test_equal_remains_count_once_whatever_the_order():
    texts = ["Ligne A : bagage oublié", "Métro 4 : Bagage oublié.", "Motif : obstacle sur la voie.", "Ligne A"]
    found = topic_texts(texts)
    assert [(text.words, text.causes, text.texts) for text in found] == [
        (("bagage", "oublié"), ("unattended_item",), 2),
        (("obstacle", "voie"), ("obstacle",), 1),
    ]
    assert topic_texts(reversed(texts)) == found


def test_pairs_are_of_neighbours():
    [text] = topic_texts(["Motif : panne de signalisation électrique."])
    assert text.terms() == ["panne", "signalisation", "électrique", "panne signalisation", "signalisation électrique"]


def test_mutual_information_is_that_of_the_definition():
    # 4 things, 2 and 2 against 3 and 1: I = 3/4 ln 4/3 ... by hand
    some, others = ["a", "a", "b", "b"], ["x", "x", "x", "y"]
    information = (
        0.5 * math.log(0.5 / (0.5 * 0.75)) + 0.25 * math.log(0.25 / (0.5 * 0.75)) + 0.25 * math.log(0.25 / (0.5 * 0.25))
    )
    entropies = math.log(2) - (0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert mutual_information(some, others) == pytest.approx(2 * information / entropies)
    assert mutual_information(["a", "b"], ["b", "a"]) == 1.0
    assert mutual_information(["a", "a"], ["b", "b"]) == 1.0
    assert math.isnan(mutual_information([], []))


def test_coherence_rewards_words_that_go_together():
    texts = [["panne", "portes"], ["panne", "portes"], ["bagage"], ["panne"]]
    # panne and portes: together in 2 of 4, alone 3 and 2
    expected = math.log((2 / 4) / ((3 / 4) * (2 / 4))) / -math.log(2 / 4)
    assert coherence([["panne", "portes"]], texts) == pytest.approx(expected)
    assert coherence([["panne", "bagage"]], texts) == -1.0
    assert coherence([["panne", "portes"], ["panne", "bagage"]], texts) == pytest.approx((expected - 1) / 2)
    assert math.isnan(coherence([["panne"]], texts))
    assert np.isclose(coherence([["a", "b"]], [["a", "b"]]), 1.0)
