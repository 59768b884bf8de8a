"""The trends on the screen, in the classic setting of a course: batches of 10 s, top ten of the last 5 minutes,
redrawn every 2 s."""

import json
import time
from functools import partial

import pytest
from playwright.sync_api import expect

from deploy.configuration.settings import load
from geo.network.stations import Stations
from spark_app.commands.derive import make_folds
from spark_app.derived.runner import Runner
from spark_app.store.engine import open_store, put_meta, sqlite_url
from spark_app.store.tables import revision_hit
from tests.dashboard.conftest import wait_until
from tests.dashboard.page_servers import write_config
from tests.made.course_feed import BATCH_S, CLASSIC, expected, said, text_of
from tests.made.small_store import put_entry, put_revision

pytestmark = pytest.mark.browser

BATCH_US = BATCH_S * 1_000_000
START_US = 1_714_471_200_000_000  # 12:00 in Paris
LINES = ["C01371", "C01372", "C01373", "C01374", "C01375", "C01376", "C01377"]


def feed(engine, batch: int) -> None:
    line, causes = said(batch, LINES)
    put_revision(
        engine,
        batch,
        "Odéon",
        title=f"n° {batch}",
        text=text_of(causes),
        lines=json.dumps([{"id": line, "name": line, "mode": "metro", "network": "", "sections": []}]),
    )
    put_entry(engine, batch, START_US + batch * BATCH_US, [(batch, "opened")], tick=True)


@pytest.fixture
def course(tmp_path):
    """A store in the classic setting, and what takes its folds to the end."""
    engine = open_store(sqlite_url(tmp_path / "store.db"))
    with engine.begin() as connection:
        put_meta(connection, source="recorded")
    runner = Runner(engine, make_folds(load(write_config(tmp_path, **CLASSIC))))
    yield engine, runner
    engine.dispose()


def test_the_top_ten_of_the_last_five_minutes_is_redrawn_every_two_seconds(page, serve, course):
    engine, runner = course
    for batch in range(1, 43):
        feed(engine, batch)
    runner.catch_up()
    url = serve(str(engine.url), **CLASSIC).url
    page.goto(f"{url}/trends")
    bars = "#trends-frequent .bar"
    page.wait_for_selector(bars)

    def shown() -> dict[str, int]:
        return page.evaluate(
            "(bars) => Object.fromEntries([...document.querySelectorAll(bars)].map((bar) =>"
            " [bar.querySelector('.bar-name').firstChild.textContent, "
            "Number(bar.querySelector('.bar-count').textContent)]))",
            bars,
        )

    def is_shown(wanted: dict[str, int]) -> bool:
        bars_now = shown()
        return {name: bars_now.get(name) for name in wanted} == wanted

    for batch in (43, 44, 45):
        assert len(shown()) == 10
        assert {name: shown()[name] for name in expected(batch - 1, LINES)} == expected(batch - 1, LINES)
        feed(engine, batch)
        runner.catch_up()
        began = time.monotonic()
        wait_until(partial(is_shown, expected(batch, LINES)), limit_s=10)
        assert time.monotonic() - began < 5  # two seconds, and a busy machine's patience

    asked = []
    page.on("request", lambda r: asked.append(r) if "trends-ask" in (r.post_data or "") else None)
    page.wait_for_timeout(9_000)
    assert 3 <= len(asked) <= 5


def test_the_map_shows_where_a_tag_is_and_the_window_of_the_address_is_kept(page, serve, course):
    engine, runner = course
    for batch in range(1, 20):
        feed(engine, batch)
    station = next(s for s in Stations.load().of_line("C01374") if s.name == "Odéon")
    with engine.begin() as connection:  # a real one, so that it has a commune
        connection.execute(revision_hit.update().values(zda=station.zda))
    runner.catch_up()
    url = serve(str(engine.url), **CLASSIC).url
    page.goto(f"{url}/trends")
    page.wait_for_selector("#trends-areas tbody tr")
    first = page.locator("#trends-areas tbody tr").first.inner_text().split("\t")
    assert first == ["Paris 6e", "19"]
    expect(page.locator(".trend-map path.trend-circle")).to_have_count(1)
    top = (
        "([x, y]) => document.elementsFromPoint(x, y).find((node) => "
        "node.closest('.trend-map'))?.classList.contains('trend-circle')"
    )
    page.locator(".trend-map").scroll_into_view_if_needed()
    circle = page.locator(".trend-circle").last.bounding_box()
    page.wait_for_selector(".trend-map .leaflet-ground-pane path", state="attached")
    assert page.evaluate(top, [circle["x"] + circle["width"] / 2, circle["y"] + circle["height"] / 2])
    page.locator("#trends-tag").click()
    page.get_by_role("option", name="obstacle sur la voie (cause)").click()
    obstacles = sum("obstacle sur la voie" in said(n, LINES)[1] for n in range(1, 20))
    wait_until(lambda: page.locator("#trends-areas tbody tr").first.inner_text().split("\t")[1] == str(obstacles))
    end = "2024-04-30T10:01:40Z"  # the tenth batch
    page.goto(f"{url}/trends?window={end}")
    page.wait_for_selector("#trends-areas tbody tr")
    assert page.locator("#trends-areas tbody tr").first.inner_text().split("\t")[1] == "10"
