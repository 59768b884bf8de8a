"""Status mirror: copies the status of the log's server into the store, as the screens read nothing else.

Polls that change nothing make no entry, so without this a quiet hour would look like a dead collector.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from deploy.configuration.command_line import complain
from deploy.processes.whole_file import write_whole
from prim_client.messages import time_units
from spark_app.store.engine import StoreUnavailable, upsert
from spark_app.store.tables import status
from stream_server.protocol.address import LogAddress
from stream_server.protocol.reader import Refused
from stream_server.transport import open_reader

PERIOD_S = 1.0


def write_status(engine: Engine, part: str, value: Mapping[str, Any], at_us: int) -> None:
    """Write the last word of `part`."""
    row = {"part": part, "at_us": at_us, "value": json.dumps(value, sort_keys=True)}
    with engine.begin() as connection:
        upsert(connection, status, [row])


class Mirror(threading.Thread):
    """Copies the server's status every second; while the server is away nothing is written and its age shows."""

    def __init__(
        self,
        engine: Engine,
        log: LogAddress,
        own_word: Callable[[], Mapping[str, Any]],
        needed: Path | None = None,
    ) -> None:
        """`own_word()` is what the Spark application says of itself; `needed` is the file that tells the log's
        retention which entry is still to be read."""
        super().__init__(name="mirror", daemon=True)
        self._engine, self._own_word = engine, own_word
        self._client = open_reader(log, retry_s=0.0, timeout_s=5.0)
        self._needed = needed
        self._told = ""
        self._stop_asked = threading.Event()

    def run(self) -> None:
        while not self._stop_asked.wait(PERIOD_S):
            self._try_to_copy()

    def _try_to_copy(self) -> None:
        """A store that cannot be written now is the batch writer's to complain of; here the age shows it."""
        try:
            self.copy()
        except StoreUnavailable as error:
            if str(error) != self._told:
                complain(error)
            self._told = str(error)

    def copy(self) -> None:
        """One copy; a server that is away leaves its last word as it is."""
        now_us = time_units.now_us()
        word = self._own_word()
        write_status(self._engine, "spark", word, now_us)
        if self._needed:
            write_whole(self._needed, f"{word['needed_entry']}\n")
        try:
            write_status(self._engine, "log", self._client.status(), now_us)
        except (OSError, Refused):
            self._client.close()

    def stop(self) -> None:
        """End the thread after a last copy."""
        self._stop_asked.set()
        self.join()
        self._try_to_copy()
