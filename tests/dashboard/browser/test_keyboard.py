"""The screen by keyboard alone: what has the focus is always seen, and a refresh takes it from nobody."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, insert, update

from dashboard.store import queries
from spark_app.store.tables import WEIGHT_E9, derived, window
from tests.dashboard.conftest import opened
from tests.made.filled_store import refill
from tests.made.network import TICK

pytestmark = pytest.mark.browser

# What has the focus: its selector matches, it stands on the screen, nothing lies over it, and it is marked.
SEEN = """(selector) => {
  const node = document.activeElement;
  if (!node || node === document.body) return "nothing has the focus";
  if (selector && !node.matches(selector)) return `${node.tagName}#${node.id}.${node.className} has the focus`;
  const box = node.getBoundingClientRect();
  const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  if (!inside) return `${node.outerHTML.slice(0, 120)} is not on the screen: ${JSON.stringify(box)}`;
  const style = getComputedStyle(node);
  const marked = style.outlineStyle !== "none" || node.id === "content"
    || node.closest(".ag-root");
  return marked ? "" : `${node.outerHTML.slice(0, 120)} has no mark`;
}"""
STOPS_MAX = 350
SIZES = "() => pulse.timeline.state().windows.at(-1)[4].map((bar) => bar[1])"


def focused(page, selector: str) -> None:
    """The focus is on `selector` and can be seen."""
    page.wait_for_function(f"(selector) => ({SEEN})(selector) === ''", arg=selector, timeout=5_000)


def tab_to(page, selector: str, key: str = "Tab") -> None:
    """Press the key until `selector` has the focus; every stop on the way can be seen."""
    for _ in range(STOPS_MAX):
        page.keyboard.press(key)
        there, said = page.evaluate(
            f"(selector) => [document.activeElement.matches(selector), ({SEEN})(null)]", selector
        )
        if there:
            return focused(page, selector)
        assert said in ("", "nothing has the focus"), said  # the address bar stands between last and first
    pytest.fail(f"{selector} is not reached by {STOPS_MAX} × {key}")


def test_a_whole_journey_by_keyboard_alone(page, page_url):
    opened(page, page_url)
    page.keyboard.press("Tab")
    focused(page, ".skip")
    tab_to(page, "[data-choice='line:C01742']")
    page.keyboard.press("Space")
    page.wait_for_function("() => pulse.view.query === 'lines=C01742'")
    focused(page, "[data-choice='line:C01742']")
    page.keyboard.press("Space")
    page.wait_for_function("() => pulse.view.query === ''")

    tab_to(page, ".skip", "Shift+Tab")
    page.keyboard.press("Enter")
    focused(page, "#content")
    tab_to(page, "#map [data-cluster]")
    page.keyboard.press("Enter")
    focused(page, ".leaflet-popup-content")
    page.keyboard.press("Escape")
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    focused(page, "#map [data-cluster]")

    tab_to(page, "#table .ag-header-cell")
    page.keyboard.press("ArrowDown")
    focused(page, "#table .ag-cell")
    page.keyboard.press("Space")
    expect(page.locator(".leaflet-popup, #map-note article").first).to_be_visible()
    focused(page, "#table .ag-cell")
    tab_to(page, "#timeline")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => pulse.view.query.startsWith('window=')")
    focused(page, "#timeline")

    tab_to(page, "#export summary", "Shift+Tab")
    page.keyboard.press("Enter")
    tab_to(page, "[data-export='hits.csv']")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith("_hits.csv")
    tab_to(page, "[data-goto='/lines']", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#lines-table tbody tr").first).to_be_visible()
    focused(page, "[data-goto='/lines']")
    tab_to(page, "[data-goto='/']", "Shift+Tab")
    page.keyboard.press("Enter")
    tab_to(page, "#live")
    page.keyboard.press("Enter")
    page.wait_for_function("() => pulse.view.live")
    focused(page, "#live")
    assert "window" not in page.url


def test_what_goes_away_under_the_keyboard_leaves_the_focus_beside_it(page, page_url):
    opened(page, page_url, "?lines=C01742,C01107")
    page.locator("#chosen-lines .chip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#chosen-lines .chip")).to_have_count(0)
    assert page.evaluate("() => document.activeElement.id") == "line-search"
    page.locator("[data-choice='reset:filters']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-choice='reset:filters']")).to_be_hidden()
    assert page.evaluate("() => document.activeElement.id") == "filters"
    page.locator("#export summary").focus()
    page.keyboard.press("Enter")
    page.locator("[data-export='report.html']").focus()
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement.parentElement.id") == "export"
    expect(page.locator("#export .menu-list")).to_be_hidden()


def test_a_row_that_goes_with_a_refresh_leaves_the_focus_in_the_table(page, serve, live_store):
    url, plan, engine = live_store
    opened(page, serve(url).url)
    page.locator("#table .ag-cell").first.click()
    page.keyboard.press("ArrowDown")
    focused(page, "#table .ag-cell")
    gone = page.evaluate("() => document.activeElement.closest('.ag-row').getAttribute('row-id')")
    left = [replace(d, end=d.end + 4 * TICK) for d in plan.disruptions if d.id != gone]
    refill(engine, replace(plan, last_tick=plan.last_tick + TICK, disruptions=left))
    expect(page.locator(f"#table [row-id='{gone}']")).to_have_count(0)
    focused(page, "#table .ag-cell")


def grow(engine, n: int) -> None:
    """The newest window is one disruption larger in each cluster, and `n` more entries have their names."""
    with engine.begin() as connection:
        newest = queries.live_span(connection).end_us
        larger = {"disruptions_e9": window.c.disruptions_e9 + WEIGHT_E9}
        connection.execute(update(window).where(window.c.end_us == newest).values(larger))
        connection.execute(delete(derived).where(derived.c.name == "texts"))
        row = {"name": "texts", "version": "1", "next_entry": n, "state": b"", "at_us": 0}
        connection.execute(insert(derived).values(row))


def test_popup_focus_and_view_stay_over_refreshes(page, serve, live_store, thorough):
    url, _, engine = live_store
    opened(page, serve(url).url)
    page.evaluate("() => dash_clientside.pulse_refresh.beat({...pulse.refresh.state.limits, beat_ms: 60})")
    page.evaluate("() => document.querySelector('#map [data-cluster]').focus()")
    page.keyboard.press("Enter")
    focused(page, ".leaflet-popup-content")
    page.wait_for_function("() => !pulse.map.leaflet._panAnim || !pulse.map.leaflet._panAnim._inProgress")
    looks_at = "() => [pulse.map.leaflet.getCenter(), pulse.map.leaflet.getZoom()]"
    before, name = page.evaluate(looks_at), page.locator(".leaflet-popup h3").inner_text()
    for n in range(20 if thorough else 6):
        sizes = page.evaluate(SIZES)
        grow(engine, n + 1)
        page.wait_for_function(f"(before) => JSON.stringify(({SIZES})()) !== JSON.stringify(before)", arg=sizes)
        focused(page, ".leaflet-popup-content")
    assert page.locator(".leaflet-popup h3").inner_text() == name
    assert page.evaluate(looks_at) == before
    page.keyboard.press("Escape")
    focused(page, "#map [data-cluster]")
