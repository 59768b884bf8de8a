"""A server that breaks HTTP on purpose: answers each connection with the bytes it was given, however wrong."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Self

Answer = bytes | Callable[[], Iterable[bytes]]  # whole, or piece by piece as fast as the client reads


class HostileServer:
    """Listens on a free port until it is left; `requests` has the head of every request."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.requests: list[bytes] = []
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, contextlib.suppress(OSError):  # the client went away: what was tested is over
                self.requests.append(_head(client))
                for piece in self._pieces():
                    client.sendall(piece)

    def _pieces(self) -> Iterator[bytes]:
        yield from [self._answer] if isinstance(self._answer, bytes) else self._answer()


def _head(client: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and (more := client.recv(65_536)):
        head += more
    return head
