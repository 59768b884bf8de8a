"""The watch over all lines: a pure fold from entries to alerts and finished hours. No SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from prim_client.messages.message import from_epoch_us
from spark_app.derived.alerts.baseline import History
from spark_app.derived.alerts.calendar import ServiceHour, service_hour
from spark_app.derived.alerts.levels import Active, Touch, stations_of_line
from spark_app.derived.alerts.rule import Alert, LineState, Rule, Thresholds
from spark_app.store.entry_reader import StoredEntry


@dataclass(frozen=True, slots=True)
class HourOver:
    """A service hour that is over: observed ticks; by line, summed levels (1e-6) and ticks with an incident."""

    at: ServiceHour
    ticks: int
    sums_e6: dict[str, int]
    hit_ticks: dict[str, int] = field(default_factory=dict)


@dataclass
class Taken:
    """What came out of some entries: alerts in their newest form, by id, each change of one, and hours that ended."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    changes: dict[tuple[str, int], Alert] = field(default_factory=dict)  # by id and event time
    hours: list[HourOver] = field(default_factory=list)


class Watch:
    """Levels, hours and alerts of every line whose stations are known.

    `history` holds what was usual before; hours that end are added to it. Everything else is in `state()`.
    """

    def __init__(
        self, thresholds: Thresholds, history: History, size_of: Callable[[str], int] = stations_of_line
    ) -> None:
        self.history = history
        self._size_of = size_of
        self._active, self._rule = Active(size_of), Rule(thresholds)
        self._hour: ServiceHour | None = None
        self._ticks, self._sums_e6, self._hit_ticks = 0, dict[str, int](), Counter[str]()

    def take(self, entries: Sequence[StoredEntry]) -> Taken:
        """Take in the next entries, in log order."""
        taken = Taken()
        for entry in entries:
            self._take(entry, taken)
        return taken

    def _take(self, entry: StoredEntry, taken: Taken) -> None:
        now_us = entry.event_time_us
        # A tick closes the five minutes before it: the one at 18:00 belongs to the hour of 17.
        at = service_hour(from_epoch_us(now_us - entry.tick))
        if self._hour is not None and at != self._hour:
            taken.hours.append(self._end_hour(self._hour))
        self._hour = at
        changed = self._active.take(entry)
        if not entry.observed:
            self._rule.blind()
            return
        if entry.tick:
            self._count_tick()
        for line in sorted(changed | set(self._rule.open_lines())):
            alert = self._rule.look(line, now_us, self._active.level(line), partial(self.history.usual, line, at))
            if alert is not None:
                taken.alerts[alert.id] = taken.changes[alert.id, now_us] = alert
        if entry.tick:
            self._rule.forget(now_us)

    @property
    def day(self) -> date | None:
        """The service day of the newest entry."""
        return self._hour.day if self._hour else None

    def _count_tick(self) -> None:
        self._ticks += 1
        self._hit_ticks.update(self._active.lines_with_incident())
        for line in self._active.lines():
            level = self._active.level(line)
            if level.level_e6:
                self._sums_e6[line] = self._sums_e6.get(line, 0) + level.level_e6

    def _end_hour(self, hour: ServiceHour) -> HourOver:
        over = HourOver(hour, self._ticks, self._sums_e6, dict(self._hit_ticks))
        self.history.add(over.at, over.ticks, over.sums_e6)
        self._ticks, self._sums_e6, self._hit_ticks = 0, {}, Counter()
        return over

    def state(self) -> dict[str, Any]:
        """JSON types: what is remembered besides the history."""
        return {
            "hour": None if self._hour is None else [self._hour.day.isoformat(), self._hour.hour],
            "ticks": self._ticks,
            "sums_e6": self._sums_e6,
            "hit_ticks": dict(self._hit_ticks),
            "active": {
                id_: {
                    line: [t.severity, sorted(t.stations), t.whole, t.title, t.is_counted]
                    for line, t in by_line.items()
                }
                for id_, by_line in self._active.touching.items()
            },
            "lines": {
                line: {"low_since_us": state.low_since_us, "alert": _plain(state.alert)}
                for line, state in self._rule.lines.items()
            },
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up what `state()` gave."""
        hour = state["hour"]
        self._hour = None if hour is None else ServiceHour(date.fromisoformat(hour[0]), hour[1])
        self._ticks, self._sums_e6 = state["ticks"], dict(state["sums_e6"])
        self._hit_ticks = Counter(state["hit_ticks"])
        touching = {
            id_: {line: Touch(severity, frozenset(zdas), *rest) for line, (severity, zdas, *rest) in by_line.items()}
            for id_, by_line in state["active"].items()
        }
        self._active = Active(self._size_of, touching)
        self._rule.lines = {
            line: LineState(Alert(**{**known["alert"], "ids": tuple(known["alert"]["ids"])}), known["low_since_us"])
            for line, known in state["lines"].items()
        }


def _plain(alert: Alert) -> dict[str, Any]:
    return {name: getattr(alert, name) for name in Alert.__dataclass_fields__}
