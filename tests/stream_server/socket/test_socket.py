"""The socket, with real sockets: greeting, requests, live tail, and what a bad client gets."""

import json
import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from stream_server.log.log import Log
from stream_server.protocol.client import Client
from stream_server.protocol.reader import Refused
from stream_server.socket.server import Server, ServerError
from tests.made.log_entries import append, at, fill, message, poll, tick


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
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock,
        sock.makefile("rb") as file,
    ):
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
    sock, file = raw
    began = time.monotonic()
    file.readline()
    while not select.select([sock], [], [], 0.1)[0]:
        assert time.monotonic() < began + 20
        fill(log, 1)
    assert json.loads(file.readline())["entry"] > 2  # of what was written after the silence, not of the past
    assert time.monotonic() - began > 0.9


def test_a_tail_gets_each_append_at_once(log, client):
    fill(log, 2)
    tail = client.tail(1)
    assert json.loads(next(tail))["entry"] == 1
    for number in range(2, 42):
        append(log, poll(at(number), message("d", at(number))))
        assert json.loads(next(tail))["entry"] == number


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


def test_http_and_endless_requests_get_the_reason_and_the_end(server):
    for sent, said in (
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "not a web server"),
        (b"x" * 20_000_000, "at most 1000"),
    ):
        with (
            socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock,
            sock.makefile("rb") as file,
        ):
            file.readline()
            sock.sendall(sent)
            assert said in json.loads(file.readline())["error"]
            assert file.read() == b""


def test_the_last_request_may_lack_its_newline(log, raw):
    fill(log, 1)
    sock, file = raw
    sock.sendall(b'{"read":[0,1]}\n{"last":true}')
    sock.shutdown(socket.SHUT_WR)
    assert [next(iter(json.loads(line))) for line in file] == ["pulse", "entry", "done", "last"]


def test_a_request_ends_a_tail(log, raw):
    fill(log, 1)
    sock, file = raw
    sock.sendall(b'{"tail":0}\n')
    assert [json.loads(file.readline()).get("entry") for _ in range(2)] == [None, 0]
    sock.sendall(b'{"last":true}\n')
    assert json.loads(file.readline()) == {"last": 1, "first": 0}
    fill(log, 1)
    for _ in range(2):
        sock.sendall(b'{"last":true}\n')
        assert json.loads(file.readline()) == {"last": 2, "first": 0}


def test_a_tail_from_outside_the_log_is_an_error(log, client):
    fill(log, 6)
    log.drop_before(3)
    for start in (2, 7):
        with pytest.raises(Refused, match=f"cannot tail from entry {start}: the log holds 3 to 6"):
            next(client.tail(start))
    assert json.loads(next(client.tail(3)))["entry"] == 3


def test_dropped_entries_are_an_error_line(log, client):
    fill(log, 6)
    log.drop_before(3)
    with pytest.raises(Refused, match="entries 0 to 6 are not all in the log: it holds 3 to 6"):
        list(client.read(0, 6))


def test_an_ipv6_loopback_is_served(log):
    try:
        server = Server(log, "::1", 0)
    except ServerError:
        assert not socket.has_dualstack_ipv6()
        return
    with server, Client("::1", server.port, retry_s=2) as client:
        assert client.last() == (0, 0)


def test_many_clients_at_once_all_get_everything(log, server):
    fill(log, 100, size=2_000)
    expected = list(log.read(0, 100))

    def read_all(_):
        with Client("127.0.0.1", server.port) as client:
            return [line + b"\n" for line in client.read(0, 100)]

    with ThreadPoolExecutor(16) as pool:
        assert all(lines == expected for lines in pool.map(read_all, range(48)))


def test_a_range_survives_a_restart_of_the_server(log):
    append(log, *(tick(at(n), *(message(f"d{p}", at(n), size=20_000) for p in range(5))) for n in range(300)))
    expected = list(log.read(0, 300))
    with Server(log, port=0) as server, Client("127.0.0.1", server.port, retry_s=10) as client:
        lines = client.read(0, 300)
        got = [next(lines) for _ in range(123)]
        server.close()
        with Server(log, port=server.port):
            got += lines
    assert [line + b"\n" for line in got] == expected


def test_a_server_that_stays_away_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        port = placeholder.getsockname()[1]
    with pytest.raises(ConnectionRefusedError, match=r"no log server at .* for 0.3 s"):
        Client("127.0.0.1", port, retry_s=0.3).last()


def test_who_waits_for_a_server_can_give_up_before_the_time():
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        port = placeholder.getsockname()[1]
    looks = iter([False, False, True])
    with pytest.raises(ConnectionRefusedError):
        Client("127.0.0.1", port, retry_s=3600, gives_up=lambda: next(looks, True)).last()
    assert next(looks, None) is None
