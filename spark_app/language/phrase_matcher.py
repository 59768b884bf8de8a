"""Which phrases of the lexicon a text holds, and where."""

from __future__ import annotations

from dataclasses import dataclass

from spark_app.language.lexicon import Lexicon, Term, longest
from spark_app.language.tokens import SENTENCE_ENDS

SKIPPED_KINDS = ("boilerplate", "hint")  # the rest of their sentence says nothing
HEADINGS = frozenset(("motif", "raison"))  # what follows is no part of a boilerplate sentence


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase of the lexicon at words [start, end), in the clause that begins at `clause`."""

    term: Term
    start: int
    end: int
    clause: int


def find_matches(tokens: list[str], lexicon: Lexicon) -> list[Match]:
    """Longest phrases from left to right, none overlapping; boilerplate is skipped to the sentence's end."""
    trie, clause_ends, found = lexicon.trie, lexicon.clause_ends, list[Match]()
    first_words = trie.below
    clause = free = 0  # where the clause begins, and the first word behind the last match
    for position, token in enumerate(tokens):
        if position < free:
            continue
        if token in first_words and (term := longest(trie, tokens, position)):
            free = position + term.words
            found.append(Match(term, position, free, clause))
            if term.kind in SKIPPED_KINDS:
                free = _end_of_sentence(tokens, free)
        elif token in clause_ends:
            clause = position + 1
    return found


def _end_of_sentence(tokens: list[str], position: int) -> int:
    while position < len(tokens) and tokens[position] not in SENTENCE_ENDS and tokens[position] not in HEADINGS:
        position += 1
    return position
