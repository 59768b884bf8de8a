"""What is usual on a line at an hour: from its own past days of the same kind.

The usual level of (line, kind of day, hour) is the mean of the daily levels around that hour (the hour itself
counts twice, its neighbours once), without the highest tenth of the days: one strike does not become usual.
Under `DAYS_SHOWN` observed days it is not shown. Alerts must decide before that, so they compare with the
*expected* level: the usual one drawn towards the line's mean over all its hours while days are few.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from spark_app.derived.alerts.calendar import SERVICE_BEGINS_H, DayType, ServiceHour, day_type
from spark_app.derived.alerts.levels import SCALE

DAYS_SHOWN = 10  # fewer observed days: "not enough history"
HISTORY_DAYS = 91  # 13 weeks: a timetable lives about that long
TRIMMED_SHARE = 0.1  # of the days, the highest
PRIOR_DAYS = 5  # the line's overall mean weighs as much as so many days
TICKS_MIN = 6  # ticks that make an hour observed: half of them
HOURS = 24


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual: `level_e6` (1e-6) over `days` observed days; `expected_e6` is what alerts compare with."""

    level_e6: int
    expected_e6: int
    days: int

    @property
    def is_known(self) -> bool:
        """Whether there are enough days to show it."""
        return self.days >= DAYS_SHOWN


class History:
    """Daily levels by line and service hour, of the last `HISTORY_DAYS`; what is absent from an observed hour is 0."""

    def __init__(self) -> None:
        self._observed: dict[date, set[int]] = defaultdict(set)
        self._levels: dict[str, dict[ServiceHour, int]] = defaultdict(dict)
        self._kept: dict[tuple[str, ServiceHour], Usual] = {}

    def add(self, at: ServiceHour, ticks: int, sums_e6: dict[str, int]) -> None:
        """One hour that is over: `sums_e6` are the levels of each line summed over its observed `ticks`."""
        if ticks < TICKS_MIN:
            return
        self._observed[at.day].add(at.hour)
        for line, sum_e6 in sums_e6.items():
            self._levels[line][at] = sum_e6 // ticks
        self._kept.clear()
        self._forget(at.day - timedelta(days=HISTORY_DAYS))

    def _forget(self, before: date) -> None:
        old = {day for day in self._observed if day < before}
        for day in old:
            del self._observed[day]
        if old:
            for line, levels in self._levels.items():
                self._levels[line] = {at: level for at, level in levels.items() if at.day >= before}

    def usual(self, line: str, at: ServiceHour) -> Usual:
        """What the days before `at.day` say about its hour on `line`."""
        key = (line, at)
        if key not in self._kept:
            self._kept[key] = self._usual(line, at)
        return self._kept[key]

    def _usual(self, line: str, at: ServiceHour) -> Usual:
        levels, kind = self._levels.get(line, {}), at.day_type
        days = [
            level for day in self._days(at.day, kind) if (level := self._level_around(levels, day, at.hour)) is not None
        ]
        usual_e6, count = trimmed_mean(days), len(days)
        overall_e6 = self._overall(levels, at.day)
        expected_e6 = (usual_e6 * count + overall_e6 * PRIOR_DAYS) // (count + PRIOR_DAYS)
        return Usual(usual_e6, expected_e6, count)

    def _days(self, before: date, kind: DayType) -> Iterable[date]:
        return (day for day in self._observed if day < before and day_type(day) is kind)

    def _level_around(self, levels: dict[ServiceHour, int], day: date, hour: int) -> int | None:
        """The level of a day around an hour; None if the hour itself was not observed."""
        observed = self._observed[day]
        if hour not in observed:
            return None
        weights = [(hour, 2), *((other, 1) for other in neighbouring_hours(hour) if other in observed)]
        total = sum(weight * levels.get(ServiceHour(day, other), 0) for other, weight in weights)
        return total // sum(weight for _, weight in weights)

    def _overall(self, levels: dict[ServiceHour, int], before: date) -> int:
        """The line's mean level over all observed hours of earlier days."""
        hours = sum(len(observed) for day, observed in self._observed.items() if day < before)
        return sum(level for at, level in levels.items() if at.day < before) // hours if hours else 0


def neighbouring_hours(hour: int) -> list[int]:
    """The hours before and after one in its service day; before its first and after its last one lies another night.

    >>> neighbouring_hours(18), neighbouring_hours(0), neighbouring_hours(4), neighbouring_hours(3)
    ([17, 19], [23, 1], [5], [2])
    """
    place = (hour - SERVICE_BEGINS_H) % HOURS
    return [(other + SERVICE_BEGINS_H) % HOURS for other in (place - 1, place + 1) if 0 <= other < HOURS]


def trimmed_mean(values: list[int]) -> int:
    """The mean without the highest tenth (rounded up from ten values on); 0 of nothing.

    >>> trimmed_mean([0] * 9 + [500]), trimmed_mean([0, 30])
    (0, 15)
    """
    kept = sorted(values)[: len(values) - int(len(values) * TRIMMED_SHARE)]
    return sum(kept) // len(kept) if kept else 0


def times_usual(level_e6: int, usual: Usual) -> float | None:
    """How many times the usual level; None where it is not known or nothing is usual.

    >>> times_usual(310_000, Usual(100_000, 90_000, 12))
    3.1
    """
    if not usual.is_known or usual.level_e6 < SCALE // 1000:
        return None
    return round(level_e6 / usual.level_e6, 1)
