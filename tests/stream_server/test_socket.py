"""The socket, with real sockets: greeting, requests, live tail, and what a bad client gets."""

import json
import socket
import time

import pytest
from made_entries import append, at, fill, message, poll

from stream_server.client import Client, Refused
from stream_server.log import Log
from stream_server.server import Server, ServerError


@pytest.fixture
def log(tmp_path):
    with Log.open(tmp_path / "pulse.log") as log:
        yield log


@pytest.fixture
def server(log):
    with Server(log, port=0) as server:
        yield server


@pytest.fixture
def client(server):
    with Client("127.0.0.1", server.port, retry_s=2, timeout_s=10) as client:
        yield client


@pytest.fixture
def raw(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock, sock.makefile("rb") as file:
        yield sock, file


def test_the_greeting_says_what_can_be_read(log, raw):
    assert raw[1].readline() == b'{"pulse":1,"first":0,"last":0}\n'


def test_a_range_ends_with_done(log, raw):
    fill(log, 3)
    sock, file = raw
    sock.sendall(b'{"read": [1, 3]}\n')
    answer = [json.loads(file.readline()) for _ in range(4)][1:]
    assert [(line.get("entry"), line.get("done")) for line in answer] == [(1, None), (2, None), (None, 3)]


def test_many_requests_in_pieces_and_together(log, raw):
    fill(log, 2)
    sock, file = raw
    file.readline()
    for piece in (b'{"la', b'st":tr', b'ue}\n{"read":[0,0]}\n\n{"read":[1,2]}\n{"sta', b'tus":true}\n'):
        sock.sendall(piece)
    answers = [json.loads(file.readline()) for _ in range(5)]
    assert [next(iter(answer)) for answer in answers] == ["last", "done", "entry", "done", "status"]
    assert answers[4]["status"]["messages"]["logged"] == 2


def test_a_silent_client_gets_a_live_tail(log, raw):
    fill(log, 2)
    _, file = raw
    file.readline()
    began = time.monotonic()
    while time.monotonic() < began + 1.5:  # the second of silence, which is what is tested
        time.sleep(0.05)
    fill(log, 1)
    assert json.loads(file.readline())["entry"] == 2


def test_a_tail_gets_each_append_at_once(log, client):
    fill(log, 2)
    tail = client.tail(1)
    assert json.loads(next(tail))["entry"] == 1
    delays_s = []
    for number in range(2, 42):
        append(log, poll(at(number), message("d", at(number))))
        written = time.perf_counter()
        assert json.loads(next(tail))["entry"] == number
        delays_s.append(time.perf_counter() - written)
    assert sorted(delays_s)[20] < 0.02


def test_the_client_reads_what_the_log_holds(log, client):
    fill(log, 200, size=3_000)
    assert client.last() == (0, 200)
    assert [line + b"\n" for line in client.read(0, 200)] == list(log.read(0, 200))
    assert list(client.read(7, 7)) == []
    assert client.status() == log.books()


def test_an_error_does_not_end_the_conversation(log, client):
    fill(log, 2)
    with pytest.raises(Refused, match="it holds 0 to 2"):
        list(client.read(0, 3))
    assert client.last() == (0, 2)


def test_other_addresses_are_refused(log):
    for host in ("0.0.0.0", "192.168.1.7", "example.org", "::", ""):
        with pytest.raises(ServerError, match="only the loopback"):
            Server(log, host, 0)


def test_a_port_in_use_is_one_sentence(log, server):
    with pytest.raises(ServerError, match=f"port {server.port}: Address already in use"):
        Server(log, port=server.port)
