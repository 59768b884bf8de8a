"""Application periods of a disruption on the clock: before, within, between, over."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

Period = tuple[datetime, datetime | None]  # UTC, [begin, end); an end of None is open
Periods = tuple[Period, ...]  # sorted by begin

# Periods to come that are kept for each disruption (one on record has 751). The next poll brings them
# again, and a tick without a recent poll opens nothing, so more are never reached.
UPCOMING_KEPT = 4


class Phase(Enum):
    """Where a moment lies among the periods."""

    BEFORE = "all periods lie ahead"
    BETWEEN = "one period is over, another lies ahead"
    ACTIVE = "a period holds, or there are no periods"
    OVER = "all periods are over"


def phase(periods: Periods, at: datetime) -> Phase:
    """The phase at `at`. Without periods a disruption is active for as long as it is published."""
    if not periods or any(holds(period, at) for period in periods):
        return Phase.ACTIVE
    if periods[-1][0] <= at:
        return Phase.OVER
    return Phase.BETWEEN if periods[0][0] <= at else Phase.BEFORE


def holds(period: Period, at: datetime) -> bool:
    """Whether `at` lies in [begin, end)."""
    begin, end = period
    return begin <= at and (end is None or at < end)


def current(periods: Periods, at: datetime) -> tuple[datetime | None, datetime | None]:
    """Begin and end of the period that holds at `at`, else of the next, else of the one that ended last."""
    for period in periods:
        if holds(period, at) or period[0] > at:
            return period
    return max(periods, key=_end_key) if periods else (None, None)


def pruned(periods: Periods, at: datetime) -> Periods:
    """What still matters at `at`: what holds, the next few, and the one that ended last."""
    over = [period for period in periods if period[0] <= at and not holds(period, at)]
    upcoming = [period for period in periods if period[0] > at][:UPCOMING_KEPT]
    holding = [period for period in periods if holds(period, at)]
    return tuple(([max(over, key=_end_key)] if over else []) + holding + upcoming)


def _end_key(period: Period) -> tuple[bool, datetime]:
    begin, end = period
    return end is None, end or begin
