"""The clusters of a busy recorded day on the map: each has a badge that can be seen and pressed, none twice."""

from itertools import combinations

import pytest
from playwright.sync_api import expect

from dashboard.ui.theme import SEVERITY_COLOURS
from tests.dashboard.browser.clusters.recorded_day import EVERYTHING, choose, of_api, some_windows
from tests.dashboard.browser.walks import IS_SHOWN
from tests.dashboard.conftest import opened

pytestmark = [pytest.mark.browser, pytest.mark.recording]
LEAST_PX = 24  # between the middles of two badges

# Each badge of the map: its box on the map, whether nothing lies over its middle, whether it has a leader line.
BADGES = """() => {
  const frame = document.getElementById("map").getBoundingClientRect();
  return [...document.querySelectorAll("#map [data-cluster]")].map((node) => {
    const box = node.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const inside = box.left >= frame.left && box.right <= frame.right
      && box.top >= frame.top && box.bottom <= frame.bottom;
    const onTop = document.elementFromPoint(x, y)?.closest("[data-cluster]") === node;
    return { key: node.dataset.cluster, label: node.getAttribute("aria-label"), text: node.textContent, inside, onTop,
      box: [box.left, box.top, box.right, box.bottom], middle: [x, y], outside: node.classList.contains("is-outside") };
  });
}"""
# Where the station of each badge is, and where the leader lines end: (x, y) of the page.
ANCHORS = """() => Object.fromEntries(Object.entries(pulse.view.clusters).map(([key, { lat, lon }]) => {
  const frame = document.getElementById("map").getBoundingClientRect();
  const { x, y } = pulse.map.leaflet.latLngToContainerPoint([lat, lon]);
  return [key, [x + frame.x, y + frame.y]];
}))"""
LEADERS = """() => [...document.querySelectorAll("#map .cluster-leader circle")].map((dot) => {
  const box = dot.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
})"""


def faults(page, expected: dict[str, dict]) -> list[str]:
    """What is wrong with the badges on the map."""
    badges = page.evaluate(BADGES)
    keys = [badge["key"] for badge in badges]
    found = [] if sorted(keys) == sorted(expected) else [f"{sorted(keys)} are not {sorted(expected)}"]
    for badge in badges:
        row = expected.get(badge["key"], {})
        said = (row.get("name", ""), str(row.get("disruption_count", "")))
        found += [f"{badge['key']} is hidden"] * (not badge["inside"] or not badge["onTop"])
        found += [f"{badge['label']} does not say {said}"] * (not all(word in badge["label"] for word in said))
        found += [f"{badge['text']} has not its letter"] * (not badge["text"].startswith(row.get("letter", "?")))
    for one, other in combinations(badges, 2):
        apart = max(abs(a - b) for a, b in zip(one["middle"], other["middle"], strict=True))
        (left, top, right, bottom), (l2, t2, r2, b2) = one["box"], other["box"]
        if apart < LEAST_PX or (left < r2 and l2 < right and top < b2 and t2 < bottom):
            found.append(f"{one['key']} and {other['key']} overlap")
    return found + unled(page, badges)


def unled(page, badges: list[dict]) -> list[str]:
    """Badges away from their station without a line to it."""
    anchors, ends = page.evaluate(ANCHORS), page.evaluate(LEADERS)
    found = []
    for badge in badges:
        x, y = anchors[badge["key"]]
        moved = max(abs(badge["middle"][0] - x), abs(badge["middle"][1] - y)) > 5
        led = any(max(abs(x - a), abs(y - b)) < 2 for a, b in ends)
        found += [f"{badge['key']} has no line to its station"] * (moved and not badge["outside"] and not led)
    return found


def test_every_cluster_of_every_window_has_a_badge_that_nothing_hides(page, site, store_of_day):
    windows = some_windows(store_of_day, 6)
    opened(page, site, f"?{EVERYTHING}&window={windows[0]}")
    wrong: dict[object, list[str]] = {}
    most = 0
    for window in windows:
        choose(page, window)
        expected = of_api(site, window)
        most = max(most, len(expected))
        wrong[window, "as opened"] = faults(page, expected)
        for zoom in (9, 13):  # crowded; most of them outside
            page.evaluate("(zoom) => void pulse.map.leaflet.setZoom(zoom, { animate: false })", zoom)
            wrong[window, zoom] = faults(page, expected)
    assert {where: found for where, found in wrong.items() if found} == {}
    assert most > 5
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("() => pulse.map.leaflet.getSize().x < 390")
    assert faults(page, of_api(site, windows[-1])) == []


def test_a_badge_at_the_edge_leads_to_its_station_and_opens_there(page, site, store_of_day):
    opened(page, site, f"?{EVERYTHING}&window={some_windows(store_of_day, 2)[-1]}&view=48.4,2.9,13")
    page.wait_for_function(IS_SHOWN)
    badge = page.locator("#map [data-cluster].is-outside").first
    key = badge.get_attribute("data-cluster")
    same = page.locator(f"#map [data-cluster='{key}']")
    badge.focus()
    page.keyboard.press("Enter")
    expect(same).not_to_have_class("is-outside")
    page.wait_for_function(
        "(key) => { const { lat, lon } = pulse.view.clusters[key]; const map = pulse.map.leaflet;"
        " return map.latLngToContainerPoint([lat, lon]).distanceTo(map.getSize().divideBy(2)) < 3; }",
        arg=key,
    )
    expect(same).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup-content h3")).to_contain_text("Foyer")
    page.keyboard.press("Escape")
    expect(same).to_be_focused()


def test_the_map_opens_on_what_is_hit_and_the_address_stays_as_it_was(page, site, store_of_day):
    query = f"?{EVERYTHING}&window={some_windows(store_of_day, 2)[-1]}"
    opened(page, site, query)
    page.wait_for_function(IS_SHOWN)
    assert page.locator("#map [data-cluster]").count() > 1
    expect(page.locator("#map [data-cluster].is-outside")).to_have_count(0)
    assert "view=" not in page.url
    opened(page, site, f"{query}&view=48.9000,2.5000,11")
    page.wait_for_function(IS_SHOWN)
    page.wait_for_function(
        "() => pulse.map.leaflet.getZoom() === 11 && Math.abs(pulse.map.leaflet.getCenter().lat - 48.9) < 0.002"
    )
    assert "view=48.9000,2.5000,11" in page.url
    page.set_viewport_size({"width": 1200, "height": 700})
    page.wait_for_function("() => pulse.map.leaflet.getSize().x < 600")
    page.wait_for_function("() => Math.abs(pulse.map.leaflet.getCenter().lat - 48.9) < 0.002")


# Colours of the dots of the stations, and of the shapes of the hulls: {how: count}.
COLOURS = """() => {
  const dots = new Set();
  pulse.map.leaflet.eachLayer(({ options, feature }) => {
    if (options.pane === "stations" && feature) dots.add(options.fillColor);
  });
  return [...dots].sort();
}"""


def test_hulls_and_stations_have_the_hues_of_their_clusters_and_the_reader_may_choose_severity(
    page, site, store_of_day
):
    windows = some_windows(store_of_day, 6)
    opened(page, site, f"?{EVERYTHING}&window={windows[0]}")
    page.wait_for_function(IS_SHOWN)
    for window in windows:  # until there is one in which a cluster moved within the hour
        choose(page, window)
        if page.evaluate("() => pulse.trails.count()"):
            break
    clusters = of_api(site, window)
    assert page.evaluate("() => pulse.hulls.count()") == len(clusters)
    assert page.evaluate("() => pulse.trails.count()") == page.locator(".cluster-trail.is-casing").count() > 0
    fills = page.evaluate("""() => [...document.querySelectorAll(".cluster-hull")].map((path) => [
      path.getBoundingClientRect().width > 4, path.getAttribute("class").match(/hue-(\\d)/)[1],
      getComputedStyle(path).fill === getComputedStyle(document.querySelector(
        `#map [data-cluster].${path.getAttribute("class").match(/hue-\\d/)[0]}`)).borderTopColor])""")
    assert all(seen and same for seen, _, same in fills)
    assert {int(hue) for _, hue, _ in fills} == {row["hue"] for row in clusters.values()}
    tall = page.locator("#map").bounding_box()["height"]
    by_cluster = page.evaluate(COLOURS)
    page.locator("[data-choice='colour:severity']").click()
    page.wait_for_function(f"(before) => JSON.stringify(({COLOURS})()) !== JSON.stringify(before)", arg=by_cluster)
    assert set(page.evaluate(COLOURS)) <= set(SEVERITY_COLOURS.values())
    assert "colour=severity" in page.url
    assert page.locator("#map").bounding_box()["height"] == tall
    expect(page.locator(".map-foot").get_by_text("Ralentissement")).to_be_visible()


# Which cluster stands out: of its badge, and of its hull; whether every other badge is dim.
SHOWN = """() => {
  const ids = (selector) =>
    [...document.querySelectorAll(selector)].map((node) => node.dataset.cluster || node.dataset.of);
  const badges = document.querySelectorAll("#map [data-cluster]").length;
  const unique = (list) => [...new Set(list)];
  return { badge: ids("#map .cluster-badge.is-selected"), hull: unique(ids("#map .cluster-hull.is-selected")),
    dim: ids("#map .cluster-badge.is-dimmed").length === badges - 1, all: !ids("#map .is-dimmed").length };
}"""


def test_what_the_reader_points_at_or_opens_stands_out_and_the_others_are_dim_without_a_request(
    page, site, store_of_day
):
    opened(page, site, f"?{EVERYTHING}&window={some_windows(store_of_day, 2)[-1]}")
    page.wait_for_function(IS_SHOWN)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "_dash-update" in request.url else None)
    for n in (0, 1):
        badge = page.locator("#map [data-cluster]").nth(n)
        key = badge.get_attribute("data-cluster")
        badge.hover()
        page.wait_for_function(f"(key) => ({SHOWN})().badge.join() === key", arg=key)
        assert page.evaluate(SHOWN) == {"badge": [key], "hull": [key], "dim": True, "all": False}
    page.mouse.move(2, 2)
    page.wait_for_function(f"() => ({SHOWN})().all")
    assert asked == []
    badge.click()
    page.mouse.move(2, 2)
    expect(page.locator(".leaflet-popup")).to_be_visible()
    page.wait_for_function(f"(key) => ({SHOWN})().badge.join() === key", arg=key)
    page.keyboard.press("Escape")
    expect(badge).to_be_focused()  # what has the focus stands out, too
    page.evaluate("() => document.activeElement.blur()")
    page.wait_for_function(f"() => ({SHOWN})().all")


def test_a_click_into_a_hull_opens_its_cluster(page, site, store_of_day):
    opened(page, site, f"?{EVERYTHING}&window={some_windows(store_of_day, 2)[-1]}")
    page.wait_for_function(IS_SHOWN)
    # a point of a hull on which nothing else lies
    key, x, y = page.evaluate("""() => {
      const map = pulse.map.leaflet, frame = map.getContainer().getBoundingClientRect();
      for (let x = 5; x < frame.width - 5; x += 3)
        for (let y = 5; y < frame.height - 5; y += 3) {
          const key = pulse.hulls.at(map.containerPointToLayerPoint([x, y]));
          const near = [...pulse.map.stations.values()].some(({ geometry: { coordinates: [lon, lat] } }) =>
            map.latLngToContainerPoint([lat, lon]).distanceTo([x, y]) < 9);
          const top = document.elementFromPoint(frame.x + x, frame.y + y);
          if (key && !near && !top.closest("[data-cluster], .leaflet-control")) return [key, frame.x + x, frame.y + y];
        }
    }""")
    page.mouse.click(x, y)
    expect(page.locator(".leaflet-popup")).to_be_visible()
    page.wait_for_function(f"(key) => ({SHOWN})().badge.join() === key", arg=key)
