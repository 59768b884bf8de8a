"""The books of the derived folds: entries that each took in, set aside, and has still before it. Imports no Spark.

For each fold: entries stored since it began = taken in + set aside + behind. `Book` is raised in the transaction of the
fold's step; `read_folds` is what status, page and metrics show.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, MetaData, Table, delete, func, select
from sqlalchemy.schema import DropTable

from prim_client.messages import time_units
from spark_app.store.engine import append, upsert
from spark_app.store.tables import derived, entry, fold_book, fold_dead_letter, ledger

NAMES = ("alerts", "clusters", "incidents", "texts", "trends")  # every derived fold of the product
LATE_S = 600.0  # an entry that was stored so long ago should have been taken in
REASON_MAX_CHARS = 500
RETIRED_TABLES = (Table("cluster_name", MetaData()),)  # of folds that there are no more


@dataclass(frozen=True, slots=True)
class Book:
    """The counters of one fold; columns of table `fold_book`."""

    fold: str
    first_entry: int
    taken_in: int = 0
    set_aside: int = 0
    incomplete_from: int | None = None
    incomplete_from_us: int | None = None

    def take_in(self, count: int) -> Book:
        """With `count` entries more."""
        return replace(self, taken_in=self.taken_in + count)

    def put_aside(self, number: int, at_us: int | None) -> Book:
        """With the entry `number`, of the event time `at_us`, set aside."""
        if self.set_aside:
            return replace(self, set_aside=self.set_aside + 1)
        return replace(self, set_aside=1, incomplete_from=number, incomplete_from_us=at_us)

    def write(self, connection: Connection) -> None:
        """Write its row."""
        upsert(connection, fold_book, [{column.name: getattr(self, column.name) for column in fold_book.columns}])


def read_book(connection: Connection, fold: str) -> Book | None:
    """The counters of a fold; None where it has none yet."""
    row = connection.execute(select(fold_book).where(fold_book.c.fold == fold)).first()
    return Book(**row._mapping) if row else None


def book_of_older_store(connection: Connection, fold: str, next_entry: int) -> Book:
    """The counters of a fold that was stored before there were any:
    it had taken in all that was before `next_entry`."""
    first = min(_first_stored(connection), next_entry)
    return Book(fold, first, next_entry - first)


def forget(connection: Connection, fold: str) -> None:
    """Drop counters and dead letters of a fold that begins anew: what it set aside is tried again."""
    connection.execute(delete(fold_book).where(fold_book.c.fold == fold))
    connection.execute(delete(fold_dead_letter).where(fold_dead_letter.c.fold == fold))


def forget_retired(connection: Connection) -> None:
    """Drop what an older version kept of folds that there are no more; nobody would take them on."""
    for table, fold in (
        (derived, derived.c.name),
        (fold_book, fold_book.c.fold),
        (fold_dead_letter, fold_dead_letter.c.fold),
    ):
        connection.execute(delete(table).where(fold.not_in(NAMES)))
    for table in RETIRED_TABLES:
        connection.execute(DropTable(table, if_exists=True))


def add_dead_letter(connection: Connection, fold: str, version: str, number: int, reason: str, at_us: int) -> None:
    """Write why `fold` could not take in the entry `number`."""
    text = reason.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()[:REASON_MAX_CHARS]
    row = {"fold": fold, "entry": number, "version": version, "reason": text, "at_us": at_us}
    append(connection, fold_dead_letter, [row])


def drop_old_dead_letters(connection: Connection) -> None:
    """Drop those whose entries retention dropped; the counters stay."""
    connection.execute(delete(fold_dead_letter).where(fold_dead_letter.c.entry < _first_stored(connection)))


@dataclass(frozen=True, slots=True)
class FoldStatus:
    """How far a fold is. `stored`, `taken_in`, `set_aside` and `behind` are entries; `waiting_s` is for how long, at
    least, the oldest entry that it has not taken in has been stored; None: there is none, or nobody knows."""

    name: str
    version: str
    stored: int
    taken_in: int
    set_aside: int
    behind: int
    incomplete_from: int | None
    incomplete_from_us: int | None
    waiting_s: float | None
    at_us: int
    reason: str = ""  # why the newest entry was set aside

    @property
    def is_late(self) -> bool:
        """Whether an entry has waited for longer than LATE_S."""
        return self.waiting_s is not None and self.waiting_s > LATE_S

    @property
    def balances(self) -> bool:
        """Whether every stored entry was taken in, set aside, or is still to come."""
        return self.stored == self.taken_in + self.set_aside + self.behind

    def as_json(self) -> dict[str, Any]:
        """JSON types, for status and health."""
        names = ("stored", "taken_in", "set_aside", "behind", "incomplete_from", "incomplete_from_us", "reason")
        waiting_s = None if self.waiting_s is None else round(self.waiting_s, 1)
        return {name: getattr(self, name) for name in names} | {"waiting_s": waiting_s, "late": self.is_late}


def read_folds(connection: Connection, now_us: int | None = None) -> list[FoldStatus]:
    """Every fold of the product, and any other that the store holds, by name."""
    now_us = time_units.now_us() if now_us is None else now_us
    places = select(derived.c.name, derived.c.version, derived.c.next_entry, derived.c.at_us)
    found = {row.name: row for row in connection.execute(places)}
    books = {row.fold: Book(**row._mapping) for row in connection.execute(select(fold_book))}
    first, end = _first_stored(connection), _end(connection)
    statuses = []
    for name in sorted({*NAMES, *found}):
        row = found.get(name)
        at = row.next_entry if row else first
        book = books.get(name) or Book(name, min(first, at), at - min(first, at))
        waiting_s = _waiting_s(connection, at, now_us) if at < end else None
        statuses.append(
            FoldStatus(
                name,
                row.version if row else "",
                max(end - book.first_entry, 0),
                book.taken_in,
                book.set_aside,
                max(end - at, 0),
                book.incomplete_from,
                book.incomplete_from_us,
                waiting_s,
                row.at_us if row else 0,
                _newest_reason(connection, name) if book.set_aside else "",
            )
        )
    return statuses


def wrong_books(folds: Iterable[FoldStatus]) -> list[str]:
    """One sentence for each fold whose counters do not add up."""
    return [
        f"entries stored = taken in + set aside + behind of the fold {fold.name}: "
        f"{fold.stored} is not {fold.taken_in + fold.set_aside + fold.behind}"
        for fold in folds
        if not fold.balances
    ]


def troubles(folds: Iterable[FoldStatus]) -> list[str]:
    """One sentence for each fold that is late or set something aside."""
    said = []
    for fold in folds:
        if fold.set_aside:
            said.append(f"the fold {fold.name} set {fold.set_aside} entries aside, the first is {fold.incomplete_from}")
        if fold.is_late:
            said.append(
                f"the fold {fold.name} is {fold.behind} entries behind, for {(fold.waiting_s or 0) / 60:.0f} min"
            )
    return said


def _waiting_s(connection: Connection, next_entry: int, now_us: int) -> float | None:
    """For how long the entry `next_entry` has been stored; at least so long where the ledger's row of it was
    dropped."""
    query = select(func.min(ledger.c.written_at_us)).where(ledger.c.to_entry > next_entry)
    written_us = connection.execute(query).scalar()
    return None if written_us is None else max(now_us - written_us, 0) / 1e6


def _newest_reason(connection: Connection, fold: str) -> str:
    """Why the newest entry was set aside; empty where retention dropped it."""
    f = fold_dead_letter.c
    return connection.execute(select(f.reason).where(f.fold == fold).order_by(f.entry.desc()).limit(1)).scalar() or ""


def _first_stored(connection: Connection) -> int:
    return connection.execute(select(func.min(entry.c.entry))).scalar() or 0


def _end(connection: Connection) -> int:
    last = connection.execute(select(func.max(entry.c.entry))).scalar()
    return 0 if last is None else last + 1
