"""The page of clusters over time: who lives at the window's end, and what happened in the day before."""

import pytest

from dashboard.pages.cluster_lives.page import event_word, render_events, render_lives
from dashboard.pages.cluster_lives.read import read
from dashboard.registry.pages import words_of
from dashboard.registry.update import _bytes
from dashboard.window.selection import Selection
from prim_client.messages.message import CHANNELS
from spark_app.derived.clusters.lineage import BORN, DIED, GREW, MERGED, MOVED, SHRANK, SPLIT
from spark_app.store.engine import open_store, sqlite_url, upsert
from spark_app.store.tables import cluster_event, cluster_life, cluster_place, cluster_sign

HOUR_US = 3_600_000_000
NOW_US = 40 * HOUR_US
LIFE = {
    "channel": "incident",
    "born_us": 30 * HOUR_US,
    "died_us": None,
    "ticks": 9,
    "lat": 48.8484,
    "lon": 2.3959,
    "hits": 7,
}
EVENT = {
    "channel": "incident",
    "tick_us": 39 * HOUR_US,
    "life": 1,
    "event": MOVED,
    "other": -1,
    "km": 3.25,
    "hits_before": 4,
    "hits": 7,
}


@pytest.fixture
def connection(tmp_path):
    engine = open_store(sqlite_url(tmp_path / "store.db"))
    with engine.begin() as connection:
        upsert(
            connection,
            cluster_life,
            [
                LIFE | {"life": 1},
                LIFE | {"life": 2, "died_us": 35 * HOUR_US},
                LIFE | {"life": 3, "born_us": 41 * HOUR_US},
                LIFE | {"life": 4, "channel": "works"},
                LIFE | {"life": 5, "died_us": 50 * HOUR_US},
            ],
        )
        upsert(
            connection,
            cluster_event,
            [EVENT, EVENT | {"tick_us": 41 * HOUR_US}, EVENT | {"tick_us": 10 * HOUR_US, "event": BORN}],
        )
        upsert(connection, cluster_sign, [{"channel": "incident", "life": 1, "sign": 2}])
        upsert(
            connection,
            cluster_place,
            [
                {"channel": "incident", "life": 1, "tick_us": tick, "zda": "z", "name": name, "lat": 48.8, "lon": 2.4}
                for tick, name in ((30 * HOUR_US, "Nation"), (41 * HOUR_US, "Vincennes"))
            ],
        )
        yield connection


def test_who_lives_at_the_end_of_the_window(connection):
    shown = read(connection, Selection(end_us=NOW_US))
    assert [row["life"] for row in shown.lives] == [1, 5]
    assert [row["life"] for row in read(connection, Selection(channels=CHANNELS, end_us=NOW_US)).lives] == [1, 5, 4]


def test_a_life_that_rested_then_lives_until_its_death_was_told(connection):
    """It died at its first tick without hits, which nobody knew at the window's end."""
    rested, told_us = LIFE | {"life": 6, "died_us": NOW_US - HOUR_US // 4}, NOW_US + HOUR_US // 4
    upsert(connection, cluster_life, [rested])
    upsert(connection, cluster_event, [EVENT | {"life": 6, "event": DIED, "tick_us": told_us}])
    assert 6 in [row["life"] for row in read(connection, Selection(end_us=NOW_US)).lives]
    assert 6 not in [row["life"] for row in read(connection, Selection(end_us=told_us)).lives]


def test_what_happened_in_the_day_before_and_nothing_later(connection):
    assert [(row["tick_us"], row["event"]) for row in read(connection, Selection(end_us=NOW_US)).events] == [
        (39 * HOUR_US, MOVED)
    ]


def test_both_are_said_in_words(connection):
    shown, words = read(connection, Selection(end_us=NOW_US)), words_of("fr")
    assert "C · Nation" in _bytes(render_lives(shown, words)).decode()
    assert "n° 5" in _bytes(render_lives(shown, words)).decode()
    assert "déplacé de 3,2 km" in _bytes(render_events(shown, words)).decode()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("event", [BORN, MOVED, GREW, SHRANK, SPLIT, MERGED, DIED])
def test_every_event_has_words(connection, event, language):
    shown = read(connection, Selection(end_us=NOW_US))
    assert event_word(shown, EVENT | {"event": event}, words_of(language))


def test_an_empty_store_says_so(tmp_path):
    with open_store(sqlite_url(tmp_path / "empty.db")).begin() as connection:
        shown = read(connection, Selection())
    assert "No cluster" in _bytes(render_lives(shown, words_of("en"))).decode()
    assert "Nothing" in _bytes(render_events(shown, words_of("en"))).decode()
