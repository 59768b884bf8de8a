"""`./pulse rebuild` killed at random instants, on each kind of store, and run again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.base._rounds import Played
from benchmarks.faults._fault_ground import Ground
from spark_app.store.engine import sqlite_url
from spark_app.store.tables import entry
from tests.truth.rebuilds import Rebuild, copy_store, everything_of
from tests.truth.tables import Rows, differences

LATE = 1.05  # of the time of an undisturbed one: some kills come when it is over


class Rebuilds:
    """Rounds on one kind of store; `new_url` makes a new database, None: a SQLite file beside the log."""

    def __init__(self, ground: Ground, new_url: Callable[[], str] | None) -> None:
        self._ground, self._new_url = ground, new_url
        self._whole: dict[str, Rows] = {}
        self._seconds = 0.0

    def play(self, folder: Path, rng: random.Random) -> Played:
        """One round: one or two kills at uniform instants, then one go to the end."""
        if not self._whole:
            self._measure(folder.with_name("undisturbed-" + folder.name))
        rebuild, played = self._start_from(folder), Played()
        for _ in range(rng.choice((1, 1, 2))):
            self._kill(rebuild, rng.uniform(0, self._seconds * LATE), played)
        began = time.monotonic()
        code, said = rebuild.run()
        played.starts, played.recovery_s = played.starts + 1, time.monotonic() - began
        played.wrong += (
            differences(everything_of(rebuild.store_url), self._whole)
            if code == 0
            else [f"exit code {code}: {said[-300:]}"]
        )
        played.wrong += [f"left behind: {name}" for name in rebuild.leftovers()]
        return played

    def _kill(self, rebuild: Rebuild, after_s: float, played: Played) -> None:
        began = time.monotonic()
        played.starts += 1
        if not rebuild.start().kill_when(lambda: time.monotonic() - began > after_s):
            return
        played.kills.append(("rebuild", f"{after_s:.1f} s, {rebuild.rows_of(entry)} entries made"))
        if self._new_url is None:
            played.wrong += [
                f"after the kill: {sentence}" for sentence in differences(everything_of(rebuild.store_url), self._whole)
            ]

    def _measure(self, folder: Path) -> None:
        rebuild, began = self._start_from(folder), time.monotonic()
        code, said = rebuild.run()
        if code:
            raise SystemExit(f"the undisturbed rebuild failed: {said}")
        self._seconds, self._whole = time.monotonic() - began, everything_of(rebuild.store_url)

    def _start_from(self, folder: Path) -> Rebuild:
        pipeline = self._ground.copy_to(folder)
        if self._new_url is None:
            return Rebuild(pipeline)
        url = self._new_url()
        copy_store(sqlite_url(pipeline / "store.db"), url)
        return Rebuild(pipeline, url)
