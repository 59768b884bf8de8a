"""The daily budget of a key, on disk before each request: a crash may waste a request, never hide one.

One small SQLite file keeps, for each key (by its hash) and UTC day, how many requests were sent and
what the server last said is left. Two processes with one key share one budget.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.configuration.private_folder import make_private
from prim_client.messages.time_units import DAY_S

QUOTA_FILE = "quota.sqlite"  # in data_dir, one for all keys: what runs in other folders counts too
UNLIMITED = 100_000_000  # requests a day: our own server has no quota to respect
KEEP_DAYS = 31  # older days are of no use to anyone
BUSY_TIMEOUT_S = 10.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS quota (
    key_hash TEXT NOT NULL,           -- sha256 of the key, 16 hex digits
    day TEXT NOT NULL,                -- UTC, 2026-10-05
    sent INTEGER NOT NULL,            -- requests of that day
    server_left INTEGER,              -- x-ratelimit-remaining-day, less what was sent since
    last_sent_at TEXT NOT NULL,       -- UTC
    PRIMARY KEY (key_hash, day)
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a key may still do today."""

    left: int  # requests
    reset_at: datetime  # UTC, when the next day's quota begins
    last_sent_at: datetime | None  # UTC, the last request of the day

    def spacing_s(self, now: datetime) -> float:
        """Seconds between two requests that make what is left last until the reset."""
        remaining_s = max((self.reset_at - now).total_seconds(), 0.0)
        return remaining_s / self.left if self.left > 0 else remaining_s


def hash_key(key: str) -> str:
    """The name under which a key's budget is kept; the key cannot be read from it."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


class Quota:
    """The budget of one key, in the SQLite file `path`, of `per_day` requests a UTC day.

    Raises `sqlite3.Error` when the file cannot be written: then no request may be sent either.
    """

    def __init__(self, path: Path, key: str, per_day: int) -> None:
        self._path = path
        self._key_hash = hash_key(key)
        self._per_day = per_day
        make_private(path.parent)
        with closing(self._connect()) as db:
            db.execute(_SCHEMA)

    @property
    def spacing_s(self) -> float:
        """Seconds between two requests that a whole day's quota lasts for."""
        return DAY_S / self._per_day

    def budget(self, now: datetime) -> Budget:
        """What is left at `now` (UTC)."""
        with closing(self._connect()) as db:
            return self._budget(db, now)

    def spend(self, now: datetime) -> bool:
        """Book one request, durably, before it is sent; False (and nothing booked) if none is left."""
        with closing(self._connect()) as db:
            db.execute("BEGIN IMMEDIATE")
            if self._budget(db, now).left < 1:
                db.execute("ROLLBACK")
                return False
            self._book(db, now)
            db.execute("COMMIT")
            return True

    def note_left(self, now: datetime, server_left: int) -> None:
        """Note what the server says is left today; it counts where it is less than ours."""
        with closing(self._connect()) as db:
            db.execute(
                "UPDATE quota SET server_left = ? WHERE key_hash = ? AND day = ?",
                (max(server_left, 0), self._key_hash, _day(now)),
            )

    def _book(self, db: sqlite3.Connection, now: datetime) -> None:
        db.execute(
            "INSERT INTO quota VALUES (?, ?, 1, NULL, ?) ON CONFLICT DO UPDATE SET sent = sent + 1, "
            "server_left = max(server_left - 1, 0), last_sent_at = excluded.last_sent_at",
            (self._key_hash, _day(now), now.isoformat()),
        )
        db.execute("DELETE FROM quota WHERE day < ?", (_day(now - timedelta(days=KEEP_DAYS)),))

    def _budget(self, db: sqlite3.Connection, now: datetime) -> Budget:
        row = db.execute(
            "SELECT sent, server_left, last_sent_at FROM quota WHERE key_hash = ? AND day = ?",
            (self._key_hash, _day(now)),
        ).fetchone()
        sent, server_left, last_sent_at = row or (0, None, None)
        left = self._per_day - sent
        return Budget(
            left=max(left if server_left is None else min(left, server_left), 0),
            reset_at=_next_day(now),
            last_sent_at=datetime.fromisoformat(last_sent_at) if last_sent_at else None,
        )

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        db.execute("PRAGMA synchronous = FULL")  # on the disk when `spend` returns
        return db


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()


def _next_day(now: datetime) -> datetime:
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)
