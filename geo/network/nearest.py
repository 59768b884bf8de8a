"""Spelling suggestions: which of the known values somebody may have meant by an unknown one."""

from collections.abc import Iterable
from difflib import SequenceMatcher

from geo.network.names import normalise

LONGEST = 40  # characters that are compared: the time grows with their square
LEAST_ALIKE = 0.5  # ratio of difflib, 0 to 1


def nearest(text: str, known: Iterable[str], at_most: int = 3) -> list[str]:
    """The known values that look most like `text`, best first, equally good ones in their order; none if nothing is
    alike.

    Capitals, accents and punctuation make no difference.

    >>> nearest("Métros", ["rer", "metro", "tram"])
    ['metro']
    """
    by_key: dict[str, str] = {}
    for value in known:
        by_key.setdefault(normalise(value) or value, value)
    key = normalise(text[:LONGEST]) or text[:LONGEST]
    scored = [(ratio, value) for other, value in by_key.items() if (ratio := _similarity(key, other)) >= LEAST_ALIKE]
    return [value for _, value in sorted(scored, key=lambda pair: -pair[0])[:at_most]]


def _similarity(text: str, other: str) -> float:
    matcher = SequenceMatcher(None, text, other)
    bounds = (matcher.real_quick_ratio, matcher.quick_ratio)  # cheap upper bounds of the ratio
    return 0.0 if any(bound() < LEAST_ALIKE for bound in bounds) else matcher.ratio()
