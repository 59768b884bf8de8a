"""Gunicorn's worker of threads, patient with many and short with the slow.

A connection waits for its first byte beside the threads, not in one: browsers open some that they never use. Once it
has a thread, request and answer have REQUEST_S each: who sends a header byte by byte, or does not read what was asked
for, is hung up on.
"""

from __future__ import annotations

import errno
import socket
import time
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

REQUEST_S = 30.0


class BoundedSocket(socket.socket):
    """A socket whose blocking calls end: those of one turn together within `limit_s`."""

    limit_s = REQUEST_S
    _until_s = 0.0

    def setblocking(self, flag: bool) -> None:
        """As usual; a turn begins with every call of it."""
        self._until_s = time.monotonic() + self.limit_s
        super().settimeout(self.limit_s if flag else 0.0)

    def recv(self, *args: Any) -> bytes:
        """As usual. Raises ConnectionResetError when the time of the turn is over."""
        if self.gettimeout():
            self.settimeout(max(self._until_s - time.monotonic(), 0.001))
        try:
            return super().recv(*args)
        except TimeoutError as error:
            raise _too_slow() from error

    def sendall(self, *args: Any) -> None:
        """As usual, the whole of it within `limit_s`. Raises ConnectionResetError."""
        if self.gettimeout():
            self.settimeout(self.limit_s)
        try:
            super().sendall(*args)
        except TimeoutError as error:
            raise _too_slow() from error

    def sendfile(self, *args: Any, **kwargs: Any) -> int:
        """As usual. Raises ConnectionResetError."""
        try:
            return super().sendfile(*args, **kwargs)
        except TimeoutError as error:
            raise _too_slow() from error


def _too_slow() -> ConnectionResetError:
    """Gunicorn takes it for a client that went away, and frees the thread."""
    return ConnectionResetError(errno.ECONNRESET, "the other side is too slow")


class PatientWorker(ThreadWorker):
    """`gthread` whose new connections wait for their first byte in the poller."""

    def accept(self, listener: Any) -> None:
        """Take a connection; a thread takes it over when it says something."""
        try:
            taken, address = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        connection = TConn(self.cfg, BoundedSocket(fileno=taken.detach()), address, listener.getsockname())
        connection.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(connection)
        self.poller.register(connection.sock, EVENT_READ, partial(self.on_pending_socket_readable, connection))
