"""A broker of Kafka for the tests, as `./pulse kafka` starts it: a folder and a port of its own, killed at will."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from deploy.processes.ports import free_port
from stream_server.kafka import broker
from stream_server.protocol.address import KafkaAddress

HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / ".pulse" / "kafka"  # kept from run to run, as the command keeps them
STOP_S = 30.0
_numbers = count()


class Broker:
    """A broker as a process."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port(HOST)
        self._command = broker.command(folder, broker.programs(PROGRAMS), HOST, self.port)
        self._log = folder / "broker.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def servers(self) -> str:
        """Its address."""
        return f"{HOST}:{self.port}"

    def start(self) -> None:
        """Start it, for the first time or again; clients wait for it by themselves."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process
        self._process.kill()
        self._process.wait(STOP_S)

    def new_address(self, partitions: int) -> KafkaAddress:
        """A topic that nobody has used."""
        return KafkaAddress(self.servers, f"test-{next(_numbers)}", partitions)


@contextmanager
def running_broker(folder: Path) -> Iterator[Broker]:
    """A broker that runs."""
    one = Broker(folder)
    one.start()
    try:
        yield one
    finally:
        one.kill()
        shutil.rmtree(folder, ignore_errors=True)
