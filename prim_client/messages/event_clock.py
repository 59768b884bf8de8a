"""The clock of a log: event times that never go back, and ticks in order, each once.

*Event time* of a poll is PRIM's header if it lies within the tolerance of our clock, else our clock,
and never before the previous poll or less than 1 ms after a written tick. A tick is written by the
first poll or clock behind it (strictly), so a poll at the very tick still belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from prim_client.messages.differ_state import Memory
from prim_client.messages.poll_schedule import LEAP
from prim_client.messages.polls import Snapshot

AFTER_TICK = timedelta(milliseconds=1)
OBSERVED_AT_LEAST = timedelta(minutes=5)  # a tick is observed if a good poll lies this close before it
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class EventClock:
    """Event times and ticks over the differ's `memory` (its floor, next_tick and last_good)."""

    def __init__(self, memory: Memory, tick: timedelta, tolerance: timedelta, poll_interval: timedelta) -> None:
        self._memory = memory
        self._tick = tick
        self._tolerance = tolerance
        self._fresh = max(2 * poll_interval, OBSERVED_AT_LEAST)
        if memory.next_tick:  # the step may have changed over a restart
            memory.next_tick = self._grid_at_or_after(memory.next_tick)

    @property
    def started(self) -> bool:
        """Whether any poll was seen: no tick comes before."""
        return self._memory.next_tick is not None

    def is_leap(self, clock: datetime) -> bool:
        """Whether `clock` is too far ahead to be believed alone: one wrong clock would stop the log's time."""
        return self._memory.next_tick is not None and clock - self._memory.next_tick > LEAP

    def header_agrees(self, answer: Snapshot) -> bool:
        """Whether PRIM's header lies within the tolerance of our clock."""
        return answer.header is not None and abs(answer.header - answer.clock) <= self._tolerance

    def observed_at(self, answer: Snapshot) -> datetime:
        """The event time of a good poll, before the ticks that it crosses are written."""
        at = answer.header if answer.header and self.header_agrees(answer) else answer.clock
        return self.not_before_floor(at)

    def not_before_floor(self, moment: datetime) -> datetime:
        """`moment`, or the earliest event time that an entry may still have."""
        return max(moment, self._memory.floor or moment)

    def ticks_before(self, moment: datetime) -> Iterator[datetime]:
        """The ticks crossed on the way to `moment`, each marked as written once the next is asked for."""
        memory = self._memory
        if memory.next_tick is None or self.is_leap(moment):
            memory.next_tick = self._grid_at_or_after(moment)
        while memory.next_tick < moment:
            yield memory.next_tick
            memory.floor = memory.next_tick + AFTER_TICK
            memory.next_tick = self._grid_at_or_after(memory.floor)

    def is_observed(self, tick: datetime) -> bool:
        """Whether a good poll lies within twice the poll interval, at least 5 minutes, before `tick`."""
        return self._memory.last_good is not None and tick - self._memory.last_good <= self._fresh

    def note_good_poll(self, at: datetime) -> None:
        """A good poll was observed at `at`: nothing comes earlier."""
        self._memory.floor = self._memory.last_good = at

    def _grid_at_or_after(self, moment: datetime) -> datetime:
        return EPOCH - (EPOCH - moment) // self._tick * self._tick
