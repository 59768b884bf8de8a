"""Ports of this machine: which are free, and who listens."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    with socket.create_server((host, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def listens(host: str, port: int) -> Callable[[], bool]:
    """A `ready` for a part that serves on `host:port`."""

    def ready() -> bool:
        try:
            with socket.create_connection((host, port), timeout=0.5):
                return True
        except OSError:
            return False  # not yet: the supervisor asks again until ready_wait_s

    return ready


def free_port_or_sentence(host: str, port: int, setting: str) -> str | None:
    """None if `host:port` can be listened on, else why not and which `setting` of the configuration to change."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: TIME_WAIT is free
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            reason = "is taken by another process" if taken else f"cannot be used ({error.strerror})"
            return f"{host}:{port} {reason}: stop what uses it or change {setting}"
    return None
