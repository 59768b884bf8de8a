"""One client's conversation: requests in, lines out, at the client's pace and in bounded memory.

Blocking code in a thread of its own: a reader that is slow slows its own thread through the kernel's
back-pressure, and nothing is queued for it, because what it has not got yet is in the log anyway. Held
in memory are one chunk of lines and one request.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

from deploy.processes.socket_token import is_token
from stream_server.log.log import Log, LogError
from stream_server.log.log_reader import LogReader
from stream_server.protocol import wire
from stream_server.socket.places import Full, Places

logger = logging.getLogger(__name__)

CHUNK_BYTES = 256 << 10  # lines sent at once: large enough that the system call costs little
RECEIVE_BYTES = 4_096
SILENCE_S = 1.0  # a client that has asked for nothing by then gets a live tail
LOOK_S = 0.2  # while a client takes nothing: how often to look whether it is too slow
FAREWELL_S = 10.0  # time for a dropped client to take the reason
LINGER_S = 2.0  # after a fatal error: time to read what the client still sends, or it sees a reset, not the reason


WAY_BACK = "connect again and read on from your last entry"


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a client may fall behind."""

    buffer_bytes: int = 16 << 20  # a live tail that takes nothing and is this far behind is dropped
    stall_s: float = 60.0  # any client that takes nothing for this long is dropped


class _Gone(Exception):
    """The client has left, or was dropped."""


class Session:
    """Serve one connection with `run`; `wake` tells it that entries were written, `stop` and `drop` end it.

    `token`: of our own parts; empty: nobody has one.
    """

    def __init__(
        self, connection: socket.socket, log: Log, limits: Limits, places: Places | None = None, token: str = ""
    ) -> None:
        self._socket = connection
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._log = log
        self._limits = limits
        self._places = places or Places()
        self._token = token
        self.is_idle = True
        self._reader: LogReader | None = None  # opened when it is first needed: who only connects costs no file
        self._requests = wire.RequestBuffer()
        self._tail: int | None = None  # next entry of the tail
        self._caught_up = False  # the tail has been at the end of the log
        self._bell, self._rung = socket.socketpair()
        for end in (self._bell, self._rung):
            end.setblocking(False)
        self._stopped = False
        self._drop_reason = ""
        self._is_mid_line = False  # what was sent last ends in the middle of a line

    def run(self) -> None:
        """Talk until the client leaves or is dropped."""
        with contextlib.suppress(OSError):  # the client has left
            self._converse()

    def close(self) -> None:
        """Close what the session holds open, once `run` has ended or if it never began."""
        if self._reader:
            self._reader.close()
        for end in (self._socket, self._bell, self._rung):
            end.close()

    def _converse(self) -> None:
        try:
            self._talk()
            self._say_why_dropped()
        except Full as full:
            self._send_last(wire.full(str(full)))
        except LogError as error:
            self._send_last(wire.error(str(error)))
        except _Gone:
            self._say_why_dropped()  # else it has left; the log keeps what it did not take, it comes again and reads on

    def _say_why_dropped(self) -> None:
        if self._drop_reason:
            self._send_last(b"\n" * self._is_mid_line + wire.full(self._drop_reason))

    def _send_last(self, line: bytes) -> None:
        """Without waiting: who takes nothing is not owed a reason."""
        self._send_some(memoryview(line), 0.0)

    def wake(self) -> None:
        """Entries were written. From any thread; never blocks."""
        if self._tail is not None:
            self._ring()

    def stop(self) -> None:
        """End the conversation soon. From any thread."""
        self._stopped = True
        self._ring()

    def drop(self, reason: str) -> None:
        """End the conversation soon and say why. From any thread; never blocks."""
        self._drop_reason = reason
        self.stop()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RD)  # also one that is read only to be thrown away

    def _ring(self) -> None:
        with contextlib.suppress(OSError):  # full: it has rung already; closed: nobody listens
            self._bell.send(b"!")

    def _log_reader(self) -> LogReader:
        self._reader = self._reader or self._log.reader()
        return self._reader

    def _talk(self) -> None:
        self._send(wire.greeting(*self._log.bounds()))
        silent_until: float | None = time.monotonic() + SILENCE_S
        with selectors.PollSelector() as selector:  # takes no file of its own, as epoll does
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._rung, selectors.EVENT_READ)
            while not self._stopped:
                if self._tail is not None:
                    self._follow()
                wait_s = None if silent_until is None else max(0.0, silent_until - time.monotonic())
                ready = [key.fileobj for key, _ in selector.select(wait_s)]
                if self._rung in ready:
                    self._rung.recv(RECEIVE_BYTES)
                    continue  # it may have been stopped
                if self._socket in ready:
                    data = self._socket.recv(RECEIVE_BYTES)
                    for request in self._requests.feed(data or b"\n"):  # the last one may lack its newline
                        silent_until = silent_until if isinstance(request, wire.Malformed | wire.Token) else None
                        self._answer(request)
                    if not data:
                        return
                if silent_until is not None and time.monotonic() >= silent_until:
                    self._places.stay_silent(self)
                    self._tail, silent_until = self._log.bounds()[1], None

    def _answer(self, request: wire.Request) -> None:
        self._tail = None
        self._count(request)
        try:
            self._reply(request)
        except LogError as error:
            self._send(wire.error(str(error)))
        self.is_idle = self._tail is None

    def _count(self, request: wire.Request) -> None:
        """Which place the client has after `request`. Raises Full."""
        if isinstance(request, wire.Token):
            if is_token(request.value, self._token):
                self._places.present_token(self)
        elif not isinstance(request, wire.Malformed):
            self._places.ask(self)
            self.is_idle = False

    def _reply(self, request: wire.Request) -> None:
        match request:
            case wire.Read(start, stop):
                self._send_range(start, stop)
            case wire.Tail(start):
                self._begin_tail(start)
            case wire.Last():
                first, end = self._log.bounds()
                self._send(wire.line({"last": end, "first": first}))
            case wire.Status():
                self._send(wire.line({"status": self._log_reader().books()}))
            case wire.Token(value) if is_token(value, self._token):
                self._send(wire.line({"token": True}))
            case wire.Token():
                self._send(
                    wire.error("this is not the token of this log: another log is served here, or it has a new one")
                )
                self._hang_up()
            case wire.Malformed(reason, fatal):
                self._send(wire.error(reason))
                if fatal:
                    self._hang_up()

    def _send_range(self, start: int, stop: int) -> None:
        for chunk in chunks(self._log_reader().read(start, stop)):
            self._send(chunk)
        self._send(wire.line({"done": stop}))

    def _begin_tail(self, start: int) -> None:
        first, end = self._log.bounds()
        if not first <= start <= end:
            raise LogError(f"cannot tail from entry {start}: the log holds {first} to {end} (exclusive)")
        self._tail, self._caught_up = start, False

    def _follow(self) -> None:
        """Send what the tail has not got yet, entry by entry, so that its lag is known."""
        end = self._log.bounds()[1]
        while self._tail is not None and self._tail < end:
            self._tail += 1
            for chunk in chunks(self._log_reader().read(self._tail - 1, self._tail)):
                self._send(chunk, self._log_reader())
        self._caught_up = True

    def _send(self, data: bytes, tail: LogReader | None = None) -> None:
        """Hand over all of `data`, however long the client takes, unless it takes nothing at all."""
        view, moved = memoryview(data), time.monotonic()
        while view:
            if self._stopped:
                raise _Gone
            sent = self._send_some(view, LOOK_S)
            view = view[sent:]
            self._is_mid_line = bool(view)
            if sent:
                moved = time.monotonic()
            elif reason := self._too_slow(time.monotonic() - moved, tail):
                self._drop(view, reason)

    def _send_some(self, view: memoryview, wait_s: float) -> int:
        try:
            return self._socket.send(view)
        except BlockingIOError:
            with selectors.PollSelector() as selector:
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
