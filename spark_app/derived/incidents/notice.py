"""A notice: one disruption as it was read at one moment. What the incident rules take in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from geo.network.line_names import AmbiguousLine, line_id
from prim_client.messages.disruption import CHANNEL_OF_CAUSE
from prim_client.messages.message import Channel, to_epoch_us
from prim_client.messages.paris_time import parse_begin, parse_end, readings
from prim_client.messages.text import plain_text, plain_title

Period = tuple[int, int | None]  # microseconds since 1970 UTC, [begin, end); an end of None is open
TEXT_MAX_CHARACTERS = 10_000


class BadNotice(ValueError):
    """A line that holds no notice; the message names the field and its value."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One disruption as it was read at one moment."""

    id: str
    observed_us: int
    lines: tuple[str, ...]  # line ids without prefix, as C01379
    channel: str  # incident, works or information
    severity: str  # BLOQUANTE, PERTURBEE, INFORMATION or what PRIM says
    title: str  # plain
    text: str  # plain
    periods: tuple[Period, ...]  # sorted

    def begin_us(self) -> int:
        """Begin of the period that holds at the observation, else of the last begun, else of the first to come."""
        if not self.periods:
            return self.observed_us
        begun = [begin for begin, _ in self.periods if begin <= self.observed_us]
        return max(begun) if begun else self.periods[0][0]

    def end_us(self) -> int | None:
        """The announced end: of the last period; None if it is open."""
        ends = [end for _, end in self.periods]
        return None if not ends or None in ends else max(end for end in ends if end is not None)


def notice_of(row: Any) -> Notice:
    """The notice of a JSON object `{"id", "observed_at", "lines", "cause", "severity", "title", "text", "periods"}`.

    Moments are ISO 8601; without a zone they are Paris wall clock, as PRIM's `20240430T181535` is. Lines are ids
    or objects with an `id`, periods are `{"begin", "end"}` or `[begin, end]`. Only `id` and `observed_at` must be
    there. Raises BadNotice naming the first field that is wrong.
    """
    if not isinstance(row, dict):
        raise BadNotice("expected a JSON object with id, observed_at, lines, cause, severity, title, text, periods")
    id_ = row.get("id")
    if not isinstance(id_, str) or not id_:
        raise BadNotice(f"id = {id_!r:.60}: expected a text")
    cause = _text(row, "cause").upper()
    return Notice(
        id=id_,
        observed_us=_moment(row.get("observed_at"), "observed_at", is_end=False),
        lines=tuple(dict.fromkeys(_line(line) for line in _list(row, "lines"))),
        channel=str(CHANNEL_OF_CAUSE.get(cause, Channel.INFORMATION if cause else Channel.INCIDENT)),
        severity=_text(row, "severity").upper(),
        title=plain_title(_text(row, "title")),
        text=plain_text(_text(row, "text")[:TEXT_MAX_CHARACTERS]),
        periods=tuple(sorted((_period(period) for period in _list(row, "periods")), key=_order)),
    )


def _text(row: dict[str, Any], field: str) -> str:
    value = row.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadNotice(f"{field} = {value!r:.60}: expected a text")
    return value


def _list(row: dict[str, Any], field: str) -> list[Any]:
    value = row.get(field)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadNotice(f"{field} = {value!r:.60}: expected a list")
    return value


def _line(line: Any) -> str:
    value = line.get("id") if isinstance(line, dict) else line
    if not isinstance(value, str) or not value:
        raise BadNotice(f"lines holds {line!r:.60}: expected line ids")
    try:
        return line_id(value.rstrip(":").rsplit(":", 1)[-1])
    except AmbiguousLine as error:
        raise BadNotice(f"lines: {error}") from error


def _period(period: Any) -> Period:
    begin, end = (period.get("begin"), period.get("end")) if isinstance(period, dict) else _pair(period)
    begin_us = _moment(begin, "periods.begin", is_end=False)
    end_us = _moment(end, "periods.end", is_end=True) if end else None
    if end_us is not None and end_us < begin_us:
        raise BadNotice(f"periods: end {end} is before begin {begin}")
    return begin_us, end_us


def _pair(period: Any) -> tuple[Any, Any]:
    if not isinstance(period, list) or len(period) != 2:
        raise BadNotice(f"periods holds {period!r:.60}: expected {{begin, end}} or [begin, end]")
    return period[0], period[1]


def _moment(value: Any, field: str, *, is_end: bool) -> int:
    if not isinstance(value, str):
        raise BadNotice(f"{field} = {value!r:.60}: expected a moment as 2024-04-23T07:52:24Z")
    try:
        return to_epoch_us(_read(value, is_end))
    except (ValueError, OverflowError) as error:
        raise BadNotice(f"{field} = {value!r:.60}: expected a moment as 2024-04-23T07:52:24Z") from error


def _read(value: str, is_end: bool) -> datetime:
    if len(value) == len("20240430T181535"):
        return (parse_end if is_end else parse_begin)(value)
    moment = datetime.fromisoformat(value)
    return moment.astimezone(UTC) if moment.tzinfo else readings(moment)[int(is_end)]


def _order(period: Period) -> tuple[int, float]:
    return period[0], float("inf") if period[1] is None else period[1]
