"""`./pulse bench screen`: how quick the page is over a store of thirty days of all modes.

    python -m benchmarks.speed.screen [--store URL] [--days 30]

Without a store, days of the simulated network are replayed first (20 s a day). The server is the real one, on the
loopback. Over HTTP: the version that every beat asks for, the live view, past windows, and 50 browsers at once. In a
real Chromium: first useful paint (lines, clusters, figures and timeline drawn) cold and warm, what a beat without news
costs, the longest task when the window and when two thousand stations change, and how soon the page tells of a server
that is killed and is whole again after it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

from benchmarks.base._machine import figure, machine, verdict
from benchmarks.base._settings import own_settings
from benchmarks.speed._screen_tasks import (
    CHANGES,
    CLUSTERS_MS,
    Bars,
    crowd_figures,
    crowded_store,
    kill_figures,
    longest_task_ms,
)
from dashboard.window.selection import format_utc
from deploy.configuration.store_url import for_part
from spark_app.store.engine import connect
from spark_app.store.tables import window_span

BROWSERS, ROUNDS, ASKED, WINDOWS = 50, 5, 200, 40
COLD_S, WARM_S, QUIET_BYTES, SERVER_S, CROWD_S = 2.5, 1.0, 1_000, 0.050, 0.300
USEFUL = """() => window.pulse && pulse.view && pulse.map && pulse.map.leaflet && document.querySelector('.figure-row')
  && document.querySelector('#timeline svg')
  && document.querySelectorAll('#map [data-cluster]').length === Object.keys(pulse.view.clusters).length
  && Object.values(pulse.map.leaflet._layers).some((layer) => layer.feature && layer.options.pane === 'traces')"""


def p95(values: Sequence[float]) -> float:
    """The 95th percentile; the greatest of few values."""
    return sorted(values)[min(len(values) - 1, round(0.95 * len(values)))]


def timed(action: Callable[[], Any]) -> float:
    """Seconds that `action` takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


class Client:
    """Asks the page's server what a browser asks, over a connection that it keeps, as a browser does."""

    def __init__(self, url: str) -> None:
        self.url, self._asking = url, requests.Session()
        found = self._asking.get(f"{url}/_dash-dependencies", timeout=30).json()
        self._turn = next(d for d in found if d["inputs"] and d["inputs"][0]["id"] == "turn-live")

    def version(self) -> dict[str, Any]:
        """The answer of a beat."""
        return self._asking.get(f"{self.url}/version", timeout=30).json()

    def refresh(self) -> None:
        """What a browser asks when the store has changed."""
        self.turn(v=self.version()["v"])

    def turn(self, v: str = "", **query: str) -> bytes:
        """The live page's values for a choice; without a version `v`, as if the store had just changed."""
        asked = {"v": v or str(random.random()), "query": query, "page": "live"}
        outputs = [{"id": o.rsplit(".", 1)[0], "property": o.rsplit(".", 1)[1]} for o in self._outputs()]
        body = {
            "output": self._turn["output"],
            "outputs": outputs,
            "changedPropIds": ["turn-live.data"],
            "inputs": [{"id": "turn-live", "property": "data", "value": asked}],
            "state": [{"id": "shown-live", "property": "data", "value": None}],
        }
        answer = self._asking.post(f"{self.url}/_dash-update-component", json=body, timeout=60)
        answer.raise_for_status()
        return answer.content

    def _outputs(self) -> list[str]:
        return self._turn["output"].strip(".").split("...")


def server_figures(client: Client, ends: Sequence[int]) -> Bars:
    """Print the server's times; returns which bars were held."""
    versions = [timed(client.version) for _ in range(ASKED)]
    client.turn()
    live = [timed(client.turn) for _ in range(ASKED)]
    past = [timed(partial(client.turn, window=format_utc(end), modes="all")) for end in ends]
    browsers = [Client(client.url) for _ in range(BROWSERS)]
    with ThreadPoolExecutor(BROWSERS) as pool:
        rounds = (pool.map(lambda browser: timed(browser.refresh), browsers) for _ in range(ROUNDS))
        crowd = [
            seconds for refreshes in rounds for seconds in list(refreshes)
        ]  # each round when the one before is over
    print(figure("version, ms", [v * 1e3 for v in versions], "ms"), f" p95 {p95(versions) * 1e3:.0f}")
    print(figure("live view after a change, ms", [v * 1e3 for v in live], "ms"), f" p95 {p95(live) * 1e3:.0f}")
    print(figure("past window of all modes, first look", [v * 1e3 for v in past], "ms"), f" p95 {p95(past) * 1e3:.0f}")
    print(
        figure(f"{BROWSERS} browsers refresh at once", [v * 1e3 for v in crowd], "ms"), f" p95 {p95(crowd) * 1e3:.0f}"
    )
    return [
        (f"server time p95 {SERVER_S * 1e3:.0f} ms, version and live view", max(p95(versions), p95(live)) <= SERVER_S),
        (f"{BROWSERS} browsers at once p95 {CROWD_S * 1e3:.0f} ms", p95(crowd) <= CROWD_S),
    ]


def browser_figures(url: str, ends: Sequence[int], crowd_url: str, config: Path, store_url: str) -> Bars:
    """Print what a browser sees; returns which bars were held."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        cold, warm = [], []
        for _ in range(3):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            page = context.new_page()
            cold.append(timed(partial(useful, page, url)))
            warm.append(timed(partial(useful, page, url)))
            context.close()
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        useful(page, url)
        quiet_bytes, mutations = quiet(page)
        longest = [longest_task_ms(page, format_utc(end)) for end in ends[:CHANGES]]
        bars = crowd_figures(page, crowd_url) + kill_figures(browser, config, store_url, ends)
        browser.close()
    print(figure("first useful paint, cold", cold, "s"))
    print(figure("first useful paint, warm", warm, "s"))
    print(f"a beat without news: {quiet_bytes:.0f} bytes, {mutations} changes of the page outside the status")
    print(figure("longest task, another window", longest, "ms"))
    return [
        (f"first useful paint within {COLD_S} s cold", statistics.median(cold) <= COLD_S),
        (f"… {WARM_S} s warm", statistics.median(warm) <= WARM_S),
        (
            f"a beat without news takes {QUIET_BYTES} bytes at most and changes nothing",
            quiet_bytes <= QUIET_BYTES and not mutations,
        ),
        (f"longest task {CLUSTERS_MS:.0f} ms when clusters change", statistics.median(longest) <= CLUSTERS_MS),
        *bars,
    ]


def useful(page: Page, url: str) -> None:
    """Open the page and wait for what people come for."""
    page.goto(url)
    page.wait_for_function(USEFUL, polling="raf")


def quiet(page: Page) -> tuple[float, int]:
    """Bytes of a beat without news, and changes of the DOM outside the status line, over ten seconds."""
    page.wait_for_timeout(3_000)
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    page.evaluate("""() => {
      window.seen = 0;
      const own = (node) => node.closest && node.closest('.header-state, [role=status], #stale-banner, .footer');
      new MutationObserver((list) => list.forEach((m) => {
        const node = m.target.nodeType === 1 ? m.target : m.target.parentElement;
        if (node && node !== document.body && !own(node)) window.seen += 1;
      })).observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
    }""")
    page.wait_for_timeout(10_000)
    return (statistics.mean(sizes) if sizes else 0.0), page.evaluate("() => window.seen")


@contextmanager
def serving(config: Path, store_url: str) -> Iterator[str]:
    """The real server over a store; yields its address."""
    to_store, environment = for_part(store_url)
    command = [sys.executable, "-m", "dashboard.server.serve", "--config", str(config), *to_store, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | environment)
    try:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("page on "))
        yield line.removeprefix("page on ").strip()
    finally:
        process.terminate()
        process.wait()


def made_store(days: float, folder: Path) -> str:
    """The store of `days` of the simulated network, replayed."""
    recording = folder / "simulated.tar.zst"
    record = [sys.executable, "-m", "prim_client.simulator", "record", "--days", str(days), "--out", str(recording)]
    subprocess.run(record, check=True, stdout=sys.stderr)
    url = f"sqlite:///{folder / 'store.db'}"
    replay = [
        sys.executable,
        "-m",
        "spark_app.replay.command",
        str(recording),
        "--fresh",
        "--store",
        url,
        "--json",
        "--config",
    ]
    done = subprocess.run([*replay, str(own_settings(folder))], check=True, capture_output=True, text=True)
    result = json.loads(done.stdout)
    print(
        f"{days:g} days: {sum(result['messages'].values()):,} messages, {result['windows']:,} window rows, "
        f"store {(folder / 'store.db').stat().st_size / 1e6:.0f} MB"
    )
    return url


def window_ends(store_url: str) -> list[int]:
    """Some windows of the store, always the same."""
    with connect(store_url).connect() as connection:
        query = select(window_span.c.end_us).where(window_span.c.ticks_observed > 0).order_by(window_span.c.end_us)
        ends = list(connection.execute(query).scalars())
    return random.Random(1).sample(ends, min(WINDOWS, len(ends)))


def main(argv: Sequence[str]) -> int:
    """Measure; 0 if every bar was held."""
    options = _arguments(argv)
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = options.store or made_store(options.days, folder)
        ends = window_ends(url)
        config = own_settings(folder)
        with serving(config, url) as address, serving(config, crowded_store(folder)) as crowd:
            bars = server_figures(Client(address), ends) + browser_figures(address, ends, crowd, config, url)
    for bar, held in bars:
        print(verdict(bar, held))
    return 0 if all(held for _, held in bars) else 1


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse bench screen", description=__doc__.splitlines()[0])
    parser.add_argument("--store", help="SQLAlchemy URL of a store; default: one is made")
    parser.add_argument("--days", type=float, default=30, help="of the simulated network (30)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
