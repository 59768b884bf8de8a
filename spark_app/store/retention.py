"""Drops from the store what is older than its retention; the books and the newest ledger rows stay."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import Connection, Engine, delete, exists, func, select

from deploy.configuration.command_line import complain
from prim_client.messages.time_units import DAY_US, HOUR_S
from spark_app.store.engine import StoreUnavailable
from spark_app.store.tables import (
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

PERIOD_S = HOUR_S
LEDGER_ROWS = 1_000  # Spark re-runs the last batch only; the rest is for a look back


def prune(engine: Engine, keep: timedelta) -> int:
    """Delete what happened more than `keep` before the newest entry; returns the entries deleted.

    Measured from the newest entry and not from a clock: a recording of another year is not old. A day in a transaction,
    so that the stream gets its turn where a shorter retention drops months.
    """
    with engine.begin() as connection:
        oldest_us, newest_us = connection.execute(
            select(func.min(entry.c.event_time_us), func.max(entry.c.event_time_us))
        ).one()
        _prune_ledger(connection)
    if newest_us is None:
        return 0
    before_us, gone = newest_us - keep // timedelta(microseconds=1), 0
    for until_us in (*range(oldest_us + DAY_US, before_us, DAY_US), before_us):
        with engine.begin() as connection:
            gone += _prune_entries(connection, until_us)
    return gone


def _prune_entries(connection: Connection, before_us: int) -> int:
    kept = connection.execute(select(func.min(entry.c.entry)).where(entry.c.event_time_us >= before_us)).scalar()
    gone = connection.execute(delete(entry).where(entry.c.entry < kept)).rowcount
    if gone:
        for table in (message, dead_letter):
            connection.execute(delete(table).where(table.c.entry < kept))
        _prune_windows(connection, before_us)
        connection.execute(delete(model).where(model.c.tick_us < before_us))
        # the newest revisions may be about to be used: numbers go on from the greatest
        newest_rev = connection.execute(select(func.max(message.c.rev))).scalar() or 0
        for table in (revision_hit, revision):
            used = exists().where(
                message.c.rev == table.c.rev
            )  # one look in an index each: a month has millions of messages
            connection.execute(delete(table).where(~used, table.c.rev < newest_rev))
    return gone


def _prune_windows(connection: Connection, before_us: int) -> None:
    """Line by line, as their key begins with it: a search over all windows of a year would hold up the stream."""
    connection.execute(delete(window_span).where(window_span.c.end_us < before_us))
    least = select(func.min(window.c.line))
    line = connection.execute(least).scalar()
    while line is not None:
        connection.execute(delete(window).where(window.c.line == line, window.c.end_us < before_us))
        line = connection.execute(least.where(window.c.line > line)).scalar()


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
                complain(f"old data could not be dropped: {error}")

    def stop(self) -> None:
        """End the thread."""
        self._stop_asked.set()
        self.join()
