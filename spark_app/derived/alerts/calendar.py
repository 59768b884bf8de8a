"""Days that are alike: working days, Saturdays, Sundays with public holidays of France; service hours of Paris.

A service day runs from 04:00 to 04:00 in Paris, so the hour of 01:00 on a Sunday belongs to Saturday night.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache

from dateutil.easter import easter

from prim_client.messages.paris_time import PARIS

SERVICE_BEGINS_H = 4
# (month, day) of the holidays with a fixed date; Code du travail, article L3133-1
FIXED_HOLIDAYS = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
EASTER_HOLIDAYS_DAYS = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday: days after Easter
SATURDAY, SUNDAY = 5, 6


class DayType(StrEnum):
    """Days of one kind have one timetable."""

    WORKING = "working"
    SATURDAY = "saturday"
    SUNDAY = "sunday"  # and public holidays


@cache
def public_holidays(year: int) -> frozenset[date]:
    """The public holidays of metropolitan France in a year.

    >>> sorted(public_holidays(2024))[3:6]
    [datetime.date(2024, 5, 8), datetime.date(2024, 5, 9), datetime.date(2024, 5, 20)]
    """
    fixed = {date(year, month, day) for month, day in FIXED_HOLIDAYS}
    return frozenset(fixed | {easter(year) + timedelta(days=days) for days in EASTER_HOLIDAYS_DAYS})


def day_type(day: date) -> DayType:
    """The kind of a day.

    >>> day_type(date(2024, 5, 1))
    <DayType.SUNDAY: 'sunday'>
    """
    if day.weekday() == SUNDAY or day in public_holidays(day.year):
        return DayType.SUNDAY
    return DayType.SATURDAY if day.weekday() == SATURDAY else DayType.WORKING


@dataclass(frozen=True, slots=True, order=True)
class ServiceHour:
    """An hour of service: the service day it belongs to, and the hour on Paris's clocks (0 to 23)."""

    day: date
    hour: int

    @property
    def day_type(self) -> DayType:
        """The kind of its service day."""
        return day_type(self.day)

    @property
    def place(self) -> tuple[date, int]:
        """What to order hours by: a service day begins at 04:00."""
        return self.day, (self.hour - SERVICE_BEGINS_H) % 24


def service_hour(moment: datetime) -> ServiceHour:
    """The service hour of an aware moment.

    >>> from datetime import UTC
    >>> service_hour(datetime(2024, 4, 28, 0, 30, tzinfo=UTC))  # 02:30 in Paris
    ServiceHour(day=datetime.date(2024, 4, 27), hour=2)
    """
    local = moment.astimezone(PARIS)
    day = local.date() if local.hour >= SERVICE_BEGINS_H else local.date() - timedelta(days=1)
    return ServiceHour(day, local.hour)
