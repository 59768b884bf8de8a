"""Moments as people in Paris read them. Everything inside is UTC; only words on the screen are local."""

from __future__ import annotations

from prim_client.messages.message import from_epoch_us
from prim_client.messages.paris_time import PARIS

MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec")


def moment_word(micros: int | None, near_us: int, language: str = "fr") -> str:
    """`14:05` on the day of `near_us`, `3 mai 14:05` in its year, `3 mai 2031` in another; "" for None.

    >>> moment_word(1_713_960_000_000_000, 1_713_970_000_000_000)
    '14:00'
    >>> moment_word(1_713_960_000_000_000, 1_714_970_000_000_000)
    '24 avr. 14:00'
    """
    if micros is None:
        return ""
    moment, near = (from_epoch_us(us).astimezone(PARIS) for us in (micros, near_us))
    day = f"{moment.day} {(MONTHS_EN if language == 'en' else MONTHS)[moment.month - 1]}"
    if moment.year != near.year:
        return f"{day} {moment.year}"
    return f"{moment:%H:%M}" if moment.date() == near.date() else f"{day} {moment:%H:%M}"
