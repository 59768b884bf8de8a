"""The protocol for reading the log: what every transport offers, whatever lies between the log and its reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, Self


class Refused(Exception):
    """The log answered, and not with what was asked for; the message is its reason."""


class Busy(ConnectionError):
    """The server has no place for this client now, or gave it to another; it is tried again like one that is away."""


class LogReader(Protocol):
    """Reads a log by entry numbers, over any transport. Not for two threads at once.

    Every method raises OSError when the log stays away for too long, and Refused when it says no.
    """

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def last(self) -> tuple[int, int]:
        """(first, end): the log holds the entries first .. end-1."""
        ...

    def locate(self, entry: int) -> tuple[int, ...]:
        """Where the transport keeps `entry`, to be handed to `read` by whoever reads from there on; () if it knows
        without. It may be the end of the log."""
        ...

    def read(self, start: int, stop: int, at: tuple[int, ...] = ()) -> Iterator[bytes]:
        """The lines (without newline) of the entries start .. stop-1, each once and in order.

        `at`: what `locate(start)` said, maybe in another process. Raises also ValueError if what comes is not what
        was asked for.
        """
        ...

    def status(self) -> dict[str, Any]:
        """The books of the log."""
        ...

    def close(self) -> None:
        """Give the connection back; the next request makes a new one."""
        ...
