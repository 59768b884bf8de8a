"""Filters of `config.yaml`: keep only messages with some words, or in some languages. Off by default.

The language of a text is a vote of stop words: the language whose frequent small words occur most
often. Texts of a few words, or without any vote, count as French, the language of the feed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from geo.network.accents import without_accents
from prim_client.messages.message import Body

DEFAULT_LANGUAGE = "fr"
# Frequent words that the other language does not have.
STOP_WORDS = {
    "fr": frozenset(
        "le la les des du de un une et est sont en entre vers pour par avec sur dans au aux ce cette ne pas "
        "plus vous votre nous raison jusqu arret ligne trafic travaux depuis sens".split()
    ),
    "en": frozenset(
        "the of and is are to for with from between this that not your you we our due will be until at by "
        "has have been service stop line traffic please".split()
    ),
}
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Filter:
    """Decides which bodies pass: any of `keywords` in title or text, and one of `languages`.

    Keywords are compared without case and accents, and match inside words (`grève` finds `grèves`).
    """

    keywords: Sequence[str] = ()
    languages: Collection[str] = ()

    def passes(self, body: Body) -> bool:
        """Whether messages with this body are kept."""
        said = f"{body.title}\n{body.short_message}\n{body.text}"
        if self.languages and language_of(said) not in self.languages:
            return False
        if not self.keywords:  # the default: folding every text would cost a replay some 5 %
            return True
        plain = without_accents(said)
        return any(without_accents(keyword) in plain for keyword in self.keywords)


def language_of(text: str) -> str:
    """`fr` or `en`, by a vote of stop words; a draw is French.

    >>> language_of("Traffic is disrupted between the two stations due to works")
    'en'
    """
    words = _WORD.findall(without_accents(text))
    votes = {language: sum(word in stops for word in words) for language, stops in STOP_WORDS.items()}
    return max(votes, key=lambda language: (votes[language], language == DEFAULT_LANGUAGE))
