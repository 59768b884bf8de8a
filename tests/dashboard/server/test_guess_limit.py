"""Guessing the password gets slower for who guesses, and for nobody else."""

import base64

import pytest
from flask import Flask

from dashboard.server import guess_limit
from dashboard.server.access import Access, register
from dashboard.server.guess_limit import ADDRESSES, FREE, LONGEST_S, GuessLimit


def test_each_guess_beyond_the_free_ones_costs_twice_the_time():
    now = [0.0]
    limit, waits = GuessLimit(lambda: now[0]), []
    for _ in range(FREE + 8):
        limit.wrong("a")
        waits.append(limit.wait_s("a"))
        now[0] += waits[-1]
    assert waits == [0.0] * FREE + [2, 4, 8, 16, 32, LONGEST_S, LONGEST_S, LONGEST_S]
    assert limit.wait_s("a") == 0, "the time is over"


def test_many_addresses_take_a_bounded_memory():
    limit = GuessLimit()
    for n in range(ADDRESSES + 100):
        limit.wrong(str(n))
    assert len(limit._guesses) == ADDRESSES


@pytest.fixture
def ask():
    def client(access: Access):
        server = Flask(__name__)
        register(server, access)
        server.add_url_rule("/", "page", lambda: "the page")
        visitor = server.test_client()

        def ask(password: str, address: str, **headers: str):
            encoded = base64.b64encode(f"x:{password}".encode()).decode()
            headers = {"Authorization": f"Basic {encoded}"} | {
                name.replace("_", "-"): value for name, value in headers.items()
            }
            return visitor.get("/", headers=headers, environ_base={"REMOTE_ADDR": address})

        return ask

    return client


def test_who_guesses_waits_even_with_the_right_one_and_others_do_not(ask):
    visit = ask(Access(password="right"))
    assert [visit("wrong", "10.0.0.1").status_code for _ in range(FREE + 2)] == [401] * (FREE + 1) + [429]
    refused = visit("right", "10.0.0.1", X_Forwarded_For="10.0.0.9")
    assert refused.status_code == 429 and 1 <= int(refused.headers["Retry-After"]) <= guess_limit.LONGEST_S
    assert visit("right", "10.0.0.2").text == "the page"


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_wrote(ask):
    visit = ask(Access(password="right", proxy_header="X-Remote-User"))
    for n in range(FREE + 1):
        visit("wrong", "127.0.0.1", X_Remote_User="ada", X_Forwarded_For=f"made.up.{n}, 10.0.0.1")
    assert visit("right", "127.0.0.1", X_Remote_User="ada", X_Forwarded_For="10.0.0.1").status_code == 429
    assert visit("right", "127.0.0.1", X_Remote_User="bob", X_Forwarded_For="10.0.0.2").text == "the page"
