"""A store that grows as it would live: another one's entries, handed over a few hours at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from spark_app.store.engine import open_store, sqlite_url

HOUR_US = 3_600_000_000


class GrowingStore:
    """The SQLite store at `path`, filled from the one at `source`: all that the folds read, nothing that they write."""

    def __init__(self, path: Path, source: Path) -> None:
        self.url = sqlite_url(path)
        open_store(self.url).dispose()
        self.path, self._source = path, source

    def grow(self, step_h: float) -> Iterator[tuple[float, int]]:
        """Hand over `step_h` more hours of event time a step; gives (days so far, last entry)."""
        with closing(sqlite3.connect(self.path, timeout=60)) as connection:
            connection.execute("attach ? as whole", [str(self._source)])
            connection.execute("insert or replace into meta (name, value) values ('source', 'recorded')")  # asks nobody
            connection.commit()
            begin_us, end_us = connection.execute(
                "select min(event_time_us), max(event_time_us) from whole.entry"
            ).fetchone()
            after = -1
            for until_us in range(begin_us, end_us + round(step_h * HOUR_US), round(step_h * HOUR_US)):
                last = connection.execute(
                    "select max(entry) from whole.entry where event_time_us < ?", [until_us]
                ).fetchone()[0]
                if last is not None and last > after:
                    _copy(connection, after, last)
                    after = last
                    yield (until_us - begin_us) / (24 * HOUR_US), last

    def fold_states(self) -> dict[str, tuple[int, int]]:
        """By fold: the entry that it goes on from, and the bytes that it remembers."""
        with closing(sqlite3.connect(self.path, timeout=60)) as connection:
            return {
                name: (at, size)
                for name, at, size in connection.execute("select name, next_entry, length(state) from derived")
            }

    def table_mb(self) -> dict[str, float]:
        """By table, with its indexes: what it takes on the disk."""
        query = """select s.tbl_name, sum(d.pgsize) / 1e6 from dbstat d join sqlite_schema s on s.name = d.name
                   where d.aggregate = true group by 1"""
        with closing(sqlite3.connect(self.path, timeout=60)) as connection:
            return dict(connection.execute(query).fetchall())


def _copy(connection: sqlite3.Connection, after: int, last: int) -> None:
    """The entries behind `after` up to `last`, in one transaction."""
    revs = "select distinct rev from whole.message where entry > :after and entry <= :last"
    span = {"after": after, "last": last}
    with connection:
        for table in ("revision", "revision_hit"):
            names = _columns(connection, table)
            connection.execute(
                f"insert or ignore into {table} ({names}) select {names} from whole.{table} where rev in ({revs})", span
            )
        for table in ("message", "entry"):
            names = _columns(connection, table)
            connection.execute(
                f"insert into {table} ({names}) select {names} from whole.{table} where entry > :after and "
                "entry <= :last",
                span,
            )


def _columns(connection: sqlite3.Connection, table: str) -> str:
    """What both stores have."""
    ours, theirs = (
        [row[1] for row in connection.execute(f"pragma {of}.table_info({table})")] for of in ("main", "whole")
    )
    return ", ".join(name for name in ours if name in theirs)
