"""Axes: moments on the clock of Paris, and round values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dashboard.pictures.svg import group, line, write
from dashboard.ui.texts import Words
from dashboard.ui.theme import colours
from prim_client.messages.message import from_epoch_us
from prim_client.messages.paris_time import PARIS
from prim_client.messages.time_units import HOUR_US

EVERY_H = (1, 2, 3, 6, 12, 24, 48, 120)
LABEL = 84  # units between two moments
ROUND = (1, 2, 3, 4, 5, 6, 8, 10)
Place = Callable[[float], float]


def round_above(value: float) -> float:
    """The next value that an axis may end at.

    >>> round_above(7), round_above(13), round_above(0.2)
    (8, 20, 1)
    """
    power = 1
    while power * 10 <= max(value, 1):
        power *= 10
    return next(factor * power for factor in ROUND if factor * power >= value)


def moments(after_us: int, until_us: int, width: float) -> list[int]:
    """The hours, or midnights, of Paris that `width` has room for."""
    fitting = max(2.0, width / LABEL)
    every_h = next((h for h in EVERY_H if (until_us - after_us) / HOUR_US / h <= fitting), 240)
    hours = range(-(-after_us // HOUR_US) * HOUR_US, until_us + 1, HOUR_US)
    return [us for us in hours if _is_shown(us, every_h)]


def _is_shown(us: int, every_h: int) -> bool:
    moment = from_epoch_us(us).astimezone(PARIS)
    if every_h < 24:
        return moment.hour % every_h == 0
    return moment.hour == 0 and moment.toordinal() % (every_h // 24) == 0


def moment_axis(after_us: int, until_us: int, x: Place, y: float, width: float, words: Words) -> str:
    """Marks and words below `y`; midnight has its day."""
    ink, parts = colours(), []
    for us in moments(after_us, until_us, width):
        day = words.moment(us, us + 3 * 86_400_000_000).rsplit(" ", 1)[0]
        is_midnight = from_epoch_us(us).astimezone(PARIS).hour == 0
        anchor = "end" if x(us) > x(until_us) - 24 else "start" if x(us) < x(after_us) + 24 else "middle"
        parts.append(line(x(us), y, x(us), y + 5, ink["muted"]))
        parts.append(
            write(
                x(us),
                y + 19,
                day if is_midnight else words.moment(us, us),
                12,
                ink["muted"],
                bold=is_midnight,
                text_anchor=anchor,
            )
        )
    return group(*parts)


def value_axis(values: Sequence[float], y: Place, left: float, right: float, words: Words) -> str:
    """A line and a number for each value; zero stands out."""
    ink, parts = colours(), []
    for value in values:
        parts.append(line(left, y(value), right, y(value), ink["line" if value else "muted"]))
        parts.append(
            write(
                left - 8,
                y(value) + 4,
                words.number(value, 0 if value == round(value) else 1),
                12,
                ink["muted"],
                text_anchor="end",
            )
        )
    return group(*parts)


def hatched(name: str) -> str:
    """The pattern of what nobody observed, to be filled with `url(#name)`."""
    ink = colours()
    return (
        f'<defs><pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="6" height="6" fill="{ink["hatch-ground"]}"/>'
        f'<line x1="0" y1="0" x2="0" y2="6" stroke="{ink["hatch"]}" stroke-width="2"/></pattern></defs>'
    )
