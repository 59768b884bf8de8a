"""The durable log: stores each entry of the differ once, in one transaction with the counters.

SQLite in WAL mode with `synchronous=FULL`: after `append` returns, a power cut loses nothing of it.
Entries are numbered from 0 without holes, and the number is the offset everywhere. One process writes;
readers (`Log.reader`) run beside it. See `log_file` for the tables and the checks at opening.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import orjson

from deploy.configuration.private_folder import make_private
from prim_client.messages.message import Body, Entry, from_epoch_us, load_body, to_epoch_us
from prim_client.messages.poll_schedule import Slot
from stream_server.log import books
from stream_server.log.books import Books, Observed
from stream_server.log.bounded_cache import Recent
from stream_server.log.log_file import (
    LogError,
    WriterLock,
    check_header,
    check_whole,
    connect,
    create,
    translating_errors,
)
from stream_server.log.log_reader import CACHE_BYTES, LogReader
from stream_server.log.packing import Packer, Ref
from stream_server.log.publications import Publications
from stream_server.protocol import wire
from stream_server.protocol.rollback import undo_on_failure

__all__ = ["Log", "LogError"]


class Log:
    """The log at one path, open for writing. Use `Log.open`; close it, or use it in `with`."""

    def __init__(self, path: Path, lock: WriterLock, connection: sqlite3.Connection) -> None:
        self.path = path
        self._lock = lock
        self._connection = connection
        self._transaction = threading.Lock()
        self._closed = False
        self._packer = Packer()
        self._publications = Publications(connection, self._packer)
        self._endings: Recent[int, bytes] = Recent(CACHE_BYTES)  # shared by all readers
        self._listeners: list[Callable[[], None]] = []
        self._books = Books()
        self._reader = self.reader()
        self._recall()

    @classmethod
    def open(cls, path: Path) -> Log:
        """Open the log at `path` for writing, or begin a new one.

        Raises LogError if another process writes it, if it is not a log of this version, or if it is cut.
        """
        with translating_errors(path):
            make_private(path.parent)
            lock = WriterLock(path)
        with undo_on_failure(lock.release):
            if path.exists():
                check_header(path)
            else:
                create(path, books.NAMES)
                lock.note(0)
            return cls(path, lock, _checked(path, lock.noted_end))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Finish the transaction under way, then close. Nothing can be appended afterwards."""
        with self._transaction:
            if self._closed:
                return
            self._closed = True
            self._reader.close()
            self._connection.close()
            self._lock.release()

    def claim(self, **facts: str | int) -> None:
        """What this log is of (source, tick_s, …), kept at first and compared ever after.

        Raises LogError if the log was begun with other facts: entries of both would contradict each other.
        """
        kept = orjson.loads(self._reader.value("facts") or b"{}")
        for name, fact in facts.items():
            if kept.get(name, fact) != fact:
                raise LogError(
                    f"{self.path} was begun with {name} = {kept[name]}, not {fact}: set it back, or name another log"
                )
        with self._writing():
            self._keep("facts", orjson.dumps(kept | facts))

    def describe(self, **facts: Any) -> None:
        """Keep facts that may change without a contradiction among the entries (credit)."""
        with self._writing():
            self._keep("facts", orjson.dumps(orjson.loads(self._reader.value("facts") or b"{}") | facts))

    def append(self, observed: Sequence[Observed], state: bytes) -> None:
        """Write what was observed, with the differ's `state` after it, in one transaction.

        Raises LogError if nothing could be written (disk full…), ValueError if an entry breaks the
        contract; the log is then as it was before.
        """
        with self._writing():
            for each in observed:
                self._books.outcome(each.outcome)
                for entry in each.outcome.entries:
                    self._write(entry)
            self._note_polls([each for each in observed if each.outcome.verdict != "idle"])
            self._keep("differ", state)

    def mark_input(self, *, done: bool, total: int | None = None) -> None:
        """Note that the input has ended, or that it goes on; `total`: its polls, if it knows."""
        with self._writing():
            self._keep("input_done", int(done))
            if total is not None:
                self._keep("input_total", total)

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """The served lines of the entries start .. stop-1; see `LogReader.read`. One thread at a time."""
        return self._reader.read(start, stop)

    def reader(self) -> LogReader:
        """A reader for one other thread."""
        return LogReader(self.path, self._endings)

    def bounds(self) -> tuple[int, int]:
        """(first, end): the log holds the entries first .. end-1; end is the next offset."""
        return self._bounds

    def books(self) -> dict[str, Any]:
        """The answer to `status`: every counter, the last polls, and how far the log goes."""
        return self._reader.books()

    def state(self) -> bytes | None:
        """The differ's state after the last entry; None in a new log."""
        state: bytes | None = self._reader.value("differ")
        return state

    def cursor(self) -> str:
        """Where the input goes on; empty in a new log."""
        return self._reader.value("cursor") or ""

    def body_of(self, id: str, revision: str) -> Body:
        """The body of a revision. Raises LogError if the log does not hold it."""
        data = self._reader.body_json(id, revision)
        if data is None:
            raise LogError(f"{self.path} holds no revision {revision} of {id}: the state is of another log")
        return load_body(data)

    def on_append(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each transaction that wrote entries, in the writer's thread."""
        self._listeners.append(listener)

    def drop_before(self, entry: int, keep: Collection[tuple[str, str]] = ()) -> int:
        """Forget the entries before `entry` (no reader needs them any more) and bodies that nothing uses.

        `keep`: (id, revision) of bodies that the differ may still ask for. The last entry always stays.
        Bodies go up to publications.ERA_ENTRIES entries late. Returns how many entries went.
        """
        first, end = self._bounds
        entry = max(first, min(entry, end - 1))
        with self._writing():
            gone = "SELECT coalesce(sum(messages), 0) FROM entry WHERE number < ?"
            self._books.dropped(entry - first, self._connection.execute(gone, (entry,)).fetchone()[0])
            self._connection.execute("DELETE FROM entry WHERE number < ?", (entry,))
            self._publications.drop_before(entry, keep)
        return entry - first

    # writing, inside a transaction

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._transaction, translating_errors(self.path):
            if self._closed:
                raise LogError(f"{self.path} was closed: open it again to write")
            end_before = self._end
            with undo_on_failure(self._undo):
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._books.write(self._connection)
                self._connection.execute("COMMIT")
            self._recall()
            self._lock.note(self._end)
        if self._end > end_before:
            for listener in self._listeners:
                listener()

    def _undo(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._publications.forget_known()
        self._books.forget()
        self._recall()

    def _recall(self) -> None:
        """Take from the file how far the log goes: what is remembered is what was committed."""
        self._bounds = self._reader.bounds()
        self._end = self._bounds[1]
        self._event_time_us = self._reader.last_event_time_us()

    def _keep(self, name: str, value: bytes | str | int) -> None:
        self._connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))

    def _note_polls(self, polls: Sequence[Observed]) -> None:
        if not polls:
            return
        if slot := self._books.slots(polls, self._last_slot()):
            self._keep("slot", str(slot))
        last = polls[-1]
        self._keep("cursor", last.outcome.cursor)
        self._keep("last_poll_at", wire.moment(last.clock))
        self._keep("last_poll_error", last.outcome.reason if last.outcome.verdict == "rejected" else "")
        good = [poll for poll in polls if poll.outcome.verdict != "rejected"]
        if good:
            self._keep("last_good_poll_at", wire.moment(good[-1].clock))

    def _last_slot(self) -> Slot | None:
        kept = self._reader.value("slot")  # as it was committed
        return Slot.parse(kept) if kept else None

    def _write(self, entry: Entry) -> None:
        event_time_us = to_epoch_us(entry.event_time)
        if event_time_us < self._event_time_us:
            raise ValueError(f"event time goes back: {entry.event_time} after {from_epoch_us(self._event_time_us)}")
        refs, size = [], 0
        for message in entry.messages:
            if message.event_time != entry.event_time:
                raise ValueError(f"{message.id} is of {message.event_time}, its entry of {entry.event_time}")
            pid, line_bytes = self._publications.refer(message, self._end)
            seen_us = to_epoch_us(message.last_seen_at) if message.last_seen_at else 0
            refs.append(Ref(pid, message.kind, message.initial, seen_us))
            size += line_bytes
        self._connection.execute(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self._end, event_time_us, entry.tick, entry.observed, len(refs), size, self._packer.pack(refs)),
        )
        self._books.count_entry(entry)
        self._end += 1
        self._event_time_us = event_time_us


def _checked(path: Path, noted_end: int) -> sqlite3.Connection:
    """The writer's connection to a log that is whole. Raises LogError."""
    connection = connect(path, writer=True)
    with undo_on_failure(connection.close):
        check_whole(path, connection, noted_end)
        with translating_errors(path):
            books.complete(connection)
    return connection
