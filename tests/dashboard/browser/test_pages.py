"""Going from page to page in a real browser."""

import csv
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.dashboard.conftest import RESULTS, opened
from tests.dashboard.picture_check import size

pytestmark = pytest.mark.browser


def test_a_link_opens_a_page_with_the_same_choice_and_back_leads_to_the_same_map(page, page_url):
    opened(page, page_url, "?lines=C01742")
    page.evaluate("() => { window.notReloaded = true; }")
    page.locator("[data-goto='/data']").click()
    page.wait_for_selector("#health-books table")
    assert page.url.endswith("/data?lines=C01742")
    expect(page.locator("[data-goto='/data']")).to_have_attribute("aria-current", "page")
    expect(page.locator("#map")).to_be_hidden()
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


def test_playback_goes_through_the_windows_and_stops_at_the_end(page, page_url):
    opened(page, page_url, "?span=6h&window=2024-04-24T11:30:00Z")
    page.evaluate("() => { window.ends = []; }")
    page.locator("#play-speed").select_option("8")
    page.locator("#play-toggle").click()
    page.wait_for_function(
        "() => { ends.includes(pulse.view.span.end_ms) || ends.push(pulse.view.span.end_ms); return pulse.view.live; }",
        polling=30,
    )
    page.wait_for_function("() => document.getElementById('play-toggle').getAttribute('aria-pressed') === 'false'")
    ends = page.evaluate("() => ends")
    assert ends == sorted(ends) and len(ends) >= 6
    page.keyboard.press("j")
    page.wait_for_function("(end) => pulse.view.span.end_ms === end - 300000", arg=ends[-1])


RADIUS_OF_SIZE = """() => Object.fromEntries([...document.querySelectorAll("#map [data-cluster]")].map(
  (badge) => [pulse.view.clusters[badge.dataset.cluster].disruptions, badge.offsetWidth]))"""


def test_two_windows_stand_side_by_side_with_one_scale(page, page_url):
    page.goto(f"{page_url}/compare?other=hour&window=2024-04-24T11:30:00Z")
    page.wait_for_selector("iframe")
    frames = [f"iframe >> nth={n}" for n in (0, 1)]
    for frame in frames:
        page.frame_locator(frame).locator(".figure-row").wait_for()
    inside = [page.locator(frame).element_handle().content_frame() for frame in frames]
    assert all(frame.evaluate("() => document.getElementById('map').clientHeight") > 200 for frame in inside)
    radii = [frame.evaluate(RADIUS_OF_SIZE) for frame in inside]
    ends = [frame.evaluate("() => pulse.view.span.end_ms") for frame in inside]
    both = radii[0].keys() & radii[1].keys()
    assert both and all(radii[0][size] == radii[1][size] for size in both)
    assert ends[1] - ends[0] == 3_600_000
    expect(page.frame_locator(frames[0]).locator(".nav")).to_be_hidden()


def test_a_slow_pace_asks_less_and_a_hidden_tab_asks_nothing(page, page_url):
    opened(page, page_url)
    asked = []
    page.on("request", lambda r: asked.append(r.url) if "/version" in r.url else None)
    page.locator("#pace").select_option("10")
    page.wait_for_timeout(300)  # what was asked just before has been told
    asked.clear()
    page.wait_for_timeout(1200)
    assert asked == []
    page.locator("#pace").select_option("2")
    page.wait_for_timeout(700)
    assert asked
    page.evaluate("""() => { Object.defineProperty(document, "hidden", {value: true, configurable: true}); }""")
    asked.clear()
    page.wait_for_timeout(1200)
    assert asked == []


def test_an_area_is_drawn_on_the_map_and_everything_obeys_it(page, page_url):
    opened(page, page_url, "?modes=all&channel=incident,works")
    before = page.evaluate("() => pulse.view.figures.ongoing")
    page.locator("#area-draw").click()
    box = page.locator("#map").bounding_box()
    for x, y in ((0.3, 0.3), (0.6, 0.3), (0.6, 0.6)):
        page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    page.locator("body").press("Enter")
    page.wait_for_function("() => pulse.view.query.includes('area=')")
    assert 0 < page.evaluate("() => pulse.view.figures.ongoing") < before
    rows = page.evaluate("() => dash_ag_grid.getApi('table').getDisplayedRowCount()")
    assert rows == page.evaluate("() => Object.keys(pulse.view.disruptions).length")
    page.locator("[data-choice='reset:filters']").click()
    page.wait_for_function("() => !pulse.view.query.includes('area=')")


def test_the_map_and_its_table_mark_the_same_disruptions(page, page_url):
    opened(page, page_url)
    page.locator("[data-cluster]").last.click()
    page.wait_for_selector("#table .is-marked")
    ids = page.evaluate(
        "() => [...document.querySelectorAll('#table .is-marked')].map((row) => row.getAttribute('row-id'))"
    )
    titles = page.locator(".leaflet-popup h4").all_inner_texts()
    assert ids and set(page.evaluate("(ids) => ids.map((id) => pulse.view.disruptions[id].title)", ids)) <= set(titles)


def test_the_tables_of_the_page_that_is_open_can_be_taken_away_as_files(page, page_url):
    page.goto(f"{page_url}/lines?lang=en&window=2024-04-24T12:00:00Z")
    page.wait_for_selector("#lines-table table")
    page.locator("#export summary").click()
    expect(page.locator("#export [data-table='lines.csv']")).to_be_visible()
    expect(page.locator("#export [data-table='incidents.csv']")).to_have_count(0)
    expect(page.locator("[data-export='hits.csv']")).to_have_attribute(
        "href", re.compile("/export/hits.csv.*2024-04-24T12")
    )
    with page.expect_download() as download:
        page.get_by_role("link", name="Lines, CSV").click()
    rows = list(csv.DictReader(download.value.path().open(encoding="utf-8", newline="")))
    assert len(rows) == page.locator("#lines-table tbody tr").count() > 10
    page.screenshot(path=RESULTS / "export_menu.png")
    page.locator("#export summary").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Last 24 hours: the image (PNG)").press("Enter")
    asked = urlsplit(download.value.url)
    assert asked.path == "/api/v1/lines.png" and {"lang=en", "window=2024-04-24T12%3A00%3A00Z"} <= set(
        asked.query.split("&")
    )
    assert size(download.value.path().read_bytes())[0] == 1440
