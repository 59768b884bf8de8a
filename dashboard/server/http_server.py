"""The HTTP server of the page: waitress, with limits on how long and how much one client may keep.

One thread moves the bytes of all connections. A worker thread sees a request when the whole of it is there, and puts
its answer into a buffer: a client that is silent, slow or does not read holds a connection and never a thread.
Buffers above a megabyte are temporary files.

A client reads a refusal only if the connection is not reset under it, which is what closing a socket with unread bytes
does. So a refused client may go on sending: what it sends is read and dropped, up to a bound, until it has closed.
"""

from __future__ import annotations

import contextlib
import logging
import resource
import socket
import time
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import BadRequest, Error

TURN_S = 30.0  # to send a whole request, to read a whole answer, and to keep a connection without a request
CONNECTIONS = 1_000
FILES = 4_096  # one for each connection, and one more for each large answer
REQUEST_LINE_BYTES = 8_190
HEADER_BYTES = 32_768
PIPELINED = 16  # requests that a client may send before it has read the first answer
DROPPED_BYTES = 64 * 2**20  # of one refused request; more of it is met with a reset
DROP_BYTES = 65_536  # at once
NEVER_WAIT_BYTES = 2**62  # a thread never waits until a client has read


class UriTooLong(Error):
    """The answer to an address that no page of ours has."""

    code = 414
    reason = "URI Too Long"


class Parser(HTTPRequestParser):
    """Waitress's parser, which also refuses what two servers in a row may read in two ways."""

    error: Error | None

    def parse_header(self, header_plus: bytes) -> None:
        """As usual; `error` is set for a request that is refused."""
        if header_plus.find(b"\r\n") > REQUEST_LINE_BYTES:
            super().parse_header(b"GET / HTTP/1.0\r\n")
            self.error = UriTooLong(f"the request line has more than {REQUEST_LINE_BYTES} bytes")
            return
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # of urllib, for an address as http://[::1
            raise ParsingError(str(error)) from error
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            self.error = BadRequest("Content-Length and Transfer-Encoding contradict each other")
            self.body_rcv, self.content_length = None, 0

    def received(self, data: bytes) -> int:
        """As usual; a transfer coding that is not known is the client's fault, as is any other malformed request."""
        consumed: int = super().received(data)
        if self.error is not None:
            self.expect_continue = False  # no invitation to send what is refused already
            if self.error.code == 501:
                self.error = BadRequest(self.error.body)
        return consumed


class Refusal(ErrorTask):
    """The answer to a request that is refused before it is read as a whole."""

    def execute(self) -> None:
        """As usual; the connection is emptied before it is closed."""
        self.channel.is_refused = True
        super().execute()


class Channel(HTTPChannel):
    """A connection that knows when its present turn began: a request, or an answer that is to be read."""

    parser_class = Parser
    error_task_class = Refusal

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.turn_began_s = time.monotonic()
        self.is_refused = self.is_emptied = self.close_when_flushed = False
        self.dropped_bytes = 0
        super().__init__(*args, **kwargs)

    def handle_write(self) -> None:
        """As usual; a refused client that has been sent its answer is told that there is no more,
        and not yet closed."""
        if not (self.is_refused and self.close_when_flushed):
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.will_close:
            self.handle_close()
        elif not self.total_outbufs_len:
            self.close_when_flushed, self.is_emptied = False, True
            with contextlib.suppress(OSError):  # it has gone already, which the next read tells
                self.socket.shutdown(socket.SHUT_WR)

    def handle_read(self) -> None:
        """As usual; what a refused client still sends is dropped."""
        if not self.is_emptied:
            super().handle_read()
            return
        try:
            self.dropped_bytes += len(self.recv(DROP_BYTES))
        except OSError:
            self.handle_close()
        if self.dropped_bytes > DROPPED_BYTES:
            self.handle_close()

    def received(self, data: bytes) -> bool:
        """As usual; a client that sends many requests and reads no answer is disconnected."""
        if self.request is None:
            self.turn_began_s = time.monotonic()
        taken: bool = super().received(data)
        if len(self.requests) > PIPELINED:
            self.will_close = True
        return taken

    def write_soon(self, data: Any) -> int:
        """As usual; the client's time to read begins."""
        self.turn_began_s = time.monotonic()
        written: int = super().write_soon(data)
        return written


class Server(TcpWSGIServer):
    """Waitress on one TCP address. Where it is full, who has waited longest makes room."""

    channel_class = Channel

    def readable(self) -> bool:
        """As usual, after making room for the next connection."""
        if len(self._map) >= self.adj.connection_limit:
            self._make_room()
        is_readable: bool = super().readable()
        return is_readable

    def maintenance(self, now: float) -> None:
        """Close the connections whose turn takes too long; called once a second."""
        for channel in self._waiting():
            if time.monotonic() - channel.turn_began_s > TURN_S:
                channel.handle_close()

    def _make_room(self) -> None:
        oldest = sorted(self._waiting(), key=lambda channel: channel.turn_began_s)
        for channel in oldest[: max(self.adj.connection_limit // 20, 1)]:
            channel.handle_close()

    def _waiting(self) -> list[Channel]:
        """The connections for which no thread is at work."""
        return [channel for channel in list(self.active_channels.values()) if not channel.requests]


def make_server(application: Any, host: str, port: int, threads: int, largest_body_bytes: int) -> Server:
    """A server that listens on `host:port` (0: any) already; `run()` serves until SystemExit. Raises OSError."""
    _allow_files()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # else a line for each request that waits for a thread
    return Server(
        application,
        listen=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        threads=threads,
        connection_limit=CONNECTIONS,
        cleanup_interval=1,
        asyncore_use_poll=True,  # select() takes no descriptor above 1,023
        max_request_header_size=HEADER_BYTES,
        max_request_body_size=largest_body_bytes,
        inbuf_overflow=65_536,
        outbuf_high_watermark=NEVER_WAIT_BYTES,
        log_socket_errors=False,
        ident=None,
        clear_untrusted_proxy_headers=False,  # nothing here believes them but `access`, where a proxy is configured
    )


def _allow_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
