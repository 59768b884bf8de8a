"""The lexicon of transport notices, read from data/lexicon.tsv: phrases in a trie, small words in sets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

from spark_app.language.tokens import CLAUSE_ENDS, fold, words

STATUS_KINDS = frozenset(
    "cut bad trouble restored normal resuming resumption forecast over good extension cause no_impact inert icon "
    "boilerplate hint".split()
)
WORD_KINDS = frozenset(
    "anchor intensifier ne pas none lasting aftermath expected unreal possible past ended ending except contrast "
    "equipment facility extendable remedy called_off whole vehicle night planned date".split()
)
_ALTERNATIVES = re.compile(r"\{([^{}]*)\}")
_OPTIONAL = re.compile(r"\(([^()]*)\)")


class LexiconError(ValueError):
    """A line of the data file cannot be used; the message names file, line and phrase."""


@dataclass(frozen=True, slots=True)
class Term:
    """What a phrase means: its kind and weight, as explained at the head of data/lexicon.tsv."""

    kind: str
    weight: float
    words: int  # how many words the phrase has
    denies_itself: bool  # it holds its own negation, as "n'est pas desservi"


class Trie:
    """A tree of words: `below` a word the words that may follow it, and the `term` that ends here."""

    __slots__ = ("below", "term")

    def __init__(self) -> None:
        self.below: dict[str, Trie] = {}
        self.term: Term | None = None

    def node(self, phrase: Iterable[str]) -> Trie:
        """The node of `phrase`, made where it is missing."""
        node = self
        for word in phrase:
            node = node.below.setdefault(word, Trie())
        return node

    def phrases(self, head: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Term]]:
        """Every phrase with its term."""
        if self.term:
            yield head, self.term
        for word, node in self.below.items():
            yield from node.phrases((*head, word))


@dataclass(frozen=True)
class Lexicon:
    """Phrases and small words by kind. Immutable after loading, so threads share it."""

    trie: Trie
    words: dict[str, dict[str, float]]  # kind -> word -> weight

    @cached_property
    def clause_ends(self) -> frozenset[str]:
        """Marks and words behind which a new thought begins."""
        return CLAUSE_ENDS | self.words["contrast"].keys()

    @cached_property
    def kinds(self) -> dict[str, tuple[str, ...]]:
        """Small word -> its kinds that change neighbours."""
        found: dict[str, tuple[str, ...]] = {}
        for kind, members in self.words.items():
            if kind != "anchor":
                found.update({word: (*found.get(word, ()), kind) for word in members})
        return found


def expand(pattern: str) -> Iterator[str]:
    """All phrases that `pattern` stands for.

    >>> sorted(expand("{est|reste} ferme(e)"))
    ['est ferme', 'est fermee', 'reste ferme', 'reste fermee']
    """
    if match := _ALTERNATIVES.search(pattern):
        for choice in match[1].split("|"):
            yield from expand(pattern[: match.start()] + choice + pattern[match.end() :])
    elif match := _OPTIONAL.search(pattern):
        for choice in ("", match[1]):
            yield from expand(pattern[: match.start()] + choice + pattern[match.end() :])
    else:
        yield pattern


def phrase_words(phrase: str) -> tuple[str, ...]:
    """The words of a phrase of the data file: `d' incident` is read as `d'incident`."""
    return tuple(words(fold(phrase.strip().replace("' ", "'"))))


def rows(content: str, source: str) -> Iterator[tuple[int, str, str, str]]:
    """Line number, phrase, kind and third column of each line that is no comment."""
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split("\t")
        if len(parts) < 3:
            raise LexiconError(f"{source}:{number}: expected phrase, kind and weight between tabs, found {line!r}")
        yield number, parts[0], parts[1].strip(), parts[2].strip()


def parse(content: str, source: str = "lexicon") -> Lexicon:
    """The lexicon of a data file's `content`. Raises LexiconError naming the first line that is wrong."""
    trie = Trie()
    small: dict[str, dict[str, float]] = {kind: {} for kind in WORD_KINDS}
    denials = {"ne", "n'", "pas", "plus", "non", "aucun", "aucune", "sans", "no", "not"}
    for number, pattern, kind, weight in rows(content, source):
        where = f"{source}:{number}: {pattern!r}"
        value = _number(weight, where)
        for phrase in map(phrase_words, expand(pattern)):
            if not phrase:
                raise LexiconError(f"{where} stands for an empty phrase")
            if kind in WORD_KINDS and len(phrase) == 1:
                small[kind][phrase[0]] = value
            elif kind in STATUS_KINDS or kind in WORD_KINDS:
                _insert(trie, phrase, Term(kind, value, len(phrase), not denials.isdisjoint(phrase)), where)
            else:
                raise LexiconError(f"{where}: unknown kind {kind!r}, known are {sorted(STATUS_KINDS | WORD_KINDS)}")
    return Lexicon(trie, small)


def read_phrases(content: str, source: str) -> Trie:
    """The phrases of a dictionary (data/causes.tsv), with its second column as kind. Raises LexiconError."""
    trie = Trie()
    for number, pattern, kind, weight in rows(content, source):
        where = f"{source}:{number}: {pattern!r}"
        value = _number(weight, where)
        for phrase in map(phrase_words, expand(pattern)):
            if not phrase:
                raise LexiconError(f"{where} stands for an empty phrase")
            trie.node(phrase).term = Term(kind, value, len(phrase), denies_itself=False)
    return trie


def _number(weight: str, where: str) -> float:
    try:
        return float(weight)
    except ValueError:
        raise LexiconError(f"{where}: the weight {weight!r} is not a number") from None


def _insert(trie: Trie, phrase: Iterable[str], term: Term, where: str) -> None:
    node = trie.node(phrase)
    node.term = node.term or term  # patterns overlap: of one kind, the earlier line holds
    if node.term.kind != term.kind:
        raise LexiconError(f"{where} was {node.term.kind} on an earlier line, now {term.kind}: keep one")


def longest(trie: Trie, tokens: list[str], start: int) -> Term | None:
    """The longest phrase of `trie` that begins at `tokens[start]`."""
    node, found = trie, None
    for position in range(start, len(tokens)):
        below = node.below.get(tokens[position])
        if below is None:
            break
        node, found = below, below.term or found
    return found


@cache
def load() -> Lexicon:
    """The lexicon that comes with the package."""
    name = "data/lexicon.tsv"
    return parse(resources.files("spark_app.language").joinpath(name).read_text(encoding="utf-8"), name)
