"""The screens and exports are the same over PostgreSQL as over SQLite."""

import socket

import pytest

from dashboard.files.snapshot import make_snapshot
from dashboard.frame import freshness
from dashboard.pages.live.screen import screen
from dashboard.store.reader import Store, StoreUnavailable
from dashboard.window.selection import Selection, known_choices
from dashboard.window.view_cache import Views
from prim_client.messages.message import CHANNELS, to_epoch_us
from tests.dashboard.conftest import NOON
from tests.made.databases import postgres, postgresql_server
from tests.made.filled_store import fill_store


@pytest.fixture(scope="module")
def postgresql_url(plan):
    if postgres() is None:
        pytest.skip("no PostgreSQL on this machine")
    with postgresql_server() as new_database:
        url = new_database()
        fill_store(url, plan).dispose()
        yield url


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"modes": "all", "channel": "incident,works"},
        {"lines": "C01742,C01743"},
        {"modes": "metro,bus", "span": "7j"},
    ],
)
def test_every_part_of_the_screen_is_the_same(postgresql_url, store_url, choice):
    query = known_choices()["defaults"] | choice
    there, here = (screen(Views(Store(url)), query) for url in (postgresql_url, store_url))
    assert there == here
    assert here[0]["figures"]["ongoing"] > 0


def test_an_export_is_the_same_bytes(postgresql_url, store_url):
    closed = Selection(channels=CHANNELS, modes=(), end_us=to_epoch_us(NOON))
    assert (
        make_snapshot(Views(Store(postgresql_url)), closed).zip()
        == make_snapshot(Views(Store(store_url)), closed).zip()
    )


def test_the_version_is_the_same(postgresql_url, store_url):
    assert freshness.freshness(Store(postgresql_url), NOON) == freshness.freshness(Store(store_url), NOON)


def test_a_server_that_is_away_is_said_in_one_sentence():
    with (
        pytest.raises(StoreUnavailable, match="127.0.0.1:1/none"),
        Store("postgresql+psycopg://p@127.0.0.1:1/none").reading(),
    ):
        pass


def test_a_server_that_accepts_and_says_nothing_is_away():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with (
            pytest.raises(StoreUnavailable, match=f"127.0.0.1:{port}/none"),
            Store(f"postgresql+psycopg://p@127.0.0.1:{port}/none").reading(),
        ):
            pass
