"""How each line is: now, against what is usual, over the last day, and how often it had no incident."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from dashboard import queries
from dashboard.choosing import severity
from dashboard.records import Span
from dashboard.selection import Selection
from dashboard.severities import rank
from dashboard.theme import board_lines, reading_key
from dashboard.view import View
from geo.lines import Lines
from prim_client.message import from_epoch_us
from spark_app.alerts.baseline import HISTORY_DAYS, History, Usual
from spark_app.alerts.calendar import ServiceHour, service_hour
from spark_app.tables import WEIGHT_E9, line_hour

ALL_LINES_OF_HOUR = "*"  # its row says how many ticks of the hour were observed
HOUR_US = 3_600_000_000
HOURS_SHOWN = 24
RELIABLE_DAYS = 30


@dataclass(frozen=True, slots=True)
class LineState:
    """One line. Levels are 0 to 1 (docs/alerts.md); None where there is not enough history to say."""

    line: str
    ongoing: int
    worst: str  # wording of its gravest disruption, "" without any
    level: float | None  # mean of the hour that ended last
    usual: Usual
    hours: tuple[float | None, ...]  # mean disruptions in each of the last HOURS_SHOWN hours; None: not observed
    quiet_share: float | None  # of the observed hours of RELIABLE_DAYS days, those without an incident


def read_states(connection: Connection, view: View) -> list[LineState]:
    """The lines of the choice, those with most to tell first."""
    worst = _worst(view)
    lines = _lines(view.selection, worst)
    hours = _hours(connection, view.span, lines, view.selection.channels)
    at = service_hour(from_epoch_us(view.span.end_us - HOUR_US))
    history, levels, quiet = _history(connection, at, lines)
    states = [
        LineState(
            line=line,
            ongoing=view.counts.lines.get(line, 0),
            worst=worst.get(line, ""),
            level=levels.get(line, 0.0) if levels is not None else None,
            usual=history.usual(line, at),
            hours=hours[line],
            quiet_share=quiet.get(line),
        )
        for line in lines
    ]
    return sorted(states, key=_reading_order)


def _reading_order(state: LineState) -> tuple[Any, ...]:
    line = Lines.load().get(state.line)
    by_name = (line.mode, reading_key(line.name)) if line else ("", (0, state.line))
    return (not state.ongoing, rank(state.worst) if state.worst else 99, -state.ongoing, by_name)


def _worst(view: View) -> dict[str, str]:
    worst: dict[str, str] = {}
    shown = "ongoing" if view.last_observed else "new"
    for active in view.disruptions:
        if active.state != shown:
            continue
        wording = severity(active.revision)
        for line in {hit.line for hit, _ in active.hits if hit.line}:
            worst[line] = min(worst.get(line, wording), wording, key=rank)
    return worst


def _lines(selection: Selection, hit: Iterable[str]) -> list[str]:
    """The chosen lines; else all of the board's in the chosen modes, and whatever is hit."""
    if selection.lines:
        return list(selection.lines)
    board = [line.id for mode, lines in board_lines().items() if selection.holds("", mode) for line in lines]
    return sorted({*board, *hit})


def _hours(
    connection: Connection, span: Span, lines: Sequence[str], channels: Sequence[str]
) -> dict[str, tuple[float | None, ...]]:
    """Mean sizes at the end of each of the last hours, oldest first."""
    ends = [span.end_us - n * HOUR_US for n in range(HOURS_SHOWN - 1, -1, -1)]
    spans = {s.end_us: s for end in ends if (s := queries.span_at(connection, end)) is not None}
    sizes = queries.line_sizes(connection, lines, list(spans), channels, "disruptions_e9")

    def size(line: str, end: int) -> float | None:
        if end not in spans or not spans[end].ticks_observed:
            return None
        return sizes.get(end, {}).get(line, 0) / WEIGHT_E9 / spans[end].ticks_observed

    return {line: tuple(size(line, end) for end in ends) for line in lines}


def _history(
    connection: Connection, at: ServiceHour, lines: Sequence[str]
) -> tuple[History, dict[str, float] | None, dict[str, float]]:
    """What is usual, the levels of the hour `at` if it was observed, and the share of quiet hours."""
    first = (at.day - timedelta(days=HISTORY_DAYS)).isoformat()
    query = select(line_hour.c.day, line_hour.c.hour, line_hour.c.line, line_hour.c.ticks, line_hour.c.level_e6)
    rows = connection.execute(query.where(line_hour.c.day >= first, line_hour.c.day <= at.day.isoformat()))
    by_hour: dict[ServiceHour, dict[str, tuple[int, int]]] = defaultdict(dict)
    for day, hour, line, ticks, level_e6 in rows:
        by_hour[ServiceHour(date.fromisoformat(day), hour)][line] = (ticks, level_e6)
    history = History()
    for when in sorted(by_hour):
        ticks = by_hour[when].get(ALL_LINES_OF_HOUR, (0, 0))[0]
        history.add(when, ticks, {line: e6 for line, (_, e6) in by_hour[when].items() if line != ALL_LINES_OF_HOUR})
    return history, _levels(by_hour.get(at)), _quiet(by_hour, at, lines)


def _levels(hour: dict[str, tuple[int, int]] | None) -> dict[str, float] | None:
    if not hour or not hour.get(ALL_LINES_OF_HOUR, (0, 0))[0]:
        return None
    ticks = hour[ALL_LINES_OF_HOUR][0]
    return {line: level_e6 / ticks / 1e6 for line, (_, level_e6) in hour.items()}


def _quiet(
    by_hour: dict[ServiceHour, dict[str, tuple[int, int]]], at: ServiceHour, lines: Sequence[str]
) -> dict[str, float]:
    first = at.day - timedelta(days=RELIABLE_DAYS)
    observed = [by for when, by in by_hour.items() if when.day >= first and by.get(ALL_LINES_OF_HOUR, (0, 0))[0]]
    if not observed:
        return {}
    return {line: sum(line not in by for by in observed) / len(observed) for line in lines}
