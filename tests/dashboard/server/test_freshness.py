"""What `/version` and `/health` say, and that it stays small."""

from datetime import UTC, datetime

import orjson
import pytest

from dashboard.frame import freshness
from dashboard.health import books
from dashboard.server.app import Options, make_app
from dashboard.store.reader import Store
from dashboard.ui.texts import Words
from tests.dashboard.conftest import NOON
from tests.made.filled_store import fill_store
from tests.made.network import TICK, Plan

NOW = datetime(2024, 4, 24, 12, 3, tzinfo=UTC)


@pytest.fixture
def client(store_url):
    return make_app(Store(store_url), Options()).server.test_client()


def test_the_version_is_under_300_bytes_even_with_a_long_name_of_the_build(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    fill_store(
        url,
        Plan(NOON, NOON, [], source="simulated", extra_meta={"build": "f" * 64, "generation": "123456"}),
    )
    assert len(orjson.dumps(freshness.freshness(Store(url), NOW))) <= freshness.VERSION_MAX_BYTES


def test_a_failing_store_is_said_within_the_limit_too(tmp_path):
    said = freshness.freshness(Store(f"sqlite:///{tmp_path}/{'x' * 200}.db"), NOW)
    assert "error" in said
    assert len(orjson.dumps(said)) <= freshness.VERSION_MAX_BYTES


def test_the_moments_are_those_of_the_store(store_url):
    said = freshness.freshness(Store(store_url), NOW)
    noon_ms = int(NOON.timestamp() * 1000)
    assert (said["tick"], said["seen"], said["now"]) == (noon_ms, noon_ms, noon_ms + 180_000)
    assert (said["src"], said["done"]) == ("recorded", True)


def test_an_unobserved_tick_is_newer_than_what_was_seen(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    fill_store(url, Plan(NOON - 3 * TICK, NOON, [], frozenset({NOON}), open_window=False))
    said = freshness.freshness(Store(url), NOW)
    assert said["tick"] - said["seen"] == 300_000


def test_version_and_health_are_served(client):
    version = client.get("/version")
    assert version.status_code == 200
    assert version.headers["Cache-Control"] == "no-store"
    health = client.get("/health")
    assert (health.status_code, health.json["state"]) == (200, "ok")


def test_health_of_a_missing_store_is_an_error(tmp_path):
    client = make_app(Store(f"sqlite:///{tmp_path}/none.db"), Options()).server.test_client()
    assert client.get("/health").status_code == 503
    assert client.get("/health").json["state"] == "unavailable"


def test_the_books_of_the_fixture_balance(store_url):
    found, _, _ = books.read(Store(store_url))
    assert [b.name for b in found] == ["polls", "messages", "store", "ticks", "refusals"]
    assert all(b.holds for b in found)


def test_books_that_do_not_balance_are_shown_as_such():
    log = {
        "polls": {"received": 10, "changed": 3, "unchanged": 5, "rejected": 1},
        "messages": {"made": 4, "logged": 4},
    }
    polls, messages, stored, ticks = books.balances(log, {"stored": 3, "dead_lettered": 1})
    assert not polls.holds
    assert messages.holds and stored.holds
    assert not ticks.holds  # nobody has said a total: that is no balance
    shown = str(books.render([polls], {}, Words("fr")))
    assert "≠" in shown and "unbalanced" in shown


def test_the_books_of_completeness_are_there_where_the_log_has_counted():
    log = {
        "polls": {"received": 10, "changed": 3, "unchanged": 4, "rejected": 3},
        "rejected": {"failed": 1, "empty": 2, "other": 0},
        "schedule": {"expected": 14, "missed": 4, "late": 1},
    }
    refusals, schedule = books.balances(log, {})[4:]
    assert refusals.holds and schedule.holds
    assert books.sides(schedule, Words("en")) == ("14 expected", "=", "10 received + 4 missed")
    assert books.completeness(log) == {
        "expected": 14,
        "missed": 4,
        "received": 10,
        "late": 1,
        "unchanged": 4,
        "empty": 2,
        "failed": 1,
        "other": 0,
    }
    recording = log | {"schedule": None}
    assert [b.name for b in books.balances(recording, {})[4:]] == ["refusals"]
    assert books.completeness(recording)["expected"] is None
    log["schedule"]["missed"] = 3
    assert not books.balances(log, {})[5].holds
