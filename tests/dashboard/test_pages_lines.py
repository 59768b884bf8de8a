"""Lines: now, usual, over a day, undisturbed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, insert

from dashboard.line_states import read_states
from dashboard.pages import words_of
from dashboard.pages.compare import _other_end, _table
from dashboard.selection import CHANNELS, Selection
from dashboard.store import Store
from dashboard.views import Views
from geo.stations import Stations
from prim_client.message import to_epoch_us
from spark_app import tables
from tests.made_network import Plan, Planned, Touched
from tests.store_fixture import fill_store

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
    view = views.of(replace(Selection(end_us=to_epoch_us(NOON)), **choice))
    with views.store.reading() as connection:
        return {state.line: state for state in read_states(connection, view)}


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


def test_usual_and_quiet_hours_come_from_the_history(store_url):
    rows = []
    for n in range(1, 13):
        day = (NOON - timedelta(days=n)).date().isoformat()
        rows += [{"line": "*", "day": day, "hour": 13, "ticks": 12, "level_e6": 0}]
        if n % 2:
            rows += [{"line": A, "day": day, "hour": 13, "ticks": 12, "level_e6": 12 * 400_000}]
    today = NOON.date().isoformat()
    rows += [{"line": "*", "day": today, "hour": 13, "ticks": 6, "level_e6": 0}]
    rows += [{"line": A, "day": today, "hour": 13, "ticks": 6, "level_e6": 6 * 500_000}]
    with create_engine(store_url).begin() as connection:
        connection.execute(insert(tables.line_hour), rows)
    found = states(store_url)
    assert found[A].level == 0.5 and found[B].level == 0.0
    assert found[A].usual.days < 10  # working days only: under ten are not shown
    assert not found[A].usual.is_known
    assert found[A].quiet_share == pytest.approx(6 / 13) and found[B].quiet_share == 1.0


def test_without_history_nothing_is_claimed(store_url):
    found = states(store_url)
    assert found[A].level is None and found[A].quiet_share is None


def test_two_windows_are_compared_line_by_line(store_url):
    views = Views(Store(store_url))
    now = views.of(Selection(channels=CHANNELS, end_us=to_epoch_us(NOON)))
    then = views.of(Selection(channels=CHANNELS, end_us=_other_end("hour", to_epoch_us(NOON))))
    table = _table(then, now, words_of("en")).to_plotly_json()["props"]["children"][1]
    rows = [[cell.children for cell in row.children] for row in table.children]
    assert rows[0] == ["ongoing disruptions", "0", "2", "+2"]
    assert ["ongoing, RER A", "0", "2", "+2"] in rows


def test_the_other_window_is_so_much_earlier_or_a_moment():
    end_us = to_epoch_us(NOON)
    assert end_us - _other_end("week", end_us) == 7 * 86_400_000_000
    assert _other_end("2024-04-24T11:00:00Z", end_us) == end_us - 3_600_000_000
    assert end_us - _other_end("", end_us) == 86_400_000_000
