"""Metrics for Prometheus at `/metrics`: the books and the derived folds, read from the store at each request.

A family is a function from what was read to its samples; `FAMILIES` lists them, and docs/metrics.md describes them. The
page keeps no counter of its own: what is counted is counted in the store, in the transaction that does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func

from dashboard.store import queries
from dashboard.store.reader import Store, StoreUnavailable
from prim_client.messages import time_units
from prim_client.messages.message import to_epoch_us
from spark_app.derived.fold_books import FoldStatus, read_folds
from spark_app.store import tables

MICROS = 1e6


@dataclass(frozen=True, slots=True)
class Readings:
    """One moment of the store. `log` is the log server's last word; empty: it has said nothing yet."""

    now_us: int
    log: dict[str, Any]
    said_at_us: dict[str, int]  # part -> when it said its last word
    book: dict[str, int]
    entries_end: int
    newest_us: int
    folds: list[FoldStatus]


def read(store: Store) -> Readings:
    """Raises StoreUnavailable."""
    with store.reading() as connection:
        status = queries.read_status(connection)
        return Readings(
            now_us=(now_us := time_units.now_us()),
            log=status.get("log", {}),
            said_at_us={part: word["at_us"] for part, word in status.items()},
            book=queries.read_books(connection),
            entries_end=queries.scalar(connection, func.max(tables.entry.c.entry), default=-1) + 1,
            newest_us=queries.scalar(connection, func.max(tables.entry.c.event_time_us), default=0),
            folds=read_folds(connection, now_us),
        )


def polls(read: Readings) -> Metric:
    """Polls by outcome."""
    counted = read.log.get("polls", {})
    family = CounterMetricFamily(
        "pulse_polls", "Polls of PRIM by outcome: changed, unchanged or rejected.", labels=["outcome"]
    )
    return _counters(family, {name: counted.get(name) for name in ("changed", "unchanged", "rejected")})


def rejected_polls(read: Readings) -> Metric:
    """Rejected polls by reason."""
    family = CounterMetricFamily(
        "pulse_polls_rejected", "Rejected polls by reason: failed, empty or other.", labels=["reason"]
    )
    return _counters(family, read.log.get("rejected") or {})


def missed_polls(read: Readings) -> Metric:
    """Slots of the schedule without a poll."""
    family = CounterMetricFamily("pulse_polls_missed", "Slots of the schedule in which no poll began.")
    missed = (read.log.get("schedule") or {}).get("missed")
    if missed is not None:
        family.add_metric([], missed)
    return family


def messages(read: Readings) -> Metric:
    """Messages by what became of them."""
    family = CounterMetricFamily(
        "pulse_messages",
        "Messages: logged or filtered by the collector, stored or dead_lettered by the stream.",
        labels=["outcome"],
    )
    made = read.log.get("messages", {})
    kept = {name: read.book.get(name, 0) for name in ("stored", "dead_lettered")}
    return _counters(family, {name: made.get(name) for name in ("logged", "filtered")} | kept)


def ticks(read: Readings) -> Metric:
    """Ticks of the store."""
    family = CounterMetricFamily("pulse_ticks", "Ticks in the store, observed or unobserved.", labels=["outcome"])
    return _counters(family, {name: read.book.get(f"ticks_{name}", 0) for name in ("observed", "unobserved")})


def entries(read: Readings) -> Metric:
    """How far log and store are."""
    family = GaugeMetricFamily(
        "pulse_entries", "The entry behind the last one, of the log and of the store.", labels=["of"]
    )
    return _counters(family, {"log": read.log.get("last"), "store": read.entries_end})


def moments(read: Readings) -> Iterable[Metric]:
    """When things happened last, in Unix seconds."""
    good = GaugeMetricFamily("pulse_last_good_poll_timestamp_seconds", "When the last good poll was made.")
    if text := read.log.get("last_good_poll_at"):
        good.add_metric([], to_epoch_us(datetime.fromisoformat(text)) / MICROS)
    yield good
    newest = GaugeMetricFamily("pulse_newest_entry_timestamp_seconds", "Event time of the newest entry in the store.")
    if read.newest_us:
        newest.add_metric([], read.newest_us / MICROS)
    yield newest
    said = GaugeMetricFamily(
        "pulse_part_timestamp_seconds", "When a part (log, spark) reported to the store last.", labels=["part"]
    )
    yield _counters(said, {part: at_us / MICROS for part, at_us in read.said_at_us.items()})


def folds(read: Readings) -> Iterable[Metric]:
    """The books of the derived folds, and what is wrong with one."""
    passed = CounterMetricFamily(
        "pulse_fold_entries",
        "Entries that a derived fold passed since it began: taken_in or set_aside.",
        labels=["fold", "outcome"],
    )
    for fold in read.folds:
        passed.add_metric([fold.name, "taken_in"], fold.taken_in)
        passed.add_metric([fold.name, "set_aside"], fold.set_aside)
    yield passed
    yield _of_folds(
        read,
        "stored_entries",
        "Entries stored since it began: taken in + set aside + behind.",
        lambda fold: fold.stored,
    )
    yield _of_folds(read, "behind_entries", "Stored entries that it has not passed yet.", lambda fold: fold.behind)
    yield _of_folds(
        read, "waiting_seconds", "For how long the oldest of these has been stored.", lambda fold: fold.waiting_s or 0
    )
    yield _of_folds(read, "late", "1: it waits for more than ten minutes.", lambda fold: fold.is_late)
    yield _of_folds(
        read, "incomplete", "1: it set an entry aside, and its tables lack something.", lambda fold: fold.set_aside > 0
    )


def _of_folds(read: Readings, name: str, doc: str, value: Callable[[FoldStatus], float]) -> Metric:
    family = GaugeMetricFamily(f"pulse_fold_{name}", f"Of a derived fold. {doc}", labels=["fold"])
    for fold in read.folds:
        family.add_metric([fold.name], value(fold))
    return family


def _counters(family: CounterMetricFamily | GaugeMetricFamily, values: dict[str, float | None]) -> Metric:
    """`family` with a sample for each value that is known."""
    for label, value in values.items():
        if value is not None:
            family.add_metric([label], value)
    return family


FAMILIES: tuple[Callable[[Readings], Metric | Iterable[Metric]], ...] = (
    polls,
    rejected_polls,
    missed_polls,
    messages,
    ticks,
    entries,
    moments,
    folds,
)


class StoreCollector(Collector):
    """Reads the store at each scrape. A store that cannot be read is a sample, too."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterable[Metric]:
        readable = GaugeMetricFamily("pulse_store_readable", "1: the store can be read; 0: nothing else is known.")
        try:
            found = read(self._store)
        except StoreUnavailable:
            readable.add_metric([], 0)
            yield readable
            return
        readable.add_metric([], 1)
        yield readable
        for make in FAMILIES:
            made = make(found)
            yield from (made,) if isinstance(made, Metric) else made


def register(server: Flask, store: Store) -> None:
    """Serve `/metrics`, under the same rules of access as the page."""
    registry = CollectorRegistry()
    registry.register(StoreCollector(store))

    @server.get("/metrics")
    def metrics() -> Response:
        return Response(
            generate_latest(registry), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"}
        )
