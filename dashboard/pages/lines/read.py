"""How each line was at a window's end: then, against what is usual, over a day, and how often it had no incident."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from dashboard.store import queries
from dashboard.store.records import Span
from dashboard.ui.theme import board_lines, reading_key
from dashboard.window.hit_filter import severity
from dashboard.window.selection import Selection
from dashboard.window.view import View
from geo.network.lines import Lines
from prim_client.messages.message import from_epoch_us
from prim_client.messages.time_units import HOUR_US
from spark_app.derived.alerts.baseline import HISTORY_DAYS, TICKS_MIN, History, Usual
from spark_app.derived.alerts.calendar import ServiceHour, service_hour
from spark_app.derived.alerts.levels import Active as ActiveIncidents
from spark_app.derived.alerts.levels import stations_of_line
from spark_app.language.severities import rank
from spark_app.store.entry_reader import StoreReader
from spark_app.store.tables import WEIGHT_E9, incident_hour, line_hour

ALL_LINES_OF_HOUR = "*"  # its row says how many ticks of the hour were observed
HOURS_SHOWN = 24
RELIABLE_DAYS = 30


@dataclass(frozen=True, slots=True)
class LineState:
    """One line at the window's end. Levels are 0 to 1 (docs/alerts.md); None where nothing is known of them."""

    line: str
    ongoing: int
    worst: str  # wording of its gravest disruption, "" without any
    level: float | None  # at the last observation
    usual: Usual
    hours: tuple[float | None, ...]  # mean disruptions in each of the last HOURS_SHOWN hours; None: not observed
    quiet_share: float | None  # of the observed hours, those without an incident


@dataclass(frozen=True, slots=True)
class Observed:
    """What shares of hours without an incident are of: the observed hours of RELIABLE_DAYS days."""

    hours: int
    days: int  # service days that hold them


@dataclass(frozen=True, slots=True)
class Board:
    """The lines of a choice, and how much was observed."""

    states: tuple[LineState, ...]
    observed: Observed


def read_board(connection: Connection, view: View) -> Board:
    """The lines of the choice, those with most to tell first."""
    worst = _worst(view)
    lines = _lines(view.selection, worst)
    hours = _hours(connection, view.span, lines, view.selection.channels)
    last_us = view.last_observed.at_us if view.last_observed else view.span.end_us
    at = service_hour(from_epoch_us(last_us - 1))  # a tick belongs to the hour that it ends
    levels, past = _levels(connection, view), _Past(connection, at)
    states = [
        LineState(
            line=line,
            ongoing=view.counts.lines.get(line, 0),
            worst=worst.get(line, ""),
            level=levels.get(line, 0.0) if levels is not None and stations_of_line(line) else None,
            usual=past.history.usual(line, at),
            hours=hours[line],
            quiet_share=past.quiet_share(line),
        )
        for line in lines
    ]
    return Board(tuple(sorted(states, key=_reading_order)), past.observed)


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


def _levels(connection: Connection, view: View) -> dict[str, float] | None:
    """Line -> its level at the last observed tick, of those that are not quiet; None without one."""
    if view.last_observed is None:
        return None
    (tick,) = StoreReader().entries(connection, view.last_observed.entry, 1)
    active = ActiveIncidents()
    active.take(tick)
    return {line: active.level(line).level_e6 / 1e6 for line in active.lines()}


class _Past:
    """The hours that were over before the hour `at`."""

    def __init__(self, connection: Connection, at: ServiceHour) -> None:
        self.history, self._hours = History(), set[ServiceHour]()
        first = at.day - timedelta(days=RELIABLE_DAYS)
        for when, ticks, sums_e6 in _hours_before(connection, at):
            self.history.add(when, ticks, sums_e6)
            if when.day >= first and ticks >= TICKS_MIN:
                self._hours.add(when)
        self._hit = self._incident_hours(connection, first)
        self.observed = Observed(len(self._hours), len({when.day for when in self._hours}))

    def quiet_share(self, line: str) -> float | None:
        """Share of the observed hours without an incident; None of no hours, or without known stations."""
        if not self._hours or not stations_of_line(line):
            return None
        return 1 - self._hit[line] / len(self._hours)

    def _incident_hours(self, connection: Connection, first: date) -> Counter[str]:
        c = incident_hour.c
        rows = connection.execute(select(c.line, c.day, c.hour).where(c.day >= first.isoformat()))
        return Counter(line for line, day, hour in rows if ServiceHour(date.fromisoformat(day), hour) in self._hours)


def _hours_before(connection: Connection, at: ServiceHour) -> Iterable[tuple[ServiceHour, int, dict[str, int]]]:
    """(hour, observed ticks, sums of levels by line) of each stored hour before `at`, oldest first."""
    c, first = line_hour.c, (at.day - timedelta(days=HISTORY_DAYS)).isoformat()
    rows = connection.execute(
        select(c.day, c.hour, c.line, c.ticks, c.level_e6).where(c.day >= first, c.day <= at.day.isoformat())
    )
    by_hour: dict[ServiceHour, dict[str, tuple[int, int]]] = defaultdict(dict)
    for day, hour, line, ticks, level_e6 in rows:
        by_hour[ServiceHour(date.fromisoformat(day), hour)][line] = (ticks, level_e6)
    for when in sorted(by_hour, key=lambda when: when.place):
        if when.place < at.place:
            ticks = by_hour[when].get(ALL_LINES_OF_HOUR, (0, 0))[0]
            yield when, ticks, {line: e6 for line, (_, e6) in by_hour[when].items() if line != ALL_LINES_OF_HOUR}
