"""Data health: the books, lags, dead letters, reasons of what has no place, versions."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard.health import books
from dashboard.health.data_health import Health, read_health
from dashboard.store import queries
from dashboard.tables.dataset import Asked, Dataset, Found, Offer, Row, columns
from dashboard.window.selection import format_utc
from spark_app.derived.fold_books import FoldStatus

BALANCE_COLUMNS = columns("""
    name   text      polls, messages, store or ticks
    total  integer?  the left side; null: nobody has said it yet
    parts  integer   the sum of the right side
    holds  boolean   whether they are equal
""")
COUNTER_COLUMNS = columns("""
    name   text     of the counter
    value  integer  raised in the transaction that does the thing
""")
POLL_COLUMNS = columns("""
    name   text      expected, missed, received, late, unchanged, empty, failed or other
    polls  integer?  how many; null: not counted
""")
LAG_COLUMNS = columns("""
    stage    text      from where to where
    lag_s    number?   median, seconds; null: cannot be measured, or is counted in entries
    entries  integer?  log entries still to take in; null: is measured in seconds
""")
DEAD_LETTER_COLUMNS = columns("""
    entry   integer  offset in the log
    part    integer  place in the entry
    reason  text     which field, which value, what was expected
""")
FOLD_COLUMNS = columns("""
    fold              text      the computation that follows the store
    version           text      of its rule; empty: it has never run
    stored            integer   entries stored since it began = taken_in + set_aside + behind
    taken_in          integer   entries that it took in
    set_aside         integer   entries that it could not take in
    behind            integer   entries still to come
    incomplete_from   integer?  the first entry that it set aside: its tables lack something from here on
    incomplete_utc    moment?   when that was observed
    reason            text      why the newest entry was set aside
    waiting_s         number?   for how long the oldest entry behind has been stored; null: there is none
    late              boolean   whether that is more than ten minutes
""")
REASON_COLUMNS = columns("""
    reason     text     why no point was found
    revisions  integer  texts with this reason
""")
VERSION_COLUMNS = columns("""
    name     text  what has a version
    version  text  number or content hash
""")


def _health(asked: Asked) -> Health:
    with asked.reading() as connection:
        return read_health(connection)


def balances(asked: Asked) -> Found:
    """One row an equation of the books."""
    found, _, _ = books.read(asked.views.store)
    return Found([_balance_row(balance) for balance in found])


def _balance_row(balance: books.Balance) -> Row:
    parts = sum(value for _, value in balance.parts)
    return {"name": balance.name, "total": balance.total, "parts": parts, "holds": balance.holds}


def counters(asked: Asked) -> Found:
    """One row a counter of the store."""
    with asked.reading() as connection:
        found = queries.read_books(connection)
    return Found([{"name": name, "value": value} for name, value in sorted(found.items())])


def polls(asked: Asked) -> Found:
    """One row a fate of the polls that were due."""
    return Found([{"name": name, "polls": n} for name, n in _health(asked).polls.items()])


def lags(asked: Asked) -> Found:
    """One row a stage."""
    health = _health(asked)
    stages = [{"stage": stage, "lag_s": lag_s, "entries": None} for stage, lag_s in health.lags_s.items()]
    behind = {"log_to_store": health.log_behind} | {f"store_to_{f.name}": f.behind for f in health.folds}
    return Found([*stages, *({"stage": stage, "lag_s": None, "entries": n} for stage, n in behind.items())])


def dead_letters(asked: Asked) -> Found:
    """The newest messages that broke the contract."""
    health = _health(asked)
    rows = [{"entry": one.entry, "part": one.part, "reason": one.reason} for one in health.newest_dead]
    return Found(rows, about={"in_all": health.dead_letters})


def folds(asked: Asked) -> Found:
    """One row a derived fold."""
    return Found(fold_rows(_health(asked).folds))


def fold_rows(folds: Iterable[FoldStatus]) -> list[Row]:
    """One row a derived fold."""
    rows = []
    for fold in folds:
        row = {"fold": fold.name, "version": fold.version} | fold.as_json()
        since_us = row.pop("incomplete_from_us")
        rows.append(row | {"incomplete_utc": None if since_us is None else format_utc(since_us)})
    return rows


def unplaced_reasons(asked: Asked) -> Found:
    """One row a reason, most first."""
    return Found([{"reason": why, "revisions": n} for why, n in _health(asked).unplaced])


def versions(asked: Asked) -> Found:
    """One row a thing that has a version."""
    health = _health(asked)
    said = health.versions | {f"fold {f.name}": f.version for f in health.folds if f.version}
    return Found([{"name": name, "version": version} for name, version in said.items()])


DATASETS = (
    Dataset(
        "balances",
        Offer("data", "Comptes", "Books"),
        "The equations of the books",
        BALANCE_COLUMNS,
        balances,
        chosen=False,
    ),
    Dataset(
        "counters",
        Offer("data", "Compteurs", "Counters"),
        "The counters of the store",
        COUNTER_COLUMNS,
        counters,
        chosen=False,
    ),
    Dataset(
        "polls",
        Offer("data", "Relevés", "Polls"),
        "What became of the polls that were due",
        POLL_COLUMNS,
        polls,
        chosen=False,
    ),
    Dataset("lags", Offer("data", "Retards", "Lags"), "Lag by stage", LAG_COLUMNS, lags, chosen=False),
    Dataset(
        "dead-letters",
        Offer("data", "Messages refusés", "Dead letters"),
        "The newest messages that broke the contract",
        DEAD_LETTER_COLUMNS,
        dead_letters,
        chosen=False,
    ),
    Dataset(
        "folds",
        Offer("data", "Calculs qui suivent le dépôt", "Computations that follow the store"),
        "How far the derived folds are, and what they set aside",
        FOLD_COLUMNS,
        folds,
        chosen=False,
    ),
    Dataset(
        "unplaced-reasons",
        Offer("data", "Sans lieu, par raison", "Without a place, by reason"),
        "Why texts have no place, all of the store",
        REASON_COLUMNS,
        unplaced_reasons,
        chosen=False,
    ),
    Dataset(
        "versions",
        Offer("data", "Versions", "Versions"),
        "Versions of what made the store",
        VERSION_COLUMNS,
        versions,
        chosen=False,
    ),
)
