"""Going from page to page in a real browser."""

import pytest

from tests.dashboard.conftest import opened

pytestmark = pytest.mark.browser


def test_a_link_opens_a_page_with_the_same_choice_and_back_leads_to_the_same_map(page, page_url):
    opened(page, page_url, "?lines=C01742")
    page.evaluate("() => { window.notReloaded = true; }")
    page.locator("[data-goto='/data']").click()
    page.wait_for_selector("#health-books table")
    assert page.url.endswith("/data?lines=C01742")
    assert page.locator("[data-goto='/data']").get_attribute("aria-current") == "page"
    assert page.locator("#map").is_hidden()
    page.go_back()
    page.wait_for_selector("#map", state="visible")
    assert page.url.endswith("/?lines=C01742")
    assert page.evaluate("() => window.notReloaded")


def test_a_page_that_is_not_on_screen_asks_for_nothing(page, page_url):
    page.goto(f"{page_url}/data")
    page.wait_for_selector("#health-books table")
    asked = []
    page.on("request", lambda r: asked.append(r.post_data) if "_dash-update" in r.url else None)
    page.wait_for_timeout(1500)  # three beats
    assert asked == []
    page.locator("[data-goto='/']").click()
    page.wait_for_selector(".figure-row")
    assert not any("health-books" in data.split('"outputs"')[0] for data in asked)
