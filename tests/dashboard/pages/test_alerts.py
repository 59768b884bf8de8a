"""The page of alerts: what goes on first, beside what is usual, and nothing called usual under ten days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import create_engine

from dashboard.pages.alerts.page import render_alerts, render_usual
from dashboard.pages.alerts.read import read
from dashboard.registry.pages import words_of
from dashboard.registry.update import _bytes
from dashboard.store.cache import Cache
from dashboard.store.reader import Store
from dashboard.window.selection import Selection
from prim_client.messages.message import to_epoch_us
from spark_app.derived.alerts.calendar import DayType, day_type
from spark_app.store.engine import upsert
from spark_app.store.tables import alert, line_hour
from tests.made.filled_store import fill_store
from tests.made.network import Plan

BEGIN = datetime(2024, 4, 24, 16, 0, tzinfo=UTC)  # a Wednesday, 18:00 in Paris
NOW_US, HOUR_US = to_epoch_us(BEGIN), 3_600_000_000
RER_B, METRO_4, BUS = "C01743", "C01374", "C01212"
ROW = {
    "id": "b-1",
    "line": RER_B,
    "raised_us": NOW_US,
    "due_us": NOW_US,
    "cleared_us": None,
    "level_e6": 310_000,
    "blocked_e6": 260_000,
    "peak_e6": 310_000,
    "usual_e6": 100_000,
    "days": 12,
    "repeats": 0,
    "title": "<i>Interrompu</i>",
    "disruptions": "[]",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('alerts')}/store.db"
    fill_store(url, Plan(BEGIN, BEGIN + timedelta(minutes=30), [])).dispose()
    engine = create_engine(url)
    with engine.begin() as connection:
        upsert(
            connection,
            alert,
            [
                ROW,
                ROW
                | {
                    "id": "4-1",
                    "line": METRO_4,
                    "raised_us": NOW_US - 2 * HOUR_US,
                    "cleared_us": NOW_US - HOUR_US,
                    "days": 6,
                    "repeats": 2,
                },
                ROW | {"id": "later", "raised_us": NOW_US + 5 * HOUR_US},
            ],
        )
        upsert(connection, line_hour, list(hours(RER_B, 12)) + list(hours(METRO_4, 0)))
    engine.dispose()
    return Store(url)


def hours(line, blocked_days):
    """Twelve working days before, 17 to 20 h, with a level of 10 % on some of them."""
    days = [d for n in range(1, 40) if day_type(d := date(2024, 4, 24) - timedelta(days=n)) is DayType.WORKING][:12]
    for number, day in enumerate(days):
        for hour in (17, 18, 19):
            yield {"line": "*", "day": day.isoformat(), "hour": hour, "ticks": 12, "level_e6": 0}
            if number < blocked_days:
                yield {"line": line, "day": day.isoformat(), "hour": hour, "ticks": 12, "level_e6": 1_200_000}


def shown(store, **choice):
    with store.reading() as connection:
        return read(connection, Selection(**choice), Cache(1))


def test_what_goes_on_comes_first_and_what_is_not_yet_is_not_there(store):
    assert [row["id"] for row in shown(store, end_us=NOW_US).alerts] == ["b-1", "4-1"]


def test_a_choice_of_lines_chooses_alerts_and_usual_levels(store):
    only = shown(store, lines=(METRO_4,), end_us=NOW_US)
    assert [row["id"] for row in only.alerts] == ["4-1"]
    assert list(only.usual) == []
    assert list(shown(store, lines=(RER_B,), end_us=NOW_US).usual) == [RER_B]


@pytest.mark.parametrize(
    ("language", "factor", "few", "state"),
    [
        ("fr", "3,1 × son niveau habituel de 18 h", "historique insuffisant (6 j)", "terminée (17:00) · rouverte 2 ×"),
        ("en", "3.1 × its usual 18:00", "not enough history (6 days)", "over (17:00) · opened again 2 ×"),
    ],
)
def test_an_alert_is_said_beside_what_is_usual(store, language, factor, few, state):
    said = _bytes(render_alerts(shown(store, end_us=NOW_US), Selection(), words_of(language))).decode()
    assert factor in said and few in said and state in said
    assert "<i>Interrompu</i>" in said  # a text, which the browser shows as it is


def test_the_usual_level_of_the_hour(store):
    said = _bytes(render_usual(shown(store, end_us=NOW_US), words_of("fr"))).decode()
    assert "Niveau habituel à 18 h, jour ouvré" in said
    assert '"10 %"' in said and '"12"' in said


def test_on_a_sunday_there_is_no_history_yet(store):
    sunday_us = to_epoch_us(datetime(2024, 4, 28, 16, 0, tzinfo=UTC))
    said = _bytes(render_usual(shown(store, end_us=sunday_us), words_of("en"))).decode()
    assert "Usual level at 18:00, Sunday or public holiday" in said and "not enough history (0 days)" in said


def test_the_feeds_are_linked_and_the_calendars_of_the_chosen_lines(store):
    said = _bytes(render_alerts(shown(store), Selection(lines=(RER_B,)), words_of("fr"))).decode()
    assert "/alerts.atom" in said and f"/works/{RER_B}.ics" in said


def test_a_store_without_any_hour_says_so(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    fill_store(url, Plan(BEGIN, BEGIN + timedelta(minutes=30), [])).dispose()
    found = shown(Store(url))
    assert "Aucune alerte" in _bytes(render_alerts(found, Selection(), words_of("fr"))).decode()
    assert "Aucune heure" in _bytes(render_usual(found, words_of("fr"))).decode()
