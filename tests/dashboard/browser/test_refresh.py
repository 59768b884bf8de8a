"""The page over time: new data, a pause, a dead server, old data, nothing at all."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.dashboard.conftest import NOON, RESULTS, opened, wait_until
from tests.made.filled_store import fill_store, refill
from tests.made.network import TICK, Plan, believable_plan

pytestmark = pytest.mark.browser

CALLBACKS = re.compile("/_dash-update-component")


def test_a_changed_store_is_seen_without_a_reload_and_the_popup_stays(page, serve, live_store):
    url, plan, engine = live_store
    opened(page, serve(url).url)
    page.evaluate("() => void pulse.map.leaflet.setView([48.86, 2.3], 12, {animate: false})")
    page.locator("#table .ag-row").first.click()
    page.wait_for_selector(".leaflet-popup .popup-card")
    title = page.locator(".leaflet-popup h4").first.inner_text()
    page.wait_for_function("() => !pulse.map.leaflet._panAnim || !pulse.map.leaflet._panAnim._inProgress")
    end_before = page.evaluate("() => pulse.view.span.end_ms")
    view_before = page.evaluate("() => [pulse.map.leaflet.getCenter(), pulse.map.leaflet.getZoom()]")
    longer = [replace(d, end=d.end + timedelta(hours=1)) for d in plan.disruptions]
    refill(engine, replace(plan, last_tick=plan.last_tick + TICK, disruptions=longer))
    page.wait_for_function("(end) => pulse.view.span.end_ms > end", arg=end_before)
    page.wait_for_timeout(500)
    expect(page.locator(".leaflet-popup h4").first).to_have_text(title)
    assert page.evaluate("() => [pulse.map.leaflet.getCenter(), pulse.map.leaflet.getZoom()]") == view_before
    assert page.evaluate("() => pulse.view.span.end_ms") == end_before + 300_000


def test_the_keyboard_focus_stays_on_a_cluster_over_a_refresh(page, serve, live_store):
    url, plan, engine = live_store
    opened(page, serve(url).url, "?channel=incident,works&modes=all")
    page.evaluate("() => document.querySelector('#map [data-cluster]').focus()")
    label = page.evaluate("() => document.activeElement.getAttribute('aria-label').split(',')[0]")
    longer = [replace(d, end=d.end + timedelta(hours=1)) for d in plan.disruptions]
    end_before = page.evaluate("() => pulse.view.span.end_ms")
    refill(engine, replace(plan, last_tick=plan.last_tick + TICK, disruptions=longer))
    page.wait_for_function("(end) => pulse.view.span.end_ms > end", arg=end_before)
    page.wait_for_timeout(300)
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')").startswith(label)
    page.keyboard.press("Enter")
    page.wait_for_selector(".leaflet-popup")


def test_a_quiet_beat_asks_only_for_the_version(page, page_url):
    opened(page, page_url)
    page.wait_for_timeout(1000)
    asked = []
    page.on("response", lambda response: asked.append(response))
    page.wait_for_timeout(2500)
    assert len(asked) >= 3
    assert {response.url.rsplit("/", 1)[-1] for response in asked} == {"version"}
    assert all(len(response.body()) <= 300 for response in asked)


def test_pause_holds_the_screen_and_the_key_does_the_same(page, serve, live_store):
    url, plan, engine = live_store
    opened(page, serve(url).url)
    page.locator("#pause").click()
    end_before = page.evaluate("() => pulse.view.span.end_ms")
    refill(engine, replace(plan, last_tick=plan.last_tick + TICK))
    page.wait_for_timeout(2000)
    assert page.evaluate("() => pulse.view.span.end_ms") == end_before
    expect(page.locator("#freshness")).to_contain_text("pause")
    page.locator("body").press("p")
    page.wait_for_function("(end) => pulse.view.span.end_ms > end", arg=end_before)
    expect(page.locator("#pause")).to_have_text("Pause")


def test_after_kill_9_the_banner_comes_and_it_recovers_without_a_reload(page, serve, live_store):
    url, plan, engine = live_store
    server = serve(url)
    opened(page, server.url)
    page.evaluate("() => { window.notReloaded = true; }")
    assert re.search(
        r"dernier relevé correct à \d\d:\d\d \(il y a \d+ (s|min)\)", page.locator("#freshness").inner_text()
    )
    expect(page.locator("#stale-banner")).to_be_hidden()
    server.kill()
    page.wait_for_selector("#stale-banner:not([hidden])", timeout=10_000)
    expect(page.locator("#stale-banner")).to_contain_text("ne répond plus")
    page.screenshot(path=RESULTS / "server_killed.png")
    refill(engine, replace(plan, last_tick=plan.last_tick + TICK))
    end_before = page.evaluate("() => pulse.view.span.end_ms")
    serve(url, port=int(server.url.rsplit(":", 1)[1]))
    page.wait_for_selector("#stale-banner", state="hidden", timeout=15_000)
    page.wait_for_function("(end) => pulse.view.span.end_ms > end", arg=end_before)
    assert page.evaluate("() => window.notReloaded")


def test_a_server_killed_while_it_answers_leaves_nothing_stuck(page, serve, live_store):
    url, _, _ = live_store
    server = serve(url)
    opened(page, server.url)
    held = []
    page.route(CALLBACKS, lambda route: held.append(route))  # the answer does not come
    page.locator("[data-choice='channel:works']").click()
    wait_until(lambda: bool(page.wait_for_timeout(50) or held))
    server.kill()
    for route in held:
        route.abort()  # as the connection of a dead server ends
    page.unroute(CALLBACKS)
    serve(url, port=int(server.url.rsplit(":", 1)[1]))
    page.wait_for_function("() => pulse.view.query.includes('works')", timeout=20_000)


def test_old_data_say_that_they_are_old(page, serve, tmp_path):
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    last_tick = hour_ago - timedelta(seconds=hour_ago.timestamp() % 300)
    url = f"sqlite:///{tmp_path}/old.db"
    fill_store(url, believable_plan(last_tick, hours=2, source="simulated", last_poll=hour_ago)).dispose()
    opened(page, serve(url).url)
    page.wait_for_selector("#stale-banner:not([hidden])")
    banner = page.locator("#stale-banner").inner_text()
    assert "Données anciennes" in banner and "il y a 60 min" in banner
    expect(page.locator("#source-badge")).to_have_text("réseau simulé")


def test_polls_that_go_on_while_the_ticks_stand_still_are_a_late_pipeline(page, serve, tmp_path):
    now = datetime.now(UTC)
    last_tick = now - timedelta(hours=1, seconds=now.timestamp() % 300)
    url = f"sqlite:///{tmp_path}/late.db"
    fill_store(url, believable_plan(last_tick, hours=2, source="simulated", last_poll=now)).dispose()
    opened(page, serve(url).url)
    page.wait_for_selector("#stale-banner:not([hidden])")
    expect(page.locator("#stale-banner")).to_contain_text("Calcul en retard")


def test_an_empty_network_is_no_all_clear(page, serve, tmp_path):
    url = f"sqlite:///{tmp_path}/empty.db"
    fill_store(url, Plan(NOON - 12 * TICK, NOON, [])).dispose()
    opened(page, serve(url).url)
    text = page.locator("body").inner_text()
    assert "Aucune perturbation publiée à 14:00" in text
    assert "normal" not in text.lower()


def test_a_store_that_comes_later_is_shown_when_it_is_there(page, serve, tmp_path):
    url = f"sqlite:///{tmp_path}/later.db"
    page.goto(serve(url).url)
    page.wait_for_selector("#stale-banner:not([hidden])")
    expect(page.locator("#stale-banner")).to_contain_text("n'existe pas encore")
    fill_store(url, Plan(NOON - 12 * TICK, NOON, [])).dispose()
    page.wait_for_selector(".figure-row")
    expect(page.locator("#stale-banner")).to_be_hidden()


def test_the_screen_reader_is_told_news_once_and_not_every_second(page, page_url):
    opened(page, page_url)
    page.evaluate(
        """() => { const node = document.getElementById("announce");
        window.told = [];
        new MutationObserver(() => window.told.push(node.textContent)).observe(node, {childList: true}); }"""
    )
    page.wait_for_timeout(1500)
    assert page.evaluate("() => window.told") == []
    page.locator("[data-choice='channel:works']").click()
    page.wait_for_function("() => window.told.length > 0")
    assert re.fullmatch(
        r"14:05\s: \d+ perturbations en cours, \d+ stations touchées", page.evaluate("() => window.told[0]")
    )
