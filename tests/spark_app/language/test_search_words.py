"""Words as they are searched, with their offsets in the text that is shown."""

import pytest

from spark_app.language.search_words import Term, marked, parse_question, search_text


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("Étampes", [Term(("etampes",), True)]),
        ("GARE du-nord", [Term(("gare",), True), Term(("du",), True), Term(("nord",), True)]),
        ("« Gare du Nord » panne", [Term(("gare", "du", "nord"), False), Term(("panne",), True)]),
        ("l'arrêt \"", [Term(("arret",), True)]),
        ("", []),
        ('" %_*()', []),
        ("métro 4 à l a", [Term(("metro",), True), Term(("4",), False)]),
        ('"RER B" "a"', [Term(("rer", "b"), False)]),
    ],
)
def test_a_question_is_read(question, terms):
    assert parse_question(question) == terms


def test_a_huge_question_is_cut():
    assert len(parse_question("mot " * 10_000)) == 12


@pytest.mark.parametrize(
    ("text", "question", "hits"),
    [
        ("Panne à Étampes", "ETAMPES", ["Étampes"]),
        ("incident de signalisation", "signal", ["signalisation"]),
        ("L’œuvre, l'OEUVRE", "oeuv", ["œuvre", "OEUVRE"]),
        ("Gare du Nord, Nord de la gare du Nord", '"gare du nord"', ["Gare", "du", "Nord", "gare", "du", "Nord"]),
        ("resignalisation", "signal", []),
        ("ﬁn du traﬁc", "du", ["du"]),
        ("", "rien", []),
    ],
)
def test_hits_are_marked_where_they_stand(text, question, hits):
    pieces = marked(text, parse_question(question))
    assert "".join(piece for piece, _ in pieces) == text
    assert [piece for piece, hit in pieces if hit] == hits


def test_what_is_kept_has_a_space_around_each_word():
    assert search_text(["L'arrêt « Église »", "", "18h30"]) == " l arret eglise 18h30 "
