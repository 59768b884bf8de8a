"""No client, however slow or broken, holds a thread, a descriptor for good, or the place of a good one."""

import http.client
from urllib.parse import urlsplit

import psutil
import pytest

from benchmarks.hostile._bad_clients import KINDS, drip
from dashboard.server.http_server import CONNECTIONS
from dashboard.server.serve import THREADS
from tests.dashboard.conftest import wait_until

MANY = 200
GOOD_LIMIT_S = 20  # a bad client that held a thread would hold it longer


def version(url: str) -> int:
    """The status of a good client's question."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=GOOD_LIMIT_S)
    connection.request("GET", "/version")
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.fixture(scope="module")
def worker(page_url) -> psutil.Process:
    """The process that serves `page_url`."""
    port = urlsplit(page_url).port
    found = [c.pid for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr and c.laddr.port == port]
    return psutil.Process(found[0])


@pytest.mark.parametrize("kind", KINDS)
def test_many_of_a_kind_stop_nobody_and_leave_nothing(page_url, worker, kind):
    port = urlsplit(page_url).port
    version(page_url)
    threads = worker.num_threads()
    bad = [KINDS[kind](port) for _ in range(MANY)]
    for _ in range(3):
        drip(bad)
        assert version(page_url) == 200
    assert worker.num_threads() == threads
    for client in bad:
        client.close()
    wait_until(lambda: len([c for c in worker.net_connections("tcp") if c.status == "ESTABLISHED"]) < THREADS)


def test_all_kinds_at_once_stop_nobody(page_url, worker):
    port = urlsplit(page_url).port
    bad = [opens(port) for _ in range(MANY // len(KINDS) + 1) for opens in KINDS.values()]
    drip(bad)
    assert [version(page_url) for _ in range(10)] == [200] * 10
    for client in bad:
        client.close()


def test_where_every_place_is_taken_the_longest_waiting_makes_room(page_url):
    port = urlsplit(page_url).port
    silent = [KINDS["silent"](port) for _ in range(CONNECTIONS + 50)]
    assert version(page_url) == 200
    assert silent[0].recv(1) == b"", "the first was disconnected"
    for client in silent:
        client.close()
