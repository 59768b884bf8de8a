"""Everyday French or English, for texts that are not about transport: TextBlob's own lexicons."""

from __future__ import annotations

import re

from spark_app.language.tokens import fold

_FRENCH = frozenset(
    "le la les des du de un une et est sont en pour par avec sur dans au aux ce cette ne pas que qui je".split()
)
_ENGLISH = frozenset("the of and is are to for with from this that not your you it was have has be i my".split())
_WORD = re.compile(r"[a-z]+")
_WORDS_READ = 200  # enough to tell the language


def is_english(text: str) -> bool:
    """Whether small words of English outnumber those of French.

    >>> is_english("The book is a joy to read"), is_english("Un livre à lire")
    (True, False)
    """
    words = _WORD.findall(fold(text[:2_000]))[:_WORDS_READ]
    return sum(word in _ENGLISH for word in words) > sum(word in _FRENCH for word in words)


def sentiment(text: str) -> tuple[float, float]:
    """Polarity in [-1, 1] and subjectivity in [0, 1] of `text` in its language."""
    if is_english(text):
        from textblob.en import sentiment as read
    else:
        from textblob_fr.fr import sentiment as read
    polarity, subjectivity = read(text)
    return float(polarity), float(subjectivity)


def load() -> None:
    """Read both lexicons now: their lazy load races between threads."""
    sentiment("bon livre")
    sentiment("a good book of the year")
