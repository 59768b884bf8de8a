"""The lexicon's data file and how it is read."""

import pytest

from spark_app.language.lexicon import LexiconError, Term, expand, load, longest, parse
from spark_app.language.tokens import fold, spans, words


def test_patterns_stand_for_all_their_forms() -> None:
    assert set(expand("{ligne|voie} {|est }fermee(s)")) == {
        "ligne fermee",
        "ligne fermees",
        "ligne est fermee",
        "ligne est fermees",
        "voie fermee",
        "voie fermees",
        "voie est fermee",
        "voie est fermees",
    }


def test_the_longest_phrase_wins() -> None:
    known = parse("reprise\tresumption\t0.3\npas de reprise\tcut\t-1\n")
    tokens = words("pas de reprise prevue")
    assert longest(known.trie, tokens, 0) == Term("cut", -1.0, 3, True)
    assert longest(known.trie, tokens, 1) is None
    assert longest(known.trie, tokens, 2) == Term("resumption", 0.3, 1, False)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("interrompu\tcut\tfort\n", "lexicon:1: 'interrompu': the weight 'fort' is not a number"),
        ("# head\ninterrompu cut\n", "lexicon:2: expected phrase, kind and weight"),
        ("interrompu\tstopped\t-1\n", "unknown kind 'stopped'"),
        (
            "normal\tnormal\t1\nnormal\tbad\t-1\n",
            "lexicon:2: 'normal' was normal on an earlier line, now bad",
        ),
        (" \tcut\t-1\n".replace(" ", "{|}"), "empty phrase"),
    ],
)
def test_a_wrong_line_is_named(content: str, said: str) -> None:
    with pytest.raises(LexiconError) as error:
        parse(content)
    assert said in str(error.value)


def test_the_packaged_lexicon_has_weights_that_fit_their_kinds() -> None:
    found = [term for _, term in load().trie.phrases()]
    assert len(found) > 2_000
    assert all(term.weight <= -0.85 for term in found if term.kind == "cut")
    assert all(-0.85 < term.weight < 0 for term in found if term.kind == "bad")
    assert all(term.weight > 0 for term in found if term.kind in ("restored", "normal", "resuming", "good", "over"))


def test_a_phrase_of_several_words_is_never_a_small_word() -> None:
    assert not [word for kinds in load().words.values() for word in kinds if len(words(word)) != 1]


def test_folding_keeps_the_length() -> None:
    text = "Métro À l’arrêt — œuvre İstanbul Straße №5 ﬁn ÇA ✅"
    assert len(fold(text)) == len(text)
    assert fold(text).startswith("metro a l'arret - œuvre istanbul")


def test_words_and_spans_agree() -> None:
    folded = fold("L'arrêt n'est pas desservi (22h30). Voir www.ratp.fr, merci !")
    assert [folded[a:b] for a, b in spans(folded)] == words(folded)
    assert "22h30" in words(folded)
    assert "www.ratp.fr," in words(folded)


def test_no_phrase_that_only_names_transport_hides_a_status() -> None:
    trie = load().trie
    anchors = [phrase for phrase, term in trie.phrases() if term.kind == "anchor"]
    inner = [longest(trie, list(phrase), at) for phrase in anchors for at in range(1, len(phrase))]
    assert {term.kind for term in inner if term} <= {"anchor", "inert"}
