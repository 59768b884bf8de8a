"""`./pulse bench latency`: from the durable log to a readable row in the store, live, at 1, 10 and 100 messages/s.

    python -m benchmarks.speed.latency [--seconds 30] [--rates 1 10 100]

Each message is an entry of its own, appended (with its fsync) at an even pace to a log that this process serves; in
the middle of each rate comes one tick with all disruptions of the simulated network. The Spark application runs as in
`./pulse up`, archive included. A row counts as readable when another connection to the store sees it; it is
looked for every 5 ms. Bar: 95 % within 2 s at the highest rate.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np

from benchmarks.base._machine import machine, verdict
from benchmarks.base._made_log import BEGIN, SOURCE, append, make_message, simulated_disruptions
from benchmarks.base._settings import own_settings
from deploy.processes.environment import python
from prim_client.messages.message import Entry, Kind
from spark_app.store.engine import open_store, sqlite_url
from stream_server.log.log import Log
from stream_server.socket.server import Server

LOOK_S = 0.005
PATIENCE_S = 180.0  # for the start and for the last row
BAR_S = 2.0
TICK = timedelta(minutes=5)


class Feed:
    """Appends entries to a log and notes when each was durable."""

    def __init__(self, log: Log) -> None:
        self.log, self.at = log, BEGIN
        self.appended_s: dict[int, float] = {}
        self._disruptions = simulated_disruptions()
        self._made = len(self._disruptions)
        self._send([(n, Kind.OPENED) for n in range(self._made)], tick=False)
        self.tick()

    def one(self) -> None:
        """One new message, one second of event time later."""
        self.at += timedelta(milliseconds=10)
        self._made += 1
        self._send([(self._made, Kind.OPENED)], tick=False)

    def tick(self) -> None:
        """The next tick, with an `ongoing` message of every disruption of the network."""
        self.at = BEGIN + ((self.at - BEGIN) // TICK + 1) * TICK
        self._send([(n, Kind.ONGOING) for n in range(len(self._disruptions))], tick=True)
        self.at += timedelta(milliseconds=1)

    def _send(self, what: list[tuple[int, Kind]], tick: bool) -> None:
        messages = tuple(make_message(n, kind, self.at, self._disruptions) for n, kind in what)
        number = self.log.bounds()[1]
        append(self.log, [Entry(self.at, tick, True, messages)])
        self.appended_s[number] = time.monotonic()


class Looker(threading.Thread):
    """Notes when each entry of the store could first be read."""

    def __init__(self, store: Path) -> None:
        super().__init__(daemon=True)
        self._store, self._ended = store, threading.Event()
        self.readable_s: dict[int, float] = {}

    def run(self) -> None:
        connection, seen = sqlite3.connect(f"file:{self._store}?mode=ro", uri=True), -1
        while not self._ended.wait(LOOK_S):
            newest = connection.execute("SELECT max(entry) FROM message").fetchone()[0]
            now = time.monotonic()
            newest = seen if newest is None else newest
            self.readable_s.update(dict.fromkeys(range(seen + 1, newest + 1), now))
            seen = newest
        connection.close()

    def wait_for(self, entry: int, writer: subprocess.Popen[bytes]) -> None:
        """Until `entry` is readable."""
        deadline = time.monotonic() + PATIENCE_S
        while entry not in self.readable_s:
            if writer.poll() is not None or time.monotonic() > deadline:
                state = "still runs" if writer.poll() is None else f"ended with {writer.returncode}"
                raise SystemExit(f"entry {entry} is not in the store after {PATIENCE_S:g} s; the application {state}")
            time.sleep(LOOK_S)

    def stop(self) -> None:
        self._ended.set()
        self.join()


def send(feed: Feed, rate: float, seconds: float) -> range:
    """Messages at `rate` for `seconds`, a tick in the middle; returns the numbers of their entries."""
    first, began = feed.log.bounds()[1], time.monotonic()
    count = max(2, round(rate * seconds))
    for n in range(count):
        time.sleep(max(0.0, began + n / rate - time.monotonic()))
        feed.tick() if n == count // 2 else feed.one()
    return range(first, feed.log.bounds()[1])


@contextlib.contextmanager
def application(port: int, folder: Path) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """The Spark application on a log's port, as `./pulse up` starts it; gives its store and its process."""
    store = folder / "store.db"
    open_store(sqlite_url(store)).dispose()  # so that it can be read before the application has begun
    options = ["--port", str(port), "--state", str(folder), "--store", sqlite_url(store), "--source", SOURCE]
    process = subprocess.Popen(
        python("spark_app.commands.app", *options, "--config", str(own_settings(folder))), stdout=sys.stderr
    )
    try:
        yield store, process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def measure(rates: Sequence[float], seconds: float, folder: Path) -> dict[float, np.ndarray]:
    """Seconds (n,) from append to readable, by rate."""
    found = {}
    with Log.open(folder / "log.db") as log, Server(log, port=0) as server:
        feed = Feed(log)
        with application(server.port, folder) as (store, process):
            looker = Looker(store)
            looker.start()
            looker.wait_for(log.bounds()[1] - 1, process)
            send(feed, 10, 10)  # warm: what a started pipeline has long behind it
            for rate in rates:
                entries = send(feed, rate, seconds)
                looker.wait_for(entries[-1], process)
                found[rate] = np.array([looker.readable_s[n] - feed.appended_s[n] for n in entries])
            looker.stop()
        _check(store, log)
    return found


def _check(store: Path, log: Log) -> None:
    with contextlib.closing(sqlite3.connect(store)) as connection:
        stored = connection.execute("SELECT count(*) FROM message").fetchone()[0]
    logged = log.books()["messages"]["logged"]
    assert stored == logged, f"{logged} messages were logged and {stored} are stored"


def main(argv: Sequence[str]) -> int:
    """Measure what `argv` asks for; 0 if the bar was held."""
    options = _arguments(argv)
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        found = measure(options.rates, options.seconds, Path(folder))
    print("\n| messages/s | messages | p50 s | p95 s | p99 s | max s |\n" + "|---" * 6 + "|")
    for rate, delays in found.items():
        quantiles = [*np.quantile(delays, (0.5, 0.95, 0.99)), delays.max()]
        print(f"| {rate:g} | {len(delays)} | " + " | ".join(f"{q:.2f}" for q in quantiles) + " |")
    highest = max(found)
    held = bool(np.quantile(found[highest], 0.95) <= BAR_S)
    print("\n" + verdict(f"95 % within {BAR_S:g} s at {highest:g} messages/s", held))
    return 0 if held else 1


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse bench latency", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30, help="of each rate (30)")
    parser.add_argument("--rates", type=float, nargs="+", default=[1, 10, 100], help="messages/s (1 10 100)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
