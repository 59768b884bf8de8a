"""Data health: what is missing, how late, and what was refused, as the store holds it."""

from datetime import timedelta

from sqlalchemy import insert

from dashboard.health.data_health import read_health
from dashboard.pages.health.page import _dead, _gaps, _polls
from dashboard.registry.pages import words_of
from dashboard.store.reader import Store
from prim_client.messages.message import to_epoch_us
from spark_app.store import tables
from tests.dashboard.conftest import NOON
from tests.made.filled_store import fill_store
from tests.made.network import TICK, Plan


def health_of(url):
    with Store(url).reading() as connection:
        return read_health(connection)


def test_gaps_are_stretches_with_their_ticks_newest_first(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    unobserved = frozenset([NOON - 2 * TICK, NOON - 3 * TICK, NOON - 8 * TICK])
    fill_store(url, Plan(NOON - timedelta(hours=1), NOON, [], unobserved)).dispose()
    found = [(gap.begin_us, gap.end_us, gap.ticks) for gap in health_of(url).gaps]
    assert found == [
        (to_epoch_us(NOON - 4 * TICK), to_epoch_us(NOON - 2 * TICK), 2),
        (to_epoch_us(NOON - 9 * TICK), to_epoch_us(NOON - 8 * TICK), 1),
    ]
    shown = str(_gaps(health_of(url), words_of("fr")))
    assert "13:40" in shown and "13:50" in shown  # Paris


def test_what_became_of_the_polls_is_shown_and_what_no_schedule_tells_too(store_url):
    polls = health_of(store_url).polls
    assert polls["expected"] is None and polls["received"] > polls["unchanged"] > 0 and polls["empty"] == 2
    shown = str(_polls(health_of(store_url), words_of("fr"))).replace("\\u202f", " ")
    assert "sans calendrier" in shown and "jamais « tout va bien »" in shown


def test_dead_letters_are_counted_and_the_newest_listed_with_their_reason(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    engine = fill_store(url, Plan(NOON - timedelta(hours=1), NOON, []))
    rows = [{"entry": n, "part": 0, "reason": f"id = {n}: expected text", "payload": "{}"} for n in range(60)]
    with engine.begin() as connection:
        connection.execute(insert(tables.dead_letter), rows)
    health = health_of(url)
    assert health.dead_letters == 60
    assert [letter.entry for letter in health.newest_dead[:2]] == [59, 58] and len(health.newest_dead) == 50
    assert "60 in all" in str(_dead(health, words_of("en")))


def test_the_reasons_of_what_has_no_place_and_the_versions_are_the_stores(store_url):
    health = health_of(store_url)
    assert dict(health.unplaced).keys() == {"aucune station dans le message"}
    assert health.versions["generation"] == "1" and health.versions["analyzer"] == "fixture 1"
    assert health.log_behind == 0
    assert health.lags_s["observed_to_stored"] is None  # a recording
