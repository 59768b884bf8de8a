"""The socket of the log: accepts clients on the loopback and gives each a thread (see `session`).

Threads and not asyncio: reading the log blocks (SQLite), sending releases the GIL, and back-pressure
is then the kernel's, without a buffer of ours between the log and a slow client.
"""

from __future__ import annotations

import ipaddress
import logging
import selectors
import socket
import threading
import time
from typing import Self

from stream_server.log.log import Log
from stream_server.protocol.rollback import undo_on_failure
from stream_server.socket.places import Places
from stream_server.socket.session import Limits, Session

logger = logging.getLogger(__name__)

BACKLOG = 128  # connections that the kernel keeps for us until we accept them
ACCEPT_PAUSE_S = 0.1  # after a failed accept, which would else be tried in a busy loop
CLOSE_S = 5.0  # at the end: time for the clients' threads to finish


class ServerError(Exception):
    """The socket cannot be served; the message is one sentence with what to change."""


class Server:
    """Serves `log` on `host`:`port` (0: any free one) from `start` until `close`, or within `with`.

    `token`: what our own parts present to get a place that no stranger can take; empty: there are none.
    """

    def __init__(
        self, log: Log, host: str = "127.0.0.1", port: int = 9999, limits: Limits | None = None, token: str = ""
    ) -> None:
        self._log = log
        self._limits = limits or Limits()
        self._token = token
        self._places = Places()
        self._listener = _listen(host, port)
        self.host, self.port = self._listener.getsockname()[:2]
        self._sessions: dict[Session, threading.Thread] = {}
        self._guard = threading.Lock()
        self._bell, self._rung = socket.socketpair()
        self._closed = False
        self._acceptor = threading.Thread(target=self._accept, name="accept", daemon=True)
        log.on_append(self._wake)

    def start(self) -> Self:
        """Begin to accept; returns at once."""
        self._acceptor.start()
        return self

    def close(self) -> None:
        """Stop accepting and end every conversation; again: nothing."""
        if self._closed:
            return
        self._closed = True
        self._bell.send(b"!")
        self._acceptor.join(CLOSE_S)
        with self._guard:
            sessions = dict(self._sessions)
        for session in sessions:
            session.stop()
        for thread in sessions.values():
            thread.join(CLOSE_S)
        for end in (self._listener, self._bell, self._rung):
            end.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wake(self) -> None:
        with self._guard:
            for session in self._sessions:
                session.wake()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._rung, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._rung in ready:
                    return
                try:
                    self._welcome(self._listener.accept()[0])
                except (
                    OSError,
                    RuntimeError,
                ) as error:  # it left already, or no file or thread is left: others still count
                    logger.warning("a client could not be accepted: %s", error)
                    time.sleep(ACCEPT_PAUSE_S)

    def _welcome(self, connection: socket.socket) -> None:
        """Give the connection a thread. Raises OSError, or RuntimeError when there are no more threads."""
        with undo_on_failure(connection.close):
            session = Session(connection, self._log, self._limits, self._places, self._token)
        thread = threading.Thread(target=self._serve, args=(session,), name="client", daemon=True)
        self._places.arrive(session)
        with self._guard:
            self._sessions[session] = thread
        with undo_on_failure(lambda: self._forget(session)):
            thread.start()

    def _forget(self, session: Session) -> None:
        self._places.leave(session)
        session.close()
        with self._guard:
            del self._sessions[session]

    def _serve(self, session: Session) -> None:
        try:
            session.run()
        except Exception:  # of ours: it costs this client its conversation and nobody else theirs
            logger.exception("a conversation ended")
        finally:
            self._forget(session)


def _listen(host: str, port: int) -> socket.socket:
    address = "127.0.0.1" if host == "localhost" else host
    try:
        loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ServerError(f"log.host = {host!r}: only the loopback is served; reach it from elsewhere through SSH")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ServerError(
            f"cannot serve on {host} port {port}: {error.strerror}; stop what uses it, or change log.port"
        ) from error
