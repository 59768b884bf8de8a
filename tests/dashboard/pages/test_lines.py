"""Lines: now, usual, over a day, undisturbed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, insert

from dashboard.pages.compare.page import _other_end, _table
from dashboard.pages.lines.read import Observed, read_board
from dashboard.registry.pages import words_of
from dashboard.store.reader import Store
from dashboard.window.selection import Selection
from dashboard.window.view_cache import Views
from geo.network.stations import Stations
from prim_client.messages.message import CHANNELS, to_epoch_us
from spark_app.store import tables
from tests.made.filled_store import fill_store
from tests.made.network import Plan, Planned, Touched

NOON = datetime(2024, 4, 24, 12, 0, tzinfo=UTC)
A, B = "C01742", "C01743"
ON_A = Stations.load().of_line(A)


def planned(name: str, begin_h: float, end_h: float, **more) -> Planned:
    begin, end = NOON + timedelta(hours=begin_h), NOON + timedelta(hours=end_h)
    words: dict[str, Any] = {
        "channel": "incident",
        "severity": "PERTURBEE",
        "title": name,
        "text": "Trafic perturbé.",
        "polarity": -0.5,
    }
    return Planned(id=name, touched=(Touched(A, ON_A[:2]),), begin=begin, end=end, **(words | more))


@pytest.fixture
def store_url(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    cut = {"severity": "BLOQUANTE", "text": "Trafic interrompu."}
    fill_store(
        url,
        Plan(
            NOON - timedelta(hours=6),
            NOON,
            [planned("now", -1, 2), planned("cut", -0.9, 2, **cut), planned("before", -4, -3)],
            k=2,
        ),
    ).dispose()
    return url


def states(url, **choice):
    views = Views(Store(url))
    view = views.find(replace(Selection(end_us=to_epoch_us(NOON)), **choice))
    with views.store.reading() as connection:
        return {state.line: state for state in read_board(connection, view).states}


def test_a_line_says_what_goes_on_now_and_its_gravest(store_url):
    found = states(store_url)
    assert (found[A].ongoing, found[A].worst) == (2, "interruption")
    assert (found[B].ongoing, found[B].worst) == (0, "")
    assert next(iter(found)) == A  # what has most to tell comes first


def test_the_last_day_hour_by_hour_with_gaps_as_gaps(store_url):
    hours = states(store_url)[A].hours
    assert len(hours) == 24
    assert hours[-1] == 2 and hours[-4] == 1  # of the half hour up to 12:00 and to 09:00
    assert hours[0] is None  # the store does not reach back so far


def board(url, end=NOON):
    views = Views(Store(url))
    view = views.find(Selection(end_us=to_epoch_us(end)))
    with views.store.reading() as connection:
        return read_board(connection, view)


@pytest.fixture
def history_url(store_url):
    """Twelve days before, at 13 h in Paris; every other one with an incident on A. Today: 11 h with one, 12 h hardly
    observed, 13 h that is not over at noon UTC, and 15 h."""
    hours, hit = [], []
    for n in range(13):
        day = (NOON - timedelta(days=n)).date().isoformat()
        hours.append({"line": "*", "day": day, "hour": 13, "ticks": 12, "level_e6": 0})
        if n % 2:
            hours.append({"line": A, "day": day, "hour": 13, "ticks": 12, "level_e6": 12 * 400_000})
            hit.append({"line": A, "day": day, "hour": 13, "ticks": 3})
    today = NOON.date().isoformat()
    hours += [
        {"line": "*", "day": today, "hour": hour, "ticks": ticks, "level_e6": 0}
        for hour, ticks in ((11, 12), (12, 5), (15, 12))
    ]
    hit += [{"line": A, "day": today, "hour": hour, "ticks": 1} for hour in (11, 12, 15)]
    with create_engine(store_url).begin() as connection:
        connection.execute(insert(tables.line_hour), hours)
        connection.execute(insert(tables.incident_hour), hit)
    return store_url


def test_quiet_hours_are_of_the_observed_ones_that_were_over(history_url):
    found = states(history_url)
    assert found[A].usual.days < 10 and not found[A].usual.is_known  # working days only: under ten are not shown
    assert found[A].quiet_share == pytest.approx(6 / 13) and found[B].quiet_share == 1.0
    assert board(history_url).observed == Observed(hours=13, days=13)


def test_quiet_hours_of_a_window_are_those_of_its_time(history_url):
    before = board(history_url, NOON - timedelta(hours=2))  # in the hour of 11 h
    assert before.observed == Observed(hours=12, days=12)
    assert {state.line: state.quiet_share for state in before.states}[A] == pytest.approx(6 / 12)


def test_the_level_is_that_of_the_last_observed_tick(store_url):
    found = states(store_url)
    assert found[A].level == pytest.approx(
        2 / len(ON_A), abs=1e-6
    )  # two stations blocked; the two of "now" are the same
    assert states(store_url, end_us=to_epoch_us(NOON - timedelta(hours=2)))[A].level == 0.0
    assert found[B].level == 0.0


def test_without_history_no_share_is_claimed(store_url):
    found = states(store_url)
    assert found[A].quiet_share is None and board(store_url).observed == Observed(0, 0)


def test_two_windows_are_compared_line_by_line(store_url):
    views = Views(Store(store_url))
    now = views.find(Selection(channels=CHANNELS, end_us=to_epoch_us(NOON)))
    then = views.find(Selection(channels=CHANNELS, end_us=_other_end("hour", to_epoch_us(NOON))))
    table = _table(then, now, words_of("en")).to_plotly_json()["props"]["children"][1]
    rows = [[cell.children for cell in row.children] for row in table.children]
    assert rows[0] == ["ongoing disruptions", "0", "2", "+2"]
    assert ["ongoing, RER A", "0", "2", "+2"] in rows


def test_the_other_window_is_so_much_earlier_or_a_moment():
    end_us = to_epoch_us(NOON)
    assert end_us - _other_end("week", end_us) == 7 * 86_400_000_000
    assert _other_end("2024-04-24T11:00:00Z", end_us) == end_us - 3_600_000_000
    assert end_us - _other_end("", end_us) == 86_400_000_000
