"""The report of a run, as `--json` prints it: the counters of the log and of the store, and the hash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, func, select

from prim_client.messages.message import Kind
from spark_app.derived.fold_books import read_folds, wrong_books
from spark_app.derived.incidents import books as incident_books
from spark_app.store.digest import windows_sha256
from spark_app.store.engine import next_entry, read_book
from spark_app.store.tables import window

STORED_KINDS = tuple(kind.value for kind in Kind if kind is not Kind.INVALID)


def report(engine: Engine, log_books: Mapping[str, Any], seconds: Mapping[str, float]) -> dict[str, Any]:
    """The result of a run. `log_books` is the log server's status; `seconds` by stage."""
    with engine.connect() as connection:
        book = read_book(connection)
        windows = connection.execute(select(func.count()).select_from(window)).scalar()
        sha256 = windows_sha256(connection)
        incidents = incident_books.counts(connection)
    kinds = {kind: book.get(f"kind:{kind}", 0) for kind in STORED_KINDS}
    return {
        "polls": {name: log_books["polls"][name] for name in ("received", "changed", "unchanged", "rejected")},
        "rejected": dict(log_books.get("rejected", {})),
        "messages": {**kinds, "filtered": log_books["messages"]["filtered"]},
        "ticks": {"expected": log_books["ticks"]["expected"], "observed": book.get("ticks_observed", 0)},
        "dead_letters": book.get("dead_lettered", 0),
        "hits": book.get("hits", 0),
        "unplaced": book.get("unplaced", 0),
        "windows": windows,
        "incidents": incidents,
        "seconds": {stage: round(value, 3) for stage, value in seconds.items()},
        "sha256": sha256,
    }


def imbalances(engine: Engine, log_books: Mapping[str, Any]) -> list[str]:
    """One sentence for each book that does not balance; empty when all do.

    While entries of the log are on their way into the store, the books between the two are still open.
    """
    with engine.connect() as connection:
        book, stored_to = read_book(connection), next_entry(connection) or 0
        of_incidents = incident_books.balances(connection)
        of_folds = wrong_books(read_folds(connection))
    polls, messages, ticks = log_books["polls"], log_books["messages"], log_books["ticks"]
    stored, dead = book.get("stored", 0), book.get("dead_lettered", 0)
    seen = book.get("ticks_observed", 0) + book.get("ticks_unobserved", 0)
    books = [
        (
            "polls received = changed + unchanged + rejected",
            polls["received"],
            polls["changed"] + polls["unchanged"] + polls["rejected"],
        ),
        ("messages made = logged + filtered", messages["made"], messages["logged"] + messages["filtered"]),
        ("ticks expected = observed + unobserved", ticks["expected"], ticks["observed"] + ticks["unobserved"]),
    ]
    if rejected := log_books.get("rejected"):  # a log of an older version has not told them apart
        books.append(("polls rejected = failed + empty + other", polls["rejected"], sum(rejected.values())))
    if schedule := log_books.get("schedule"):
        books.append(
            ("polls expected = received + missed", schedule["expected"], polls["received"] + schedule["missed"])
        )
    if stored_to == log_books["last"]:
        books += [
            ("messages logged = stored + dead-lettered", messages["logged"], stored + dead),
            ("ticks of the log = ticks of the store", ticks["expected"], seen),
        ]
    return [f"{name}: {left} is not {right}" for name, left, right in books + of_incidents if left != right] + of_folds
