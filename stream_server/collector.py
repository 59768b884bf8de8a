"""The collector: parses each poll, compares it with the last state, and writes the result to the log."""

from __future__ import annotations

import time
from contextlib import closing
from threading import Event

from prim_client.messages.differ import Differ, Outcome
from prim_client.messages.parse import Parser
from prim_client.messages.polls import Idle, Input, RawPoll, Snapshot
from stream_server.log.books import Observed
from stream_server.log.log import Log

GROUP_S = 0.5  # a group of polls is written by then, so that readers of a replay see progress


class Collector:
    """Feeds one input into one log; everything it knows is in the log after each transaction.

    `group_polls`: polls written in one transaction at most. 1 for inputs that wait between polls; a
    recording may have hundreds, because what a crash takes with the group is simply read again.
    """

    def __init__(self, input: Input, parser: Parser, differ: Differ, log: Log, group_polls: int = 1) -> None:
        self._input = input
        self._parser = parser
        self._differ = differ
        self._log = log
        self._group_polls = group_polls
        self._group: list[Observed] = []
        self._group_began_s = 0.0

    def run(self, stop: Event) -> None:
        """Collect until the input ends or `stop` is set; the transaction under way is finished.

        Raises LogError if the log cannot be written, and what the input raises when it gives up.
        """
        total = getattr(self._input, "total", None)  # a recording knows how many polls it has
        self._log.mark_input(done=False, total=total() if total else None)
        with closing(self._input.polls(after=self._log.cursor())) as polls:
            for item in polls:
                self._take(item)
                if stop.is_set():
                    break
        self._write()
        if not stop.is_set():
            self._log.mark_input(done=True)

    def _take(self, item: RawPoll | Snapshot | Idle) -> None:
        if not self._group:
            self._group_began_s = time.monotonic()
        slot = item.slot if isinstance(item, RawPoll) else None
        self._group.append(Observed(self._outcome(item), item.clock, slot))
        full = len(self._group) >= self._group_polls
        if full or isinstance(item, Idle) or time.monotonic() - self._group_began_s >= GROUP_S:
            self._write()

    def _outcome(self, item: RawPoll | Snapshot | Idle) -> Outcome:
        if isinstance(item, Idle):
            return self._differ.advance(item.clock)
        return self._differ.feed(self._parser.parse(item) if isinstance(item, RawPoll) else item)

    def _write(self) -> None:
        """Write the group, unless it is only time that passed without a tick."""
        if any(each.outcome.verdict != "idle" or each.outcome.entries for each in self._group):
            self._log.append(self._group, self._differ.state())
        self._group = []
