"""The log as a file: its tables, its lock, and the checks that it is whole before anybody trusts it.

Beside `pulse.log` lives `pulse.log.lock`: the writer holds it, it names the writer's process, and it
notes how many entries were written, so that a log whose end got lost (a `-wal` file left behind or
cut) is noticed, and not just shorter.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import zstandard

APPLICATION_ID = 0x50554C53  # "PULS": this SQLite file is one of ours
SCHEMA_VERSION = 1
ABSENT_US = -(2**63)  # a moment that is null, in the key of a table: SQLite's UNIQUE takes NULLs for different
WRITER_CACHE_KIB, READER_CACHE_KIB = 8_000, 1_000  # SQLite's page cache; every client has a reader
BUSY_S = 30.0  # how long SQLite waits for another connection before it gives up
_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100  # https://www.sqlite.org/fileformat2.html, sections 1.3 and 4
_WAL_HEADER_BYTES, _WAL_FRAME_BYTES = 32, 24

SCHEMA = """
CREATE TABLE body (                 -- what PRIM published, each revision once
    rid INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL, revision TEXT NOT NULL,
    bytes INTEGER NOT NULL,         -- of the JSON
    json BLOB NOT NULL,             -- message.dump_body, zstd
    UNIQUE (id, revision));
CREATE TABLE publication (          -- a revision as it stands for one period; entries refer to it
    pid INTEGER PRIMARY KEY AUTOINCREMENT,
    rid INTEGER NOT NULL REFERENCES body,
    published_us INTEGER NOT NULL, begin_us INTEGER NOT NULL, end_us INTEGER NOT NULL,  -- ABSENT_US: null
    source TEXT NOT NULL,
    era INTEGER NOT NULL,           -- last entry that refers to it, divided by ERA_ENTRIES
    UNIQUE (rid, published_us, begin_us, end_us, source));
CREATE TABLE entry (
    number INTEGER PRIMARY KEY,     -- the offset, from 0 without holes
    event_time_us INTEGER NOT NULL,
    tick INTEGER NOT NULL, observed INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    bytes INTEGER NOT NULL,         -- about what it takes on the wire
    refs BLOB NOT NULL);            -- packing.Packer.pack
CREATE TABLE book (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE state (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""


class LogError(Exception):
    """The log cannot be used as asked; the message is one sentence with the way back."""


class LogUnavailable(LogError):
    """The disk refused: full, read-only, not ours… It may be another time."""


class WriterLock:
    """The one writer of a log: an exclusive lock that dies with its process."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self.path = log.with_name(log.name + ".lock")
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, _ = self._read()
            os.close(self._fd)
            raise LogError(
                f"{log} is being written by process {pid}: stop that one first, or choose another log"
            ) from None
        self.note(self._read()[1])

    def _read(self) -> tuple[int, int]:
        """(process, entries) as noted; zeros in a new file."""
        words = os.pread(self._fd, 64, 0).split()
        return (int(words[0]), int(words[1])) if len(words) == 2 and all(map(bytes.isdigit, words)) else (0, 0)

    def note(self, end: int) -> None:
        """Remember that entries 0 .. end-1 are in the log. After their commit, so never too many."""
        self.noted_end = end
        os.pwrite(self._fd, b"%-20d %-20d\n" % (os.getpid(), end), 0)

    def release(self) -> None:
        os.close(self._fd)


def create(path: Path, books: tuple[str, ...]) -> None:
    """A new empty log at `path`, complete or not there at all: written aside and renamed."""
    aside = path.with_name(path.name + ".new")
    aside.unlink(missing_ok=True)
    with translating_errors(path):
        connection = sqlite3.connect(aside, isolation_level=None)
        connection.executescript(
            f"PRAGMA application_id={APPLICATION_ID};PRAGMA user_version={SCHEMA_VERSION};"
            f"PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;BEGIN;{SCHEMA}"
        )
        connection.executemany("INSERT INTO book VALUES (?, 0)", [(name,) for name in books])
        connection.execute("COMMIT")
        connection.close()
        aside.rename(path)


def connect(path: Path, *, writer: bool = False) -> sqlite3.Connection:
    """A connection to an existing log; a reader's cannot write."""
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        timeout=BUSY_S,
        check_same_thread=False,
    )
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA cache_size=-{WRITER_CACHE_KIB if writer else READER_CACHE_KIB}")
    connection.execute(f"PRAGMA query_only={'OFF' if writer else 'ON'}")
    return connection


def check_header(path: Path) -> None:
    """Before SQLite touches it, which fills what it can. Raises LogError if it is no whole log of ours."""
    with translating_errors(path):
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES and _MAGIC.startswith(header[: len(_MAGIC)]):
        raise _cut(path, f"it has {size} bytes")
    if not header.startswith(_MAGIC) or header[68:72] != struct.pack(">I", APPLICATION_ID):
        raise LogError(f"{path} is not a log of this program: name another file, it was left as it is")
    version = int.from_bytes(header[60:64], "big")
    if version != SCHEMA_VERSION:
        raise LogError(
            f"{path} has schema {version} and this program reads {SCHEMA_VERSION}: "
            "use the version that wrote it, or replay the recording into a new log"
        )
    page = int.from_bytes(header[16:18], "big")
    page = 65_536 if page == 1 else page
    if page < 512 or size % page:
        raise _cut(path, f"{size} bytes are no whole number of pages")
    missing = set(range(size // page + 1, int.from_bytes(header[28:32], "big") + 1))
    if missing and not missing <= _pages_in_wal(path, page):
        raise _cut(path, f"its last {len(missing)} pages are missing")


def _pages_in_wal(path: Path, page: int) -> set[int]:
    """Pages that SQLite will restore: a writer that was killed while it copied them leaves the file short."""
    wal = path.with_name(path.name + "-wal")
    pages: set[int] = set()
    if wal.exists():
        with translating_errors(path), wal.open("rb") as file:
            salts = file.read(_WAL_HEADER_BYTES)[16:24]
            while len(frame := file.read(_WAL_FRAME_BYTES + page)) == _WAL_FRAME_BYTES + page:
                if frame[8:16] == salts:  # else of an earlier round, not valid any more
                    pages.add(int.from_bytes(frame[:4], "big"))
    return pages


def check_whole(path: Path, connection: sqlite3.Connection, noted_end: int) -> None:
    """After SQLite's recovery: every page is there, and the entries are what the books say.

    Raises LogError. 55 ms for 100 MB that the system has in memory (2 cores of 2026).
    """
    with translating_errors(path):
        book = dict(connection.execute("SELECT name, value FROM book"))
        _check_end(path, book, noted_end)
        if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            raise LogError(f"{path} is being read by another program: close that one, then start again")
        pages, page = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        if path.stat().st_size != pages * page:
            raise _cut(path, f"{path.stat().st_size} bytes instead of {pages * page}")
        problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            raise _cut(path, problem)
        found = connection.execute("SELECT count(*), min(number), max(number), sum(messages) FROM entry").fetchone()
    _check_books(path, book, found)


def _check_end(path: Path, book: dict[str, int], noted_end: int) -> None:
    """Before anything is written: a WAL that is brought back must find the file as it left it."""
    if book["entries:written"] < noted_end:
        raise LogError(
            f"{path} ends at entry {book['entries:written']} although {noted_end} had been written: "
            f"its -wal file is missing or cut; bring it back, "
            f"or remove {path}.lock and rebuild what was read from this log"
        )


def _check_books(path: Path, book: dict[str, int], found: tuple[int, int | None, int | None, int | None]) -> None:
    first, end = book["entries:dropped"], book["entries:written"]
    messages = book["messages:logged"] - book["messages:dropped"]
    expected = (end - first, first, end - 1, messages) if end > first else (0, None, None, None)
    if found != expected:
        raise _cut(path, f"entries (count, first, last, messages) are {found}, the books say {expected}")


def _cut(path: Path, what: str) -> LogError:
    return LogError(
        f"{path} is cut or damaged ({what}): restore it from a backup, "
        "or move it away and replay or poll into a new log"
    )


@contextmanager
def translating_errors(path: Path) -> Iterator[None]:
    """Turns SQLite's and the system's errors about `path` into a LogError with the way back."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise LogUnavailable(f"cannot use {path}: {error}; check space and permissions, then start again") from error
    except (sqlite3.DatabaseError, zstandard.ZstdError) as error:
        raise _cut(path, str(error)) from error
    except OSError as error:
        raise LogUnavailable(
            f"cannot use {path}: {error.strerror}; check that the folder exists and is writable"
        ) from error
