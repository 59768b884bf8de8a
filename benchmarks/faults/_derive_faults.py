"""What is done to the derive process on purpose, and whether its tables are those of an undisturbed one."""

from __future__ import annotations

import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.base._growing_store import GrowingStore
from benchmarks.base._rounds import Played
from deploy.configuration.settings import Settings
from spark_app.commands.derive import make_folds
from spark_app.derived.runner import Runner
from spark_app.store.engine import BUSY_TIMEOUT_MS, connect
from tests.truth.tables import Rows, differences, tables_of

KILL, FULL, LOCKED, LOCKED_LONG = "kill -9", "disk full", "store locked", "store locked for longer than it waits"
FAULTS = (KILL, KILL, KILL, FULL, FULL, LOCKED, LOCKED, LOCKED_LONG)  # as often as each is drawn
FAULT_SHARE = 1 / 3  # of the steps of the growing store
LOOK_S, PATIENCE_S = 0.002, 120.0
NO_ROOM_BYTES = 4_096  # no file of the process may be longer: what SQLite then gets is what a full disk gives
DAY_H, STEP_H = 24, 0.25
STOPPED = (0, -signal.SIGTERM)  # the latter while it was still starting
HELD_S = (1.5, 3.5)  # a turn begins within a second, so the fault is there when it does


@dataclass
class DeriveRound:
    """What was done, when, and what came of it."""

    faults: list[tuple[str, int]] = field(default_factory=list)  # and the entries that the slowest fold had then
    midway: int = 0  # kills between the first fold's commit and the last one's
    starts: int = 0
    recovery_s: float = 0.0  # the longest time from a kill until everything is taken in
    wrong: list[str] = field(default_factory=list)


class Follower:
    """A derive process over `store`, started again when it died, as its supervisor does."""

    def __init__(self, store: GrowingStore) -> None:
        self.store, self.starts = store, 0
        self.names = [fold.name for fold in make_folds(Settings())]
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "spark_app.commands.derive", "--store", self.store.url]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.starts += 1

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def places(self) -> list[int]:
        """The entry that each fold goes on from."""
        states = self.store.fold_states()
        return [states.get(name, (0, 0))[0] for name in self.names]

    def wait_until(self, there: Callable[[list[int]], bool], within_s: float = PATIENCE_S) -> bool:
        """Whether `there(places)` came true in time; a process that ended is started again."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                self.start()
            if there(self.places()):
                return True
            time.sleep(LOOK_S)
        return False

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE_S)


class DeriveRounds:
    """Rounds with the entries of the store `source`, handed over a quarter of an hour at a time."""

    def __init__(self, source: Path) -> None:
        self._source, self._whole = source, dict[str, Rows]()

    def play(self, folder: Path, rng: random.Random) -> Played:
        folder.mkdir(parents=True)
        if not self._whole:
            self._whole = undisturbed(GrowingStore(folder / "whole.db", self._source))
        one = play(GrowingStore(folder / "store.db", self._source), STEP_H, self._whole, rng)
        faults = [(fault, f"entry {entry}") for fault, entry in one.faults]
        return Played(faults, one.starts, one.recovery_s, one.wrong)


def undisturbed(store: GrowingStore) -> dict[str, Rows]:
    """What the folds make of the whole store in one go."""
    for _ in store.grow(DAY_H):
        pass
    engine = connect(store.url)
    Runner(engine, make_folds(Settings())).catch_up()
    engine.dispose()
    return derived_rows(store.url)


def play(store: GrowingStore, step_h: float, whole: Mapping[str, Rows], rng: random.Random) -> DeriveRound:
    """One round: a fault at about every third step of the growing store; `whole` is what the tables have to be."""
    played, before, last = DeriveRound(), -1, -1
    follower = Follower(store)
    try:
        for _, last in store.grow(step_h):
            if rng.random() < FAULT_SHARE:
                strike(follower, rng.choice(FAULTS), before, last, rng, played)
            before = last
        if not follower.wait_until(lambda places: min(places) > last):
            played.wrong.append(f"it is at {follower.places()} and not behind {last}")
        if (code := follower.stop()) not in STOPPED:
            played.wrong.append(f"exit code {code}")
    finally:
        follower.kill()
    played.starts = follower.starts
    played.wrong += differences(derived_rows(store.url), whole)
    return played


def strike(follower: Follower, fault: str, before: int, last: int, rng: random.Random, played: DeriveRound) -> None:
    """Do `fault` to a process that has caught up, while it takes in the step of which `last` is the last entry."""
    follower.wait_until(lambda places: min(places) > before)
    played.faults.append((fault, min(follower.places())))
    if fault == KILL:
        through = rng.randint(1, len(follower.names))
        follower.wait_until(lambda places: sum(place > last for place in places) >= through)
        played.midway += min(follower.places()) <= last
        follower.kill()
        began = time.monotonic()
        follower.wait_until(lambda places: min(places) > last)  # up again: else the next fault would meet nobody
        played.recovery_s = max(played.recovery_s, time.monotonic() - began)
    elif fault == FULL:
        no_room(follower.process.pid, rng.uniform(*HELD_S))
    else:
        hold_lock(follower.store, rng.uniform(*HELD_S) + (BUSY_TIMEOUT_MS / 1_000 if fault == LOCKED_LONG else 0))


def no_room(pid: int, seconds: float) -> None:
    """No file of the process `pid` can grow for `seconds`."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (NO_ROOM_BYTES, before[1]))
    time.sleep(seconds)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)  # one that ended over it is still there until it is waited for


def hold_lock(store: GrowingStore, seconds: float) -> None:
    """Nobody else can write to `store` for `seconds`."""
    with closing(sqlite3.connect(store.path, timeout=PATIENCE_S, isolation_level=None)) as connection:
        connection.execute("begin immediate")
        time.sleep(seconds)
        connection.execute("rollback")


def derived_rows(url: str) -> dict[str, Rows]:
    """Every row that the folds wrote."""
    own = {table.name for fold in make_folds(Settings()) for table in fold.tables}
    engine = connect(url)
    rows = {name: rows for name, rows in tables_of(engine).items() if name in own}
    engine.dispose()
    return rows
