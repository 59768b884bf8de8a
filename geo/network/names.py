"""Names of stations brought to one spelling, so that two spellings of one place compare equal."""

import re
import unicodedata
from functools import lru_cache

from geo.network.accents import without_accents

# Spellings met in PRIM's texts and in the open data: "Neuilly - Pte Maillot", "Avenue Pdt Kennedy".
ABBREVIATIONS = {
    "st": "saint",
    "ste": "sainte",
    "sts": "saints",
    "stes": "saintes",
    "pte": "porte",
    "pdt": "president",
    "prdt": "president",
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bld": "boulevard",
    "blvd": "boulevard",
    "pl": "place",
    "rte": "route",
    "fg": "faubourg",
    "fbg": "faubourg",
    "sq": "square",
    "gal": "general",
    "mal": "marechal",
    "cdg": "charles de gaulle",
    "mlv": "marne la vallee",
}
LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss"})
_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")
_TOWN_SUFFIX = re.compile(r"\s*\([^()]*\)\s*$")


# Words that one publisher writes and another leaves out: "Nogent-le-Perreux RER", "Gare de Nogent".
_OPTIONAL_WORDS = frozenset(
    "a au aux d de des du en et l la le les sur sous gare rer metro sncf tram tramway rue station".split()
)
_ORDINAL = re.compile(r"(\d+)(?:eme|ere|er|e)$")


def visible(name: str) -> str:
    """`name` without invisible characters and with single spaces, else as it is written.

    >>> visible("Porte de  Champerret\u200b")
    'Porte de Champerret'
    """
    return " ".join("".join(c for c in name if unicodedata.category(c) != "Cf").split())


@lru_cache(maxsize=65_536)
def normalise(name: str) -> str:
    """`name` in lower case ASCII words, one space apart, with abbreviations written out.

    Accents, hyphens, apostrophes, full stops and invisible characters (PRIM sends zero-width
    spaces) make no difference. An empty or unreadable name gives "".

    >>> normalise("Neuilly - Pte Maillot")
    'neuilly porte maillot'
    >>> normalise("St-Martin d’Étampes\\u200b")
    'saint martin d etampes'
    """
    words = _NOT_ALPHANUMERIC.sub(" ", without_accents(visible(name).translate(LIGATURES))).split()
    return " ".join(ABBREVIATIONS.get(word, word) for word in words)


def without_town(name: str) -> str:
    """`name` without the town that PRIM puts behind the names of stop areas.

    >>> without_town("Jules Joffrin (Paris)")
    'Jules Joffrin'
    """
    return _TOWN_SUFFIX.sub("", name) or name


def town_of(name: str) -> str:
    """The town that PRIM puts behind the names of stop areas, "" if there is none.

    >>> town_of("Jules Joffrin (Paris)")
    'Paris'
    """
    suffix = _TOWN_SUFFIX.search(name)
    return suffix[0].strip(" ()") if suffix and suffix.start() else ""


@lru_cache(maxsize=65_536)
def core(name: str) -> frozenset[str]:
    """The words of `name` that carry it, in no order: a weaker comparison than `normalise`.

    Small words and kinds of station are dropped unless nothing else is left.

    >>> core("Curial - Crimée") == core("Crimée - Curial")
    True
    >>> sorted(core("Gare de Nogent-le-Perreux RER"))
    ['nogent', 'perreux']
    """
    words = [_ORDINAL.sub(r"\1", word) if word[0].isdigit() else word for word in normalise(name).split()]
    return frozenset(words) - _OPTIONAL_WORDS or frozenset(words)
