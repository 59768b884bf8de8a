"""Playback over a day of service: every window once, in order, whole on the screen before the next one comes."""

from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import expect

from tests.dashboard.conftest import opened
from tests.dashboard.page_servers import start_server
from tests.made.filled_store import fill_store
from tests.made.network import believable_plan
from tests.made.recorded_store import fill_with_day

pytestmark = pytest.mark.browser
DAY_END = datetime(2024, 4, 25, 2, 0, tzinfo=UTC)  # 04:00 in Paris
TICKS, PLAYED = 288, 6

# What was on the screen when playback went on to the next window: whether all of it says the same, and how much it is.
WATCH = """() => {
  window.seen = [];
  const choose = pulse.timeline.choose;
  const sorted = (ids) => [...ids].sort().join();
  pulse.timeline.choose = (next) => {
    const { view } = pulse;
    const rows = [];
    dash_ag_grid.getApi("table").forEachNode((node) => rows.push(node.data.id));
    const badges = [...document.querySelectorAll("#map [data-cluster]")].map((badge) => badge.dataset.cluster);
    const wrong = {
      label: !document.querySelector(".figures-head h2").textContent.endsWith(`→ ${pulse.time(view.span.end_ms)}`),
      timeline: pulse.timeline.state().windows[pulse.timeline.state().at][0] !== view.span.end_ms,
      table: sorted(rows) !== sorted(Object.keys(view.disruptions)),
      map: sorted(badges) !== sorted(Object.keys(view.clusters)),
    };
    const names = Object.keys(wrong).filter((name) => wrong[name]);
    seen.push({ at: pulse.timeline.state().at, next, wrong: names.join(" ") });
    choose(next);
    if (seen.length === window.stopAt) pulse.playback.stop(); // from outside it would come some windows too late
  };
}"""
FASTEST = """() => {
  const select = document.getElementById("play-speed");
  select.append(new Option("", 1000)); // as fast as the windows come
  select.value = "1000";
}"""
STOPPED = "document.getElementById('play-toggle').getAttribute('aria-pressed') === 'false'"
SHOWN = "pulse.shown.live === pulse.refresh.state.turns.live"


@pytest.fixture(scope="module")
def made_url(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('made')}/store.db"
    fill_store(url, believable_plan(DAY_END, hours=24 - 1 / 12, per_day=120, open_window=False)).dispose()
    server = start_server(tmp_path_factory.mktemp("page"), url)
    yield server.url
    server.kill()


@pytest.fixture(scope="module")
def recorded_url(shared_data, tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('recorded')}/store.db"
    fill_with_day(url, shared_data / "prim" / "rail-2024-04-23_05-05.tar.zst", date(2024, 4, 24)).dispose()
    server = start_server(tmp_path_factory.mktemp("page"), url)
    yield server.url
    server.kill()


def watched(page, url, query):
    page.on("console", lambda said: page.problems.append(f"console: {said.text}") if said.type == "error" else None)
    opened(page, url, query)
    expect(page.locator("#table .ag-row").first).to_be_visible()
    page.evaluate(WATCH)


def held(page):
    """DOM nodes, listeners and bytes of script that are still in use."""
    browser = page.context.new_cdp_session(page)
    browser.send("HeapProfiler.collectGarbage")
    counts = browser.send("Memory.getDOMCounters")
    return counts["nodes"], counts["jsEventListeners"], browser.send("Runtime.getHeapUsage")["usedSize"]


RECORDED = (pytest.mark.recording, pytest.mark.nightly("the same test with a made-up day"))


@pytest.mark.parametrize("day", ["made_url", pytest.param("recorded_url", marks=RECORDED)])
def test_a_day_is_played_window_by_window_from_its_beginning_and_to_its_end(page, request, day):
    """As fast as the windows come; the middle of the day is left out, all of it takes half a minute."""
    watched(page, request.getfixturevalue(day), "?span=24h")
    page.evaluate(FASTEST)
    before = held(page)
    play_until(page, PLAYED)
    page.locator("#timeline").focus()
    for key in ("End", "PageUp"):
        page.keyboard.press(key)
    page.wait_for_function(f"() => pulse.timeline.state().at === {TICKS - 13} && {SHOWN}")
    for _ in range(12 - PLAYED):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => pulse.timeline.state().at === {TICKS - 1 - PLAYED} && {SHOWN}")
    page.keyboard.press("k")
    page.wait_for_function(f"() => seen.length > {PLAYED}")
    page.wait_for_function(f"() => {STOPPED}")
    seen = page.evaluate("() => seen")
    assert [step["next"] for step in seen] == [*range(PLAYED), *range(TICKS - PLAYED, TICKS)]
    assert [step["wrong"] for step in seen if step["wrong"]] == []
    nodes, listeners, size = held(page)
    assert nodes < 1.2 * before[0] and listeners < 1.2 * before[1] and size < before[2] + 10e6


def test_it_loops_when_told_and_steps_by_one(page, made_url):
    watched(page, made_url, "?span=24h")
    step_to(page, "j", TICKS - 2)
    step_to(page, "j", TICKS - 3)
    page.locator("#play-speed").select_option("8")
    page.locator("#play-loop").click()
    play_until(page, 6)
    steps = [(step["next"], step["wrong"]) for step in page.evaluate("() => seen")]
    assert steps[2:] == [(TICKS - 2, ""), (TICKS - 1, ""), (0, ""), (1, "")]
    for key, at in (("l", 2), ("l", 3), ("j", 2)):
        step_to(page, key, at)


def play_until(page, steps):
    """Press the key, and wait until so many windows were chosen and the last is on the screen."""
    page.evaluate("(steps) => { window.stopAt = steps; }", steps)
    page.keyboard.press("k")
    page.wait_for_function(f"() => seen.length >= {steps} && {STOPPED} && {SHOWN}")


def step_to(page, key, at):
    page.keyboard.press(key)
    page.wait_for_function(f"() => pulse.timeline.state().at === {at} && {SHOWN}")
