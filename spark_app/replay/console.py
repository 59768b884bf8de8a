"""Console output of `./pulse replay`: a progress bar, and the last lines of a part that failed."""

from __future__ import annotations

import sys
import threading
from typing import Any, NoReturn, Self

from sqlalchemy import Engine
from tqdm import tqdm

from deploy.processes.environment import NOTE
from spark_app.store.engine import StoreUnavailable, next_entry
from stream_server.protocol.address import LogAddress
from stream_server.protocol.reader import Refused
from stream_server.transport import open_reader

PROGRESS_S = 0.25


class Progress:
    """A bar over the log's entries: what is stored against what is collected so far."""

    def __init__(self, engine: Engine, log: LogAddress, shown_: bool) -> None:
        self._engine = engine
        self._client = open_reader(log, retry_s=0.0, timeout_s=5.0)
        self._shown, self._ended = shown_, threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        if self._shown:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._shown:
            self._thread.join(timeout=5)

    def _follow(self) -> None:
        bar = tqdm(
            unit=" polls",
            desc="starting",
            bar_format="{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt}{unit} {elapsed}",
        )
        with bar:
            while not self._ended.wait(PROGRESS_S):
                try:
                    self._draw(bar, self._client.status())
                except (OSError, Refused, StoreUnavailable):
                    self._client.close()  # not there yet, or between two starts

    def _draw(self, bar: tqdm[NoReturn], books: dict[str, Any]) -> None:
        received, total = books["polls"]["received"], books.get("input_total") or 0
        with self._engine.connect() as connection:
            stored = next_entry(connection) or 0
        collected = books["last"] or 1
        bar.total = max(total, received)
        bar.n = round(received * stored / collected)  # a poll is done when its entries are in the store
        bar.set_description("storing" if books["input_done"] else "replaying", refresh=False)
        bar.refresh()


class Console:
    """Keeps the parts' output; shows it as it comes if asked, else only notes, and the rest when the run failed."""

    def __init__(self, verbose: bool) -> None:
        self._verbose, self._lines = verbose, list[str]()

    def __call__(self, line: str) -> None:
        if self._verbose:
            tqdm.write(line, file=sys.stderr)
        elif (at := line.find(NOTE)) >= 0:
            tqdm.write(line[at:], file=sys.stderr)
        self._lines = [*self._lines[-40:], line]

    def last_words(self) -> bool:
        """Show what the parts complained of, or else their last lines, if they were not shown as they came.

        Returns whether they complained: else nobody has said yet what to do.
        """
        told = [line.split("pulse: ", 1)[1] for line in self._lines if "| pulse: " in line and NOTE not in line]
        if not self._verbose:
            print(
                "\n".join(f"pulse: {t}" for t in dict.fromkeys(told)) or "\n".join(self._lines[-12:]), file=sys.stderr
            )
        return bool(told)
