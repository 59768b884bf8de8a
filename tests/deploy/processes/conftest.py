"""Supervisors that end with their test, and the socket that their programs call."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deploy.processes.supervised import PATIENCE_S, Supervisor


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[[str], Supervisor]]:
    started = []

    def start(driver: str) -> Supervisor:
        started.append(Supervisor(driver, tmp_path))
        return started[-1]

    yield start
    for one in started:
        one.stop()
        one.watchdog.cancel()


@pytest.fixture
def guest_book() -> Iterator[socket.socket]:
    """A listening socket: a program that called it is alive until the connection ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_S)
        yield listener
