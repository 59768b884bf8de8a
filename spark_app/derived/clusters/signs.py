"""Signs that tell living clusters apart: a letter, a hue and a pattern. Pure.

A life takes the first letter that no other has; it is free again two hours after the life ended, so that a reader who
looks back a little does not meet two clusters under one letter. All channels share the letters: they share the screen.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

from spark_app.derived.clusters.lineage import NOBODY

REST_US = 2 * 3_600_000_000
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
HUES = 8  # as many colours as every colour vision can tell apart


def letter_of(sign: int) -> str:
    """The letter of a number from 0 on: A … Z, then AA, AB …; empty for NOBODY's.

    >>> letter_of(0), letter_of(25), letter_of(26), letter_of(27)
    ('A', 'Z', 'AA', 'AB')
    """
    if sign == NOBODY:
        return ""
    before, last = divmod(sign, len(ALPHABET))
    return (letter_of(before - 1) if before else "") + ALPHABET[last]


def hue_of(sign: int) -> int | None:
    """Which of the HUES colours a sign has; None for NOBODY's. Hue and pattern together are as unique as the letter.

    >>> hue_of(0), hue_of(9), hue_of(NOBODY)
    (0, 1, None)
    """
    return None if sign == NOBODY else sign % HUES


def pattern_of(sign: int) -> int:
    """How often the hues were used up before this sign: 0 is plain; 0 for NOBODY's.

    >>> pattern_of(7), pattern_of(8), pattern_of(NOBODY)
    (0, 1, 0)
    """
    return 0 if sign == NOBODY else sign // HUES


class Resting(NamedTuple):
    """A sign that is free again from a moment on."""

    free_us: int
    sign: int


class Signs:
    """The signs of all lives: numbers from 0 on, the first free one for each."""

    def __init__(self, held: dict[tuple[str, int], int] | None = None, resting: list[Resting] | None = None) -> None:
        self._held, self._resting = dict(held or {}), sorted(resting or [])

    def take(self, channel: str, life: int, tick_us: int) -> int:
        """The sign of a life born at a tick."""
        while self._resting and self._resting[0].free_us <= tick_us:
            heapq.heappop(self._resting)
        used = {*self._held.values(), *(each.sign for each in self._resting)}
        sign = next(n for n in range(len(used) + 1) if n not in used)
        self._held[channel, life] = sign
        return sign

    def give_back(self, channel: str, life: int, died_us: int) -> None:
        """The life ended."""
        sign = self._held.pop((channel, life))
        heapq.heappush(self._resting, Resting(died_us + REST_US, sign))

    def state(self) -> dict[str, list[list[object]]]:
        """JSON types: all that is remembered."""
        return {
            "held": [[*key, sign] for key, sign in sorted(self._held.items())],
            "resting": [list(each) for each in sorted(self._resting)],
        }

    @classmethod
    def restored(cls, state: dict[str, list[list[object]]]) -> Signs:
        """What gave `state`."""
        held = {(channel, life): sign for channel, life, sign in state["held"]}
        return cls(held, [Resting(*each) for each in state["resting"]])  # type: ignore[arg-type]
