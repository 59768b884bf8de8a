"""Drops from the store what is older than its retention; the books and the newest ledger rows stay."""

from __future__ import annotations

import sys
import threading
from datetime import timedelta

from sqlalchemy import Connection, Engine, delete, func, select

from spark_app.store import StoreUnavailable
from spark_app.tables import (
    dead_letter,
    entry,
    ledger,
    message,
    model,
    revision,
    revision_hit,
    window,
    window_span,
)

PERIOD_S = 3_600.0
LEDGER_ROWS = 1_000  # Spark re-runs the last batch only; the rest is for a look back


def prune(engine: Engine, keep: timedelta) -> int:
    """Delete what happened more than `keep` before the newest entry; returns the entries deleted.

    Measured from the newest entry and not from a clock: a recording of another year is not old.
    """
    with engine.begin() as connection:
        newest_us = connection.execute(select(func.max(entry.c.event_time_us))).scalar()
        if newest_us is None:
            return 0
        before_us = newest_us - keep // timedelta(microseconds=1)
        _prune_ledger(connection)
        return _prune_entries(connection, before_us)


def _prune_entries(connection: Connection, before_us: int) -> int:
    kept = connection.execute(select(func.min(entry.c.entry)).where(entry.c.event_time_us >= before_us)).scalar()
    gone = connection.execute(delete(entry).where(entry.c.entry < kept)).rowcount
    if gone:
        for table in (message, dead_letter):
            connection.execute(delete(table).where(table.c.entry < kept))
        for table, moment in ((window, "end_us"), (window_span, "end_us"), (model, "tick_us")):
            connection.execute(delete(table).where(table.c[moment] < before_us))
        used = select(message.c.rev).distinct().scalar_subquery()
        # the newest revisions may be about to be used: numbers go on from the greatest
        newest_rev = connection.execute(select(func.max(message.c.rev))).scalar() or 0
        for table in (revision_hit, revision):
            connection.execute(delete(table).where(table.c.rev.not_in(used), table.c.rev < newest_rev))
    return gone


def _prune_ledger(connection: Connection) -> None:
    newest = connection.execute(select(func.max(ledger.c.to_entry))).scalar() or 0
    rows = select(ledger.c.to_entry).order_by(ledger.c.to_entry.desc()).limit(1).offset(LEDGER_ROWS)
    oldest = connection.execute(rows).scalar()
    if oldest is not None:
        connection.execute(delete(ledger).where(ledger.c.to_entry <= oldest, ledger.c.to_entry < newest))


class Pruner(threading.Thread):
    """Prunes once an hour."""

    def __init__(self, engine: Engine, keep: timedelta) -> None:
        super().__init__(name="retention", daemon=True)
        self._engine, self._keep, self._stop_asked = engine, keep, threading.Event()

    def run(self) -> None:
        while not self._stop_asked.wait(PERIOD_S):
            try:
                prune(self._engine, self._keep)
            except StoreUnavailable as error:  # the next hour tries again
                print(f"pulse: old data could not be dropped: {error}", file=sys.stderr, flush=True)

    def stop(self) -> None:
        """End the thread."""
        self._stop_asked.set()
        self.join()
