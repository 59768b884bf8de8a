"""The parts of the timeline's bars: one for each cluster, in its colours, in the order of birth, named and linked."""

import pytest
from playwright.sync_api import expect

from dashboard.pages.live import timeline
from dashboard.store import queries
from dashboard.store.lives import births, key_of
from dashboard.store.reader import Store
from dashboard.window.selection import format_utc, parse_selection
from dashboard.window.view_cache import Views
from prim_client.messages.message import CHANNELS
from tests.dashboard.browser.clusters.recorded_day import EVERYTHING, of_api, some_windows
from tests.dashboard.browser.walks import NOWHERE, shown
from tests.dashboard.conftest import opened

pytestmark = [pytest.mark.browser, pytest.mark.recording]
CHOICE = {"channel": ",".join(CHANNELS), "modes": "all"}
# A point of the page on the part of a cluster in the bar of a window, and the middle of that bar.
POINT = """([key, end]) => {
  const box = document.getElementById("timeline").getBoundingClientRect();
  const { after_ms, until_ms, step_ms } = pulse.timeline.data();
  const x = box.x + 34 + ((box.width - 42) * (end - step_ms / 2 - after_ms)) / (until_ms - after_ms);
  for (let y = box.y; y < box.bottom; y += 1)
    if (document.elementFromPoint(x, y)?.closest("[data-cluster-part]")?.dataset.clusterPart === key) return [x, y];
  return null;
}"""
TIP = """() => [...document.querySelectorAll("#timeline-tip .tip-row")].map((row) => [
  row.dataset.tip, row.children[0].textContent, row.children[1].textContent, Number(row.children[2].textContent)])"""


def test_parts_stand_in_the_order_of_birth_and_count_what_the_api_counts(site, store_of_day):
    chart = timeline.data(Views(Store(store_of_day)), parse_selection(CHOICE))
    keys = [key_of(each["id"]) for each in chart["series"]]
    with Store(store_of_day).reading() as connection:
        born_us = births(connection, CHANNELS, queries.newest_event_us(connection))
    moments = [born_us[key] for key in keys if key in born_us]
    assert moments == sorted(moments) and len(moments) > 10
    drawn = {format_utc(w[0] * 1000): (w[4], n) for w, n in zip(chart["windows"], chart["counts"], strict=True)}
    windows = [window for window in some_windows(store_of_day, 6) if window in drawn]
    assert len(windows) > 3
    for window in windows:
        found = {chart["series"][part[0]]["id"]: n for part, n in zip(*drawn[window], strict=True)}
        assert found == {key: row["disruption_count"] for key, row in of_api(site, window).items()}


def test_a_part_has_the_hue_of_its_badge_and_a_bar_names_all_its_clusters(page, site, store_of_day):
    window = some_windows(store_of_day, 4)[2]
    opened(page, site, f"?{EVERYTHING}&window={window}")
    shown(page)
    clusters = of_api(site, window)
    fills, badges = page.evaluate("""() => [
      [...document.querySelectorAll("[data-cluster-part]")].map((part) =>
        [part.dataset.clusterPart, getComputedStyle(part.querySelector(".bars")).fill]),
      [...document.querySelectorAll("#map [data-cluster]")].map((badge) =>
        [badge.dataset.cluster, getComputedStyle(badge).borderTopColor]),
    ].map(Object.fromEntries)""")
    assert {key: fills[key] for key in badges} == badges != {}
    end_ms = page.evaluate("() => pulse.view.span.end_ms")
    key = max(clusters, key=lambda each: clusters[each]["disruption_count"])
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/_dash-update" in request.url else None)
    page.mouse.move(*page.evaluate(POINT, [key, end_ms]))
    expect(page.locator(f"[data-cluster-row='{key}']")).to_contain_class("is-selected")
    expect(page.locator(f"#map [data-cluster='{key}']")).to_contain_class("is-selected")
    said = {each: [letter, name, n] for each, letter, name, n in page.evaluate(TIP)}
    assert said == {each: [row["letter"], row["name"], row["disruption_count"]] for each, row in clusters.items()}
    page.mouse.move(*NOWHERE)
    expect(page.locator("#timeline-tip .tip-row")).to_have_count(0)
    expect(page.locator(".is-dimmed")).to_have_count(0)
    assert asked == []


def test_a_click_on_a_part_chooses_window_and_cluster_in_one_step(page, site, store_of_day):
    windows = some_windows(store_of_day, 4)
    opened(page, site, f"?{EVERYTHING}&window={windows[-1]}")
    shown(page)
    clusters = of_api(site, windows[1])
    key = max(clusters, key=lambda each: clusters[each]["disruption_count"])
    steps = page.evaluate("() => history.length")
    end_ms = page.evaluate("(window) => Date.parse(window)", windows[1])
    page.mouse.click(*page.evaluate(POINT, [key, end_ms]))
    page.mouse.move(*NOWHERE)
    shown(page)
    assert f"cluster={key}" in page.url and f"window={windows[1]}" in page.url
    assert page.evaluate("() => history.length") == steps + 1
    expect(page.locator(f"[data-cluster-row='{key}']")).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(page.locator("[aria-pressed='true'][data-cluster-row]")).to_have_count(0)
    assert f"window={windows[-1]}" in page.url
