"""What the store knows about its own health: gaps, lags, what was refused, how far each part is, versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from dashboard.health import books
from dashboard.store import queries
from dashboard.window.gaps import Gap, gaps_of
from spark_app.commands.status import lags_s
from spark_app.derived.fold_books import FoldStatus, read_folds
from spark_app.store import tables

GAP_DAYS = 7
DEAD_LETTERS_SHOWN = 50
REAL_TIME = ("live", "simulated")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that broke the contract."""

    entry: int
    part: int
    reason: str


@dataclass(frozen=True, slots=True)
class FoldDeadLetter:
    """An entry that a derived fold set aside."""

    fold: str
    entry: int
    reason: str


@dataclass(frozen=True, slots=True)
class Health:
    """All of it, of one moment of the store; lags in seconds, None where there is nothing to measure."""

    newest_us: int
    polls: dict[str, int | None]
    gaps: tuple[Gap, ...]
    lags_s: dict[str, float | None]
    log_behind: int | None
    folds: tuple[FoldStatus, ...]
    newest_aside: tuple[FoldDeadLetter, ...]
    dead_letters: int
    newest_dead: tuple[DeadLetter, ...]
    unplaced: tuple[tuple[str, int], ...]
    versions: dict[str, str]


def read_health(connection: Connection) -> Health:
    """Everything that the page says, but for the books."""
    meta, newest = queries.read_meta(connection), queries.newest_tick(connection)
    newest_us = newest.at_us if newest else 0
    end = _end(connection)
    log = queries.read_status(connection).get("log", {})
    dead, d = tables.dead_letter, tables.dead_letter.c
    shown = select(d.entry, d.part, d.reason).order_by(d.entry.desc(), d.part.desc()).limit(DEAD_LETTERS_SHOWN)
    return Health(
        newest_us=newest_us,
        polls=books.completeness(log),
        gaps=tuple(gaps(connection, newest_us)),
        lags_s=lags_s(connection, in_real_time=meta.get("source") in REAL_TIME),
        log_behind=log["last"] - end if log.get("last") is not None else None,
        folds=tuple(read_folds(connection)),
        newest_aside=tuple(_newest_aside(connection)),
        dead_letters=queries.scalar(connection, select(func.count()).select_from(dead).scalar_subquery(), default=0),
        newest_dead=tuple(DeadLetter(*row) for row in connection.execute(shown)),
        unplaced=tuple(_unplaced(connection)),
        versions=versions(connection, meta),
    )


def gaps(connection: Connection, until_us: int) -> list[Gap]:
    """The stretches without observation of the last GAP_DAYS, newest first."""
    return gaps_of(queries.ticks_between(connection, until_us - GAP_DAYS * 86_400_000_000, until_us))[::-1]


def _end(connection: Connection) -> int:
    return queries.scalar(connection, func.max(tables.entry.c.entry), default=-1) + 1


def _newest_aside(connection: Connection) -> list[FoldDeadLetter]:
    """The newest entries that a derived fold set aside."""
    f = tables.fold_dead_letter.c
    query = select(f.fold, f.entry, f.reason).order_by(f.entry.desc(), f.fold).limit(DEAD_LETTERS_SHOWN)
    return [FoldDeadLetter(*row) for row in connection.execute(query)]


def _unplaced(connection: Connection) -> Sequence[tuple[str, int]]:
    """Reasons and how many revisions have them, most first."""
    r = tables.revision.c
    query = select(r.unplaced, func.count()).where(r.unplaced != "").group_by(r.unplaced)
    return sorted(((why, int(n)) for why, n in connection.execute(query)), key=lambda row: (-row[1], row[0]))


def versions(connection: Connection, meta: dict[str, str]) -> dict[str, str]:
    """What made the store, and which analyzer scored its newest text."""
    r = tables.revision.c
    analyzer = connection.execute(select(r.analyzer).order_by(r.rev.desc()).limit(1)).scalar()
    shown = {name: meta[name] for name in ("source", "schema", "build", "generation", "config_sha256") if name in meta}
    return shown | ({"analyzer": analyzer} if analyzer else {})
