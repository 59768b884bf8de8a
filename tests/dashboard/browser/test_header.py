"""The buttons of the header: light or dark, and the link to copy."""

import re

import pytest
from playwright.sync_api import expect

from tests.dashboard.conftest import opened

pytestmark = pytest.mark.browser

INK = "() => getComputedStyle(document.body).color"
DARK_INK = "rgb(232, 237, 243)"


@pytest.fixture
def at_night(chromium):
    """A browser whose system is dark."""
    context = chromium.new_context(color_scheme="dark", viewport={"width": 1440, "height": 900})
    yield context
    context.close()


def test_the_theme_follows_the_system_until_one_is_chosen_which_is_remembered(at_night, page_url):
    page = opened(at_night.new_page(), page_url)
    button = page.locator("#theme")
    expect(button).to_have_accessible_name("Thème du système")
    assert page.evaluate(INK) == DARK_INK
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"() => ({INK})() !== '{DARK_INK}'")
    page.emulate_media(color_scheme="dark")
    button.click()
    expect(button).to_have_accessible_name("Thème clair")
    assert page.evaluate(INK) != DARK_INK
    assert "theme" not in page.url
    again = opened(at_night.new_page(), page_url)
    expect(again.locator("#theme")).to_have_accessible_name("Thème clair")
    assert again.evaluate(INK) != DARK_INK
    button.click()
    expect(again.locator("#theme")).to_have_accessible_name("Thème sombre")  # the other tab follows
    assert again.evaluate(INK) == DARK_INK


def test_an_address_that_asks_for_a_theme_has_it_and_what_stands_on_the_map_follows(page, page_url):
    opened(page, page_url, "?theme=dark&lines=C01742")
    ground = (
        "() => { let fill; pulse.map.leaflet.eachLayer((l) => { if (l.options.pane === 'ground' && l.feature) "
        "fill = l.options.fillColor; }); return fill; }"
    )
    page.wait_for_function(f"() => ({ground})()")
    assert page.evaluate(ground) == "#1b2530"
    page.locator("#theme").click()
    expect(page).to_have_url(re.compile(r"theme=system"))
    page.locator("#theme").click()
    expect(page).to_have_url(re.compile(r"theme=light"))
    assert page.evaluate(ground) == "#fbfcfd"


def test_the_copied_link_opens_the_same_filters_window_view_page_and_language(page, page_url, chromium):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, page_url, "?zone=75,92&severity=disrupted,interruption&text=trafic&lang=en")
    page.evaluate("() => void pulse.map.leaflet.setView([48.87, 2.33], 13, {animate: false})")
    page.locator("[data-choice='stack:line']").click()
    page.locator("#timeline").press("ArrowLeft")
    page.locator("#timeline").press("ArrowLeft")
    page.wait_for_function("() => !pulse.view.live && pulse.view.query.includes('stack=line')")
    page.wait_for_function("() => pulse.shown.live === pulse.refresh.state.turns.live")  # the second step is told, too
    expect(page).to_have_url(re.compile("view=48.87"))
    page.locator("#copy-link").click()
    expect(page.locator("#announce")).to_have_text("Link copied")
    link = page.evaluate("() => navigator.clipboard.readText()")
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    other = context.new_page()
    other.goto(link)
    expect(other.locator("html")).to_have_attribute("lang", "en")
    expect(other.locator("#figures h2")).to_have_text(page.locator("#figures h2").inner_text())
    expect(other.locator("#timeline-hint")).to_have_text(page.locator("#timeline-hint").inner_text())
    expect(other.locator("[data-choice='zone:92']")).to_have_attribute("aria-pressed", "true")
    expect(other.locator("#text-search")).to_have_value("trafic")
    other.wait_for_function("() => pulse.map.leaflet.getZoom() === 13")
    shown = "() => Object.keys(pulse.view.disruptions).sort()"
    assert other.evaluate(shown) == page.evaluate(shown)
    context.close()
    page.goto(link.replace("/?", "/lines?"))
    expect(page.locator("#page-lines h2").first).to_be_visible()
    page.locator("#copy-link").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).includes('/lines?')")
