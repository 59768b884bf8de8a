"""Words as they are searched: without accents and capitals, the same in the store and in a question."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from spark_app.language.tokens import fold

QUESTION_MAX_CHARACTERS, QUESTION_MAX_WORDS = 200, 12
_WORD = re.compile(r"[^\W_]+")


class Term(NamedTuple):
    """One thing that must be found: words that stand side by side, the last perhaps only begun."""

    words: tuple[str, ...]
    begun: bool  # the last word may go on: "signal" finds "signalisation"


def folded_words(text: str) -> list[str]:
    """The words of `text`, folded.

    >>> folded_words("L'œuvre : Gare d'Étampes, 18h30")
    ['l', 'oeuvre', 'gare', 'd', 'etampes', '18h30']
    """
    return [_fold(text[begin:end]) for begin, end in word_spans(text)]


def word_spans(text: str) -> list[tuple[int, int]]:
    """Begin and end of each of `folded_words(text)`, in characters of `text`."""
    return [match.span() for match in _WORD.finditer(text)]


def _fold(word: str) -> str:
    return fold(word).lower().replace("œ", "oe").replace("æ", "ae")


def search_text(texts: Iterable[str]) -> str:
    """What the store keeps: every word with a space on both sides.

    >>> search_text(["Métro 4", "Panne"])
    ' metro 4 panne '
    """
    return f" {' '.join(word for text in texts for word in folded_words(text))} "


def parse_question(question: str) -> list[Term]:
    """The terms of a question: all must be found. Words in quotation marks stand side by side and are whole.

    A word of one letter alone is ignored, as every text has a word that begins so; a digit must be a whole word.

    >>> parse_question('l sign 4 "RER B"')
    [Term(words=('sign',), begun=True), Term(words=('4',), begun=False), Term(words=('rer', 'b'), begun=False)]
    """
    terms: list[Term] = []
    for number, part in enumerate(re.split('["«»“”]', question[:QUESTION_MAX_CHARACTERS])):
        words = tuple(folded_words(part))
        if number % 2 and len(words) > 1:
            terms.append(Term(words, False))
        else:
            terms += [
                Term((word,), len(word) > 1 and not number % 2) for word in words if len(word) > 1 or word.isdecimal()
            ]
    return terms[:QUESTION_MAX_WORDS]


def marked(text: str, terms: Iterable[Term]) -> list[tuple[str, bool]]:
    """`text` in pieces, those that a term finds marked true.

    >>> marked("Panne à Étampes", parse_question("etam"))
    [('Panne à ', False), ('Étampes', True)]
    """
    spans, words = word_spans(text), folded_words(text)
    hit: set[int] = set()
    for term in terms:
        for start in range(len(words) - len(term.words) + 1):
            if _stands_at(term, words, start):
                hit.update(range(start, start + len(term.words)))
    return _pieces(text, [spans[index] for index in sorted(hit)])


def _stands_at(term: Term, words: list[str], start: int) -> bool:
    found = words[start : start + len(term.words)]
    if term.begun:
        return found[:-1] == list(term.words[:-1]) and found[-1].startswith(term.words[-1])
    return found == list(term.words)


def _pieces(text: str, spans: list[tuple[int, int]]) -> list[tuple[str, bool]]:
    pieces, at = [], 0
    for begin, end in spans:
        if begin > at:
            pieces.append((text[at:begin], False))
        pieces.append((text[begin:end], True))
        at = end
    return [*pieces, (text[at:], False)] if at < len(text) else pieces
