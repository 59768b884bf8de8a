"""Sentiment of transport notices, as a TextBlob analyzer: how good or bad the service is for a rider.

    >>> TransportAnalyzer().polarity("Le trafic est interrompu entre Nation et Bercy.") < -0.8
    True
    >>> TransportBlob("Fin d'incident, le trafic est rétabli.").polarity > 0.7
    True

None means that the text says nothing about the service; 0.0 means that it says "no change".
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import Any, NamedTuple

from textblob import TextBlob
from textblob.base import CONTINUOUS, BaseSentimentAnalyzer
from textblob.blob import BaseBlob

from prim_client.messages.text import plain_text
from spark_app.language import lexicon
from spark_app.language.phrase_matcher import Match, find_matches
from spark_app.language.sentiment import textblob_lexicons
from spark_app.language.sentiment.evidence import Evidence, Reader
from spark_app.language.sentiment.polarity import decide
from spark_app.language.sentiment.ratios import find_intervals, find_long_delays, find_ratios
from spark_app.language.tokens import fold, spans, words

VERSION = 2  # of the rule; raise it with every change of a polarity (tests/spark_app/language/test_rule_versions.py)
MAX_CHARACTERS = 10_000  # what is read of a text: textblob is quadratic on hostile input
SHORT_WORDS = 14  # a notice this short may leave out that it is about transport
WORDS_PER_ANCHOR = 30  # a longer text that names transport less often is about something else
WORDS_PER_STATUS = 100  # the same where a status stands in several words: "ne seront pas desservis"
SURE_ANCHORS = 2.0
_UNCLEAN = re.compile("[<&\xad\u200b-\u200f\ufeff\x00-\x08]")
_loading = threading.Lock()


class Sentiment(NamedTuple):
    """What TextBlob's `.sentiment` gives; polarity is None where the text holds no evidence."""

    polarity: float | None
    subjectivity: float


class SentimentAssessments(NamedTuple):
    """What TextBlob's `.sentiment_assessments` gives."""

    polarity: float | None
    subjectivity: float
    assessments: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Reading:
    """A scored text: `text` as it was read (markup removed) and what was found in it, by word."""

    text: str
    polarity: float | None
    subjectivity: float
    evidence: tuple[Evidence, ...]

    def terms(self) -> list[dict[str, Any]]:
        """Matched terms: `term` at characters [start, end) of `text`, `role`, `weight`, and `said`, the reason."""
        positions = spans(fold(self.text)) if self.evidence else []
        return [_term(item, positions, self.text) for item in self.evidence]


def _term(item: Evidence, positions: list[tuple[int, int]], text: str) -> dict[str, Any]:
    start, end = positions[item.start][0], positions[item.end - 1][1]
    return {
        "term": text[start:end],
        "start": start,
        "end": end,
        "role": item.role,
        "weight": round(item.value, 4),
        "said": item.said,
    }


def read(text: str) -> Reading:
    """Score `text`, of which the first MAX_CHARACTERS are read. HTML is read as its text."""
    load()
    text = _cleaned(text[:MAX_CHARACTERS])
    known = lexicon.load()
    tokens = words(fold(text))
    matches = find_matches(tokens, known)
    numbers = find_ratios(tokens) + find_intervals(tokens) + find_long_delays(tokens)
    evidence = Reader(tokens, known).evidence(matches) + numbers
    if text.endswith("…"):  # a post cut in the middle of a word: "La réouvert…" reopens nothing
        evidence = [item for item in evidence if item.end < len(tokens) or item.value < 0]
    about = _anchors(tokens, matches, known)
    if evidence and _is_notice(len(tokens), about, evidence):
        return Reading(text, decide(evidence, tokens, known), 0.0, tuple(sorted(evidence, key=lambda e: e.start)))
    if about * WORDS_PER_ANCHOR >= max(1, len(tokens)):
        return Reading(text, None, 0.0, ())
    polarity, subjectivity = textblob_lexicons.sentiment(text)
    return Reading(text, polarity if polarity or subjectivity else None, subjectivity, ())


def _cleaned(text: str) -> str:
    if _UNCLEAN.search(text) or not unicodedata.is_normalized("NFC", text):
        return plain_text(text)
    return text


def _anchors(tokens: list[str], matches: list[Match], known: lexicon.Lexicon) -> float:
    """How much the text names transport: words, and phrases that only operators use."""
    weights = known.words["anchor"]
    phrases = sum(match.term.weight for match in matches if match.term.kind in ("anchor", "boilerplate"))
    phrases += SURE_ANCHORS * sum(match.term.kind == "hint" for match in matches)
    return phrases + sum(map(weights.get, tokens, repeat(0.0)))


def _is_notice(length: int, anchors: float, evidence: list[Evidence]) -> bool:
    """Whether the text speaks of transport: short, or naming it (or a status in several words) often enough."""
    if length <= SHORT_WORDS:
        return True
    statuses = [item for item in evidence if item.end - item.start > 1]
    surely = anchors and any(item.role in ("bad", "restored", "resuming") for item in statuses)
    return (anchors + len(statuses)) * (WORDS_PER_STATUS if surely else WORDS_PER_ANCHOR) >= length


class TransportAnalyzer(BaseSentimentAnalyzer):
    """TextBlob analyzer of transport notices. Stateless: threads and processes share and pickle it freely."""

    kind = CONTINUOUS

    @property
    def version(self) -> str:
        """Name and number of the rule: code, lexicon and TextBlob's lexicons together."""
        return f"transport-{VERSION}"

    former_versions: tuple[str, ...] = ()  # other names of the same rule in older stores

    def polarity(self, text: str) -> float | None:
        """Polarity of `text` in [-1, 1]; None where it holds no evidence."""
        return read(text).polarity

    def explain(self, text: str) -> Reading:
        """The polarity of `text` and the terms it was made of."""
        return read(text)

    def analyze(self, text: str, keep_assessments: bool = False) -> Sentiment | SentimentAssessments:
        """What TextBlob calls: see `Sentiment` and `SentimentAssessments`."""
        found = read(str(text))
        if keep_assessments:
            return SentimentAssessments(found.polarity, found.subjectivity, found.terms())
        return Sentiment(found.polarity, found.subjectivity)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))


class TransportBlob(TextBlob):
    """A TextBlob whose `.polarity` and `.subjectivity` obey its analyzer (TextBlob's own ignore it)."""

    def __init__(self, text: str, *args: Any, **kwargs: Any) -> None:
        """As TextBlob's; without an `analyzer` it is a TransportAnalyzer."""
        self.analyzer: Any  # the class attribute of BaseBlob has no type
        super().__init__(text, *args, **kwargs)
        if self.analyzer is BaseBlob.analyzer:
            self.analyzer = TransportAnalyzer()

    @property
    def polarity(self) -> float | None:
        """Polarity in [-1, 1] by this blob's analyzer; None where the text holds no evidence."""
        polarity: float | None = self.sentiment[0]
        return polarity

    @property
    def subjectivity(self) -> float:
        """Subjectivity in [0, 1] by this blob's analyzer."""
        subjectivity: float = self.sentiment[1]
        return subjectivity


@cache
def load() -> None:
    """Read all lexicons once, before threads ask for them."""
    with _loading:
        lexicon.load()
        textblob_lexicons.load()
