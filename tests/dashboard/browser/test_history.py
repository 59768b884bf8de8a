"""Back and Forward: each choice of a reader is one step, and each step restores all that it said."""

import re

import pytest
from playwright.sync_api import expect

from tests.dashboard.browser.walks import NOWHERE, differences, shown
from tests.dashboard.conftest import opened
from tests.made.filled_store import refill
from tests.made.network import TICK

pytestmark = pytest.mark.browser


def search(page) -> str:
    return page.evaluate("() => location.pathname + location.search").replace("%3A", ":")


def test_window_line_span_and_page_are_steps_that_back_and_forward_restore(page, visitor, page_url, thorough):
    shown(opened(page, page_url, "?span=6h"))
    addresses = [search(page)]
    page.locator("#timeline").press("ArrowLeft")
    addresses.append(search(shown(page)))
    page.locator("[data-choice='line:C01742']").click()
    addresses.append(search(shown(page)))
    page.locator("[data-choice='span:24h']").click()
    addresses.append(search(shown(page)))
    page.locator("[data-goto='/lines']").first.click()
    addresses.append(search(page))
    assert len(set(addresses)) == 5
    for wanted in addresses[-2::-1]:
        page.go_back()
        page.wait_for_function(
            "(wanted) => location.pathname + decodeURIComponent(location.search) === wanted", arg=wanted
        )
        equals_a_fresh_load(page, visitor)
    for wanted in addresses[1:-1]:
        page.go_forward()
        page.wait_for_function(
            "(wanted) => location.pathname + decodeURIComponent(location.search) === wanted", arg=wanted
        )
        if thorough or wanted == addresses[-2]:
            equals_a_fresh_load(page, visitor)
    page.go_forward()
    expect(page.locator("#page-lines h2").first).to_be_visible()
    expect(page.locator("#page-live")).to_be_hidden()


def equals_a_fresh_load(page, visitor) -> None:
    fresh = visitor.new_page()
    shown(opened(fresh, page.url, "")) if page.url.endswith("/") else fresh.goto(page.url)
    shown(page)
    shown(fresh)
    assert differences(page, fresh) == {}
    fresh.close()


def test_a_drag_and_a_held_key_are_one_step(page, page_url):
    shown(opened(page, page_url, "?span=6h"))
    steps = page.evaluate("() => history.length")
    box = page.locator("#timeline").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 60)
    page.mouse.down()
    for share in (0.7, 0.6, 0.5, 0.4):
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + 60)
        shown(page)
    page.mouse.up()
    page.mouse.move(*NOWHERE)
    assert "window=" in page.url and page.evaluate("() => history.length") == steps + 1
    page.locator("#timeline").focus()
    for _ in range(4):
        page.keyboard.down("ArrowLeft")  # without `up` between: the key repeats
    page.keyboard.up("ArrowLeft")
    assert page.evaluate("() => history.length") == steps + 2
    page.go_back()
    page.go_back()
    page.wait_for_function("() => !location.search.includes('window')")


def test_moving_the_map_is_no_step_and_back_looks_where_it_looked(page, page_url):
    shown(opened(page, page_url))
    steps = page.evaluate("() => history.length")
    page.evaluate("() => void pulse.map.leaflet.setView([48.87, 2.33], 13, {animate: false})")
    expect(page).to_have_url(re.compile("view=48.8700,2.3300,13"))
    assert page.evaluate("() => history.length") == steps
    page.locator("[data-choice='stack:line']").click()
    page.evaluate("() => void pulse.map.leaflet.setView([48.7, 2.1], 11, {animate: false})")
    expect(page).to_have_url(re.compile("view=48.7000,2.1000,11"))
    page.go_back()
    page.wait_for_function("() => pulse.map.leaflet.getZoom() === 13 && pulse.selection().stack === 'cluster'")
    assert "view=48.8700,2.3300,13" in page.url
    page.go_forward()
    page.wait_for_function("() => pulse.map.leaflet.getZoom() === 11 && pulse.selection().stack === 'line'")


def test_news_is_no_step(page, serve, live_store):
    from dataclasses import replace

    url, plan, engine = live_store
    shown(opened(page, serve(url).url))
    steps, end = page.evaluate("() => [history.length, pulse.view.span.end_ms]")
    refill(engine, replace(plan, last_tick=plan.last_tick + TICK))
    page.wait_for_function("(end) => pulse.view.span.end_ms > end", arg=end)
    assert page.evaluate("() => history.length") == steps


def test_what_was_played_is_one_step_that_back_undoes(page, page_url):
    shown(opened(page, page_url, "?span=6h&window=2024-04-24T10:00:00Z"))
    steps = page.evaluate("() => history.length")
    page.locator("#play-speed").select_option("8")
    page.keyboard.press("k")
    page.wait_for_function("() => pulse.selection().window > '2024-04-24T10:10:00Z'")
    page.keyboard.press("k")
    page.wait_for_function(
        "() => location.search.includes(encodeURIComponent(pulse.selection().window)) || "
        "location.search.includes(pulse.selection().window)"
    )
    assert page.evaluate("() => history.length") == steps + 1
    page.go_back()
    expect(page.locator("#figures h2")).to_contain_text("11:30 → 12:00")
