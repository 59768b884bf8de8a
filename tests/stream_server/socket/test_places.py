"""Who gets a place on the socket when more come than there are: real sockets against a real server."""

from __future__ import annotations

import json
import socket
import stat
import threading
import time
from contextlib import ExitStack, suppress

import psutil
import pytest

from deploy.processes.socket_token import make_token, token_file
from stream_server.log.log import Log
from stream_server.protocol.client import Client
from stream_server.protocol.reader import Busy, Refused
from stream_server.socket.places import LOBBY_PLACES, STRANGER_PLACES, Full, Places
from stream_server.socket.server import Server
from tests.made.log_entries import fill

PATIENCE_S = 30


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.db"


@pytest.fixture
def log(path):
    with Log.open(path) as log:
        fill(log, 3)
        yield log


@pytest.fixture
def server(log, path):
    with Server(log, port=0, token=make_token(path)) as server:
        yield server


@pytest.fixture
def own(server, path):
    with Client("127.0.0.1", server.port, retry_s=PATIENCE_S, timeout_s=10, token_file=token_file(path)) as client:
        yield client


@pytest.fixture
def stranger(server):
    with Client("127.0.0.1", server.port, retry_s=PATIENCE_S, timeout_s=10) as client:
        yield client


class Crowd:
    """Raw connections."""

    def __init__(self, port: int) -> None:
        self.port, self.members, self._stack = port, [], ExitStack()

    def join(self, request: bytes = b"") -> socket.socket:
        """One more, which has got its greeting and sent `request`."""
        one = self._stack.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S))
        assert one.recv(7) == b'{"pulse'
        one.sendall(request)
        self.members.append(one)
        return one

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def crowd(server):
    crowd = Crowd(server.port)
    yield crowd
    crowd.close()


def lines_until_the_end(one: socket.socket) -> list[dict]:
    """What is still to come, as JSON; of the greeting only its tail is left and is not."""
    with one.makefile("rb") as file:
        return [json.loads(line) for line in file.read().splitlines() if line.startswith(b"{")]


def take_all_places(crowd: Crowd, server: Server, request: bytes = b'{"last":true}\n') -> None:
    """Every place of a stranger is taken by one that sent `request`; `b""`: by a silent one, whose tail has begun."""
    for _ in range(STRANGER_PLACES):
        crowd.join(request)
    wait_until(lambda: count(server, "STRANGER") == STRANGER_PLACES)


def count(server: Server, kind: str) -> int:
    return sum(stay.kind.name == kind for stay in list(server._places._stays.values()))


def wait_until(condition) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


@pytest.mark.parametrize(
    "request_", [b"", b'{"last":true}\n', b'{"tail":0}\n', b'{"la', b"GET", b"rubbish\n" * 9, b'{"token":"0"}']
)
def test_our_own_parts_have_a_place_whatever_strangers_hold(crowd, server, own, request_):
    take_all_places(crowd, server, request_)
    assert own.last() == (0, 3)
    with ExitStack() as stack:
        path = own._token_file
        parts = [stack.enter_context(Client("127.0.0.1", server.port, token_file=path)) for _ in range(40)]
        assert [len(list(part.read(0, 3))) for part in parts] == [len(list(own.read(0, 3)))] * 40
        assert count(server, "OWN") == 41


def test_a_stranger_who_asks_gets_the_place_of_the_silent_one_that_is_there_longest(crowd, server, stranger):
    take_all_places(crowd, server, b"")
    assert stranger.last() == (0, 3)
    first = lines_until_the_end(crowd.members[0])
    assert first == [
        {"error": "all 64 places are taken, and you asked for nothing for the longest; come again", "full": True}
    ]


def test_before_one_that_asked_a_silent_one_is_dropped(crowd, server, stranger):
    for _ in range(STRANGER_PLACES - 1):
        crowd.join(b'{"last":true}\n')
    silent = crowd.join()
    wait_until(lambda: count(server, "STRANGER") == STRANGER_PLACES)
    assert stranger.last() == (0, 3)
    assert lines_until_the_end(silent)[-1]["full"] is True


def test_among_those_that_asked_the_longest_idle_one_is_dropped(crowd, server, stranger):
    take_all_places(crowd, server)
    for one in crowd.members:
        one.sendall(b'{"status":true}\n')
        while b'"status"' not in one.recv(65_536):
            pass
    assert stranger.last() == (0, 3)
    assert lines_until_the_end(crowd.members[0])[-1]["full"] is True
    crowd.members[1].sendall(b'{"last":true}\n')
    assert b'"last":3' in crowd.members[1].recv(65_536)


def test_tails_that_were_asked_for_stay_and_the_next_stranger_is_refused_as_full_until_one_leaves(crowd, server):
    take_all_places(crowd, server, b'{"tail":3}\n')
    refused = crowd.join(b'{"last":true}\n')
    assert lines_until_the_end(refused) == [
        {"error": "64 clients are served already; close one and come again", "full": True}
    ]
    with pytest.raises(Busy, match="has had no place for 0.3 s: 64 clients are served already"):
        Client("127.0.0.1", server.port, retry_s=0.3).last()
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(Client("127.0.0.1", server.port, retry_s=PATIENCE_S).last())
    )
    waiting.start()
    crowd.members[0].close()
    waiting.join(PATIENCE_S)
    assert answers == [(0, 3)]


def test_a_silent_stranger_takes_nobodys_place(crowd, server):
    take_all_places(crowd, server, b"")
    late = crowd.join()
    assert lines_until_the_end(late)[-1] == {
        "error": "64 clients are served already; close one and come again",
        "full": True,
    }
    assert count(server, "STRANGER") == STRANGER_PLACES


def test_a_client_that_lost_its_place_between_two_requests_gets_another(crowd, server, stranger):
    assert stranger.last() == (0, 3)
    take_all_places(crowd, server, b'{"tail":3}\n')
    assert count(server, "STRANGER") == STRANGER_PLACES  # its own went to the last of the crowd
    crowd.members[0].close()
    assert stranger.last() == (0, 3)


def test_a_token_of_another_log_is_refused_with_a_sentence_and_gives_no_place(server, tmp_path):
    make_token(tmp_path / "another.db")
    with pytest.raises(Refused, match="not the token of this log"):
        Client("127.0.0.1", server.port, retry_s=5, token_file=token_file(tmp_path / "another.db")).last()
    assert count(server, "OWN") == 0


@pytest.mark.parametrize("token", ['""', "0", "true", "null", '"é"', '"' + "0" * 64 + '"', "[]"])
def test_what_is_no_token_gives_no_place(crowd, server, token):
    one = crowd.join(f'{{"token":{token}}}\n'.encode())
    with one.makefile("rb") as file:
        file.readline()
        assert b'"error"' in file.readline()
    assert count(server, "OWN") == 0


def test_a_server_without_a_token_takes_none(log):
    with Server(log, port=0) as server, socket.create_connection(("127.0.0.1", server.port), timeout=10) as one:
        one.sendall(b'{"token":""}\n')
        with one.makefile("rb") as file:
            file.readline()
            assert b"not the token" in file.readline()


def test_a_storm_of_connections_costs_nobody_of_ours_anything(server, own, log):
    stop, made = threading.Event(), []

    def storm() -> None:
        while not stop.is_set():
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
                made.append(1)

    threads = [threading.Thread(target=storm) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: len(made) > 300)
        for _ in range(10):
            own.close()
            assert own.last() == (0, 3)
        wait_until(lambda: len(made) > 1_000)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    wait_until(lambda: len(server._sessions) <= 1)
    assert own.status() == log.books()


def test_connections_that_say_nothing_cost_a_bounded_number_of_threads_and_files(server, own):
    before = psutil.Process().num_fds()
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
        wait_until(lambda: server._places._stays and count(server, "ARRIVING") == 0)
        wait_until(lambda: len(server._sessions) <= STRANGER_PLACES + 1)
        assert psutil.Process().num_fds() - before <= 300 + 3 * (STRANGER_PLACES + 2)
        assert own.last() == (0, 3)


def test_a_stream_without_a_newline_is_cut_off_and_takes_no_memory(server, own, crowd):
    before, one, sent = psutil.Process().memory_info().rss, crowd.join(), 0
    with suppress(ConnectionError, BrokenPipeError):
        while sent < 1_000_000_000:
            sent += one.send(b"x" * 1_000_000)
            assert own.last() == (0, 3)
    assert psutil.Process().memory_info().rss - before < 50_000_000
    wait_until(lambda: count(server, "ARRIVING") == 0)


def test_the_token_is_a_file_of_the_users_own_that_a_restart_keeps(path):
    token = make_token(path)
    assert stat.S_IMODE(token_file(path).stat().st_mode) == 0o600
    assert len(token) == 64 and token_file(path).read_text() == f"{token}\n"
    assert make_token(path) == token
    assert token != make_token(path.with_name("other.db"))


@pytest.mark.parametrize("spoil", ["readable by others", "empty", "cut", "a link"])
def test_a_token_that_is_not_whole_or_not_secret_is_made_anew(path, spoil):
    token, file = make_token(path), token_file(path)
    if spoil == "readable by others":
        file.chmod(0o644)
    elif spoil == "a link":
        file.rename(file.with_name("elsewhere"))
        file.symlink_to(file.with_name("elsewhere"))
    else:
        file.write_text("" if spoil == "empty" else token[:40])
    new = make_token(path)
    assert new != token and len(new) == 64
    assert not file.is_symlink() and stat.S_IMODE(file.stat().st_mode) == 0o600


class Guest:
    def __init__(self) -> None:
        self.is_idle, self.reason = True, ""

    def drop(self, reason: str) -> None:
        self.reason = reason


def test_the_lobby_drops_the_one_that_is_there_longest():
    places, guests = Places(), [Guest() for _ in range(LOBBY_PLACES + 1)]
    for guest in guests:
        places.arrive(guest)
    assert [bool(guest.reason) for guest in guests] == [True] + [False] * LOBBY_PLACES
    with pytest.raises(Full):
        places.ask(guests[0])
