"""The page in a real browser: what a person sees and does."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text

from dashboard.map.line_edges import hit_sections
from dashboard.server.app import ASKED_FIRST
from dashboard.store.reader import Store
from dashboard.window.selection import Selection, parse_selection
from dashboard.window.view_cache import Views
from tests.dashboard.conftest import NOON, RESULTS, opened

pytestmark = pytest.mark.browser

# What the two live layers hold: positions of the dots, and the clusters of the badges.
DRAWN = """() => {
  const stations = [];
  pulse.map.leaflet.eachLayer((layer) => {
    if (layer.options.pane === "stations" && layer.getLatLng) stations.push(layer.getLatLng());
  });
  const badges = [...document.querySelectorAll("#map [data-cluster]")].map((badge) => badge.dataset.cluster);
  return {stations: stations.map((p) => [p.lat, p.lng]), badges};
}"""


# The stretches of line that have a colour.
STRETCHES = """() => { const keys = []; pulse.map.leaflet.eachLayer((layer) => {
  if (layer.options.pane !== "sections" || !layer.feature || !layer.options.opacity) return;
  keys.push(layer.feature.properties.key); });
  return keys.sort(); }"""


INCIDENTS_ON_A_AND_B = """
select distinct r.id from message m join entry e on e.entry = m.entry join revision r on r.rev = m.rev
join revision_hit h on h.rev = m.rev where m.kind = 'ongoing' and r.channel = 'incident'
and h.line in ('C01742', 'C01743') and e.event_time_us > :begin and e.event_time_us <= :end
"""


def figure(page, words: str) -> str:
    return page.locator(".figure", has_text=words).locator("b").inner_text()


def test_it_opens_on_incidents_on_rails_and_shows_what_the_store_holds(page, page_url, store_url):
    opened(page, page_url)
    view = Views(Store(store_url)).find(Selection())
    assert figure(page, "en cours à 14:00") == str(view.counts.total)
    assert figure(page, "stations") == str(len(view.stations))
    expect(page.locator("[data-choice='channel:incident']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-choice='channel:works']")).to_have_attribute("aria-pressed", "false")
    assert page.locator("[data-choice='channel:works'] .count").inner_text() == str(view.counts.channels["works"])
    expect(page.locator("#source-badge")).to_have_text("enregistrement du 24 avril 2024")
    expect(page.locator("#licence")).to_contain_text("non officiel")
    drawn_as_hit = f"(keys) => JSON.stringify(({STRETCHES})()) === JSON.stringify(keys)"
    page.wait_for_function(drawn_as_hit, arg=sorted(hit_sections(view)))
    drawn = page.evaluate(DRAWN)
    assert sorted(drawn["stations"]) == sorted([s.lat, s.lon] for s in view.stations)
    assert sorted(drawn["badges"]) == sorted(c.key for c in view.clusters) != []


def test_nothing_is_asked_of_another_server_and_nothing_breaks_the_policy(page, page_url):
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    opened(page, page_url)
    page.locator("#export summary").click()
    page.locator("#line-search").click()
    page.wait_for_timeout(300)
    assert [text for text in said if "Content Security Policy" in text or "eval" in text] == []


def test_what_dash_asks_for_first_is_on_its_way_before_its_scripts(page, page_url):
    asked = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    opened(page, page_url)
    renderer = next(i for i, path in enumerate(asked) if "dash_renderer" in path)
    for path in ASKED_FIRST:
        assert asked.count(path) == 1 and asked.index(path) < renderer


def test_nothing_above_the_footer_moves_when_the_first_view_comes(page, page_url):
    page.goto(page_url)
    page.wait_for_selector("#map .leaflet-control-zoom")
    tall = "() => document.getElementById('map').getBoundingClientRect().height"
    before = page.evaluate(tall)
    page.wait_for_selector(".figure-row")
    page.wait_for_function("() => pulse.refresh.state.status")
    page.evaluate("() => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))")
    assert page.evaluate(tall) == before > 0


def test_filtering_by_a_line_shows_its_disruptions_only(page, page_url, store_url):
    opened(page, page_url)
    page.locator("[data-choice='line:C01742']").click()
    page.wait_for_function("() => pulse.view.query.includes('C01742')")
    view = Views(Store(store_url)).find(Selection(lines=("C01742",)))
    assert figure(page, "en cours à") == str(view.counts.total)
    assert set(page.evaluate("() => Object.keys(pulse.view.disruptions)")) == {a.revision.id for a in view.disruptions}
    assert "lines=C01742" in page.url
    page.locator("[data-choice='line:C01743']").click()
    page.wait_for_function("() => pulse.view.query.includes('C01742,C01743')")
    union = Views(Store(store_url)).find(Selection(lines=("C01742", "C01743")))
    assert figure(page, "en cours à") == str(union.counts.total)
    page.locator("[data-choice='line:C01742']").click()
    page.locator("[data-choice='line:C01743']").click()
    page.wait_for_function("() => pulse.view.query === ''")


def test_the_address_opens_the_same_choice(page, page_url):
    opened(page, page_url, "?channel=works&modes=all&window=2024-04-24T11:00:00Z")
    expect(page.locator("#figures h2")).to_contain_text("12:30 → 13:00")
    expect(page.locator("[data-choice='channel:works']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#live")).to_have_text("Aller à la fin")


def test_a_click_on_the_timeline_shows_a_past_window_and_the_button_leads_back(page, page_url):
    opened(page, page_url, "?span=6h")
    box = page.locator("#timeline").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("() => !pulse.view.live")
    chosen = page.evaluate("() => pulse.view.span.end_ms")
    middle = (NOON.timestamp() + 300 - 3 * 3600) * 1000
    assert abs(chosen - middle) <= 600_000  # the axis labels take a little of the width
    assert f"window={datetime.fromtimestamp(chosen / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}" in page.url.replace("%3A", ":")
    past = page.locator("#figures h2").inner_text()
    page.locator("#timeline").press("ArrowLeft")
    page.wait_for_function("(past) => document.querySelector('#figures h2').textContent !== past", arg=past)
    page.locator("#live").click()
    page.wait_for_function("() => pulse.view.live")
    assert "window" not in page.url
    expect(page.locator("#figures h2")).to_contain_text("13:35 → 14:05")


def test_another_window_moves_nothing_on_the_screen(page, page_url):
    """Every part is painted in a task of its own: what is not there yet keeps its room."""
    opened(page, page_url, "?span=6h")
    page.evaluate("() => document.fonts.ready.then(() => null)")
    page.evaluate("""() => {
      window.sizes = {};
      const watched = ["#map", "#timeline", ".timeline-card", ".main"];
      const sizesOf = (target) => (window.sizes[target.id || target.className] ||= new Set());
      const note = (entries) => entries.forEach(({target}) => sizesOf(target).add(
        `${target.clientWidth} x ${target.clientHeight}`));
      const observer = new ResizeObserver(note);
      watched.forEach((what) => observer.observe(document.querySelector(what)));
    }""")
    for hour in (8, 9, 10):
        page.evaluate("(window_) => pulse.choose('window', window_)", f"2024-04-24T{hour:02}:00:00Z")
        page.wait_for_function("() => pulse.shown.live === pulse.refresh.state.turns.live")
        expect(page.locator("#timeline-hint")).to_contain_text(f"{hour + 2:02}:00")
    assert page.evaluate("() => Object.values(window.sizes).map((seen) => seen.size)") == [1, 1, 1, 1]


def test_a_part_that_fails_holds_up_no_other(page, page_url):
    opened(page, page_url)
    page.evaluate("() => { pulse.timeline.paint = () => { throw new Error('a broken part'); }; }")
    page.evaluate("() => pulse.choose('window', '2024-04-24T10:00:00Z')")
    expect(page.locator("#figures h2")).to_contain_text("11:30 → 12:00")
    page.wait_for_function("() => pulse.shown.live === pulse.refresh.state.turns.live")


# The rows of the table, the stations of the map, and what map and timeline say of the same window.
TOLD = """() => {
  const rows = [], { windows, at } = pulse.timeline.state();
  dash_ag_grid.getApi("table").forEachNode((row) => rows.push(row.data.id));
  const size = windows[at][4].reduce((total, bar) => total + bar[1], 0);
  const counts = Object.fromEntries(Object.entries(pulse.view.clusters).map(([key, c]) => [key, c.disruptions]));
  return { rows, stations: [...pulse.map.stations.keys()], size, counts };
}"""


def test_map_timeline_table_export_and_store_agree_to_the_row(page, page_url, store_url):
    opened(page, page_url, "?lines=C01742,C01743&window=2024-04-24T11:00:00Z")
    page.locator("#export summary").click()
    with page.expect_download() as download:
        page.locator("[data-export='snapshot.zip']").click()
    archive = zipfile.ZipFile(download.value.path())
    name = next(n for n in archive.namelist() if n.endswith("hits.csv"))
    exported = list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8"), newline="")))
    on_screen = page.evaluate("() => Object.keys(pulse.view.disruptions)")
    assert {row["disruption"] for row in exported} == set(on_screen)
    told = page.evaluate(TOLD)
    assert sorted(told["rows"]) == sorted(on_screen)
    assert (
        set(told["stations"]) == {row["zda"] for row in exported if row["zda"] and row["state"] == "ongoing"} != set()
    )
    clusters = (
        Views(Store(store_url))
        .find(parse_selection({"lines": "C01742,C01743", "window": "2024-04-24T11:00:00Z"}))
        .clusters
    )
    assert told["size"] == pytest.approx(sum(c.disruptions for c in clusters), abs=0.05) != 0
    assert told["counts"] == {c.key: len(c.ids) for c in clusters}
    bounds = {"begin": 1_713_954_600_000_000, "end": 1_713_956_400_000_000}
    with create_engine(store_url).connect() as connection:
        stored = connection.execute(text(INCIDENTS_ON_A_AND_B), bounds).scalars()
        assert set(stored) == set(on_screen) != set()


def test_a_station_opens_its_popup_with_lines_texts_and_how_it_was_found(page, page_url):
    opened(page, page_url)
    place = page.evaluate(
        """() => { const [f] = pulse.map.stations.values(); const [lon, lat] = f.geometry.coordinates;
        pulse.map.leaflet.setView([lat, lon], 15, {animate: false});
        const p = pulse.map.leaflet.latLngToContainerPoint([lat, lon]);
        const box = document.getElementById('map').getBoundingClientRect();
        return [box.x + p.x, box.y + p.y, f.properties.name]; }"""
    )
    page.mouse.click(place[0], place[1])
    page.wait_for_selector(".leaflet-popup")
    popup = page.locator(".leaflet-popup")
    expect(popup.locator("h3")).to_have_text(place[2])
    assert popup.locator(".badge").count() >= 1
    expect(popup).to_contain_text("arrêt désigné par PRIM, confiance 100 %")
    assert "depuis" in popup.inner_text() and "polarité" in popup.inner_text()


def test_the_number_on_a_cluster_opens_its_popup(page, page_url):
    opened(page, page_url)
    page.locator("#map [data-cluster]").first.click()
    page.wait_for_selector(".leaflet-popup")
    popup = page.locator(".leaflet-popup").inner_text()
    assert popup.startswith("Foyer ") and "largeur" in popup
    assert page.locator(".leaflet-popup .popup-card").count() >= 2


def test_what_has_no_place_is_shown_beside_the_map_with_its_reason(page, page_url):
    opened(page, page_url)
    nowhere = page.evaluate("() => Object.entries(pulse.view.disruptions).find(([, d]) => !d.at)[0]")
    page.locator(f"#table [row-id='{nowhere}']").scroll_into_view_if_needed()
    page.locator(f"#table [row-id='{nowhere}']").first.click()
    page.wait_for_selector("#map-note article")
    expect(page.locator("#map-note")).to_contain_text("Sans lieu : aucune station dans le message")
    page.locator("#map-note button").click()
    expect(page.locator("#map-note")).to_have_text("")


def test_all_stations_come_into_view(page, page_url):
    opened(page, page_url)
    page.evaluate("() => void pulse.map.leaflet.setView([48.2, 3.4], 14, {animate: false})")
    page.locator("[data-choice='fit:all']").click()
    page.wait_for_function(
        """() => { const seen = pulse.map.leaflet.getBounds();
        return [...pulse.map.stations.values()].map((f) => f.geometry.coordinates)
        .every(([lon, lat]) => seen.contains([lat, lon])); }"""
    )


def test_a_phone_shows_everything_in_one_column(page, page_url):
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, page_url)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    expect(page.locator("#filters")).to_be_hidden()
    page.locator("#filters-toggle").click()
    expect(page.locator("#filters")).to_be_visible()
    page.screenshot(path=RESULTS / "phone_full.png", full_page=True)
    page.locator("#table").scroll_into_view_if_needed()
    page.wait_for_selector("#table .ag-row >> visible=true")


def test_targets_are_large_enough(page, page_url):
    opened(page, page_url)
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, summary, a.menu-item')].filter(n => n.offsetParent)
        .map(n => [n.outerHTML.slice(0, 80), n.getBoundingClientRect()])
        .filter(([, b]) => b.width < 24 || b.height < 24).map(([html]) => html)"""
    )
    assert small == []


def taken(page, name: str) -> bytes:
    with page.expect_download() as download:
        page.locator(f"[data-choice='take:{name}']").click()
    return Path(download.value.path()).read_bytes()


def test_every_chart_and_table_can_be_taken_away(page, page_url, store_url):
    opened(page, page_url, "?window=2024-04-24T11:00:00Z")
    rows = list(csv.reader(io.StringIO(taken(page, "table.csv").decode("utf-8"))))
    assert [row[0] for row in rows[1:-2]] == page.evaluate("() => Object.keys(pulse.view.disruptions)")
    assert "4 observations manquent" in rows[-2][0] and "non officiel" in rows[-1][0]
    windows = list(csv.DictReader(io.StringIO(taken(page, "timeline.csv").decode("utf-8"))))
    chosen = next(row for row in windows if row["end_utc"] == "2024-04-24T11:00:00Z")
    sizes = sum(float(value) for name, value in chosen.items() if name.startswith("incident:"))
    assert sizes == pytest.approx(
        sum(
            c.disruptions
            for c in Views(Store(store_url)).find(parse_selection({"window": "2024-04-24T11:00:00Z"})).clusters
        ),
        abs=0.1,
    )
    for name in ("timeline.png", "map.png"):
        image = taken(page, name)
        assert image.startswith(b"\x89PNG") and len(image) > 10_000
        (RESULTS / name).write_bytes(image)


def test_the_communes_come_with_the_zoom_and_are_fetched_only_then(page, page_url):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/geo/communes" in request.url else None)
    opened(page, page_url)
    assert asked == [] and page.evaluate("() => pulse.communes.shown()") == 0
    page.evaluate("() => void pulse.map.leaflet.setView([48.85, 2.35], 12, {animate: false})")
    page.wait_for_function("() => pulse.communes.shown() > 1000")
    page.screenshot(path=RESULTS / "communes.png")
    page.evaluate("() => void pulse.map.leaflet.setView([48.85, 2.35], 10, {animate: false})")
    page.wait_for_function("() => pulse.communes.shown() === 0")
    page.evaluate("() => void pulse.map.leaflet.setView([48.85, 2.35], 13, {animate: false})")
    page.wait_for_function("() => pulse.communes.shown() > 0")
    assert len(asked) == 1
