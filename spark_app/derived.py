"""Derived folds: what follows from stored messages, in tables of its own, exactly once.

A fold reads the store in log order and knows nothing of Spark. Its rows, its state and the entry it goes on from
are written in one transaction, so a process that dies goes on as if it had not. A fold whose version changes
forgets its tables and begins anew at the oldest stored entry.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import orjson
import zstandard
from sqlalchemy import Connection, Engine, Row, Table, delete, select

from spark_app.store import StoreError, upsert
from spark_app.stored import StoredEntry, StoreReader
from spark_app.tables import derived, entry

ENTRIES_PER_STEP = 500  # bounds the memory and the time that the store's one writer is held


class Derived(Protocol):
    """A pure fold and its tables. `fold` writes only them; what it remembers is in `state`.

    It may have `former_versions`: other names of the same rule in older stores, which go on as they are.
    """

    name: str
    version: str  # of the rule: another one begins anew
    tables: tuple[Table, ...]

    def begin(self, state: Any) -> None:
        """Take up what `state` gave, or begin from nothing: None."""

    def fold(self, connection: Connection, entries: Sequence[StoredEntry]) -> None:
        """Take in the next entries and write what follows from them."""

    def state(self) -> Any:
        """All that is remembered, for `begin`, in the types of JSON; not None."""

    def prune(self, connection: Connection, before_us: int) -> None:
        """Drop rows that are about nothing since `before_us`."""


class Runner:
    """Takes derived folds up to the end of the store, each at its own pace."""

    def __init__(
        self, engine: Engine, folds: Sequence[Derived], clock_us: Callable[[], int] = lambda: time.time_ns() // 1_000
    ) -> None:
        self._engine, self.folds, self._clock_us = engine, folds, clock_us
        self._reader = StoreReader()
        self._next: dict[str, int | None] = dict.fromkeys((fold.name for fold in folds), None)

    def catch_up(self, stopped: Callable[[], bool] = lambda: False) -> int:
        """Fold until every fold is at the end, or `stopped`; returns how many entries were taken in, over all folds."""
        return sum(self.take_turn(fold, stopped) for fold in self.folds)

    def take_turn(self, fold: Derived, stopped: Callable[[], bool] = lambda: False) -> int:
        """Fold until `fold` is at the end, or `stopped`; returns how many entries were taken in."""
        taken = 0
        while not stopped() and (count := self.step(fold)):
            taken += count
        return taken

    def step(self, fold: Derived) -> int:
        """One transaction of one fold; returns how many entries it took in. After an error the fold reads its state anew."""
        start = self._next[fold.name]
        self._next[fold.name] = None
        with self._engine.begin() as connection:
            if start is None:
                start = self._begin(connection, fold)
            entries = self._reader.entries(connection, start, ENTRIES_PER_STEP)
            if entries:
                start = entries[-1].entry + 1
                fold.fold(connection, entries)
                self._remember(connection, fold, start)
        self._next[fold.name] = start
        return len(entries)

    def prune(self, before_us: int) -> None:
        """Drop the old rows of every fold, and with them what it remembers of them."""
        for fold in self.folds:
            with self._engine.begin() as connection:
                fold.prune(connection, before_us)
                if (next_entry := self._next[fold.name]) is not None:
                    self._remember(connection, fold, next_entry)

    def _begin(self, connection: Connection, fold: Derived) -> int:
        found = connection.execute(select(derived).where(derived.c.name == fold.name)).first()
        if found and _is_same_rule(fold, found.version) and not _has_gap(connection, found):
            fold.begin(_unpacked(fold.name, bytes(found.state)))
            return found.next_entry
        for table in fold.tables:
            connection.execute(delete(table))
        fold.begin(None)
        return 0

    def _remember(self, connection: Connection, fold: Derived, next_entry: int) -> None:
        upsert(connection, derived, [{
            "name": fold.name, "version": fold.version, "next_entry": next_entry,
            "state": zstandard.compress(orjson.dumps(fold.state())), "at_us": self._clock_us(),
        }])  # fmt: skip


def _is_same_rule(fold: Derived, version: str) -> bool:
    """Whether a fold's stored state of `version` was made by the rule of `fold`."""
    return version in (fold.version, *getattr(fold, "former_versions", ()))


def _unpacked(name: str, state: bytes) -> Any:
    """The stored state of a fold. Raises StoreError."""
    try:
        return orjson.loads(zstandard.decompress(state))
    except (zstandard.ZstdError, orjson.JSONDecodeError) as error:
        why = f"the state of the derived fold {name!r} in the store cannot be read: {error}"
        raise StoreError(f"{why}; './pulse rebuild' makes store and state anew") from error


def _has_gap(connection: Connection, found: Row) -> bool:
    """Whether retention dropped entries that the fold has not seen: what it remembers is too old to go on from."""
    first = connection.execute(select(entry.c.entry).order_by(entry.c.entry).limit(1)).scalar()
    return first is not None and first > found.next_entry
