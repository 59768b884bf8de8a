"""Bars side by side with what is expected or usual: trends, alerts, levels, methods and reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.pictures.frame import BODY_WIDTH, LIST_MAX, Drawing
from dashboard.pictures.svg import cut, group, line, rectangle, write
from dashboard.ui.texts import Words
from dashboard.ui.theme import colours

STEP, BESIDE = 34, 27  # units a bar: with a second line of words, and without
BAR = 15
GAP = 48  # between two columns


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name and a word behind it, its length and how it is written; `mark`: what to compare it with."""

    name: str
    value: float
    shown: str
    kind: str = ""
    note: str = ""
    mark: float | None = None


def draw_bars(
    bars: Sequence[Bar], x: float, width: float, words: Words, title: str = "", room: float = LIST_MAX
) -> tuple[str, float]:
    """(SVG, height) of a column of bars; those that have no `room` are counted below."""
    ink, step = colours(), STEP if any(bar.note for bar in bars) else BESIDE
    top = 34 if title else 6
    shown = bars[: int((room - top - 26) // step)]
    longest = max([1e-9, *(max(bar.value, bar.mark or 0) for bar in bars)])
    parts = [write(x, 16, title, 15, bold=True)] if title else []
    parts += [_bar(bar, x, top + n * step, width, longest) for n, bar in enumerate(shown)]
    below = top + len(shown) * step
    if not bars:
        parts.append(write(x, top + 14, words("picture.none"), 13, ink["muted"]))
    if len(bars) > len(shown):
        parts.append(write(x, below + 16, words("and_more", n=len(bars) - len(shown)), 12, ink["muted"]))
    return group(*parts), below + 22


def _bar(bar: Bar, x: float, y: float, width: float, longest: float) -> str:
    ink = colours()
    name_width, track = width * 0.46, width * 0.54 - 84
    left = x + name_width
    length = track * bar.value / longest
    parts = [
        write(x, y + 12, cut(bar.name, 13.5, name_width - 14 - 7.0 * len(bar.kind)), 13.5),
        rectangle(left, y, track, BAR, fill=ink["ground"], rx=3),
        rectangle(left, y, length, BAR, fill=ink["strong"], rx=min(3, length / 2)),
        write(x + width, y + 12, bar.shown, 13.5, bold=True, text_anchor="end"),
    ]
    parts += [write(left - 12, y + 12, bar.kind, 11.5, ink["muted"], text_anchor="end")] if bar.kind else []
    parts += [write(x, y + 27, cut(bar.note, 11.5, width), 11.5, ink["muted"])] if bar.note else []
    if bar.mark is not None:
        at = left + track * min(bar.mark / longest, 1)
        parts.append(line(at, y - 2, at, y + BAR + 2, ink["card"], stroke_width=5))
        parts.append(line(at, y - 2, at, y + BAR + 2, ink["warn"], stroke_width=2.5))
    return group(*parts)


def one_column(title: str, bars: Sequence[Bar], words: Words, notes: Sequence[str] = ()) -> Drawing:
    body, height = draw_bars(bars, 0, BODY_WIDTH, words)
    return Drawing(title, body, height, notes)
