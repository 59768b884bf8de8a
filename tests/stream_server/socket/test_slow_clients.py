"""A client that takes nothing costs no memory and is dropped with a reason; one that is only slow is not."""

import json
import logging
import socket
import time

import psutil
import pytest

from stream_server.log.log import Log
from stream_server.socket.server import Server
from stream_server.socket.session import Limits
from tests.made.log_entries import append, at, message, tick

LINE_BYTES = 100_000


@pytest.fixture
def log(tmp_path):
    with Log.open(tmp_path / "pulse.log") as log:
        yield log


def fill_lines(log, count):
    """`count` more entries of one line of about LINE_BYTES; all of one body, so the log stays small."""
    end = log.bounds()[1]
    append(log, *(tick(at(n), message("d", at(n), size=LINE_BYTES // 2)) for n in range(end, end + count)))


def connect(server):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    sock.settimeout(20)
    sock.connect(("127.0.0.1", server.port))
    return sock, sock.makefile("rb")


def wait_until(condition, seconds=20):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


def assert_whole_lines_then(file, reason):
    """All that still comes is whole lines in order, and the reason at the end. Returns the entries got."""
    *lines, last = [json.loads(line) for line in file.read().splitlines()]
    assert reason in last["error"]
    entries = [line["entry"] for line in lines]
    assert entries == list(range(entries[0], entries[0] + len(entries)))
    return entries


def test_a_tail_that_falls_behind_the_buffer_is_dropped_with_the_reason(log, caplog):
    caplog.set_level(logging.WARNING)
    fill_lines(log, 1)
    with Server(log, port=0, limits=Limits(buffer_bytes=2_000_000)) as server:
        sock, file = connect(server)
        sock.sendall(b'{"tail":0}\n')
        assert [json.loads(file.readline()).get("entry") for _ in range(2)] == [None, 0]
        fill_lines(log, 200)
        wait_until(lambda: "dropped" in caplog.text)
        entries = assert_whole_lines_then(file, "and 2000000 are allowed; connect again and read on")
        assert len(entries) < 200
        sock.close()


def test_a_tail_that_catches_up_may_be_further_behind_than_the_buffer(log):
    fill_lines(log, 100)
    with Server(log, port=0, limits=Limits(buffer_bytes=1_000_000)) as server:
        sock, file = connect(server)
        sock.sendall(b'{"tail":0}\n')
        file.readline()
        time.sleep(0.5)  # more than two looks at who is slow, while 10 MB wait for this client
        assert [json.loads(file.readline())["entry"] for _ in range(100)] == list(range(100))
        sock.close()


def test_a_range_that_nobody_takes_ends_after_the_stall_time(log, caplog):
    fill_lines(log, 300)
    with Server(log, port=0, limits=Limits(stall_s=0.3)) as server:
        sock, file = connect(server)
        file.readline()
        sock.sendall(b'{"read":[0,300]}\n')
        wait_until(lambda: "dropped" in caplog.text)
        assert len(assert_whole_lines_then(file, "you took nothing for 0.3 s; connect again")) < 300
        sock.close()


def test_a_slow_reader_is_waited_for_as_long_as_it_takes_something(log):
    append(log, tick(at(0), message("long", at(0), size=10_000_000)))  # one line of 20 MB, sent at once
    with Server(log, port=0, limits=Limits(buffer_bytes=1_000, stall_s=0.5)) as server:
        sock, file = connect(server)
        file.readline()
        sock.sendall(b'{"read":[0,1]}\n')
        began, size, last = time.monotonic(), 0, b""
        while not last.endswith(b'{"done":1}\n'):
            last = file.read1(65_536)
            assert last and b'"error"' not in last
            size += len(last)
            time.sleep(0.005)
        assert size > 20_000_000
        assert time.monotonic() - began > 1  # twice the stall time
        sock.close()


def test_clients_that_take_nothing_cost_almost_no_memory(log):
    fill_lines(log, 3_000)  # 300 MB for each
    with Server(log, port=0) as server:
        before = psutil.Process().memory_info().rss
        clients = [connect(server) for _ in range(10)]
        for sock, file in clients:
            file.readline()
            sock.sendall(b'{"read":[0,3000]}\n')
        time.sleep(0.5)  # time to do the wrong thing in
        assert psutil.Process().memory_info().rss - before < 60_000_000
        for sock, _ in clients:
            sock.close()


def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(log):
    fill_lines(log, 300)
    with Server(log, port=0) as server:
        for _ in range(5):
            sock, file = connect(server)
            sock.sendall(b'{"read":[0,300]}\n')
            file.read(300_000)
            file.close()
            sock.close()
        wait_until(lambda: not server._sessions)
