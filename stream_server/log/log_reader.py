"""Reading the log beside its writer: served lines, straight from the stored JSON of the bodies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from prim_client.messages.message import from_epoch_us
from stream_server.log.books import status
from stream_server.log.bounded_cache import Recent
from stream_server.log.log_file import ABSENT_US, LogError, connect, translating_errors
from stream_server.log.packing import Packer, Ref
from stream_server.protocol import wire

CACHE_BYTES = 32 << 20  # line endings kept decompressed; a full all-modes answer takes about 4 MB
SLICE_ENTRIES = 64  # read at once; between two slices no transaction is open, so the WAL can be reset

_PUBLICATION = """
SELECT publication.*, body.id, body.revision, body.json
FROM publication JOIN body USING (rid) WHERE pid = ?"""
_ENTRIES = """
SELECT number, event_time_us, tick, observed, messages, refs
FROM entry WHERE number >= ? AND number < ? ORDER BY number"""


class LogReader:
    """One reader with its own connection; make one for each thread. `endings` may be shared."""

    def __init__(self, path: Path, endings: Recent[int, bytes] | None = None) -> None:
        self._path = path
        self._packer = Packer()
        self._endings = Recent(CACHE_BYTES) if endings is None else endings
        with translating_errors(path):
            self._connection = connect(path)

    def close(self) -> None:
        self._connection.close()

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """The served lines (with newline) of the entries start .. stop-1.

        Raises LogError if some of them were dropped or are not written yet.
        """
        for begin in range(start, stop, SLICE_ENTRIES):
            end = min(begin + SLICE_ENTRIES, stop)
            rows = self._fetch(_ENTRIES, (begin, end))
            if [row[0] for row in rows] != list(range(begin, end)):
                raise LogError(self._missing(start, stop))
            for row in rows:
                yield from self._lines(*row)

    def bounds(self) -> tuple[int, int]:
        """(first, end): the log holds the entries first .. end-1."""
        book = dict(self._fetch("SELECT name, value FROM book WHERE name LIKE 'entries:%'"))
        return book["entries:dropped"], book["entries:written"]

    def lag_bytes(self, start: int) -> int:
        """About how many bytes the lines from entry `start` on take."""
        total: int = self._fetch("SELECT coalesce(sum(bytes), 0) FROM entry WHERE number >= ?", (start,))[0][0]
        return total

    def books(self) -> dict[str, Any]:
        """The counters, the last polls and the bounds, of one moment: the answer to `status`."""
        with translating_errors(self._path):
            self._connection.execute("BEGIN")
            try:
                book = dict(self._fetch("SELECT name, value FROM book"))
                state = dict(self._fetch("SELECT name, value FROM state WHERE name <> 'differ'"))
            finally:
                self._connection.execute("COMMIT")
        return status(book, state) | {"log_bytes": self._bytes_on_disk()}

    def value(self, name: str) -> Any:
        """One value of the state; None if it was never kept."""
        rows = self._fetch("SELECT value FROM state WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def first_since(self, event_time_us: int) -> int:
        """The first entry at or after a moment; the end of the log if there is none."""
        # Event time is monotone in the number, so this looks at a few entries only.
        low, high = self.bounds()
        while low < high:
            middle = (low + high) // 2
            rows = self._fetch("SELECT event_time_us FROM entry WHERE number = ?", (middle,))
            low, high = (low, middle) if rows and rows[0][0] >= event_time_us else (middle + 1, high)
        return low

    def last_event_time_us(self) -> int:
        """Event time of the last entry in microseconds since 1970; ABSENT_US in an empty log."""
        rows = self._fetch("SELECT event_time_us FROM entry ORDER BY number DESC LIMIT 1")
        return rows[0][0] if rows else ABSENT_US

    def body_json(self, id: str, revision: str) -> bytes | None:
        """The stored JSON of a revision's body; None if the log does not hold it."""
        rows = self._fetch("SELECT json FROM body WHERE id = ? AND revision = ?", (id, revision))
        with translating_errors(self._path):
            return self._packer.expand(rows[0][0]) if rows else None

    def _lines(
        self, number: int, event_time_us: int, tick: int, observed: int, messages: int, refs: bytes
    ) -> Iterator[bytes]:
        shared = b'"event_time":"%b","tick":%b,"observed":%b' % (
            _moment(event_time_us),
            b"true" if tick else b"false",
            b"true" if observed else b"false",
        )
        if not messages:
            yield b"%b%b}\n" % (wire.prefix(wire.Offset(number, 0, 0)), shared)
        opening, middle = b'{"entry":%d,"part":' % number, b',"of":%d,%b,' % (messages, shared)
        with translating_errors(self._path):
            unpacked = tuple(self._packer.unpack(refs))
        for part, ref in enumerate(unpacked):
            ending = self._endings.get(ref.publication) or self._ending(ref.publication)
            yield b"%b%d%b%b%b" % (opening, part, middle, _happened(ref), ending)

    def _ending(self, pid: int) -> bytes:
        """The part of a line that depends on the publication only, with its newline."""
        rows = self._fetch(_PUBLICATION, (pid,))
        if not rows:
            raise LogError(f"{self._path} has dropped this part of the log: begin at its first entry")
        _, _, published_us, begin_us, end_us, source, _, id, revision, blob = rows[0]
        opening = b'"id":%b,"revision":%b,"published_at":%b,"begin":%b,"end":%b,"source":%b,' % (
            orjson.dumps(id),
            orjson.dumps(revision),
            _moment_json(published_us),
            _moment_json(begin_us),
            _moment_json(end_us),
            orjson.dumps(source),
        )
        with translating_errors(self._path):
            ending = opening + self._packer.expand(blob)[1:] + b"\n"
        self._endings.put(pid, ending, len(ending))
        return ending

    def _fetch(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with translating_errors(self._path):
            return self._connection.execute(sql, values).fetchall()

    def _bytes_on_disk(self) -> int:
        files = (self._path, self._path.with_name(self._path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def _missing(self, start: int, stop: int) -> str:
        first, end = self.bounds()
        return f"entries {start} to {stop} are not all in the log: it holds {first} to {end} (exclusive)"


def _happened(ref: Ref) -> bytes:
    seen = _moment_json(ref.last_seen_us) if ref.last_seen_us else b"null"
    return b'"kind":"%b","initial":%b,"last_seen_at":%b,' % (
        ref.kind.value.encode(),
        b"true" if ref.initial else b"false",
        seen,
    )


def _moment(micros: int) -> bytes:
    return wire.moment(from_epoch_us(micros)).encode()


def _moment_json(micros: int) -> bytes:
    return b"null" if micros == ABSENT_US else b'"%b"' % _moment(micros)
