"""Times as PRIM writes them, in two formats, and the service day; all in aware UTC.

Times of disruptions are wall clock in Paris without a zone (`20240430T181535`), so one hour a year
has two readings and one has none. A `begin` takes the earlier reading and an `end` the later: a
disruption is rather shown an hour too long than hidden while it lasts. The same rule serves the
hour that does not exist (the clock jumps from 02:00 to 03:00), read with the offset before and after.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
SERVICE_DAY_BEGINS = time(4)  # the last trains of an evening run until about 02:00
FIRST_YEAR, LAST_YEAR = 1970, 9998  # what converts to UTC and back everywhere; 9999 overflows some
_WALL_CLOCK = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)", re.ASCII)
_EPOCH, _HOUR, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(hours=1), timedelta(microseconds=1)
_CACHED_TIMES = 16_384  # one all-mode answer holds about 6,000 distinct times


def readings(wall_clock: datetime) -> tuple[datetime, datetime]:
    """The earlier and the later UTC reading of a naive Paris `wall_clock`; equal but for two hours a year.

    >>> [moment.hour for moment in readings(datetime(2024, 10, 27, 2, 30))]
    [0, 1]
    """
    both = [wall_clock.replace(tzinfo=PARIS, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return min(both), max(both)


@lru_cache(maxsize=_CACHED_TIMES)
def parse_begin(text: str) -> datetime:
    """UTC of `20240430T181535`, the earlier reading. Raises ValueError with the value."""
    return readings(_wall_clock(text))[0]


@lru_cache(maxsize=_CACHED_TIMES)
def parse_end(text: str) -> datetime:
    """UTC of `20240430T181535`, the later reading. Raises ValueError with the value."""
    return readings(_wall_clock(text))[1]


def parse_utc(text: str) -> datetime:
    """UTC of an ISO 8601 time with a zone: `2024-04-23T01:17:47.436Z`. Raises ValueError with the value."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("it has no zone")
        _check_year(moment.year)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:60]!r} is no time like 2024-04-23T01:17:47.436Z: {error}") from None


@lru_cache(maxsize=_CACHED_TIMES)
def period_length_us(begin_us: int, end_us: int) -> int:
    """How long a period is by the clock on the wall, in microseconds, its bounds in microseconds since 1970 UTC: one
    within the autumn hour that comes twice was read an hour too long.

    >>> begin, end = (moment.timestamp() for moment in (parse_begin("20241027T023000"), parse_end("20241027T023100")))
    >>> end - begin, period_length_us(int(begin * 1e6), int(end * 1e6))
    (3660.0, 60000000)
    """
    length_us = end_us - begin_us
    if length_us < _HOUR // _MICROSECOND:
        return length_us
    on_the_wall = [(_EPOCH + us * _MICROSECOND).astimezone(PARIS).replace(tzinfo=None) for us in (begin_us, end_us)]
    return min(length_us, (on_the_wall[1] - on_the_wall[0]) // _MICROSECOND)


def service_day_bounds(day: date) -> tuple[datetime, datetime]:
    """UTC begin and end (exclusive) of a service day: 04:00 to 04:00 in Paris, 23, 24 or 25 hours."""
    begin = datetime.combine(day, SERVICE_DAY_BEGINS, PARIS)
    end = datetime.combine(day + timedelta(days=1), SERVICE_DAY_BEGINS, PARIS)
    return begin.astimezone(UTC), end.astimezone(UTC)


def service_day_of(moment: datetime) -> date:
    """The service day of an aware `moment`: before 04:00 in Paris it is still the day before.

    >>> service_day_of(datetime(2024, 4, 24, 1, 59, tzinfo=UTC))
    datetime.date(2024, 4, 23)
    """
    local = moment.astimezone(PARIS)
    return local.date() if local.time() >= SERVICE_DAY_BEGINS else local.date() - timedelta(days=1)


def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime:
    return datetime(year, month, day, hour, minute, second)


def _wall_clock(text: str) -> datetime:
    match = _WALL_CLOCK.fullmatch(text)
    try:
        if not match:
            raise ValueError("wrong form")
        moment = _moment(*map(int, match.groups()))
        _check_year(moment.year)
        return moment
    except ValueError as error:
        raise ValueError(f"{text[:60]!r} is no Paris time like 20240430T181535: {error}") from None


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"year {year} is not in {FIRST_YEAR}..{LAST_YEAR}")
