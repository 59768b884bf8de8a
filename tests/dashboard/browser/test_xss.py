"""Published texts are shown and never run, even in a browser that ignores our content security policy."""

from dataclasses import replace
from datetime import timedelta

import pytest

from geo.network.stations import Stations
from tests.dashboard.conftest import NOON
from tests.dashboard.xss_payloads import PAYLOADS
from tests.made.filled_store import fill_store
from tests.made.network import TICK, Plan, Planned, Touched

pytestmark = pytest.mark.browser


@pytest.fixture
def hostile_store(tmp_path) -> str:
    """Each payload as title, text, html, cause, severity and id, and as the name of a station."""
    stations = Stations.load().of_line("C01742")
    disruptions = [
        Planned(
            f"x-{n}-{payload}"[:190],
            "incident",
            payload[:32],
            payload,
            payload,
            -0.5,
            (Touched("C01742", (replace(stations[n % len(stations)], name=payload[:190]),)),),
            NOON - timedelta(hours=1),
            NOON + timedelta(hours=1),
            html=payload,
            cause=payload[:64],
        )
        for n, payload in enumerate(PAYLOADS)
    ]
    url = f"sqlite:///{tmp_path}/hostile.db"
    fill_store(url, Plan(NOON - 6 * TICK, NOON, disruptions, k=3)).dispose()
    return url


@pytest.mark.parametrize("bypass_csp", [False, True], ids=["policy", "no policy"])
def test_no_payload_runs_in_popups_table_labels_or_tooltips(chromium, serve, hostile_store, bypass_csp):
    context = chromium.new_context(bypass_csp=bypass_csp, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(serve(hostile_store).url)
    page.wait_for_selector(".figure-row")
    ids = page.evaluate("() => Object.keys(pulse.view.disruptions)")
    assert len(ids) == len(PAYLOADS) == 30
    for disruption in ids:
        page.evaluate("(id) => void pulse.map.openDisruption(id, [48.85, 2.35])", disruption)
    for kind, keys in (
        ("station", "[...pulse.map.stations.keys()]"),
        ("cluster", "Object.keys(pulse.view.clusters)"),
    ):
        page.evaluate(f"() => {keys}.forEach((k) => document.body.append(pulse.popups.{kind}(k)))")
    page.evaluate("() => pulse.map.leaflet.eachLayer((l) => void (l.getTooltip?.() && l.openTooltip())) && 1")
    for row in page.locator("#table .ag-row").all()[:8]:
        row.hover()
    page.wait_for_timeout(800)
    assert page.evaluate("() => window.xss") is None
    assert dialogs == []
    shown = page.locator("body").inner_text()
    assert PAYLOADS[0] in shown and PAYLOADS[2] in shown  # as text, for the reader to see
    context.close()


def test_the_payloads_do_run_where_a_page_trusts_them(chromium):
    page = chromium.new_page()
    ran = 0
    for payload in PAYLOADS:
        page.set_content(f"<!doctype html><body><div id=x></div>{payload}</body>")
        page.wait_for_timeout(60)
        ran += page.evaluate("() => window.xss !== undefined")
        page.goto("about:blank")
    page.close()
    assert ran >= 15
