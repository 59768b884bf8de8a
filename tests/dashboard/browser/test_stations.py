"""Two thousand stations that all change at once."""

import pytest
from playwright.sync_api import expect

from tests.dashboard.conftest import NOON, opened
from tests.made.filled_store import fill_store
from tests.made.network import TICK, crowded_plan

pytestmark = pytest.mark.browser

BEFORE, AFTER = NOON - TICK, NOON  # ends of the last two windows

# [lat, lon, colour] of every dot of the layer.
DOTS = """() => { const dots = []; pulse.map.leaflet.eachLayer((layer) => {
  if (layer.options.pane === "stations" && layer.getLatLng)
    dots.push([layer.getLatLng().lat, layer.getLatLng().lng, layer.options.fillColor]); });
  return dots.sort(); }"""
# What the canvas shows in the middle of some dots that nothing else covers.
PAINTED = """(places) => {
  const map = pulse.map.leaflet, canvas = map.getPane("stations").querySelector("canvas");
  const frame = canvas.getBoundingClientRect(), own = map.getContainer().getBoundingClientRect();
  const scale = canvas.width / frame.width, pen = canvas.getContext("2d");
  return places.map(([lat, lon]) => {
    const at = map.latLngToContainerPoint([lat, lon]);
    const x = Math.round((at.x + own.x - frame.x) * scale), y = Math.round((at.y + own.y - frame.y) * scale);
    return [...pen.getImageData(x, y, 1, 1).data]; }); }"""
DARK, PALE = "#5f1a63", "#f6c65b"


@pytest.fixture(scope="module")
def crowded(tmp_path_factory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('crowd')}/store.db"
    fill_store(url, crowded_plan(NOON, open_window=False)).dispose()
    return url


def window(moment) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def test_two_thousand_stations_that_change_at_once_are_drawn_rightly(page, serve, crowded):
    opened(page, serve(crowded).url, f"?modes=all&colour=polarity&window={window(BEFORE)}")
    dots = page.evaluate(DOTS)
    assert len(dots) == 2_000 and {colour for *_, colour in dots} == {DARK}
    page.evaluate("(window) => { pulse.kept = pulse.map.stations; pulse.choose('window', window); }", window(AFTER))
    page.wait_for_function("() => pulse.map.stations !== pulse.kept")
    after = page.evaluate(DOTS)
    assert [dot[:2] for dot in after] == [dot[:2] for dot in dots]
    assert {colour for *_, colour in after} == {PALE}
    expect(page.locator(".figure", has_text="stations").locator("b")).to_have_text("2\u202f000")
    alone = [dot for dot in after if 48.5 < dot[0] < 49.1 and 2.0 < dot[1] < 2.6][:5]
    page.evaluate("([lat, lon]) => void pulse.map.leaflet.setView([lat, lon], 16, {animate: false})", alone[0])
    page.wait_for_function(f"(places) => ({PAINTED})(places)[0][3] === 255", arg=alone[:1])
    assert page.evaluate(PAINTED, alone[:1]) == [[246, 198, 91, 255]]


def test_a_station_that_is_no_longer_hit_goes_and_a_new_one_comes(page, serve, crowded):
    opened(page, serve(crowded).url, f"?modes=all&window={window(AFTER)}")
    page.locator("#line-search").fill("")
    page.evaluate("() => pulse.choose('line', 'C01227')")
    page.wait_for_function("() => pulse.map.stations.size === 400")
    assert len(page.evaluate(DOTS)) == 400
    page.evaluate("() => pulse.choose('modes', 'all')")
    page.wait_for_function("() => pulse.map.stations.size === 2000")
    assert len(page.evaluate(DOTS)) == 2_000
