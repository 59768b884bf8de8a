"""Alerts and usual levels, as the store has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from dashboard.store import queries
from dashboard.store.cache import Cache
from dashboard.ui.theme import badge, reading_key
from dashboard.window.selection import Selection
from prim_client.messages.message import from_epoch_us
from spark_app.derived.alerts.baseline import History, Usual
from spark_app.derived.alerts.calendar import ServiceHour, service_hour
from spark_app.derived.alerts.fold import read_history
from spark_app.store import tables

ALERTS_MAX = 100

CHANGING = ("cleared_us", "peak_e6", "repeats", "ground")  # columns of table `alert_change`


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows of one moment of the store."""

    alerts: Sequence[Mapping[str, Any]]  # rows of table `alert`, those that go on first, then newest first
    usual: Mapping[str, Usual]  # by line
    at: ServiceHour | None  # None: no whole hour yet
    now_us: int


def read(connection: Connection, selection: Selection, histories: Cache) -> Shown:
    """Alerts and usual levels of the lines of a choice, at the newest moment of the store or the chosen window's
    end."""
    now_us = queries.newest_event_us(connection) if selection.end_us is None else selection.end_us
    table = tables.alert
    query = select(table).where(table.c.raised_us <= now_us).order_by(table.c.raised_us.desc(), table.c.id)
    rows = [row._asdict() for row in connection.execute(query) if selection.holds_line(row.line)][:ALERTS_MAX]
    rows = _as_known(connection, rows, now_us)
    goes_on = [row for row in rows if not is_over(row, now_us)]
    history, first_hours = _history(connection, histories)
    at = service_hour(from_epoch_us(now_us))
    over = service_hour(from_epoch_us(now_us - 1)).place  # an hour is known when the next one has begun
    lines = [line for line, first in first_hours.items() if first < over]
    usual = {line: history.usual(line, at) for line in lines if selection.holds_line(line)}
    return Shown([*goes_on, *(row for row in rows if is_over(row, now_us))], usual, at if lines else None, now_us)


def _as_known(connection: Connection, rows: Sequence[dict[str, Any]], now_us: int) -> list[dict[str, Any]]:
    """Rows of alerts as they were known at a moment: later ends, peaks and openings are not there yet."""
    c = tables.alert_change.c
    query = select(c.alert, *(c[name] for name in CHANGING)).where(
        c.alert.in_([row["id"] for row in rows]), c.at_us <= now_us
    )
    then = {change.alert: change for change in connection.execute(query.order_by(c.at_us))}
    nothing = {"ground": ""}  # of a store that was made before there were changes
    return [
        row | ({name: getattr(then[row["id"]], name) for name in CHANGING} if row["id"] in then else nothing)
        for row in rows
    ]


def is_over(row: Mapping[str, Any], now_us: int) -> bool:
    return row["cleared_us"] is not None and row["cleared_us"] <= now_us


def _history(connection: Connection, histories: Cache) -> tuple[History, dict[str, tuple[date, int]]]:
    """The stored hours, read anew when one was added; and the lines that have any, with their first one."""
    hours = tables.line_hour.c
    newest = connection.execute(
        select(hours.day, hours.hour).order_by(hours.day.desc(), hours.ticks, hours.hour).limit(1)
    ).first()
    count = connection.execute(select(func.count()).select_from(tables.line_hour)).scalar()
    store = queries.read_version(connection).store
    return histories.get((store, tuple(newest or ()), count), lambda: _read_hours(connection))


def _read_hours(connection: Connection) -> tuple[History, dict[str, tuple[date, int]]]:
    history, hours = History(), tables.line_hour.c
    read_history(connection, history)
    rows = connection.execute(select(hours.line, hours.day, hours.hour).where(hours.line != "*"))
    first: dict[str, tuple[date, int]] = {}
    for line, day, hour in rows:
        place = ServiceHour(date.fromisoformat(day), hour).place
        first[line] = min(first.get(line, place), place)
    return history, dict(
        sorted(first.items(), key=lambda item: (badge(item[0]).mode, reading_key(badge(item[0]).name)))
    )
