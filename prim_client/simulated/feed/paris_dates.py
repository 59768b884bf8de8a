"""Moments and days as the operators write them. A moment is whole seconds since 1970 UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from prim_client.messages.paris_time import PARIS

DAY_NAMES = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTH_NAMES = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def epoch_s(moment: datetime) -> int:
    """The aware `moment` in whole seconds."""
    return int(moment.timestamp())


def of_paris(day: date, hour: int, minute: int = 0) -> int:
    """The moment of a Paris wall clock; an hour of 24 or more is on the next day."""
    wall = datetime.combine(day + timedelta(days=hour // 24), time(hour % 24, minute), PARIS)
    return epoch_s(wall)


@lru_cache(maxsize=65_536)
def in_paris(moment_s: int) -> datetime:
    """The Paris wall clock of a moment."""
    return datetime.fromtimestamp(moment_s, PARIS)


def prim_time(moment_s: int) -> str:
    """As PRIM writes the times of a disruption: `20261005T181535`, wall clock in Paris."""
    return in_paris(moment_s).strftime("%Y%m%dT%H%M%S")


def header_time(moment_s: int, millis: int) -> str:
    """As PRIM writes `lastUpdatedDate`: UTC with milliseconds."""
    return datetime.fromtimestamp(moment_s, UTC).strftime(f"%Y-%m-%dT%H:%M:%S.{millis:03d}Z")


def clock(moment_s: int, separator: str = "h") -> str:
    """18h05 (or 18:05)."""
    return in_paris(moment_s).strftime(f"%H{separator}%M")


def day_and_month(moment_s: int) -> str:
    """5 octobre (1er octobre)."""
    wall = in_paris(moment_s)
    return f"{'1er' if wall.day == 1 else wall.day} {MONTH_NAMES[wall.month - 1]}"


def long_day(moment_s: int) -> str:
    """lundi 5 octobre 2026."""
    wall = in_paris(moment_s)
    return f"{DAY_NAMES[wall.weekday()]} {day_and_month(moment_s)} {wall.year}"


def short_day(moment_s: int) -> str:
    """05/10."""
    return in_paris(moment_s).strftime("%d/%m")


def round_up_s(moment_s: int, step_s: int) -> int:
    """The next multiple of a step (for announced times, which are quarters of an hour)."""
    return -(-moment_s // step_s) * step_s


def months_back(day: date, count: int) -> tuple[date, ...]:
    """The first days of this month and of the `count` months before it, newest first."""
    index = day.year * 12 + day.month - 1
    return tuple(date((index - i) // 12, (index - i) % 12 + 1, 1) for i in range(count + 1))


def days_in_month(first: date) -> int:
    """Days of the month that begins on `first`."""
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return (following - first).days
