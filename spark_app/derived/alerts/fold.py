"""The watch over the lines as a derived fold: tables `alert`, `alert_change`, `line_hour` and `incident_hour`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, select

from prim_client.messages.message import from_epoch_us
from spark_app.derived.alerts.baseline import HISTORY_DAYS, History
from spark_app.derived.alerts.calendar import ServiceHour, service_hour
from spark_app.derived.alerts.rule import Alert, Thresholds
from spark_app.derived.alerts.watch import HourOver, Watch
from spark_app.store.engine import upsert
from spark_app.store.entry_reader import StoredEntry
from spark_app.store.tables import alert, alert_change, incident_hour, line_hour

RULE = "4"  # raised when levels, baselines or the rule change
OBSERVED = "*"  # the row of an hour that says how many ticks were observed


class AlertFold:
    """Takes stored entries to alerts. See spark_app.derived.runner."""

    name = "alerts"
    tables = (alert, alert_change, line_hour, incident_hour)

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self.version = f"{RULE}-{hashlib.sha256(repr(thresholds).encode()).hexdigest()[:16]}"
        self.begin(None)

    def begin(self, state: dict[str, Any] | None) -> None:
        """Take up `state`; the history is read at the first fold."""
        self._watch = Watch(self._thresholds, History())
        self._has_history = state is None
        if state is not None:
            self._watch.restore(state)

    def fold(self, connection: Connection, entries: Sequence[StoredEntry]) -> None:
        """Take in the next entries; alerts that changed and hours that ended are written."""
        if not self._has_history:
            read_history(connection, self._watch.history)
            self._has_history = True
        taken = self._watch.take(entries)
        upsert(connection, line_hour, [row for hour in taken.hours for row in hour_rows(hour)])
        upsert(connection, incident_hour, [row for hour in taken.hours for row in incident_hour_rows(hour)])
        upsert(connection, alert_change, [change_row(each, at_us) for (_, at_us), each in taken.changes.items()])
        upsert(connection, alert, [alert_row(each) for each in taken.alerts.values()])

    def state(self) -> dict[str, Any]:
        """What the watch remembers."""
        return self._watch.state()

    def prune(self, connection: Connection, before_us: int) -> None:
        """Drop alerts that were over before, and the hours of earlier days that no usual level looks back to."""
        connection.execute(delete(alert).where(alert.c.cleared_us < before_us))
        connection.execute(delete(alert_change).where(alert_change.c.alert.not_in(select(alert.c.id))))
        day = service_hour(from_epoch_us(before_us)).day - timedelta(days=1)
        if self._watch.day:  # a process that starts must find the history that one that goes on has in mind
            day = min(day, self._watch.day - timedelta(days=HISTORY_DAYS))
        for table in (line_hour, incident_hour):
            connection.execute(delete(table).where(table.c.day < day.isoformat()))


def alert_row(each: Alert) -> dict[str, Any]:
    """The row of table `alert`."""
    same = {name: getattr(each, name) for name in Alert.__dataclass_fields__ if name not in ("ids", "ground")}
    return {"id": each.id, **same, "disruptions": orjson.dumps(list(each.ids)).decode()}


def change_row(each: Alert, at_us: int) -> dict[str, Any]:
    """The row of table `alert_change`."""
    kept = {name: getattr(each, name) for name in ("cleared_us", "peak_e6", "repeats", "ground")}
    return {"alert": each.id, "at_us": at_us, **kept}


def incident_hour_rows(hour: HourOver) -> list[dict[str, Any]]:
    """The rows of table `incident_hour`: the lines that had one."""
    at = {"day": hour.at.day.isoformat(), "hour": hour.at.hour}
    return [{"line": line, **at, "ticks": ticks} for line, ticks in hour.hit_ticks.items()]


def hour_rows(hour: HourOver) -> list[dict[str, Any]]:
    """The rows of table `line_hour`: one that it was observed, one a line that was not quiet."""
    sums = {OBSERVED: 0} | hour.sums_e6
    same = {"day": hour.at.day.isoformat(), "hour": hour.at.hour, "ticks": hour.ticks}
    return [{"line": line, **same, "level_e6": sum_e6} for line, sum_e6 in sums.items()]


def read_history(connection: Connection, history: History) -> None:
    """Add every stored hour that it looks back to, oldest first."""
    newest = connection.execute(select(func.max(line_hour.c.day))).scalar()
    if newest is None:
        return
    first = date.fromisoformat(newest) - timedelta(days=HISTORY_DAYS)
    by_hour: dict[ServiceHour, tuple[int, dict[str, int]]] = {}
    for row in connection.execute(select(line_hour).where(line_hour.c.day >= first.isoformat())).mappings():
        _add(by_hour, dict(row))
    for at, (ticks, sums) in sorted(by_hour.items()):
        history.add(at, ticks, sums)


def _add(by_hour: dict[ServiceHour, tuple[int, dict[str, int]]], row: Mapping[str, Any]) -> None:
    at = ServiceHour(date.fromisoformat(row["day"]), row["hour"])
    _, sums = by_hour.setdefault(at, (row["ticks"], {}))
    if row["line"] != OBSERVED:
        sums[row["line"]] = row["level_e6"]
