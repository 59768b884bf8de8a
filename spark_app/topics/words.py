"""The words of notices that a topic can be about: what happened, not where, when, or how bad it is.

Topics of the raw texts are lines, stations and "trafic interrompu". So names, numbers, boilerplate, small words
and words of effects and statuses are dropped (tags and polarity tell those), and equal remains count once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from geo.network.stations import Stations
from spark_app.language import lexicon
from spark_app.language.lexicon import longest
from spark_app.language.phrase_matcher import HEADINGS
from spark_app.language.tags import causes_of, dictionary
from spark_app.language.tokens import CLAUSE_ENDS, SENTENCE_ENDS, fold, spans
from spark_app.language.tokens import words as split

MAX_CHARACTERS = 10_000
SHORTEST = 3  # letters of a word
JOINT = " "  # between the two words of a pair
STATUS_KINDS = frozenset("cut bad restored normal resuming resumption forecast over good extension no_impact".split())


@dataclass(frozen=True, slots=True)
class TopicText:
    """What distinct notices are about: their words in order, their causes, and how many texts they were."""

    words: tuple[str, ...]
    causes: tuple[str, ...]
    texts: int

    def terms(self) -> list[str]:
        """Words and pairs of neighbours."""
        return [*self.words, *(JOINT.join(pair) for pair in zip(self.words, self.words[1:], strict=False))]


def topic_texts(texts: Iterable[str]) -> list[TopicText]:
    """Distinct remains of `texts` in alphabetical order, so that the order of the store changes nothing.

    The causes are those of the first text, in alphabetical order, that left these words.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    causes: dict[tuple[str, ...], tuple[str, ...]] = {}
    for text in sorted(set(texts)):
        if words := tuple(topic_words(text)):
            counts[words] += 1
            causes.setdefault(words, tuple(causes_of(text)))
    return [TopicText(words, causes[words], counts[words]) for words in sorted(counts)]


def topic_words(text: str) -> list[str]:
    """Words of `text` that a topic can be about, each once, with their accents, in small letters.

    >>> topic_words("Métro 4 : Bagage oublié. Le trafic est interrompu à Barbès. Plus d'informations sur ratp.fr")
    ['bagage', 'oublié']
    """
    text = text[:MAX_CHARACTERS]
    found = (text[begin:end].lower() for begin, end in _topic_spans(text) if end - begin >= SHORTEST)
    return list(dict.fromkeys(found))  # title and text say it twice


def _topic_spans(text: str) -> Iterator[tuple[int, int]]:
    folded = fold(text)
    where = spans(folded)
    tokens = [folded[begin:end] for begin, end in where]
    first, boilerplate = True, False  # of a clause; in a sentence that says nothing
    for index, (token, (begin, end)) in enumerate(zip(tokens, where, strict=True)):
        if token in CLAUSE_ENDS or token == ":":
            first, boilerplate = True, boilerplate and token not in SENTENCE_ENDS
            continue
        boilerplate = (boilerplate or _opens_boilerplate(tokens, index)) and token not in HEADINGS
        named = text[begin].isupper() and (not first or _is_upper(text, where, index + 1) or text[begin:end].isupper())
        first = False
        if not (boilerplate or named) and token[0].isalpha() and token not in _excluded_words():
            yield where[index]


def _opens_boilerplate(tokens: list[str], index: int) -> bool:
    trie = lexicon.load().trie
    term = longest(trie, tokens, index) if tokens[index] in trie.below else None
    return term is not None and term.kind == "boilerplate"


def _is_upper(text: str, where: list[tuple[int, int]], index: int) -> bool:
    """Whether the next word begins with a capital too: "Paris Est : …" begins with a name, "POMA" is a train's."""
    return index < len(where) and text[where[index][0]].isupper()


@cache
def _excluded_words() -> frozenset[str]:
    """Folded words that no topic is about; what names a cause stays."""
    said = {word for phrase, _ in dictionary("effects").phrases() for word in phrase}
    said |= {word for words, term in lexicon.load().trie.phrases() if term.kind in STATUS_KINDS for word in words}
    names = {word for s in Stations.load() if s.mode != "bus" for word in split(fold(s.name))}
    causes = {word for words, _ in dictionary("causes").phrases() for word in words}
    return frozenset(((said | names) - causes) | _stop_words())


def _stop_words() -> frozenset[str]:
    content = resources.files("spark_app.topics").joinpath("data/topic_stopwords.txt").read_text("utf-8")
    return frozenset(word for line in content.splitlines() if not line.startswith("#") for word in line.split())
