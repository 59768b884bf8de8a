"""An address that asks for what does not exist: a sentence in the page's language, a choice that does,
and a timeline."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from dashboard.pages.live import timeline
from dashboard.pages.live.screen import PARTS, screen
from dashboard.registry.update import only_changes
from dashboard.window.selection import Selection, format_utc, known_choices
from prim_client.messages.message import to_epoch_us
from tests.dashboard.browser.walks import shown
from tests.dashboard.conftest import NOON, opened
from tests.made.network import TICK

OPENING = known_choices()["defaults"]


def parts(views, **query) -> dict:
    return dict(zip(PARTS, screen(views, OPENING | query), strict=True))


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        (NOON - TICK + timedelta(minutes=1), NOON - TICK),
        (NOON - TICK / 4, NOON),
        (NOON - timedelta(days=3000), NOON - timedelta(hours=6)),
    ],
)
def test_for_a_window_that_is_not_there_the_nearest_is_offered(views, asked, nearest):
    found = parts(views, window=format_utc(to_epoch_us(asked)))
    (offer,) = found["view"]["offers"]
    moment = format_utc(to_epoch_us(nearest))
    assert offer["choice"] == f"window:{moment}"
    assert parts(views, window=moment)["view"]["span"]["end_ms"] * 1000 == to_epoch_us(nearest)
    assert found["timeline"] == timeline.data(views, Selection(end_us=to_epoch_us(nearest))) is not None
    assert found["table"] == [] and found["stations"]["features"] == []


def test_after_the_newest_window_the_live_one_is_offered(views):
    found = parts(views, window=format_utc(to_epoch_us(NOON + timedelta(days=300))))
    assert [offer["choice"] for offer in found["view"]["offers"]] == ["window:"]
    assert "13:35 → 14:05" in found["view"]["offers"][0]["label"]
    assert found["timeline"] == timeline.data(views, Selection())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("modes", "boat"),
        ("window", "yesterday"),
        ("window", "2024-04-24T12:00"),
        ("severity", "bad"),
        ("span", "2y"),
        ("stack", "x"),
        ("cluster", "208"),
        ("area", "1,2,3"),
        ("zone", "Paris!"),
        ("text", "x" * 200),
    ],
)
@pytest.mark.parametrize(("lang", "words"), [("fr", "n'existe pas"), ("en", "does not exist")])
def test_an_option_that_does_not_exist_is_named_in_the_pages_language_and_can_be_given_up(
    views, name, value, lang, words
):
    found = parts(views, **{name: value, "lang": lang})
    assert words in found["view"]["error"] and value[:40] in found["view"]["error"] and name in found["view"]["error"]
    assert [offer["choice"] for offer in found["view"]["offers"]] == [f"forget:{name}"]
    assert found["timeline"]["windows"]


def test_two_wrong_options_are_both_named_and_the_right_ones_hold(views):
    found = parts(views, modes="boat", stack="x", span="6h")
    assert [offer["choice"] for offer in found["view"]["offers"]] == ["forget:modes", "forget:stack"]
    assert found["timeline"] == timeline.data(views, Selection(span="6h"))


def test_an_offer_is_an_answer_and_is_not_asked_for_again():
    asked = {"v": "1", "query": {}}
    assert only_changes([{"error": "x", "offers": []}], {}, asked)[-1]["asked"] == asked


@pytest.mark.browser
def test_the_offer_leads_to_the_window_and_nothing_stale_stays(page, page_url):
    opened(page, page_url)
    page.evaluate("() => pulse.choose('window', '2024-04-24T11:01:00Z')")
    note = page.locator("#figures .quiet-note")
    expect(note).to_contain_text("n'est pas dans le dépôt")
    shown(page)
    assert page.locator("#table-count").all_inner_texts() == [""]
    assert page.locator("[data-count='channel:works']").inner_text() == ""
    expect(page.locator("#timeline svg")).to_be_visible()
    expect(page.locator("#timeline-hint")).to_contain_text("13:00")
    page.locator("#figures button").click()
    expect(page.locator("#figures h2")).to_contain_text("12:30 → 13:00")


@pytest.mark.browser
def test_a_wrong_option_of_the_address_is_given_up_by_its_button(page, page_url):
    page.goto(f"{page_url}/?modes=boat&span=6h&lang=en")
    expect(page.locator("#figures .quiet-note")).to_contain_text("modes = “boat”")
    expect(page.locator("#timeline svg")).to_be_visible()
    page.locator("#figures button").click()
    page.wait_for_selector(".figure-row")
    assert "modes" not in page.url and "span=6h" in page.url
