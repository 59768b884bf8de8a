"""Clients that break the rules of HTTP or of good manners: each function opens one,
which stays as long as it is held."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Callable, Mapping

LIMIT_S = 5
LARGE_ANSWER = "/_dash-component-suites/plotly/package_data/plotly.min.js"  # 4.8 MB: more than the buffers of a socket


def _open(port: int, content: str = "", receive_bytes: int | None = None) -> socket.socket:
    connection = socket.socket()
    if receive_bytes is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    connection.settimeout(LIMIT_S)
    connection.connect(("127.0.0.1", port))
    with contextlib.suppress(OSError):  # refused before all was sent: bad clients meet that
        connection.sendall(content.replace("\n", "\r\n").encode())
    return connection


def _asking(rest: str, path: str = "/version") -> str:
    return f"GET {path} HTTP/1.1\nHost: localhost\n{rest}"


def _posting(rest: str) -> str:
    return f"POST /_dash-update-component HTTP/1.1\nHost: localhost\nContent-Type: application/json\n{rest}"


def _half_open(port: int) -> socket.socket:
    connection = _open(port, _asking("\n"))
    connection.shutdown(socket.SHUT_WR)
    return connection


def _reset(port: int) -> socket.socket:
    connection = _open(port, _asking("X-Cut: "))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    return connection


def _closed_at_once(port: int) -> socket.socket:
    connection = _open(port)
    connection.close()
    return connection


KINDS: Mapping[str, Callable[[int], socket.socket]] = {
    "silent": _open,
    "connection close, not closed": lambda port: _open(port, _asking("Connection: close\n\n")),
    "reader that stops": lambda port: _open(port, _asking("\n", LARGE_ANSWER), receive_bytes=4_096),
    "slow header": lambda port: _open(port, _asking("X-Slow: 1")),
    "slow body": lambda port: _open(port, _posting("Content-Length: 1000\n\n{")),
    "body that never comes": lambda port: _open(port, _posting("Content-Length: 1000\n\n")),
    "waits for 100 Continue": lambda port: _open(port, _posting("Content-Length: 9\nExpect: 100-continue\n\n")),
    "broken chunks": lambda port: _open(port, _posting("Transfer-Encoding: chunked\n\nzz\n{}\n")),
    "negative chunk": lambda port: _open(port, _posting("Transfer-Encoding: chunked\n\n-5\n{}\n")),
    "pipelining": lambda port: _open(port, _asking("\n") * 10),
    "pipelining without an end": lambda port: _open(port, _asking("\n", LARGE_ANSWER) * 100),
    "half open": _half_open,
    "reset": _reset,
    "closed at once": _closed_at_once,
}


def drip(connections: list[socket.socket]) -> None:
    """One more byte of each that still has a connection, as slow clients send them."""
    for connection in connections:
        with contextlib.suppress(OSError):
            connection.send(b"x", socket.MSG_DONTWAIT)
