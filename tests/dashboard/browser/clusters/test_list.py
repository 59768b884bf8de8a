"""The list of clusters: what the API says of the window, in the order that the reader wants, linked to the map."""

import json
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from tests.dashboard.browser.clusters.recorded_day import EVERYTHING, choose, of_api, some_windows
from tests.dashboard.browser.walks import IS_SHOWN, NOWHERE, shown
from tests.dashboard.conftest import opened

pytestmark = [pytest.mark.browser, pytest.mark.recording]
# The rows: id, letter, name, number of disruptions, stations, in their order; and the number without a place.
ROWS = """() => [...document.querySelectorAll("#cluster-list [data-cluster-row]")].map((row) => [
  row.dataset.clusterRow,
  ...[".cluster-mark", ".cluster-place"].map((part) => row.querySelector(part).textContent),
  ...[".cluster-size", ".cluster-stations"].map((part) => parseInt(row.querySelector(part).textContent))])"""
NOWHERE_ROW = """() => document.querySelector("#cluster-list .is-nowhere .cluster-size")?.textContent || "0" """
# What a fresh load of the same address has to show, too.
LIST = """() => document.querySelector(".list-card").outerHTML"""


def without_place(site: str, window: str) -> int:
    """Disruptions of the window for which no place was found, by the API."""
    with urlopen(f"{site}/api/v1/disruptions?{EVERYTHING}&window={window}") as answer:
        return sum(row["stations"] == 0 for row in json.load(answer)["rows"])


def test_the_list_is_that_of_the_api_in_every_window(page, site, store_of_day):
    windows = some_windows(store_of_day, 6)
    opened(page, site, f"?{EVERYTHING}&window={windows[0]}")
    most = 0
    for window in windows:
        choose(page, window)
        clusters = of_api(site, window)
        rows = page.evaluate(ROWS)
        expected = {
            key: [c["letter"] or "nouv.", c["name"], c["disruption_count"], c["station_count"]]
            for key, c in clusters.items()
        }
        assert {key: row for key, *row in rows} == expected
        sizes = [row[3] for row in rows]
        assert sizes == sorted(sizes, reverse=True)
        assert int(page.evaluate(NOWHERE_ROW).split()[0]) == without_place(site, window)
        expect(page.locator("#cluster-count")).to_contain_text(str(len(rows)) if rows else "Foyers")
        most = max(most, len(rows))
    assert most > 5


def test_a_step_leaves_the_list_that_a_fresh_load_shows(page, visitor, site, store_of_day):
    windows = some_windows(store_of_day, 3)
    opened(page, site, f"?{EVERYTHING}&window={windows[0]}")
    shown(page)
    key = next(iter(of_api(site, windows[-1])))
    page.evaluate("(key) => pulse.selection.select(key)", key)
    fresh = visitor.new_page()
    for window in reversed(windows):
        choose(page, window)
        fresh.goto(page.url)
        fresh.wait_for_selector("#timeline svg")
        shown(fresh)
        assert page.evaluate(LIST) == fresh.evaluate(LIST)


def test_a_window_without_the_chosen_cluster_says_so_and_gives_it_up(page, site, store_of_day):
    windows = some_windows(store_of_day, 6)
    last = of_api(site, windows[-1])
    key = next(iter(last.keys() - of_api(site, windows[0]).keys()))
    opened(page, site, f"?{EVERYTHING}&window={windows[0]}&cluster={key}")
    note = page.locator("#cluster-list .cluster-note")
    expect(note).to_contain_text("Pas dans cette fenêtre : ")
    choose(page, windows[-1])
    expect(note).to_have_count(0)
    expect(page.locator(f"[data-cluster-row='{key}']")).to_have_attribute("aria-pressed", "true")
    choose(page, windows[0])
    note.get_by_role("button").click()
    expect(note).to_have_count(0)
    assert "cluster=" not in page.url


def test_a_row_is_pointed_at_without_a_request_and_chosen_with_enter(page, site, store_of_day):
    window = some_windows(store_of_day, 2)[-1]
    opened(page, site, f"?{EVERYTHING}&window={window}")
    shown(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/_dash-update" in request.url else None)
    rows = page.locator("[data-cluster-row]")
    key = rows.nth(1).get_attribute("data-cluster-row")
    badge = page.locator(f"#map [data-cluster='{key}']")
    rows.nth(1).hover()
    expect(badge).to_contain_class("is-selected")
    assert page.locator("#map [data-cluster].is-dimmed").count() == page.locator("#map [data-cluster]").count() - 1
    assert page.locator("[data-cluster-row].is-dimmed").count() == rows.count() - 1
    page.mouse.move(*NOWHERE)
    expect(page.locator(".is-dimmed, .is-selected")).to_have_count(0)
    assert asked == []
    rows.nth(1).focus()
    page.keyboard.press("Enter")
    expect(rows.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(badge).to_have_attribute("aria-pressed", "true")
    expect(rows.nth(1)).to_be_focused()
    assert f"cluster={key}" in page.url
    page.wait_for_function(IS_SHOWN)
    page.keyboard.press("Enter")
    expect(rows.nth(1)).to_have_attribute("aria-pressed", "false")
    assert "cluster=" not in page.url


def test_the_order_of_the_list_is_the_readers_and_the_browser_keeps_it(page, site, store_of_day):
    window = some_windows(store_of_day, 2)[-1]
    opened(page, site, f"?{EVERYTHING}&window={window}")
    shown(page)
    page.locator("[data-choice='order-of-clusters:severity']").click()
    worst = """() => [...document.querySelectorAll("[data-cluster-row] .severity-icon")].map((icon) =>
      ["interruption", "blocking", "works_blocking", "disrupted", "slow", "works", "information"]
        .findIndex((code) => icon.classList.contains(code)))"""
    ranks = page.evaluate(worst)
    assert ranks == sorted(ranks) and len(set(ranks)) > 1
    opened(page, site, f"?{EVERYTHING}&window={window}")
    shown(page)
    assert page.evaluate(worst) == ranks
    expect(page.locator("[data-choice='order-of-clusters:severity']")).to_have_attribute("aria-pressed", "true")


def test_sorted_by_growth_what_grows_stands_before_what_shrinks(page, site, store_of_day):
    windows = some_windows(store_of_day, 8)
    opened(page, site, f"?{EVERYTHING}&window={windows[0]}")
    page.locator("[data-choice='order-of-clusters:growth']").click()
    with_both = 0
    for window in windows:
        choose(page, window)
        trends = page.evaluate("""() => [...document.querySelectorAll("[data-cluster-row] .cluster-trend")].map(
          ({ classList }) => (classList.contains("is-up") ? "up" : classList.contains("is-down") ? "down" : "flat"))""")
        known = [trend for trend in trends if trend != "flat"]
        assert known == sorted(known, reverse=True)  # "up" before "down"
        with_both += len(set(known)) == 2
    assert with_both


def test_on_a_phone_the_list_follows_the_map_and_nothing_is_wider_than_the_screen(page, site, store_of_day):
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, site, f"?{EVERYTHING}&window={some_windows(store_of_day, 2)[-1]}")
    shown(page)
    tops = [page.locator(part).bounding_box()["y"] for part in (".map-card", ".list-card", ".timeline-card")]
    assert tops == sorted(tops)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    for row in page.locator("[data-cluster-row]").all():
        assert row.bounding_box()["width"] <= 390
