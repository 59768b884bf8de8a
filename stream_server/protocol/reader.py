"""The protocol for reading the log: what every transport offers, and the one place that opens a reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, Self

from stream_server.protocol.client import Client


class LogReader(Protocol):
    """Reads a log by entry numbers, over any transport. Not for two threads at once."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def last(self) -> tuple[int, int]:
        """(first, end): the log holds the entries first .. end-1."""
        ...

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """The lines (without newline) of the entries start .. stop-1, each once and in order."""
        ...

    def status(self) -> dict[str, Any]:
        """The books of the log."""
        ...

    def close(self) -> None:
        """Give the connection back; the next request makes a new one."""
        ...


def open_reader(
    host: str,
    port: int,
    retry_s: float = 30.0,
    timeout_s: float = 120.0,
    gives_up: Callable[[], bool] = lambda: False,
    token_file: Path | None = None,
) -> LogReader:
    """A reader of the log; the arguments are those of `Client`."""
    return Client(host, port, retry_s, timeout_s, gives_up, token_file)
