"""`./pulse bench badclients`: what a good client waits for while 200 bad ones hold their connections.

    ./pulse bench badclients [--clients 200] [--questions 200]

Starts a page over a small made-up store, on the loopback, and asks it for `/version` and a view of the window, alone
and then beside bad clients of every kind in `_bad_clients.py`, who send one more byte between two questions and come
again when they were disconnected. Bar: p95 at most 50 ms. Threads, descriptors and memory of the page stand beside.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks.base._machine import machine, verdict
from benchmarks.hostile._bad_clients import KINDS, drip
from tests.dashboard.page_servers import start_server
from tests.made.filled_store import fill_store
from tests.made.network import believable_plan

P95_BAR_MS = 50.0
PATHS = {"/version": "/version", "live view": "/api/v1/window"}
HEAD = "\n| | question | p50 ms | p95 ms | p99 ms | threads | descriptors | MB |\n" + "|---" * 8 + "|"
END = datetime(2024, 4, 24, 12, tzinfo=UTC)


def wait_ms(port: int, path: str) -> float:
    """How long one question of a new connection takes."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}")
    return 1_000 * (time.perf_counter() - began)


def measure(when: str, port: int, questions: int, page: psutil.Process, bad: list[socket.socket]) -> float:
    """Ask `questions` times for each path and print the figures; returns the greatest p95 in ms."""
    kinds, greatest = itertools.cycle(KINDS.values()), 0.0
    for name, path in PATHS.items():
        waits = []
        for n in range(questions):
            waits.append(wait_ms(port, path))
            if bad:
                drip(bad)
                bad[n % len(bad)].close()
                bad[n % len(bad)] = next(kinds)(port)
        cuts = statistics.quantiles(waits, n=100)
        print(
            f"| {when} | {name} | {cuts[49]:.1f} | {cuts[94]:.1f} | {cuts[98]:.1f} | {page.num_threads()} "
            f"| {page.num_fds()} | {page.memory_info().rss / 1e6:.0f} |",
            flush=True,
        )
        greatest = max(greatest, cuts[94])
    return greatest


def main(argv: Sequence[str]) -> int:
    """Returns 0 if the bar held, 1 if not."""
    parser = argparse.ArgumentParser(prog="pulse bench badclients")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--questions", type=int, default=200)
    given = parser.parse_args(argv)
    print(machine(), HEAD, sep="\n")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/store.db"
        fill_store(url, believable_plan(END, hours=6)).dispose()
        server = start_server(Path(folder), url)
        try:
            port, page = int(server.url.rsplit(":", 1)[1]), psutil.Process(server.process.pid)
            for path in PATHS.values():
                wait_ms(port, path)
            measure("alone", port, given.questions, page, [])
            bad = [opens(port) for opens in itertools.islice(itertools.cycle(KINDS.values()), given.clients)]
            greatest = measure(f"beside {given.clients}", port, given.questions, page, bad)
            for client in bad:
                client.close()
            measure("after", port, given.questions, page, [])
        finally:
            server.kill()
    held = greatest <= P95_BAR_MS
    print(verdict(f"p95 {greatest:.1f} ms of {P95_BAR_MS:.0f} ms", held))
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
