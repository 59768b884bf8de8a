"""Stores, servers and a browser for the tests of the screens."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.store.reader import Store
from dashboard.window.view_cache import Views
from spark_app.derived.clusters.fold import ClusterFold
from spark_app.derived.incidents.fold import Incidents
from spark_app.derived.runner import Runner
from spark_app.derived.tags.folds import language_folds
from tests.dashboard.page_servers import Server, start_server
from tests.made import databases
from tests.made.filled_store import fill_store
from tests.made.network import Plan, believable_plan

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "test-results"
NOON = datetime(2024, 4, 24, 12, 0, tzinfo=UTC)  # 14:00 in Paris
FAILED = pytest.StashKey[bool]()
SERVERS = {
    "postgresql": (databases.postgres, databases.postgresql_server),
    "mariadb": (databases.mariadb, databases.mariadb_server),
}


@pytest.fixture(scope="session")
def plan() -> Plan:
    """Six hours up to noon UTC, with four unobserved ticks and an open window."""
    return believable_plan(NOON, hours=6)


@pytest.fixture(scope="session")
def store_url(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store filled from `plan`; read only."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db"
    fill_store(url, plan).dispose()
    return url


@pytest.fixture(scope="session")
def followed(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The filled store with its incidents, lives of clusters and trends."""
    url = f"sqlite:///{tmp_path_factory.mktemp('followed')}/store.db"
    engine = fill_store(url, plan)
    runner = Runner(engine, [Incidents(), ClusterFold(), *language_folds(timedelta(hours=2), timedelta(days=7))[1:]])
    for fold in runner.folds:
        runner.take_turn(fold, lambda: False)
    engine.dispose()
    return url


@pytest.fixture(scope="session", params=SERVERS)
def new_database(request: pytest.FixtureRequest) -> Iterator[databases.Maker]:
    """Gives URLs of new, empty databases of another kind."""
    installed, server = SERVERS[request.param]
    if not installed():
        pytest.skip(f"no {request.param} on this machine")
    with server() as new:
        yield new


@pytest.fixture
def views(store_url: str) -> Views:
    """The views of the filled store."""
    return Views(Store(store_url))


@pytest.fixture
def live_store(tmp_path):
    """A simulated network whose newest tick is the last five minutes' one."""
    now = datetime.now(UTC)
    last_tick = now - timedelta(seconds=now.timestamp() % 300)
    plan = believable_plan(last_tick, hours=3, source="simulated", last_poll=now)
    url = f"sqlite:///{tmp_path}/live.db"
    return url, plan, fill_store(url, plan)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Servers of a test's own, which it may kill."""
    running: list[Server] = []

    def start(store_url: str, port: int = 0, **sections: dict) -> Server:
        running.append(start_server(tmp_path, store_url, port, (), **sections))
        return running[-1]

    yield start
    for server in running:
        server.kill()


@pytest.fixture(scope="session")
def page_url(store_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page over the filled store, for the tests that change nothing."""
    server = start_server(tmp_path_factory.mktemp("page"), store_url)
    yield server.url
    server.kill()


def chromium_path() -> str:
    """The browser on this machine; a skip without one (a failure where PULSE_CI=1)."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on the PATH")
    return found


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """A real browser."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # as page.wait_for_selector: a guard against hanging, not a bar
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def visitor(chromium) -> Iterator:
    """One person's browser: scripts and shapes that it has loaded stay in its cache, which spares a second a test."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    yield context
    context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note that a test failed, for the fixtures that clear up behind it."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def page(visitor, request: pytest.FixtureRequest) -> Iterator:
    """A page of its own: its errors and foreign requests fail the test; the last sight of a failed one is kept."""
    RESULTS.mkdir(exist_ok=True)
    page = visitor.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(f"script error: {error}"))
    page.on("request", lambda r: None if _own(r.url) else page.problems.append(f"request outside: {r.url}"))
    yield page
    if page.problems or request.node.stash.get(FAILED, False):
        page.screenshot(path=RESULTS / f"{request.node.name.replace('/', '_')}.png")
    _forget(visitor)
    assert not page.problems


def _forget(visitor) -> None:
    """What a test chose, was allowed and left open; the cache stays."""
    for page in visitor.pages:
        if page.url.startswith("http"):
            page.evaluate("() => window.localStorage.clear()")
        page.close()
    visitor.clear_cookies()
    visitor.clear_permissions()


def _own(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:", "blob:", "about:"))


def wait_until(condition: Callable[[], bool], limit_s: float = 20, every_s: float = 0.05) -> None:
    """Wait for `condition`; fails when it does not come true in time."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"did not come true within {limit_s} s")
        time.sleep(every_s)


def opened(page, url: str, query: str = ""):
    """The page with its first view painted."""
    page.goto(f"{url}/{query}")
    page.wait_for_selector(".figure-row")
    page.wait_for_selector("#timeline svg")
    return page
