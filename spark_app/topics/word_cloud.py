"""A word cloud that is the same on every machine: words by weight, from the middle outwards on a spiral.

No font is measured: a letter is taken to be LETTER_WIDTH of the font size, so words never overlap where the font is
no wider, and the places depend on the words and weights only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

LETTER_WIDTH, LINE_HEIGHT = 0.62, 1.15  # of the font size, of a sans-serif
LARGEST, SMALLEST = 46.0, 12.0  # font size in units of the drawing
STEP, TURN = 2.0, 0.35  # of the spiral: units outwards and radians a step
STRETCH = 1.6  # wider than high


class Word(NamedTuple):
    """A word with its middle (x right, y down) from the middle of the cloud, and its font size."""

    text: str
    x: float
    y: float
    size: float

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        half_width = len(self.text) * LETTER_WIDTH * self.size / 2
        half_height = LINE_HEIGHT * self.size / 2
        return self.x - half_width, self.y - half_height, self.x + half_width, self.y + half_height


def word_cloud(weights: Sequence[tuple[str, float]]) -> list[Word]:
    """Places for the words, heaviest first; the font size grows with the square root of the weight.

    Args:
        weights: words with their weight (> 0), in any order; equal weights go by the alphabet.

    >>> [word.text for word in word_cloud([("portes", 1), ("panne", 4)])]
    ['panne', 'portes']
    """
    placed: list[Word] = []
    ordered = sorted(weights, key=lambda pair: (-pair[1], pair[0]))
    for text, weight in ordered:
        size = max(SMALLEST, LARGEST * math.sqrt(weight / ordered[0][1]))
        placed.append(_placed(text, round(size, 1), placed))
    return placed


def _placed(text: str, size: float, placed: Sequence[Word]) -> Word:
    taken, step = [word.box() for word in placed], 0
    while True:
        radius = STEP * step * TURN
        angle = step * TURN
        word = Word(text, round(STRETCH * radius * math.cos(angle), 1), round(radius * math.sin(angle), 1), size)
        if not any(_overlap(word.box(), box) for box in taken):
            return word
        step += 1


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def bounds(words: Sequence[Word]) -> tuple[float, float, float, float]:
    """Left, top, width and height of the whole cloud."""
    boxes = [word.box() for word in words] or [(0.0, 0.0, 1.0, 1.0)]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return left, top, max(box[2] for box in boxes) - left, max(box[3] for box in boxes) - top
