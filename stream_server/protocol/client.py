"""A small blocking client of the log: for Spark's source, the status page and the tests."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from io import IOBase
from pathlib import Path
from typing import Any, Self

import orjson

from deploy.processes.socket_token import read_token
from stream_server.protocol import wire
from stream_server.protocol.reader import Busy, Refused
from stream_server.protocol.rollback import undo_on_failure

READ_BUFFER_BYTES = 1 << 20
PAUSE_S = 0.1  # between two attempts to reach a server


class Client:
    """One connection, made at the first request and again after it broke. Not for two threads at once.

    `retry_s`: how long a server that cannot be reached or is full is tried again before OSError is raised, so
    that a restart of the server is a pause and not a failure; or less, once `gives_up` says so.
    `timeout_s`: how long one line may take.
    `token_file`: holds the token that gives our own parts a place that no stranger can take (see `socket_token`);
    None, or no such file: the client is a stranger itself.
    """

    def __init__(
        self,
        host: str,
        port: int,
        retry_s: float = 30.0,
        timeout_s: float = 120.0,
        gives_up: Callable[[], bool] = lambda: False,
        token_file: Path | None = None,
    ) -> None:
        self._address = (host, port)
        self._retry_s = retry_s
        self._timeout_s = timeout_s
        self._gives_up = gives_up
        self._token_file = token_file
        self._socket: socket.socket | None = None
        self._file: IOBase | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next request makes a new one."""
        for part in (self._file, self._socket):
            if part is not None:
                part.close()
        self._file = self._socket = None

    def last(self) -> tuple[int, int]:
        """(first, end): the server holds the entries first .. end-1."""
        answer = self._ask_once({"last": True})
        return answer["first"], answer["last"]

    def status(self) -> dict[str, Any]:
        """The books of the log."""
        books: dict[str, Any] = self._ask_once({"status": True})["status"]
        return books

    def locate(self, entry: int) -> tuple[int, ...]:
        """Nothing: the server finds an entry by its number."""
        return ()

    def read(self, start: int, stop: int, at: tuple[int, ...] = ()) -> Iterator[bytes]:
        """The lines (without newline) of the entries start .. stop-1, each once, also over a reconnection.

        Raises Refused (for instance: entries dropped), OSError if the server stays away for `retry_s`,
        ValueError if what comes is not what was asked for.
        """
        entry, part = start, 0  # what comes next
        deadline = time.monotonic() + self._retry_s
        while True:
            try:
                with undo_on_failure(self.close):  # the rest of the answer is still on its way: the connection is spent
                    for line in self._range(entry, stop):
                        offset = wire.parse_offset(line)
                        if offset.entry == entry and offset.part < part:
                            continue  # had it before the connection broke
                        if (offset.entry, offset.part) != (entry, part):
                            raise ValueError(f"expected entry {entry} part {part}, got {offset}")
                        last_part = offset.part + 1 >= offset.of
                        entry, part = (entry + 1, 0) if last_part else (entry, part + 1)
                        yield line
                        deadline = time.monotonic() + self._retry_s
                break
            except ConnectionError as error:
                self._wait_or_raise(error, deadline)
        if entry != stop:
            raise ValueError(f"the server was done at entry {entry} of {start} to {stop}")

    def tail(self, start: int) -> Iterator[bytes]:
        """The lines from entry `start` on, as they are written, until the connection ends."""
        self._send({"tail": start})
        while True:
            yield self._line()

    def _range(self, start: int, stop: int) -> Iterator[bytes]:
        self._send({"read": [start, stop]})
        while not (line := self._line()).startswith(b'{"done":'):
            yield line

    def _ask_once(self, request: dict[str, Any]) -> dict[str, Any]:
        """One line for one request; asked again if the connection breaks under it."""
        deadline = time.monotonic() + self._retry_s
        while True:
            try:
                with undo_on_failure(
                    self.close
                ):  # an answer may still be on its way: it would be taken for the next one's
                    self._send(request)
                    answer: dict[str, Any] = orjson.loads(self._line())
                    return answer
            except ConnectionError as error:
                self._wait_or_raise(error, deadline)

    def _wait_or_raise(self, error: OSError, deadline: float) -> None:
        """Wait before the next attempt; raise `error` when there is to be none."""
        if self._gives_up() or time.monotonic() > deadline:
            raise error
        time.sleep(PAUSE_S)

    def _send(self, request: dict[str, Any]) -> None:
        if self._socket is None:
            self._connect()
        assert self._socket is not None
        self._socket.sendall(wire.line(request))

    def _line(self) -> bytes:
        assert self._file is not None
        line = self._file.readline()
        if not line.endswith(b"\n"):
            raise ConnectionResetError(f"the log server at {self._address} closed the connection")
        if line.startswith(b'{"error":'):
            answer = orjson.loads(line)
            raise (Busy if answer.get("full") else Refused)(answer["error"])
        return line[:-1]

    def _connect(self) -> None:
        deadline = time.monotonic() + self._retry_s
        while True:
            try:
                return self._connect_once()
            except OSError as error:
                self._wait_or_raise(self._out_of_reach(error), deadline)

    def _out_of_reach(self, error: OSError) -> OSError:
        host, port = self._address
        if isinstance(error, Busy):
            return Busy(f"the log server at {host}:{port} has had no place for {self._retry_s:g} s: {error}")
        return type(error)(f"no log server at {self._address} for {self._retry_s:g} s: {error}; start it with ./pulse")

    def _connect_once(self) -> None:
        self._socket = socket.create_connection(self._address, timeout=self._timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb", buffering=READ_BUFFER_BYTES)
        with undo_on_failure(self.close):
            self._shake_hands(self._socket)

    def _shake_hands(self, connection: socket.socket) -> None:
        """Ask something at once: who is silent for a second gets a tail."""
        token = read_token(self._token_file)  # at each connection: a log that is made anew has another
        connection.sendall((wire.line({"token": token}) if token else b"") + wire.line({"last": True}))
        greeting = orjson.loads(self._line())
        if greeting.get("pulse") != wire.PROTOCOL:
            raise Refused(f"{self._address} speaks protocol {greeting.get('pulse')}, this program {wire.PROTOCOL}")
        while not self._line().startswith(b'{"last":'):
            pass  # the token's answer, and lines of a tail that began while this process was held up
