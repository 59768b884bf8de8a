"""Text folded to lower-case ASCII one character for one, so that offsets stay those of the text.

`geo.network.names.normalise` compares whole names; here names have to be found inside a text, and what was
found is shown with its place in it.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from geo.network.names import ABBREVIATIONS

# One letter stands for a ligature, in texts and in names alike, so that no offset moves.
_LIGATURES = {"œ": "e", "Œ": "e", "æ": "e", "Æ": "e", "ß": "s"}
_DASHES = "‐‑‒–—―−⁃"
_APOSTROPHES = "’‘ʼ`´′‛"
# Quotation marks say nothing that the grammar needs.
_SPACES = '«»“”„"\u00a0\u2002\u2003\u2007\u2008\u2009\u200a\u202f\u3000\t\r\x0b\x0c'
_ARROWS = "→➔➜➡⇒►▶"
_BOTH_WAYS = "↔⇔⇄⇆⟷"
# Marks that a word may hold without ending: combining accents, zero-width spaces, soft hyphens.
_INVISIBLE = "\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff"
_WORD = re.compile(f"[a-z0-9][a-z0-9{_INVISIBLE}]*")
GLUED_MIN_CHARS = 6
_new = tuple.__new__
_GLUED = re.compile(r"(?<=[a-zà-öø-ÿ]{2})(?=[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]{2})")
_ORDINAL = re.compile(r"^(\d+)(?:e|er|ere|eme|nd|nde)$")
_MARKS = re.compile(f"[{_INVISIBLE}]")
# Abbreviations of one word; those of several are variants of the names (geo.text.gazetteer).
EXPANSIONS = {short: full for short, full in ABBREVIATIONS.items() if " " not in full}
EXPANSIONS |= {"pt": "pont", "ss": "sous", "prte": "porte"}


def _fold_table() -> dict[int, str]:
    table = {code: base for code in range(0x80, 0x2C00) if (base := _ascii_base(chr(code)))}
    table |= {code: base for code in range(0xFF01, 0xFF5F) if (base := _ascii_base(chr(code)))}
    table |= {ord(char): letter for char, letter in _LIGATURES.items()}
    signs = ((_DASHES, "-"), (_APOSTROPHES, "'"), (_SPACES, " "), (_ARROWS, ">"), (_BOTH_WAYS, "<"))
    for chars, stand_in in signs:
        table |= dict.fromkeys(map(ord, chars), stand_in)
    return table | {code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)}


def _ascii_base(char: str) -> str:
    """The lower-case ASCII letter or digit that `char` is made of, "" if it is made of something else."""
    base = unicodedata.normalize("NFKD", char)[:1].lower()
    return base if base.isascii() and base.isalnum() else ""


_TABLE = _fold_table()
# Most texts are Latin-1: bytes are translated ten times as fast as characters.
_LATIN_1 = "".join(map(chr, range(256))).translate(_TABLE).encode("latin-1")
_BEYOND_LATIN_1 = re.compile("[^\x00-\xff]+")


class Word(NamedTuple):
    """A word of a text: folded with its abbreviation written out, and where it stands."""

    text: str
    start: int
    end: int
    dotted: bool  # a full stop follows at once: it may be an abbreviation
    capital: bool  # written with a capital or a digit at its head


def fold(text: str) -> str:
    """`text` in lower case without accents, of the same length.

    >>> fold("Châtelet – Cœur d’Étampes")
    "chatelet - ceur d'etampes"
    """
    if not text.isascii() and _BEYOND_LATIN_1.search(text):
        text = _BEYOND_LATIN_1.sub(lambda chars: chars[0].translate(_TABLE), text)
    try:
        return text.encode("latin-1").translate(_LATIN_1).decode("latin-1")
    except UnicodeEncodeError:  # a character that stands for no letter, as an emoji, stays
        return text.translate(_TABLE)


@lru_cache(maxsize=32)  # a bus text is read for stops and for towns
def words(text: str) -> tuple[Word, ...]:
    """The words of `text` in order.

    >>> [word.text for word in words("St-Martin d'É.")]
    ['saint', 'martin', 'd', 'e']
    """
    return _words(text)


def _words(text: str) -> tuple[Word, ...]:
    folded, found = fold(text), []
    glued = _GLUED.search(text) is not None
    for match in _WORD.finditer(folded):
        start, end = match.span()
        if glued and end - start >= GLUED_MIN_CHARS and _GLUED.search(text, start, end):
            found += [_make_word(text, folded, *span) for span in _unglued(text, start, end)]
        else:
            found.append(_make_word(text, folded, start, end))
    return tuple(found)


def _unglued(text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    """The words of what is written as one: "RungisOrly", "etMassy"."""
    cuts = [start, *(start + cut.start() for cut in _GLUED.finditer(text[start:end])), end]
    return itertools.pairwise(cuts)


def _make_word(text: str, folded: str, start: int, end: int) -> Word:
    head = text[start]
    capital = head.isupper() or head.isdigit()
    # Not by Word(…): this is the innermost loop of the geocoder, and the constructor is half of it.
    return _new(Word, (_plain(folded[start:end]), start, end, folded.startswith(".", end), capital))


@lru_cache(maxsize=65_536)
def _plain(raw: str) -> str:
    """A word without invisible marks, abbreviation or ordinal ending ("19e", "19ème")."""
    word = raw if raw.isascii() else _MARKS.sub("", raw)
    if word[0].isdigit():
        return _ORDINAL.sub(r"\1", word)
    return EXPANSIONS.get(word, word).replace("oe", "e")  # as the ligature, which is one letter here


def name_words(name: str) -> tuple[str, ...]:
    """The folded words of a name."""
    return tuple(word.text for word in _words(name))
