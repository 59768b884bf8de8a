"""The timeline in a browser: a long range with the chosen window between two drawn ones, and the marks of alerts."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import insert

from dashboard.pages.live import timeline
from dashboard.store.reader import Store
from dashboard.window.selection import parse_selection
from dashboard.window.view_cache import Views
from prim_client.messages.message import to_epoch_us
from spark_app.store import tables
from tests.dashboard.browser.walks import NOWHERE, differences, shown
from tests.dashboard.conftest import NOON, opened
from tests.made.filled_store import fill_store
from tests.made.network import TICK, believable_plan

pytestmark = pytest.mark.browser
BETWEEN = "?span=30j&window=2024-04-24T10:05:00Z"
STATE = "() => { const { windows, at } = pulse.timeline.state(); return [at, windows.map((w) => w[0])]; }"
METRO_1, RER_A = "C01371", "C01742"


@pytest.fixture(scope="module")
def long_store(tmp_path_factory):
    """Thirty hours: the range of 30 days shows every second window of it; alerts of two lines."""
    url = f"sqlite:///{tmp_path_factory.mktemp('long')}/store.db"
    engine = fill_store(url, believable_plan(NOON, hours=30, per_day=60))
    rest = {
        "due_us": 0,
        "level_e6": 1,
        "blocked_e6": 1,
        "peak_e6": 1,
        "usual_e6": 1,
        "days": 10,
        "repeats": 0,
        "title": "",
        "disruptions": "[]",
    }
    raised = [(METRO_1, 20), (RER_A, 40), (METRO_1, 60)]
    rows = [
        {"id": f"{line}-{n}", "line": line, "raised_us": to_epoch_us(NOON - n * TICK), "cleared_us": None, **rest}
        for line, n in raised
    ]
    with engine.begin() as connection:
        connection.execute(insert(tables.alert), rows)
    engine.dispose()
    return url


def test_a_window_between_two_drawn_ones_is_at_the_nearest_for_words_keys_and_buttons(page, serve, long_store, visitor):
    url = serve(long_store).url
    shown(opened(page, url, BETWEEN))
    at, ends = page.evaluate(STATE)
    chosen = 1_713_953_100_000
    assert chosen not in ends and len(ends) > 100
    assert ends[at] == min(ends, key=lambda end: abs(end - chosen))
    expect(page.locator("#timeline-hint")).not_to_be_empty()
    expect(page.locator("#timeline .chosen")).to_be_visible()
    for act, to in (("play-on", at + 1), ("play-back", at - 1)):
        page.evaluate("() => pulse.choose('window', '2024-04-24T10:05:00Z')")
        page.locator(f"#{act}").click()
        shown(page)
        assert page.evaluate(STATE)[0] == to
    page.evaluate("() => pulse.choose('window', '2024-04-24T10:05:00Z')")
    page.locator("#timeline").press("ArrowRight")
    shown(page)
    assert page.evaluate(STATE)[0] == at + 1
    page.evaluate("() => pulse.choose('window', '2024-04-24T10:05:00Z')")
    page.keyboard.press("k")
    page.wait_for_function(f"() => pulse.timeline.state().at > {at} && pulse.timeline.state().at < {at + 9}")
    page.keyboard.press("k")


def test_marks_are_those_of_the_chosen_lines(long_store):
    views = Views(Store(long_store))
    for name, value, lines in (
        ("lines", RER_A, [RER_A]),
        ("lines", METRO_1, [METRO_1] * 2),
        ("modes", "rer", [RER_A]),
        ("modes", "tram", []),
        ("modes", "all", [METRO_1, RER_A, METRO_1]),
    ):
        assert [mark[1] for mark in timeline.data(views, parse_selection({name: value}))["marks"]] == lines


def test_a_mark_says_which_line_and_a_click_opens_its_alert_which_back_undoes(page, serve, long_store, visitor):
    url = serve(long_store).url
    shown(opened(page, url))
    assert page.locator("#timeline .mark").count() == 3
    mark = page.locator("#timeline .mark").nth(1)
    mark.hover()
    expect(page.locator("#timeline-hint")).to_have_text("24 avr., 10:40 · alerte RER A")
    before = page.url
    mark.click()
    expect(page.locator("#alerts-list")).to_contain_text("10:40")
    expect(page.locator("#alerts-list .badge")).to_have_count(1)
    assert f"lines={RER_A}" in page.url and "window=2024-04-24T08:40:00Z" in page.url.replace("%3A", ":")
    page.go_back()
    page.mouse.move(*NOWHERE)
    expect(page).to_have_url(before)
    shown(page)
    fresh = shown(opened(visitor.new_page(), before))
    assert differences(page, fresh) == {}
