"""The books of the log: each number its own counter, raised in the transaction that does what it counts.

They balance: polls received = changed + unchanged + rejected; rejected = failed + empty + other; expected =
received + missed (see `prim_client.messages.poll_schedule`); messages made = logged + filtered; ticks expected =
observed +
unobserved. A poll that no schedule asked for was expected as it came.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from prim_client.messages.differ import Outcome
from prim_client.messages.message import Entry, Kind
from prim_client.messages.poll_schedule import Slot
from prim_client.messages.polls import Rejection


class Observed(NamedTuple):
    """A poll, or time that passed, as the collector saw it."""

    outcome: Outcome  # what the differ made of it
    clock: datetime  # UTC, when it was answered
    slot: Slot | None = None  # when it was due; None: its input has no schedule


NAMES = (
    "polls:received",
    "polls:changed",
    "polls:unchanged",
    "polls:rejected",
    *(f"rejected:{rejection}" for rejection in Rejection),
    "schedule:expected",
    "schedule:missed",
    "schedule:late",
    "messages:made",
    "messages:logged",
    "messages:filtered",
    "messages:dropped",
    *(f"kind:{kind}" for kind in Kind),
    "ticks:expected",
    "ticks:observed",
    "ticks:unobserved",
    "entries:written",
    "entries:dropped",
)


class Books:
    """Gathers what one transaction does, and raises the counters at its end."""

    def __init__(self) -> None:
        self._raises: Counter[str] = Counter()

    def outcome(self, outcome: Outcome) -> None:
        """Count what the differ said; its entries are counted as they are written."""
        self._raises["messages:made"] += outcome.made
        self._raises["messages:filtered"] += outcome.filtered
        if outcome.verdict != "idle":
            self._raises["polls:received"] += 1
            self._raises[f"polls:{outcome.verdict}"] += 1
        if outcome.verdict == "rejected":
            self._raises[f"rejected:{outcome.rejection or Rejection.OTHER}"] += 1

    def slots(self, polls: Sequence[Observed], before: Slot | None) -> Slot | None:
        """Count polls against their schedule; `before`: the slot of the poll before them.
        Returns the last slot."""
        for outcome, clock, slot in polls:
            missed = slot.missed_since(before) if slot else 0
            self._raises["schedule:expected"] += 1 + missed
            self._raises["schedule:missed"] += missed
            if slot is not None and outcome.rejection is not Rejection.FAILED:
                self._raises["schedule:late"] += slot.is_late(clock, before)
            before = slot or before
        return before

    def count_entry(self, entry: Entry) -> None:
        """Count an entry that was written."""
        self._raises["entries:written"] += 1
        self._raises["messages:logged"] += len(entry.messages)
        self._raises.update(f"kind:{message.kind}" for message in entry.messages)
        if entry.tick:
            self._raises["ticks:expected"] += 1
            self._raises["ticks:observed" if entry.observed else "ticks:unobserved"] += 1

    def dropped(self, entries: int, messages: int) -> None:
        """Count what retention took away."""
        self._raises["entries:dropped"] += entries
        self._raises["messages:dropped"] += messages

    def forget(self) -> None:
        """The transaction was rolled back."""
        self._raises.clear()

    def write(self, connection: sqlite3.Connection) -> None:
        """Raise each counter by its own statement. Raises ValueError for one that the log does not have."""
        for name, times in self._raises.items():
            changed = connection.execute("UPDATE book SET value = value + ? WHERE name = ?", (times, name))
            if changed.rowcount != 1:
                raise ValueError(f"the log keeps no book {name!r}")
        self._raises.clear()


def complete(connection: sqlite3.Connection) -> None:
    """Begin the counters that a log of an older version lacks, so that its books balance from here on: what it
    rejected has no other reason, and what it received is all that it can say it expected."""
    kept = {name for (name,) in connection.execute("SELECT name FROM book")}
    begin = {"rejected:other": "polls:rejected", "schedule:expected": "polls:received"}
    add = "INSERT INTO book SELECT ?, coalesce((SELECT value FROM book WHERE name = ?), 0)"
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(add, [(name, begin.get(name)) for name in NAMES if name not in kept])
    connection.execute("COMMIT")


def status(book: dict[str, int], state: dict[str, Any]) -> dict[str, Any]:
    """The counters by group, and the named values, as the answer to `status` shows them."""
    groups: dict[str, dict[str, int]] = {}
    for name, value in book.items():
        group, _, what = name.partition(":")
        groups.setdefault(group, {})[what] = value
    messages = {name: groups["messages"][name] for name in ("made", "logged", "filtered")}
    facts = orjson.loads(state.get("facts", b"{}"))
    return {
        "polls": groups["polls"],
        "rejected": groups["rejected"],
        "schedule": groups["schedule"] if "slot" in state else None,
        "messages": messages | {"by_kind": groups["kind"]},
        "ticks": groups["ticks"],
        "last_poll_at": state.get("last_poll_at"),
        "last_good_poll_at": state.get("last_good_poll_at"),
        "last_poll_error": state.get("last_poll_error", ""),
        "source": facts.get("source", ""),
        "credit": facts.get("credit"),
        "first": groups["entries"]["dropped"],
        "last": groups["entries"]["written"],
        "input_done": bool(state.get("input_done", 0)),
        "input_total": state.get("input_total"),
    }
