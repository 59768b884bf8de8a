"""The chosen cluster: in the address, in the history, and the same on every part of the page."""

import json
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from tests.dashboard.browser.clusters.recorded_day import EVERYTHING, choose, of_api, some_windows
from tests.dashboard.browser.walks import IS_SHOWN, NOWHERE, shown
from tests.dashboard.conftest import opened

pytestmark = [pytest.mark.browser, pytest.mark.recording]
# Which clusters stand out and which are dim on map, list and table; the timeline has those of other windows, too.
LOOKS = """() => {
  const keys = (selector) => [...new Set([...document.querySelectorAll(selector)].map(
    ({ dataset: d }) => d.cluster || d.of || d.clusterRow || d.clusterChip))].sort();
  return { out: keys(".is-selected:is(#map *, [data-cluster-row], [data-cluster-chip])"),
    dim: keys(".is-dimmed:is([data-cluster], [data-of], [data-cluster-row], [data-cluster-chip])"),
  };
}"""


def standing_out(page, key: str | None) -> None:
    """Wait until this cluster, and no other, stands out."""
    page.wait_for_function(f"(key) => ({LOOKS})().out.join() === key", arg=key or "")


def test_a_click_chooses_a_cluster_for_the_address_and_back_and_escape_undo_it(page, site, store_of_day):
    window = some_windows(store_of_day, 2)[-1]
    opened(page, site, f"?{EVERYTHING}&window={window}")
    shown(page)
    badge = page.locator("#map [data-cluster]").first
    key = badge.get_attribute("data-cluster")
    steps = page.evaluate("() => history.length")
    badge.click()
    assert f"cluster={key}" in page.url and page.evaluate("() => history.length") == steps + 1
    expect(badge).to_have_attribute("aria-pressed", "true")
    page.mouse.move(*NOWHERE)
    page.go_back()
    page.wait_for_function("() => !location.search.includes('cluster=')")
    expect(badge).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    page.evaluate("() => document.activeElement.blur()")
    standing_out(page, None)
    assert f"window={window}" in page.url
    page.go_forward()
    standing_out(page, key)
    page.keyboard.press("Escape")
    standing_out(page, None)
    assert "cluster=" not in page.url
    page.go_back()
    standing_out(page, key)


def test_a_fresh_load_shows_the_chosen_cluster_and_it_is_kept_through_windows_that_lack_it(page, site, store_of_day):
    windows = some_windows(store_of_day, 6)
    clusters = [of_api(site, window) for window in windows]
    key = next(iter(clusters[-1].keys() - clusters[0].keys()))
    opened(page, site, f"?{EVERYTHING}&window={windows[-1]}&cluster={key}")
    shown(page)
    standing_out(page, key)
    assert page.evaluate(LOOKS)["dim"] == sorted(set(clusters[-1]) - {key})
    choose(page, windows[0])
    assert page.evaluate(LOOKS) == {"out": [], "dim": []}
    assert f"cluster={key}" in page.url
    choose(page, windows[-1])
    standing_out(page, key)


def test_the_map_moves_only_to_a_cluster_that_lies_outside_of_it(page, site, store_of_day):
    opened(page, site, f"?{EVERYTHING}&window={some_windows(store_of_day, 2)[-1]}&view=48.88,2.36,11")
    shown(page)
    inside, outside = (
        page.evaluate("""() => [false, true].map((out) => [...document.querySelectorAll("#map [data-cluster]")]
      .find((node) => node.classList.contains("is-outside") === out).dataset.cluster)""")
    )
    centre = page.evaluate("() => pulse.map.leaflet.getCenter()")
    page.evaluate("(key) => pulse.selection.select(key)", inside)
    standing_out(page, inside)
    assert page.evaluate("() => pulse.map.leaflet.getCenter()") == centre
    page.evaluate("(key) => pulse.selection.select(key)", outside)
    expect(page.locator(f"#map [data-cluster='{outside}']")).not_to_have_class("is-outside")
    page.wait_for_function(
        "([key, { lat }]) => { const [c, map] = [pulse.view.clusters[key], pulse.map.leaflet];"
        " return map.getCenter().lat !== lat && map.getBounds().contains([c.lat, c.lon]); }",
        arg=[outside, centre],
    )


def test_a_chosen_cluster_changes_no_figure_of_the_api_and_an_ill_formed_one_is_refused(site, store_of_day):
    window = some_windows(store_of_day, 2)[-1]
    rows = of_api(site, window)
    assert of_api(site, window, f"{EVERYTHING}&cluster={next(iter(rows))}") == rows
    for wrong in ("208", "incident", "incident:-1", "metro:3", "incident:new-x", "incident:007"):
        with pytest.raises(HTTPError) as refused:
            urlopen(f"{site}/api/v1/clusters?cluster={wrong}")
        assert refused.value.code == 400
        assert wrong in json.load(refused.value)["error"]


def test_an_ill_formed_cluster_of_the_address_is_named_and_given_up_by_its_button(page, site):
    page.goto(f"{site}/?cluster=208&lang=en")
    expect(page.locator("#figures .quiet-note")).to_contain_text("cluster = “208”")
    page.locator("#figures button").click()
    page.wait_for_selector(".figure-row")
    page.wait_for_function(IS_SHOWN)
    assert "cluster" not in page.url


CHIPS = """() => Object.fromEntries([...document.querySelectorAll("#table .ag-row[row-id]")].map((row) =>
  [row.getAttribute("row-id"), [...row.querySelectorAll("[data-cluster-chip]")].map(
    (chip) => [chip.dataset.clusterChip, chip.textContent])]))"""


def test_the_rows_of_the_table_have_the_clusters_that_count_them_as_chips(page, site, store_of_day):
    windows = some_windows(store_of_day, 3)
    opened(page, site, f"?{EVERYTHING}&window={windows[0]}")
    for window in windows:
        choose(page, window)
        clusters = of_api(site, window)
        for id_, chips in page.evaluate(CHIPS).items():
            assert {key for key, _ in chips} == {key for key, row in clusters.items() if id_ in row["ids"]}
            assert all(letter == (clusters[key]["letter"] or "nouv.") for key, letter in chips)


def test_a_chip_chooses_its_cluster_and_no_row(page, site, store_of_day):
    opened(page, site, f"?{EVERYTHING}&window={some_windows(store_of_day, 2)[-1]}")
    shown(page)
    chip = page.locator("[data-cluster-chip]").first
    key = chip.get_attribute("data-cluster-chip")
    chip.hover()
    standing_out(page, key)
    assert "cluster=" not in page.url
    chip.click()
    page.mouse.move(*NOWHERE)
    standing_out(page, key)
    assert f"cluster={key}" in page.url
    expect(page.locator(f"[data-cluster-row='{key}']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".leaflet-popup, #map-note article")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(chip).to_have_attribute("aria-pressed", "false")
    assert "cluster=" not in page.url
    page.locator("#table .ag-row[row-index='0'] .ag-cell[col-id='disruption']").focus()
    page.keyboard.press("Enter")
    focused = page.locator("#table [data-cluster-chip]:focus")
    key = focused.get_attribute("data-cluster-chip")
    page.keyboard.press("Enter")
    expect(focused).to_have_attribute("aria-pressed", "true")
    assert f"cluster={key}" in page.url
