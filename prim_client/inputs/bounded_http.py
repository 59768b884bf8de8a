"""A session of `requests` whose answers are bounded in bytes and time on the wire, head and body together.

`requests` limits each single wait, and its callers the body that it hands over. What lies between has no limit in
the libraries below: interim answers (100 Continue), the line of a chunk's size, the trailers behind the last chunk.
Here every read of a response goes through one counter.
"""

from __future__ import annotations

import http.client
import io
import time
from typing import Any

import requests
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

HEAD_MAX_BYTES = 2**20  # on top of the body: status lines, headers, chunk sizes
LINE_MAX_BYTES = 65_536  # what http.client allows for a header


class TooMuch(http.client.HTTPException):
    """An answer over one of its limits; the message says which."""


def bounded_session(max_bytes: int, timeout_s: float) -> requests.Session:
    """A session whose answers end with TooMuch after `max_bytes` on the wire, or `timeout_s` after the request."""
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(max_bytes + HEAD_MAX_BYTES, timeout_s))
    return session


class _Adapter(requests.adapters.HTTPAdapter):
    def __init__(self, max_bytes: int, timeout_s: float) -> None:
        self._pools = _pool_classes(max_bytes, timeout_s)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pool_classes(max_bytes: int, timeout_s: float) -> dict[str, type]:
    class Response(http.client.HTTPResponse):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.fp: Any = _BoundedReader(self.fp, max_bytes, timeout_s)

    class Plain(HTTPConnection):
        response_class = Response

    class Tls(HTTPSConnection):
        response_class = Response

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}


class _BoundedReader:
    """The file of a response: what http.client and urllib3 call of it. No call waits for more than one piece at a time,
    so that a server that sends a byte now and then meets the limit, too."""

    def __init__(self, file: io.BufferedReader, max_bytes: int, timeout_s: float) -> None:
        self._file = file
        self._left_bytes = max_bytes
        self._timeout_s = timeout_s
        self._deadline_s = time.monotonic() + timeout_s

    def readline(self, limit: int = -1) -> bytes:
        most, line = (LINE_MAX_BYTES + 1 if limit < 0 else limit), bytearray()
        while len(line) < most and not line.endswith(b"\n") and (there := self._file.peek(1)):
            size = min(there.find(b"\n") + 1 or len(there), most - len(line))
            line += self.read1(size)
        if limit < 0 and len(line) > LINE_MAX_BYTES:
            raise TooMuch(f"a line of more than {LINE_MAX_BYTES} bytes")
        return bytes(line)

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            size = self._left_bytes + 1
        content = bytearray()
        while len(content) < size and (piece := self.read1(size - len(content))):
            content += piece
        return bytes(content)

    def read1(self, size: int = -1) -> bytes:
        content = self._file.read1(size)
        self._count(len(content))
        return content

    def readinto(self, buffer: memoryview) -> int:
        count = self._file.readinto(buffer)
        self._count(count)
        return count

    def peek(self, size: int = 0) -> bytes:
        return self._file.peek(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def _count(self, count: int) -> None:
        self._left_bytes -= count
        if self._left_bytes < 0:
            raise TooMuch("more bytes than any answer has")
        if time.monotonic() > self._deadline_s:
            raise TooMuch(f"no end in {self._timeout_s:g} s")
