"""Analyzers by name: the interface between the stream and the sentiment of a text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Protocol

from spark_app.language.sentiment.transport import TransportAnalyzer

MAX_CHARACTERS = 10_000  # textblob is quadratic on hostile input


class Analyzer(Protocol):
    """Scores texts. `version` changes when a score could: it is stored with every score."""

    @property
    def version(self) -> str: ...

    @property
    def former_versions(self) -> tuple[str, ...]:
        """Other names of the same rule in older stores."""
        ...

    def polarity(self, text: str) -> float | None:
        """Polarity of `text` in [-1, 1]; None where the text holds no evidence."""
        ...


@dataclass(frozen=True)
class TextBlobFr:
    """textblob-fr's PatternAnalyzer: book reviews, so nearly noise on this feed, but TextBlob's own French."""

    version: str
    former_versions: tuple[str, ...] = ()

    def polarity(self, text: str) -> float | None:
        from textblob_fr import PatternAnalyzer

        polarity, subjectivity = PatternAnalyzer().analyze(text[:MAX_CHARACTERS])
        return float(polarity) if polarity or subjectivity else None


def _textblob_fr() -> Analyzer:
    lexicon = resources.files("textblob_fr").joinpath("fr-sentiment.xml").read_bytes()
    analyzer = TextBlobFr("textblob-fr-" + hashlib.sha256(lexicon).hexdigest()[:12])
    analyzer.polarity("trafic")  # the lazy lexicon load races between threads: load it now
    return analyzer


ANALYZERS: dict[str, Callable[[], Analyzer]] = {"transport": TransportAnalyzer, "textblob-fr": _textblob_fr}


def make_analyzer(name: str) -> Analyzer:
    """The analyzer that the configuration calls `name`. Raises ValueError naming the known ones."""
    if name not in ANALYZERS:
        raise ValueError(f"sentiment.analyzer = {name!r}: known are {', '.join(sorted(ANALYZERS))}")
    return ANALYZERS[name]()
