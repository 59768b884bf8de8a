"""One client's conversation: requests in, lines out, at the client's pace and in bounded memory.

Blocking code in a thread of its own: a reader that is slow slows its own thread through the kernel's
back-pressure, and nothing is queued for it, because what it has not got yet is in the log anyway. Held
in memory are one chunk of lines and one request.
"""

from __future__ import annotations

import logging
import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from stream_server import wire
from stream_server.log import Log, LogError
from stream_server.log_reader import LogReader

logger = logging.getLogger(__name__)

CHUNK_BYTES = 256 << 10  # lines sent at once: large enough that the system call costs little
RECEIVE_BYTES = 4_096
SILENCE_S = 1.0  # a client that has asked for nothing by then gets a live tail
LOOK_S = 0.2  # while a client takes nothing: how often to look whether it is too slow
FAREWELL_S = 10.0  # time for a dropped client to take the reason
LINGER_S = (
    2.0  # after a fatal error: time to read what the client still sends, or it sees a reset, not the reason
)


WAY_BACK = "connect again and read on from your last entry"


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a client may fall behind."""

    buffer_bytes: int = 16 << 20  # a live tail that takes nothing and is this far behind is dropped
    stall_s: float = 60.0  # any client that takes nothing for this long is dropped


class _Gone(Exception):
    """The client has left, or was dropped."""


class Session:
    """Serve one connection with `run`; `wake` tells it that entries were written, `stop` ends it."""

    def __init__(self, connection: socket.socket, log: Log, limits: Limits) -> None:
        self._socket = connection
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._log = log
        self._limits = limits
        self._requests = wire.RequestBuffer()
        self._tail: int | None = None  # next entry of the tail
        self._caught_up = False  # the tail has been at the end of the log
        self._bell, self._rung = socket.socketpair()
        for end in (self._bell, self._rung):
            end.setblocking(False)
        self._stopped = False

    def run(self) -> None:
        """Talk until the client leaves or is dropped."""
        try:
            with closing(self._log.reader()) as reader:
                self._talk(reader)
        except LogError as error:
            self._send_some(memoryview(wire.error(str(error))), LOOK_S)
        except (_Gone, OSError):
            pass  # the client has left; the log keeps what it did not take, it comes again and reads on
        finally:
            for end in (self._socket, self._bell, self._rung):
                end.close()

    def wake(self) -> None:
        """Entries were written. From any thread; never blocks."""
        if self._tail is not None:
            self._ring()

    def stop(self) -> None:
        """End the conversation soon. From any thread."""
        self._stopped = True
        self._ring()

    def _ring(self) -> None:
        try:
            self._bell.send(b"!")
        except OSError:
            pass  # full: it has rung already; closed: nobody listens

    def _talk(self, reader: LogReader) -> None:
        self._send(wire.greeting(*self._log.bounds()))
        silent_until: float | None = time.monotonic() + SILENCE_S
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._rung, selectors.EVENT_READ)
            while not self._stopped:
                if self._tail is not None:
                    self._follow(reader)
                wait_s = None if silent_until is None else max(0.0, silent_until - time.monotonic())
                ready = [key.fileobj for key, _ in selector.select(wait_s)]
                if self._rung in ready:
                    self._rung.recv(RECEIVE_BYTES)
                if self._socket in ready:
                    data = self._socket.recv(RECEIVE_BYTES)
                    for request in self._requests.feed(data or b"\n"):  # the last one may lack its newline
                        silent_until = None
                        self._answer(request, reader)
                    if not data:
                        return
                elif silent_until is not None and time.monotonic() >= silent_until:
                    self._tail, silent_until = self._log.bounds()[1], None

    def _answer(self, request: wire.Request, reader: LogReader) -> None:
        self._tail = None
        try:
            match request:
                case wire.Read(start, stop):
                    self._send_range(start, stop, reader)
                case wire.Tail(start):
                    self._begin_tail(start)
                case wire.Last():
                    first, end = self._log.bounds()
                    self._send(wire.line({"last": end, "first": first}))
                case wire.Status():
                    self._send(wire.line({"status": reader.books()}))
                case wire.Malformed(reason, fatal):
                    self._send(wire.error(reason))
                    if fatal:
                        self._hang_up()
        except LogError as error:
            self._send(wire.error(str(error)))

    def _send_range(self, start: int, stop: int, reader: LogReader) -> None:
        for chunk in chunks(reader.read(start, stop)):
            self._send(chunk)
        self._send(wire.line({"done": stop}))

    def _begin_tail(self, start: int) -> None:
        first, end = self._log.bounds()
        if not first <= start <= end:
            raise LogError(f"cannot tail from entry {start}: the log holds {first} to {end} (exclusive)")
        self._tail, self._caught_up = start, False

    def _follow(self, reader: LogReader) -> None:
        """Send what the tail has not got yet, entry by entry, so that its lag is known."""
        end = self._log.bounds()[1]
        while self._tail is not None and self._tail < end:
            self._tail += 1
            for chunk in chunks(reader.read(self._tail - 1, self._tail)):
                self._send(chunk, reader)
        self._caught_up = True

    def _send(self, data: bytes, tail: LogReader | None = None) -> None:
        """Hand over all of `data`, however long the client takes, unless it takes nothing at all."""
        view, moved = memoryview(data), time.monotonic()
        while view:
            if self._stopped:
                raise _Gone
            sent = self._send_some(view, LOOK_S)
            view = view[sent:]
            if sent:
                moved = time.monotonic()
            elif reason := self._too_slow(time.monotonic() - moved, tail):
                self._drop(view, reason)

    def _send_some(self, view: memoryview, wait_s: float) -> int:
        try:
            return self._socket.send(view)
        except BlockingIOError:
            with selectors.DefaultSelector() as selector:
                selector.register(self._socket, selectors.EVENT_WRITE)
                selector.select(wait_s)
            return 0

    def _too_slow(self, stalled_s: float, tail: LogReader | None) -> str:
        if stalled_s > self._limits.stall_s:
            return f"you took nothing for {self._limits.stall_s:g} s; {WAY_BACK}"
        if tail is not None and self._caught_up and self._tail is not None:
            lag = tail.lag_bytes(self._tail)
            if lag > self._limits.buffer_bytes:
                return f"you are {lag} bytes behind and {self._limits.buffer_bytes} are allowed; {WAY_BACK}"
        return ""

    def _drop(self, rest: memoryview, reason: str) -> None:
        """Finish the line under way, say why, and give the client a while to take it."""
        logger.warning("client %s dropped: %s", self._socket.getpeername()[1], reason)
        rest = memoryview(bytes(rest).partition(b"\n")[0] + b"\n" + wire.error(reason))
        until = time.monotonic() + FAREWELL_S
        while rest and not self._stopped and time.monotonic() < until:
            rest = rest[self._send_some(rest, LOOK_S) :]
        raise _Gone

    def _hang_up(self) -> None:
        """Close so that the client still gets what was sent."""
        self._socket.shutdown(socket.SHUT_WR)
        self._socket.settimeout(LINGER_S)
        until = time.monotonic() + LINGER_S
        try:
            while time.monotonic() < until and self._socket.recv(1 << 16):
                pass
        except TimeoutError:
            pass
        raise _Gone


def chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Lines joined into pieces of about CHUNK_BYTES."""
    pending: list[bytes] = []
    size = 0
    for one in lines:
        pending.append(one)
        size += len(one)
        if size >= CHUNK_BYTES:
            yield b"".join(pending)
            pending, size = [], 0
    if pending:
        yield b"".join(pending)
