"""Read-only connections to a SQLite file, also where nothing can be written: a read-only disk, another user's folder.

SQLite reads a database in WAL mode through two files beside it, and makes them where they are missing. Where it cannot,
nobody writes through this folder either, so the database is read alone (`immutable=1`). That would skip, without a
sign, the changes that a killed writer left in the `-wal` file: then the connection is refused with a sentence.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

TIMEOUT_S = 5.0
NOT_WRITABLE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
CHANGES = ("-wal", "-journal")  # endings of the files that a writer leaves when it is killed


def reader_engine(url: URL) -> Engine:
    """An engine on the SQLite file at `url` that never writes or makes a file; each use opens it anew (0.2 ms)."""
    database = url.database or ""
    if not database or database.startswith("file:"):  # in memory, or a URI that says itself how to open it
        return create_engine(url, poolclass=NullPool)
    return create_engine(url, poolclass=NullPool, creator=lambda: connect_reader(Path(database).resolve()))


def connect_reader(path: Path) -> sqlite3.Connection:
    """A read-only connection to the database at `path`. Raises sqlite3.Error."""
    try:
        return _opened(path, "mode=ro")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in NOT_WRITABLE or not path.exists():
            raise
        for left in _changes_beside(path):
            raise sqlite3.OperationalError(
                f"{left.name} beside it holds changes of a writer that was stopped, and this folder cannot be written, "
                f"which SQLite needs to read them: copy {path.name} and {left.name} into a folder that you can write"
            ) from error
        return _opened(path, "immutable=1")


def _opened(path: Path, parameter: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?{parameter}", uri=True, timeout=TIMEOUT_S, check_same_thread=False
    )
    try:
        connection.execute("pragma schema_version")  # SQLite opens the files at the first query
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _changes_beside(path: Path) -> Iterator[Path]:
    for ending in CHANGES:
        beside = path.with_name(path.name + ending)
        if beside.exists() and beside.stat().st_size:
            yield beside
