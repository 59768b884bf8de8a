"""Poller of Navitia's line reports: runs beside the derive process and stores the answers as evidence.

The thread only reads: what it read is stored by the process's own loop, between two steps of the folds, so that it is
certain from which entry on a row counts. Whatever fails here costs a line on standard error and a counter.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from queue import Empty, SimpleQueue

from sqlalchemy import Connection, Engine

from deploy.configuration.command_line import complain
from prim_client.inputs.errors import AuthError, PrimError
from prim_client.inputs.line_reports import LineReports, Reading
from prim_client.messages import time_units
from spark_app.derived.incidents import evidence
from spark_app.store.engine import StoreUnavailable, get_meta, put_meta

SOURCE_LOOK_S = 5.0  # a new store does not know yet whose data it holds
AUTH_FAILURES = 3  # refused so often in a row, the key is believed refused
WORD = "line_reports"  # row of table meta: the counters below as JSON
COUNTERS = ("readings", "failed", "requests", "new", "changed", "broken")

Make = Callable[[str], LineReports | None]  # source of the store -> a reader; None: it has no line reports


class Asking:
    """Navitia's line reports in a thread, `store` in the loop.

    Args:
        engine: the store.
        make: a reader for a source, at once or never; may raise PrimError, ValueError and sqlite3.Error.
        interval_s: time between two readings.
        stop: ends the thread within a request.
    """

    def __init__(self, engine: Engine, make: Make, interval_s: float, stop: threading.Event) -> None:
        self._engine, self._make, self._interval_s, self._stop = engine, make, interval_s, stop
        self._read: SimpleQueue[Reading] = SimpleQueue()
        self._waiting: list[Reading] = []

    def start(self) -> None:
        """Read in a thread that the process need not wait for."""
        threading.Thread(target=self.run, name="line-reports", daemon=True).start()

    def run(self) -> None:
        """Read until `stop`, until the key is refused for good, or not at all where there is nothing to read."""
        try:
            reports = self._reader()
            if reports is None or self._stop.wait(reports.owed_s(self._interval_s)):
                return
            self._follow(reports)
        except (PrimError, ValueError, sqlite3.Error) as error:
            complain(f"no more line reports, incidents go by the rules alone: {error}")

    def store(self) -> None:
        """Store what was read meanwhile. Not beside a step of the folds. Raises StoreUnavailable, and keeps it then."""
        while True:
            try:
                self._waiting.append(self._read.get_nowait())
            except Empty:
                break
        while self._waiting:
            with self._engine.begin() as connection:
                _store(connection, self._waiting[0])
            self._waiting.pop(0)

    def _reader(self) -> LineReports | None:
        while not self._stop.is_set():
            if source := self._source():
                return self._make(source)
            self._stop.wait(SOURCE_LOOK_S)
        return None

    def _source(self) -> str | None:
        try:
            with self._engine.connect() as connection:
                return get_meta(connection, "source")
        except StoreUnavailable:  # the loop says so
            return None

    def _follow(self, reports: LineReports) -> None:
        refused = 0
        while not self._stop.is_set():
            reading = reports.read()
            self._read.put(reading)
            if reading.error:
                complain(f"line reports: {reading.error}")
            refused = refused + 1 if isinstance(reading.error, AuthError) else 0
            if isinstance(reading.error, AuthError) and refused == AUTH_FAILURES:
                raise reading.error
            self._stop.wait(reports.wait_s(reading, self._interval_s))


def status(connection: Connection) -> dict[str, int | str]:
    """What the readings gave so far: COUNTERS, `at_us` and `error` of the last one."""
    counted: dict[str, int | str] = json.loads(get_meta(connection, WORD) or "{}")
    return {**dict.fromkeys(COUNTERS, 0), **counted}


def _store(connection: Connection, reading: Reading) -> None:
    now_us = time_units.now_us()
    noted = evidence.note(connection, reading.disruption_of, now_us)
    noted += Counter(
        readings=1, failed=int(reading.error is not None), requests=reading.requests, broken=reading.broken
    )
    before = status(connection)
    counters = {name: int(before[name]) + noted[name] for name in COUNTERS}
    put_meta(connection, **{WORD: json.dumps(counters | {"at_us": now_us, "error": str(reading.error or "")})})
