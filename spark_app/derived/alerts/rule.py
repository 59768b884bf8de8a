"""The alert rule of a line: two thresholds, a wait, no second alert for the same trouble. Pure.

A line alerts when the share of its stations that are blocked reaches `always_share`, or `raise_share` while its level
is at least `usual_factor` times the expected one. It is over when the share has stayed under `clear_share` for
`clear_us`.
If it rises again within `repeat_us`, that is the same alert, open again: nobody is told twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from prim_client.messages.message import from_epoch_us, to_epoch_us
from prim_client.messages.paris_time import PARIS
from spark_app.derived.alerts.baseline import Usual
from spark_app.derived.alerts.levels import SCALE, Level

BLOCKED = "blocked"  # the share of blocked stations alone is enough
UNUSUAL = "unusual"  # a smaller share, and a level far above the expected one


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The rule's plain values; shares in 1e-6."""

    raise_e6: int = 250_000
    always_e6: int = 300_000
    clear_e6: int = 100_000
    usual_factor: float = 2.0
    clear_us: int = 600_000_000
    repeat_us: int = 1_800_000_000
    quiet: tuple[time, time] | None = None  # Paris, from and to


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. `level_e6`, `usual_e6` and `days` are those of the moment it was raised; peaks grow.

    `ground`: why it was raised, BLOCKED or UNUSUAL. `due_us`: when it may be delivered, later than `raised_us` in
    quiet hours. `cleared_us` None: it goes on.
    """

    line: str
    raised_us: int
    due_us: int
    level_e6: int
    blocked_e6: int
    peak_e6: int
    usual_e6: int
    days: int
    ids: tuple[str, ...]
    title: str = ""
    cleared_us: int | None = None
    repeats: int = 0
    ground: str = ""

    @property
    def id(self) -> str:
        """The same alert has the same id, however often it is worked out."""
        return f"{self.line}-{self.raised_us}"


@dataclass
class LineState:
    """What the rule remembers of a line: its newest alert, and since when it has been low."""

    alert: Alert
    low_since_us: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the alert goes on."""
        return self.alert.cleared_us is None


@dataclass
class Rule:
    """Takes levels in order of time; `lines` is all it remembers."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    lines: dict[str, LineState] = field(default_factory=dict)

    def look(self, line: str, now_us: int, level: Level, usual: Callable[[], Usual]) -> Alert | None:
        """The alert of a line if it was raised, opened again, cleared, or reached a new peak; else None."""
        state = self.lines.get(line)
        if state and state.is_open:
            return self._go_on(state, now_us, level)
        if level.blocked_e6 < self.thresholds.raise_e6:
            return None
        known = usual()
        is_usual = level.level_e6 < self.thresholds.usual_factor * known.expected_e6
        if is_usual and level.blocked_e6 < self.thresholds.always_e6:
            return None
        self.lines[line] = LineState(self._raised(line, state, now_us, level, known))
        return self.lines[line].alert

    def _raised(self, line: str, before: LineState | None, now_us: int, level: Level, usual: Usual) -> Alert:
        if before and before.alert.cleared_us and now_us - before.alert.cleared_us <= self.thresholds.repeat_us:
            old = before.alert
            return replace(old, cleared_us=None, repeats=old.repeats + 1, peak_e6=max(old.peak_e6, level.level_e6))
        due_us = end_of_quiet_us(now_us, self.thresholds.quiet)
        return Alert(
            line,
            now_us,
            due_us,
            level.level_e6,
            level.blocked_e6,
            level.level_e6,
            usual.level_e6,
            usual.days,
            level.ids,
            level.title,
            ground=BLOCKED if level.blocked_e6 >= self.thresholds.always_e6 else UNUSUAL,
        )

    def _go_on(self, state: LineState, now_us: int, level: Level) -> Alert | None:
        if level.blocked_e6 >= self.thresholds.clear_e6:
            state.low_since_us = None
        elif state.low_since_us is None:
            state.low_since_us = now_us
        if state.low_since_us is not None and now_us - state.low_since_us >= self.thresholds.clear_us:
            state.alert, state.low_since_us = replace(state.alert, cleared_us=now_us), None
            return state.alert
        if level.level_e6 > state.alert.peak_e6:
            state.alert = replace(state.alert, peak_e6=level.level_e6)
            return state.alert
        return None

    def blind(self) -> None:
        """Nobody looks: nothing is over, and the wait for the end of an alert begins anew when somebody does."""
        for state in self.lines.values():
            state.low_since_us = None

    def open_lines(self) -> list[str]:
        """Lines with an alert that goes on."""
        return [line for line, state in self.lines.items() if state.is_open]

    def forget(self, now_us: int) -> None:
        """Drop what can no longer be opened again."""
        self.lines = {
            line: state
            for line, state in self.lines.items()
            if state.alert.cleared_us is None or now_us - state.alert.cleared_us <= self.thresholds.repeat_us
        }


def end_of_quiet_us(now_us: int, quiet: tuple[time, time] | None) -> int:
    """`now_us`, or the end of the quiet hours that it lies in.

    >>> from datetime import UTC
    >>> at = to_epoch_us(datetime(2024, 4, 24, 22, 30, tzinfo=UTC))  # 00:30 in Paris
    >>> from_epoch_us(end_of_quiet_us(at, (time(23), time(5)))).isoformat()
    '2024-04-25T03:00:00+00:00'
    """
    if quiet is None or quiet[0] == quiet[1]:
        return now_us
    local = from_epoch_us(now_us).astimezone(PARIS)
    begin, end = quiet
    now = local.timetz().replace(tzinfo=None)
    inside = begin <= now < end if begin < end else now >= begin or now < end
    if not inside:
        return now_us
    day = local.date() + timedelta(days=1 if now >= end else 0)
    # Of an hour that comes twice in autumn the end is in the same pass as `now`: it never lies before.
    return to_epoch_us(datetime.combine(day, end, PARIS).replace(fold=local.fold))


def share(e6: int) -> str:
    """A share for people.

    >>> share(256_000)
    '26 %'
    """
    return f"{round(e6 * 100 / SCALE)} %"
