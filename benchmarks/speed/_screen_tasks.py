"""How long the screen holds up the browser when everything changes, and how soon it is back after `kill -9`."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import requests
from playwright.sync_api import Browser, Page

from benchmarks.base._machine import figure
from dashboard.window.selection import format_utc
from deploy.configuration.store_url import for_part
from tests.made.filled_store import fill_store
from tests.made.network import TICK, crowded_plan

CLUSTERS_MS, STATIONS_MS, STATIONS, CHANGES = 50.0, 200.0, 2_000, 10
BANNER_REFRESHES, BACK_S, KILLS = 2, 5.0, 3
LIMIT_S = 60
NOON = datetime(2024, 4, 24, 12, 0, tzinfo=UTC)
Bars = list[tuple[str, bool]]

WATCH_TASKS = """() => {
  window.tasks = [];
  window.watching = window.watching || new PerformanceObserver(
    (list) => list.getEntries().forEach((e) => window.tasks.push(e.duration)));
  window.watching.observe({type: 'longtask', buffered: false});
}"""
TOLD = "() => !document.getElementById('stale-banner').hidden"


def longest_task_ms(page: Page, window: str) -> float:
    """The longest task of the main thread while the page goes to another window; 0 if none took 50 ms."""
    page.evaluate(WATCH_TASKS)
    page.evaluate("(window_) => pulse.choose('window', window_)", window)
    page.wait_for_function("() => pulse.shown.live === pulse.refresh.state.turns.live")
    page.wait_for_timeout(600)  # what is drawn in the frames after
    return page.evaluate("() => Math.max(0, ...window.tasks)")


def crowded_store(folder: Path) -> str:
    """A store in which all stations change between two windows."""
    url = f"sqlite:///{folder / 'crowd.db'}"
    fill_store(url, crowded_plan(NOON, STATIONS, open_window=False)).dispose()
    return url


def crowd_figures(page: Page, url: str) -> Bars:
    """Print what it costs that every station changes; `page` is of a server over `crowded_store`."""
    windows = [format_utc(int(end.timestamp() * 1e6)) for end in (NOON, NOON - TICK)]
    page.goto(f"{url}/?modes=all&window={windows[1]}")
    page.wait_for_function(f"() => window.pulse && pulse.map && pulse.map.stations.size === {STATIONS}")
    page.wait_for_timeout(1_500)
    longest = [longest_task_ms(page, windows[n % 2]) for n in range(CHANGES)]
    print(figure(f"longest task, {STATIONS:,} stations change", longest, "ms"))
    return [(f"longest task {STATIONS_MS:.0f} ms when {STATIONS:,} stations change", max(longest) <= STATIONS_MS)]


class Killable:
    """The real server, which is killed and started again on the same port."""

    def __init__(self, config: Path, store_url: str) -> None:
        to_store, environment = for_part(store_url)
        self._environment = os.environ | environment
        self._command = [sys.executable, "-m", "dashboard.server.serve", "--config", str(config), *to_store, "--port"]
        self._port = "0"
        self.start()

    def start(self) -> None:
        """Start it and wait for its address."""
        self._process = subprocess.Popen(
            [*self._command, self._port],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=self._environment,
        )
        assert self._process.stdout is not None
        line = next(line for line in self._process.stdout if line.startswith("page on "))
        self.url = line.removeprefix("page on ").strip()
        self._port = self.url.rsplit(":", 1)[1]

    def kill(self) -> None:
        """`kill -9` of the server and its worker."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def kill_figures(browser: Browser, config: Path, store_url: str, ends: Sequence[int]) -> Bars:
    """Print how soon a dead server is told of, and how soon the screen is whole again; the default pace of 2 s."""
    server = Killable(config, store_url)
    asked, back = [], []
    try:
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.goto(server.url)
        page.wait_for_selector(".figure-row")
        for n in range(KILLS):
            refreshes, seconds = one_kill(page, server, format_utc(ends[n]))
            asked.append(refreshes)
            back.append(seconds)
    finally:
        server.kill()
    print(figure("banner after kill -9, refreshes", asked, ""))
    print(figure("whole again after /health, s", back, "s"))
    return [
        (f"banner within {BANNER_REFRESHES} refreshes", max(asked) <= BANNER_REFRESHES),
        (f"whole again {BACK_S:.0f} s after /health answers, without a reload", statistics.median(back) <= BACK_S),
    ]


def one_kill(page: Page, server: Killable, window: str) -> tuple[float, float]:
    """(questions without an answer until the banner, seconds from the first /health to the asked window on screen)."""
    lost: list[str] = []

    def count(request) -> None:
        if "/version" in request.url:
            lost.append(request.url)

    page.on("requestfailed", count)
    page.evaluate("(window_) => pulse.choose('window', window_)", window)  # a refresh is on its way
    server.kill()
    page.wait_for_function(TOLD, timeout=LIMIT_S * 1000)
    refreshes = len(lost)
    page.remove_listener("requestfailed", count)
    server.start()
    while True:
        try:
            requests.get(f"{server.url}/health", timeout=1)
            break
        except requests.RequestException:
            time.sleep(0.05)
    began = time.perf_counter()
    whole = (
        "(window_) => document.getElementById('stale-banner').hidden && new "
        "Date(pulse.view.span.end_ms).getTime() === Date.parse(window_)"
    )
    page.wait_for_function(whole, arg=window, timeout=LIMIT_S * 1000)
    return float(refreshes), time.perf_counter() - began
