"""A client whose request is refused while it still sends reads why: the connection is not reset under it."""

from __future__ import annotations

import http.client
import socket
import threading
from urllib.parse import urlsplit

import psutil
import pytest

from dashboard.server.app import LARGEST_BODY_BYTES
from dashboard.server.http_server import DROPPED_BYTES
from tests.dashboard.conftest import wait_until

BODY = b"x" * 10_000_000
PATH = "/_dash-update-component"
LIMIT_S = 60
HEAD = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".encode()


@pytest.fixture
def connection(page_url):
    """A raw connection to the page."""
    with socket.create_connection(("127.0.0.1", urlsplit(page_url).port), timeout=LIMIT_S) as opened:
        yield opened


def whole_answer(connection: socket.socket) -> bytes:
    """All bytes until the server ends its half."""
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def version(url: str) -> int:
    client = http.client.HTTPConnection(urlsplit(url).netloc, timeout=LIMIT_S)
    client.request("GET", "/version")
    return client.getresponse().status


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_client_of_the_library_that_sends_all_first_reads_413(page_url, is_chunked):
    client = http.client.HTTPConnection(urlsplit(page_url).netloc, timeout=LIMIT_S)
    body = iter([BODY[:100_000]] * 100) if is_chunked else BODY
    client.request("POST", PATH, body, {"Content-Type": "application/json"}, encode_chunked=is_chunked)
    answer = client.getresponse()
    assert answer.status == 413 and b"exceeds max_body" in answer.read()


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY),
        HEAD + b"Content-Length: %d\r\n\r\n" % (50 * len(BODY)),  # and then it closes its half
        HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
        HEAD + b"Content-Length: 9\r\nContent-Length: 9\r\n\r\n",
        b"POST /" + b"y" * 9_000 + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(BODY),
    ],
    ids=["length", "greater length", "unknown coding", "two lengths", "long address"],
)
def test_a_raw_client_that_sends_all_first_reads_the_refusal(connection, head):
    connection.sendall(head + BODY)
    connection.shutdown(socket.SHUT_WR)
    assert whole_answer(connection).split(b" ")[1] in (b"413", b"400", b"414")


def test_a_client_that_asks_first_is_not_invited_to_send(connection):
    """As curl does with a large body."""
    connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY))
    assert whole_answer(connection).startswith(b"HTTP/1.1 413 ")


def test_a_body_of_the_allowed_size_is_still_invited(connection):
    connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % (LARGEST_BODY_BYTES - 1))
    assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")


def test_clients_that_send_for_ever_are_disconnected_and_hold_nothing(page_url):
    port = urlsplit(page_url).port
    found = [c.pid for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr and c.laddr.port == port]
    worker = psutil.Process(found[0])
    version(page_url)
    threads, memory, sent = worker.num_threads(), worker.memory_info().rss, [0] * 5

    def send_for_ever(number: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S) as client:
            client.sendall(HEAD + b"Content-Length: 9999999999999\r\n\r\n")
            try:
                while True:
                    sent[number] += client.send(BODY)
            except ConnectionError:
                return

    senders = [threading.Thread(target=send_for_ever, args=[number]) for number in range(len(sent))]
    for sender in senders:
        sender.start()
    assert version(page_url) == 200
    assert worker.num_threads() == threads
    for sender in senders:
        sender.join(LIMIT_S)
    assert not any(sender.is_alive() for sender in senders)
    in_flight = 16 * 2**20  # what the buffers of both sockets hold
    assert all(DROPPED_BYTES <= bytes_ < DROPPED_BYTES + in_flight + len(BODY) for bytes_ in sent)
    assert worker.memory_info().rss < memory + DROPPED_BYTES
    wait_until(lambda: len([c for c in worker.net_connections("tcp") if c.status == "ESTABLISHED"]) < len(senders))
