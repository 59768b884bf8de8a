"""Who is slow is hung up on; who says nothing takes no thread."""

import socket
import threading
import time

import pytest

from dashboard.serve import THREADS
from dashboard.worker import BoundedSocket


@pytest.fixture
def pair(monkeypatch):
    monkeypatch.setattr(BoundedSocket, "limit_s", 0.3)
    ours, theirs = socket.socketpair()
    ours = BoundedSocket(fileno=ours.detach())
    ours.setblocking(True)
    yield ours, theirs
    ours.close()
    theirs.close()


def test_a_byte_now_and_then_does_not_keep_a_turn_alive(pair):
    ours, theirs = pair
    stop = threading.Event()

    def drip():
        while not stop.wait(0.05):
            theirs.send(b"x")

    threading.Thread(target=drip, daemon=True).start()
    began = time.monotonic()
    with pytest.raises(ConnectionResetError, match="too slow"):
        while time.monotonic() - began < 5:
            ours.recv(1)
    stop.set()


def test_an_answer_that_nobody_reads_ends(pair):
    ours, _ = pair
    with pytest.raises(ConnectionResetError, match="too slow"):
        ours.sendall(b"x" * 50_000_000)


def test_a_new_turn_has_its_time_again(pair):
    ours, theirs = pair
    with pytest.raises(ConnectionResetError):
        ours.recv(1)
    ours.setblocking(True)
    theirs.send(b"y")
    assert ours.recv(1) == b"y"


def test_silent_connections_take_no_thread(page_url):
    host, port = page_url.removeprefix("http://").split(":")
    silent = [socket.create_connection((host, int(port))) for _ in range(2 * THREADS)]
    began = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=10) as asking:
        asking.sendall(f"GET /version HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = asking.recv(100)
    assert answer.startswith(b"HTTP/1.1 200") and time.monotonic() - began < 3
    for one in silent:
        one.close()
