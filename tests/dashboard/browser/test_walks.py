"""After any steps of a reader every row, badge, bar and figure equals a fresh load of the same address.

A short walk here; `--walks 20 --walk-steps 15` makes them longer and more, as `./pulse bench long_tests` does.
"""

from dataclasses import replace

import pytest

from tests.dashboard.browser.walks import Walk, differences, shown
from tests.dashboard.conftest import opened
from tests.made.filled_store import refill
from tests.made.network import TICK

pytestmark = pytest.mark.browser
SEEDS, STEPS, LOADS = 1, 7, 5
WINDOWS, MANY_WINDOWS = 4, 10
VERSION = "() => pulse.refresh.state.version"
# An opening entry that Back does not leave: the walk begins on the second one.
OPENING = "?span=6h"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a walk."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("walks") or SEEDS))


@pytest.mark.usefixtures("thorough")
def test_a_walk_leaves_what_a_fresh_load_shows(page, visitor, serve, live_store, seed, request):
    url, plan, engine = live_store
    server = serve(url)
    ticks = [0]

    def news() -> None:
        ticks[0] += 1
        refill(engine, replace(plan, last_tick=plan.last_tick + ticks[0] * TICK))

    opened(page, server.url, OPENING)
    walk = Walk(page, seed, news)
    fresh = visitor.new_page()
    for _ in range(request.config.getoption("walk_steps") or STEPS):
        walk.step()
        in_step(page, fresh)
        assert differences(page, fresh) == {}, walk.done


def in_step(page, fresh) -> None:
    """Both show the same address at the same version of the store."""
    for _ in range(LOADS):  # the server keeps a version for half a second: the fresh page may be ahead of it
        newest(page)
        fresh.goto(page.url)
        fresh.wait_for_function("() => window.pulse && pulse.shown && pulse.refresh")
        newest(fresh)
        if page.evaluate(VERSION) == fresh.evaluate(VERSION):
            return
    raise AssertionError(f"after {LOADS} loads the versions still differ")


def newest(page) -> None:
    """Wait until the page shows all of the version that the server names now."""
    page.wait_for_load_state()
    page.wait_for_function(
        "async () => (await (await fetch('/version')).json()).v === pulse.refresh.state.version", polling=200
    )
    shown(page)


def test_windows_in_a_row_show_their_rows(page, visitor, page_url, thorough):
    shown(opened(page, page_url, "?channel=incident,works&modes=all&span=6h"))
    fresh = visitor.new_page()
    for _ in range(MANY_WINDOWS if thorough else WINDOWS):
        page.locator("#timeline").press("ArrowLeft")
        in_step(page, fresh)
        assert differences(page, fresh) == {}
