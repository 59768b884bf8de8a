"""The phase of a notice, and of an incident by what its notices say now."""

from __future__ import annotations

from collections.abc import Iterable

from spark_app.derived.incidents.notice import Notice
from spark_app.derived.incidents.reading import Reading

ANNOUNCED, ACTIVE, RESUMING, OVER = "announced", "active", "resuming", "over"
_FIRST = (ACTIVE, RESUMING, ANNOUNCED, OVER)  # of several notices read together the first of these holds


def phase_of(notice: Notice, reading: Reading) -> str:
    """The phase that `notice` tells at its observation. A closing id says that it is over, whatever the clock says."""
    if reading.closing:
        return OVER
    holding = [period for period in notice.periods if period[0] <= notice.observed_us and not _ended(period, notice)]
    if notice.periods and not holding:
        return ANNOUNCED if any(begin > notice.observed_us for begin, _ in notice.periods) else OVER
    return RESUMING if reading.resuming else ACTIVE


def _ended(period: tuple[int, int | None], notice: Notice) -> bool:
    return period[1] is not None and period[1] <= notice.observed_us


def joint_phase(phases: Iterable[str]) -> str:
    """The phase of an incident whose current notices have these."""
    return min(phases, key=_FIRST.index)
