"""How well announced ends held, and the stretches of which nothing is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, select

from dashboard.pages.incidents.read import Incident, stretch
from dashboard.store import queries
from dashboard.window.gaps import Gap, gaps_of
from dashboard.window.selection import Selection
from prim_client.messages.message import from_epoch_us
from prim_client.messages.paris_time import PARIS
from prim_client.messages.time_units import MINUTE_US
from spark_app.store.tables import incident_end

GROUPS = ("line", "cause", "hour")  # of announcements; the first is chosen
ERRORS_MIN = 5  # announcements below which a quantile says nothing


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far announced ends were from the effective ones, in minutes: positive, it was over before."""

    group: str
    incidents: int
    announcements: int
    p10: float
    median: float
    p90: float


def read_reliability(connection: Connection, incidents: Sequence[Incident], by: str) -> list[Reliability]:
    """Announcement errors of the incidents that are over and whose begin is known, by line,
    cause or hour of the day."""
    over = {each.incident: each for each in incidents if each.ended_us is not None and not each.initial}
    if not over:
        return []
    since_us = min(each.published_us for each in over.values())
    rows = connection.execute(select(incident_end).where(incident_end.c.at_us >= since_us))
    errors: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in rows:
        each = over.get(row.incident)
        if each is None or each.ended_us is None or row.at_us > each.ended_us:
            continue  # an end that is announced after the end announces nothing
        for group in _groups(each, row.at_us, by):
            errors[group].append((row.incident, (row.end_us - each.ended_us) / MINUTE_US))
    return sorted((_reliability(group, found) for group, found in errors.items()), key=_by_count)


def _groups(each: Incident, at_us: int, by: str) -> list[str]:
    if by == "cause":
        return [each.cause]
    if by == "hour":
        return [f"{from_epoch_us(at_us).astimezone(PARIS):%H}"]
    return [line for line, _, _ in each.lines]


def _reliability(group: str, errors: Sequence[tuple[str, float]]) -> Reliability:
    p10, median, p90 = (float(q) for q in np.percentile([error for _, error in errors], [10, 50, 90]))
    return Reliability(group, len({name for name, _ in errors}), len(errors), p10, median, p90)


def _by_count(each: Reliability) -> tuple[int, str]:
    return -each.announcements, each.group


def read_gaps(connection: Connection, selection: Selection) -> tuple[list[Gap], int]:
    """Gaps of the chosen stretch, and how many ticks it has."""
    ticks = queries.ticks_between(connection, *stretch(connection, selection))
    return gaps_of(ticks), len(ticks)
