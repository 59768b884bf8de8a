"""Derived folds: what follows from stored messages, in tables of its own, exactly once.

A fold reads the store in log order and knows nothing of Spark. Its rows, its state, its counters and the entry it goes
on from are written in one transaction, so a process that dies goes on as if it had not. A fold whose version changes
forgets its tables and begins anew at the oldest stored entry; so does one whose state cannot be read.

An entry that a fold cannot take in is set aside: a dead letter of the fold, which goes on with the next one. Entries
are taken in by hundreds; where that fails, the step is halved until it is taken in, or is a single entry. A database
that is away is waited for; one that takes the entry behind, and refuses this one again, refuses something in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import orjson
import zstandard
from sqlalchemy import Connection, Engine, Row, Table, delete, select, update

from deploy.configuration.command_line import complain
from prim_client.messages import time_units
from spark_app.derived import fold_books
from spark_app.derived.fold_books import Book
from spark_app.derived.fold_failures import FailureLog, reason_of
from spark_app.store.engine import StoreUnavailable, append
from spark_app.store.entry_reader import StoredEntry, StoreReader
from spark_app.store.tables import derived, entry
from spark_app.store.value_errors import may_be_of_a_value

ENTRIES_PER_STEP = 500  # bounds the memory and the time that the store's one writer is held
TURN_S = 5.0  # of one fold, while others wait for theirs
NO_ENTRYS_FAULT = (StoreUnavailable, MemoryError)  # the same entry may be taken in another time


class Derived(Protocol):
    """A pure fold and its tables. `fold` writes only them; what it remembers is in `state`.

    It may have `former_versions`: other names of the same rule in older stores, which go on as they are.
    """

    @property
    def name(self) -> str:
        """Its row in table `derived`."""

    @property
    def version(self) -> str:
        """Of the rule: another one begins anew."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """All that it writes."""

    def begin(self, state: Any) -> None:
        """Take up what `state` gave, or begin from nothing: None."""

    def fold(self, connection: Connection, entries: Sequence[StoredEntry]) -> None:
        """Take in the next entries and write what follows from them."""

    def state(self) -> Any:
        """All that is remembered, for `begin`, in the types of JSON; not None."""

    def prune(self, connection: Connection, before_us: int) -> None:
        """Drop rows that are about nothing since `before_us`."""


class Moved(RuntimeError):
    """Another process took the fold on, or had it begin anew, while this one worked."""


class Turn(NamedTuple):
    """What a fold did before the next one had its turn."""

    passed: int  # entries taken in or set aside
    goes_on: bool  # its time was over before it was at the end


@dataclass
class _Place:
    """What a fold has in mind, and how it gets on."""

    next_entry: int | None = None  # it has taken in all before; None: its state has to be read
    size: int = ENTRIES_PER_STEP  # of its next step
    tried: list[int] = field(default_factory=list)  # the entries of the step that goes on


class Runner:
    """Takes derived folds up to the end of the store, each at its own pace."""

    def __init__(
        self, engine: Engine, folds: Sequence[Derived], clock_us: Callable[[], int] = time_units.now_us
    ) -> None:
        self.engine, self.folds, self._clock_us = engine, folds, clock_us
        self._reader, self._failures = StoreReader(), FailureLog()
        self._places = {fold.name: _Place() for fold in folds}

    def catch_up(self, stopped: Callable[[], bool] = lambda: False) -> int:
        """Fold until every fold is at the end, or `stopped`; returns how many entries were passed, over all folds."""
        passed, left = 0, list(self.folds)
        while left:
            turns = [self.take_turn(fold, stopped) for fold in left]
            passed += sum(turn.passed for turn in turns)
            left = [fold for fold, turn in zip(left, turns, strict=True) if turn.goes_on]
        return passed

    def take_turn(self, fold: Derived, stopped: Callable[[], bool] = lambda: False) -> Turn:
        """Fold until `fold` is at the end, `stopped`, or TURN_S are over."""
        passed, until_s = 0, time.monotonic() + TURN_S
        while not stopped() and (count := self.step(fold)):
            passed += count
            if time.monotonic() > until_s:
                return Turn(passed, goes_on=True)
        return Turn(passed, goes_on=False)

    def step(self, fold: Derived) -> int:
        """One transaction of one fold: some entries taken in, or one set aside; returns how many, 0 at the end.

        Raises StoreUnavailable, MemoryError, and what the fold raises where no entry is at fault.
        """
        place = self._places[fold.name]
        while True:
            try:
                return self._take_in(fold, place)
            except (MemoryError, Moved):
                raise
            except Exception as error:
                if not place.tried or self._is_outage(fold, place, error):
                    raise
                if len(place.tried) == 1:
                    return self._set_aside(fold, place, error)
                place.size = len(place.tried) // 2

    def _take_in(self, fold: Derived, place: _Place) -> int:
        """The next `place.size` entries in one transaction."""
        place.tried = []
        with self.engine.begin() as connection:
            start = self._take_up(connection, fold, place)
            numbers = place.tried = self._reader.numbers(connection, start, min(place.size, ENTRIES_PER_STEP))
            next_entry = numbers[-1] + 1 if numbers else start
            if numbers:
                fold.fold(connection, self._reader.entries(connection, start, len(numbers)))
                self._book(connection, fold, start, numbers[0]).take_in(len(numbers)).write(connection)
                self._remember(connection, fold, start, next_entry)
        place.next_entry, place.size = next_entry, 2 * min(place.size, ENTRIES_PER_STEP)
        return len(numbers)

    def _is_outage(self, fold: Derived, place: _Place, error: Exception) -> bool:
        """Whether the database is in trouble, so that the same entries may be taken in another time."""
        if not isinstance(error, StoreUnavailable):
            return False
        if not may_be_of_a_value(error):
            return True
        if len(place.tried) > 1:
            return False  # a smaller step tells more
        (number,) = place.tried
        return not self._takes(fold, place, number + 1) or self._takes(fold, place, number)

    def _takes(self, fold: Derived, place: _Place, number: int) -> bool:
        """Whether the database takes the first entry from `number` on, in a transaction that is not committed."""
        try:
            with self.engine.connect() as connection:
                start = self._take_up(connection, fold, place)
                found = self._reader.entries(connection, number, 1)
                if found:
                    fold.fold(connection, found)
                    self._remember(connection, fold, start, found[-1].entry + 1)
                return bool(found)
        except StoreUnavailable:
            return False
        except (MemoryError, Moved):
            raise
        except Exception:  # noqa: BLE001 - the fold's own: it fails whatever the database takes
            return True

    def _set_aside(self, fold: Derived, place: _Place, error: Exception) -> int:
        """Pass the one entry that was tried: a dead letter, and the fold as it was before it."""
        (number,), now_us = place.tried, self._clock_us()
        with self.engine.begin() as connection:
            start = self._take_up(connection, fold, place)
            if start > number:
                raise Moved(f"another process took the derived fold {fold.name!r} behind entry {number}")
            fold_books.add_dead_letter(connection, fold.name, fold.version, number, reason_of(error), now_us)
            at_us = connection.execute(select(entry.c.event_time_us).where(entry.c.entry == number)).scalar()
            self._book(connection, fold, start, number).put_aside(number, at_us).write(connection)
            self._remember(connection, fold, start, number + 1)
        place.next_entry = number + 1
        self._failures.note(fold.name, number, error)
        return 1

    def begin_anew(self, fold: Derived) -> None:
        """Drop all that the store holds of `fold`; its next step begins at the oldest stored entry, in any process."""
        with self.engine.begin() as connection:
            self._forget(connection, fold)

    def prune(self, before_us: int) -> None:
        """Drop the old rows of every fold, and with them what it remembers of them. Raises StoreUnavailable."""
        for fold in self.folds:
            try:
                self._prune(fold, before_us)
            except NO_ENTRYS_FAULT:
                raise
            except Exception as error:  # noqa: BLE001 - old rows hurt nobody; the next hour tries again
                complain(f"the derived fold {fold.name!r} cannot drop old rows: {reason_of(error)}")
        with self.engine.begin() as connection:
            fold_books.drop_old_dead_letters(connection)

    def _prune(self, fold: Derived, before_us: int) -> None:
        place = self._places[fold.name]
        with self.engine.begin() as connection:
            if _row(connection, fold) is None:
                return
            start = self._take_up(connection, fold, place)
            fold.prune(connection, before_us)
            self._remember(connection, fold, start, start)
        place.next_entry = start

    def _take_up(self, connection: Connection, fold: Derived, place: _Place) -> int:
        """The entry that `fold` goes on from; its state is read, unless it has just that in mind.

        Until the caller's transaction is committed, what the fold has in mind is of none.
        """
        known, place.next_entry = place.next_entry, None
        found = _row(connection, fold)
        if found is None and known == 0:
            return 0
        goes_on = found and _is_same_rule(fold, found.version) and not _has_gap(connection, found)
        if found and goes_on and (found.next_entry == known or self._read_state(connection, fold)):
            next_entry: int = found.next_entry
            return next_entry
        self._forget(connection, fold)
        fold.begin(None)
        return 0

    @staticmethod
    def _read_state(connection: Connection, fold: Derived) -> bool:
        """Have `fold` take up its stored state; False, and a sentence, where that is not possible."""
        state = connection.execute(select(derived.c.state).where(derived.c.name == fold.name)).scalar_one()
        try:
            fold.begin(orjson.loads(zstandard.decompress(bytes(state))))
        except NO_ENTRYS_FAULT:  # no memory just now: the state is as good as it was
            raise
        except Exception as error:  # noqa: BLE001 - whatever a broken state makes a fold raise
            why = f"the state of the derived fold {fold.name!r} in the store cannot be read: {reason_of(error)}"
            complain(f"{why}; it begins anew at the oldest stored entry")
            return False
        return True

    @staticmethod
    def _forget(connection: Connection, fold: Derived) -> None:
        """Drop all that the store holds of `fold`, its dead letters, too: they are tried again."""
        for table in fold.tables:
            connection.execute(delete(table))
        fold_books.forget(connection, fold.name)
        connection.execute(delete(derived).where(derived.c.name == fold.name))

    @staticmethod
    def _book(connection: Connection, fold: Derived, start: int, first: int) -> Book:
        """The counters of `fold`, which goes on from `start`; new ones where it begins at the entry `first`."""
        if book := fold_books.read_book(connection, fold.name):
            return book
        return fold_books.book_of_older_store(connection, fold.name, start) if start else Book(fold.name, first)

    def _remember(self, connection: Connection, fold: Derived, start: int, next_entry: int) -> None:
        """Write state and place; raises Moved where the fold does not stand at `start` any more."""
        row = {
            "name": fold.name,
            "version": fold.version,
            "next_entry": next_entry,
            "state": zstandard.compress(orjson.dumps(fold.state())),
            "at_us": self._clock_us(),
        }
        here = (derived.c.name == fold.name) & (derived.c.next_entry == start)
        if connection.execute(update(derived).where(here).values(row)).rowcount:
            return
        if start:
            raise Moved(f"the derived fold {fold.name!r} does not stand at entry {start} any more: is it run twice?")
        append(connection, derived, [row])


def _row(connection: Connection, fold: Derived) -> Row[str, int] | None:
    """How far the store says that the fold is."""
    query = select(derived.c.version, derived.c.next_entry).where(derived.c.name == fold.name)
    return connection.execute(query).first()


def _is_same_rule(fold: Derived, version: str) -> bool:
    """Whether a fold's stored state of `version` was made by the rule of `fold`."""
    return version in (fold.version, *getattr(fold, "former_versions", ()))


def _has_gap(connection: Connection, found: Row[str, int]) -> bool:
    """Whether retention dropped entries that the fold has not seen: what it remembers is too old to go on from."""
    first = connection.execute(select(entry.c.entry).order_by(entry.c.entry).limit(1)).scalar()
    return first is not None and first > found.next_entry
