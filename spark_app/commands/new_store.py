"""Where `./pulse rebuild` makes a store anew: killed at any instant, it loses nothing and can be run again.

A SQLite store is built in a file beside the old one, and one rename puts it in the old one's place. The tables of a
database server are emptied where they are; until they are whole again a row of table meta says so, and nothing else
writes to them. What no log holds (`tables.EVIDENCE`, KEPT_FACTS) goes over into the new file, or is never dropped.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, RowMapping, Table, delete, inspect, select

from deploy.configuration.command_line import complain
from spark_app.derived.incidents.asking import WORD
from spark_app.store.engine import (
    BUSY_TIMEOUT_MS,
    REBUILDING,
    StoreError,
    StoreUnavailable,
    append,
    connect,
    exists,
    in_chunks,
    open_store,
    parse_url,
    put_meta,
    sqlite_url,
    without_password,
)
from spark_app.store.tables import EVIDENCE, meta, metadata
from spark_app.store.workspace import WORK

KEPT_FACTS = (WORD, "source")  # rows of table meta that no log holds
KEPT = (*EVIDENCE, meta)
SIDE_FILES = ("", "-wal", "-shm")
Evidence = Mapping[Table, Sequence[RowMapping]]


class BrokenFile(StoreError):
    """A file that is no database any more."""


class NewStore(Protocol):
    """A store in the making. `url` is where it is built."""

    url: str

    def begin(self) -> None:
        """Make it empty, but for what no log holds."""

    def finish(self, keep_as: Path | None) -> None:
        """Put it in the place of the old one, whose file becomes `keep_as`, or is gone."""


def new_store(url: str) -> NewStore:
    """The place to build in for the store at `url`."""
    parsed = parse_url(url)
    return Beside(Path(str(parsed.database))) if parsed.get_backend_name() == "sqlite" else InPlace(url)


class Beside:
    """A SQLite file beside the old one at `final`."""

    def __init__(self, final: Path) -> None:
        self.final, self._path = final, Path(f"{final}.new")
        self.url = sqlite_url(self._path)

    def begin(self) -> None:
        """Raises StoreUnavailable if the old store cannot be read now; one that is no database has nothing to keep."""
        _unlink(self._path)
        kept = self._evidence()
        engine = open_store(self.url)
        with engine.begin() as connection:
            write_evidence(connection, kept)
        engine.dispose()

    def finish(self, keep_as: Path | None) -> None:
        """Raises StoreError where another program reads one of the two."""
        _fold_wal(self._path)
        _sync(self._path)
        if self.final.exists():
            with suppress(BrokenFile):  # nothing in it is worth its place
                _fold_wal(self.final)
            if keep_as:
                os.link(self.final, keep_as)
        for suffix in SIDE_FILES[1:]:  # nothing is in them any more; SQLite would take them for those of the new file
            Path(f"{self.final}{suffix}").unlink(missing_ok=True)
        self._path.replace(self.final)
        _sync(self.final.parent)

    def _evidence(self) -> Evidence:
        url = sqlite_url(self.final)
        try:
            if not exists(url):
                return {}
            engine = connect(url)
            with engine.connect() as connection:
                found = evidence_of(connection)
            engine.dispose()
            return found
        except StoreError as error:
            if isinstance(error, StoreUnavailable) and _may_pass(error):
                raise
            complain(f"IDFM's own ids of incidents are lost, incidents go by the rules: {error}")
            return {}


class InPlace:
    """The tables at `url` on a database server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def begin(self) -> None:
        engine = connect(self.url)
        metadata.create_all(engine, tables=KEPT)
        with engine.begin() as connection:
            put_meta(connection, **{REBUILDING: datetime.now(UTC).isoformat(timespec="seconds")})
        for table in metadata.sorted_tables:
            if table not in KEPT:  # each for itself: with two at once, a page that reads both would be a deadlock
                table.drop(engine, checkfirst=True)
        with engine.begin() as connection:
            connection.execute(delete(meta).where(meta.c.name.not_in([*KEPT_FACTS, REBUILDING])))
        engine.dispose()
        open_store(self.url).dispose()

    def finish(self, keep_as: Path | None) -> None:
        engine = connect(self.url)
        with engine.begin() as connection:
            connection.execute(delete(meta).where(meta.c.name == REBUILDING))
        engine.dispose()


def evidence_of(connection: Connection) -> Evidence:
    """What the store holds that no log does; a store of an older version has not every table."""
    there = [table for table in EVIDENCE if inspect(connection).has_table(table.name)]
    found = {table: connection.execute(select(table)).mappings().all() for table in there}
    facts = select(meta).where(meta.c.name.in_(KEPT_FACTS))
    return {**found, meta: connection.execute(facts).mappings().all()}


def write_evidence(connection: Connection, found: Evidence) -> None:
    """Write what `evidence_of` gave into a new store."""
    for table, rows in found.items():
        for some in in_chunks(map(dict, rows)):
            append(connection, table, some)


def remove_leftovers(store_url: str, folder: Path) -> None:
    """Delete what a stopped rebuild of the store at `store_url` left, in `folder` too; none may be at work."""
    shutil.rmtree(folder / WORK, ignore_errors=True)
    url = parse_url(store_url)
    if url.get_backend_name() == "sqlite" and url.database:
        _unlink(Path(f"{url.database}.new"))


def _may_pass(error: StoreUnavailable) -> bool:
    """Locked or not ours to read, unlike a file that is no database."""
    return isinstance(error.__cause__, sqlite3.OperationalError)


def _fold_wal(path: Path) -> None:
    """Write SQLite's side files back into `path`, so that the file alone is the whole store.

    Raises StoreError, BrokenFile.
    """
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1_000)) as connection:
            busy = connection.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(f"the store {without_password(sqlite_url(path))} cannot be used: {error}") from error
    except sqlite3.DatabaseError as error:
        raise BrokenFile(f"{path}: {error}") from error
    if busy:
        raise StoreError(
            f"the store {without_password(sqlite_url(path))} is being read by another program: "
            "close it, then run it again"
        )


def _sync(path: Path) -> None:
    """Have the system write `path`, a file or a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unlink(path: Path) -> None:
    for suffix in SIDE_FILES:
        Path(f"{path}{suffix}").unlink(missing_ok=True)
