"""What the tests share: the recordings, the browser, the Spark session, what a skip means, and who runs beside whom."""

import functools
import os
import shutil
import sys
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["tests.leftovers"]  # nothing that a test starts outlives the run
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings, beside the checkout; skips where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no recordings: {SHARED_DATA} does not exist")
    return SHARED_DATA


PLATFORM = Path(__file__).parent / "platform"  # needs services of its own: `./pulse test platform`


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The platform is tested where it is asked for."""
    asked = (Path(argument.partition("::")[0]).resolve() for argument in config.args)
    if collection_path == PLATFORM and not any(path.is_relative_to(PLATFORM) for path in asked):
        return True
    return None


BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# The longest first: what is left over at the end has to be short. All browsers share a worker, one after the other
# (two at once take each other's cores and time out), which keeps it busy for most of the run. Two Sparks at once are
# slower each, and sooner done.
KINDS = ("browser", "spark")
ONE_WORKER = "browser"
JVM_END_S = 60


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser that the browser tests drive; skips where there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is on the PATH")
    return found


@pytest.fixture(autouse=True)
def _browser_is_there(request: pytest.FixtureRequest) -> None:
    """A test marked `browser` skips without one, however it starts it."""
    if request.node.get_closest_marker("browser"):
        request.getfixturevalue("chromium")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The night's tests, and how far the random walks over the page go (tests/dashboard/browser/test_walks.py)."""
    parser.addoption(
        "--nightly", action="store_true", help="what is too long for every run, and nothing else: docs/testing.md"
    )
    parser.addoption("--walks", type=int, help="random walks over the page")
    parser.addoption("--walk-steps", type=int, help="steps of each")


def pytest_configure() -> None:
    """Keep compiled modules, even where the environment forbids it, as images of containers do.

    Each worker and each process of a test would compile our modules again: half of the time that it takes to collect.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


@pytest.fixture(scope="session")
def thorough(pytestconfig: pytest.Config) -> bool:
    """Whether to take all of an input and not a part of it: a test that asks for it belongs to both kinds of run."""
    return pytestconfig.getoption("--nightly")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long comes first; what takes too long for every run comes at night only."""
    items.sort(key=lambda item: (*KINDS, None).index(_kind(item.path)))
    is_wanted = _is_nightly if config.getoption("--nightly") else _is_daily
    config.hook.pytest_deselected(items=[item for item in items if not is_wanted(item)])
    items[:] = filter(is_wanted, items)


def _is_daily(item: pytest.Item) -> bool:
    return item.get_closest_marker("nightly") is None


def _is_nightly(item: pytest.Item) -> bool:
    return not _is_daily(item) or "thorough" in getattr(item, "fixturenames", ())


@functools.cache
def _kind(module: Path) -> str | None:
    """Read off the module's text, as xdist's scheduler sees no markers.

    Not with xdist's own `loadgroup`: since pytest 9.2 it ignores the groups (pytest-xdist issue 1386).
    """
    text = module.read_text(encoding="utf-8")
    return next((kind for kind in KINDS if f"pytest.mark.{kind}" in text), None)


class _KindOrModule(LoadScopeScheduling):
    """A worker takes all browsers, else one whole module, so that module fixtures are made once."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return ONE_WORKER if _kind(self.config.rootpath / module) == ONE_WORKER else module


def pytest_xdist_make_scheduler(config: pytest.Config, log) -> LoadScopeScheduling | None:
    return _KindOrModule(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_sessionfinish() -> None:
    """The servers end with the last test of a worker; one that never used them has not loaded the module."""
    if "tests.made.databases" in sys.modules:
        sys.modules["tests.made.databases"].end_servers()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With PULSE_CI=1 a skip is a failure, except for want of the recordings."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("PULSE_CI") == "1" and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr)
        if "no recordings" not in reason:
            report.outcome = "failed"
            report.longrepr = f"skipped although PULSE_CI=1: {reason}"


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """A local session with two cores."""
    from spark_app.query.session import end_jvm, make_session

    session = make_session(cores=2, driver_memory_mb=1024, work_dir=tmp_path_factory.mktemp("spark"))
    yield session
    end_jvm(session, JVM_END_S)


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    """The same for a module that skips itself whole."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("PULSE_CI") == "1":
        report.outcome = "failed"
        report.longrepr = f"skipped although PULSE_CI=1: {report.longrepr}"
