"""The pieces that phrases are made of: names, lists of names, small words between them.

A text is read as *tagged* text: folded (`geo.text.folding`), with each station name replaced by one
character of the private use area. So a phrase is a regular expression with a single character for a
name, and whatever a pattern matches tells which names it holds.
"""

FIRST_TAG, LAST_TAG = 0xE000, 0xF8FF
_TAGS = f"{chr(FIRST_TAG)}-{chr(LAST_TAG)}"
N = f"[{_TAGS}]"  # one name


def any_of(*alternatives: str) -> str:
    """A group of alternatives, first match wins.

    >>> any_of("a", "au")
    '(?:a|au)'
    """
    return f"(?:{'|'.join(alternatives)})"


def gap(most: int, stops: str = ".") -> str:
    """Up to `most` characters of a sentence without a name; `stops` end it."""
    return rf"[^{stops}\n{_TAGS}]{{0,{most}}}"


# Small words between a preposition and a name. Possessive (`*+`): they are never given back, so no
# text can make a pattern try them in all ways.
_SMALL = any_of(
    "la", "le", "les", "de", "du", "des", "gares?", "stations?", "arrets?", "aeroport", "paris", "secteur", "terminus"
)
D = rf"(?:{_SMALL}\b ?|[ld]' ?|[:(\"«*] ?)*+"
_OR = rf"(?: ?(?:,|/|\bou\b) ?{D}{N})"
_AND = rf"(?: ?(?:,|/|-|;|\bet\b|\bou\b|\bpuis\b|\bainsi que\b)(?: ?(?:et|ou|puis|a|au|aux)\b)? ?{D}{N})"
ONE_OF = rf"{N}{_OR}*"
LIST = rf"{N}{_AND}*"
# A list that does not swallow the beginning of the next "X vers Y" or "X et Y".
_NEXT_PAIR = rf" ?(?:\bvers\b|\ba destination\b|->|\bet\b ?(?:la |le |les |l'|)?{N})"
ENDS = rf"{N}(?: ?(?:,|/|\bet\b|\bou\b)(?: ?et)? ?{D}{N}(?!{_NEXT_PAIR}))*"
VIA = rf"(?: ?\(? ?(?:via|par) {D}(?P<via>{LIST}))?"
OF = r"(?:d'|de |du |des )?"
TO = r"(?:vers|a destination d(?:e |'|u )|jusqu'(?:a|au|en)|a|au|<?-*>+|pour)"
BOTH = r"(?:<-*>|<>|<|-+>|>)"
BRANCHES = rf"{N}(?: ?/ ?{D}{N})*"  # an end of a section at several termini: "Aéroport CDG 2 / Mitry-Claye"
TIME = r"\d{1,2} ?[h:] ?\d\d|\d{1,2} ?h\b"
