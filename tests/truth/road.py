"""The road from polls to tables within one process: a real log, its real socket, a real Spark session.

Several roads share one Spark session, each with its own log, checkpoint and store.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from pyspark.sql import SparkSession
from sqlalchemy import Engine

from deploy.configuration.settings import Settings
from prim_client.messages.differ import Differ
from prim_client.messages.parse import Parser
from prim_client.messages.polls import RawPoll
from spark_app.commands.app import is_done, make_plan
from spark_app.commands.derive import make_folds
from spark_app.commands.report import imbalances, report
from spark_app.derived.runner import Runner
from spark_app.query.query import Stream, check_log
from spark_app.store import checkpoint
from spark_app.store.engine import open_store, sqlite_url
from stream_server.collector import Collector
from stream_server.log.log import Log
from stream_server.protocol.address import SocketAddress
from stream_server.protocol.client import Client
from stream_server.socket.server import Server

PATIENCE_S = 400.0
LOOK_S = 0.05  # a look asks the JVM, the log and the store: 4 ms of processor time


class Polls:
    """An input that plays `polls` as they are, in the order given, and ends."""

    source = "recorded"

    def __init__(self, polls: Iterable[RawPoll]) -> None:
        self._polls = list(polls)

    def polls(self, after: str = "") -> Generator[RawPoll, None, None]:
        names = [poll.cursor for poll in self._polls]
        yield from self._polls[names.index(after) + 1 if after else 0 :]


def collect(log: Log, input_: Any, settings: Settings | None = None) -> None:
    """Take all of `input_` into `log`, as `stream_server.serve` does."""
    settings = settings or Settings()
    log.claim(source=input_.source, tick_s=settings.differ.tick_s)
    own = settings.differ
    differ = Differ(own.tick_s, own.grace_s, own.clock_tolerance_s, input_.source, log.state(), body_of=log.body_of)
    Collector(input_, Parser(), differ, log, settings.log.group_polls).run(Event())


@contextmanager
def serving(path: Path, input_: Any) -> Iterator[Served]:
    """A log of `input_` at `path` on its socket."""
    with Log.open(path) as log, Server(log, "127.0.0.1", 0) as server:
        collect(log, input_)
        yield Served(log, server.host, server.port)


@dataclass(frozen=True)
class Served:
    """A log and where it can be read."""

    log: Log
    host: str
    port: int


@dataclass(frozen=True)
class Road:
    """One way through Spark: where its checkpoint and store are, and how it cuts its batches."""

    spark: SparkSession
    port: int
    folder: Path
    max_entries: int = 1000
    cores: int = 2
    store_url: str = ""
    settings: Settings | None = None  # None: of today, as fast as batches come

    @property
    def engine(self) -> Engine:
        """The store."""
        return open_store(self.store_url or sqlite_url(self.folder / "store.db"))

    def start(self, engine: Engine | None = None) -> Stream:
        """The query, running."""
        settings, to_an_end = self.settings or Settings(), self.settings is None
        plan = make_plan(
            settings, SocketAddress("127.0.0.1", self.port), self.folder, self.cores, self.max_entries, to_an_end
        )
        engine = engine or self.engine
        checkpoint.settle(plan.checkpoint, engine, check_log(plan, engine))
        return Stream(self.spark, plan, engine)

    def go(self, until_entry: int | None = None) -> Stream:
        """Run to the end of the log, or until `until_entry` is stored, and stop; the derived folds follow."""
        stream = self.finish(self.start(), until_entry)
        Runner(self.engine, make_folds(Settings())).catch_up()
        return stream

    def finish(self, stream: Stream, until_entry: int | None = None) -> Stream:
        """The same for a query that runs already."""
        try:
            wait_for(lambda: _arrived(stream, until_entry), stream)
        finally:
            stream.stop()
        return stream


def _arrived(stream: Stream, until_entry: int | None) -> bool:
    return is_done(stream, "input") if until_entry is None else stream.next_entry() >= until_entry


def wait_for(arrived: Any, stream: Stream) -> None:
    """Return when `arrived()`; raises what the query died of."""
    deadline = time.monotonic() + PATIENCE_S
    while not arrived():
        if not stream.query.isActive:
            raise stream.query.exception() or AssertionError("the query stopped by itself")
        assert time.monotonic() < deadline, f"at entry {stream.next_entry()} after {PATIENCE_S} s"
        time.sleep(LOOK_S)


def result_of(engine: Engine, server: Served) -> dict[str, Any]:
    """What `./pulse replay --json` would print; fails if the books do not balance."""
    with Client(server.host, server.port) as client:
        books = client.status()
    assert imbalances(engine, books) == []
    return report(engine, books, {})
