"""The banner of a derived fold, in a real browser: it comes without a reload, stands on every page, and can be read."""

import pytest
from playwright.sync_api import expect

from dashboard.registry.pages import all_pages
from tests.dashboard.browser.test_accessibility import axe, put_on, violations  # noqa: F401 - a fixture
from tests.dashboard.conftest import RESULTS, opened
from tests.dashboard.pages.test_folds_shown import fall_behind, set_aside, whole_folds

pytestmark = pytest.mark.browser
BANNER = "#fold-banner .stale-banner"


def test_it_comes_without_a_reload_and_stands_on_every_page(page, serve, live_store, axe):  # noqa: F811
    url, _, engine = live_store
    whole_folds(engine)
    opened(page, serve(url).url, "?lang=en")
    expect(page.locator(BANNER)).to_have_count(0)
    set_aside(engine)
    expect(page.locator(BANNER)).to_contain_text("Incomplete tables: trends (1 entry set aside, since")
    for shown in all_pages():
        page.locator(f"nav [data-goto='{shown.path}']").first.click()
        expect(page.locator(f"#page-{shown.name}")).to_be_visible()
        expect(page.locator(BANNER)).to_be_visible()
    for theme in ("light", "dark"):
        put_on(page, theme)
        assert violations(page, axe, within="#fold-banner") == []
    page.locator(f"{BANNER} a").click()
    expect(page.locator("#health-folds")).to_contain_text("KeyError: 'd3'")


def test_on_a_phone_it_is_as_wide_as_the_page_and_says_both(page, serve, live_store):
    url, _, engine = live_store
    whole_folds(engine)
    set_aside(engine)
    fall_behind(engine)
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, serve(url).url)
    expect(page.locator(BANNER)).to_contain_text("Calculs en retard : incidents (5 entrées en attente, depuis 25 min).")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    box = page.locator(BANNER).bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / "fold-banner-390.png")
