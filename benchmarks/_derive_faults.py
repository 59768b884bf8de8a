"""What is done to the derive process on purpose, and whether its tables are those of an undisturbed one."""

from __future__ import annotations

import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks._growing_store import GrowingStore
from prim_client.settings import Settings
from spark_app.derive import make_folds
from spark_app.derived import Runner
from spark_app.store import BUSY_TIMEOUT_MS, connect
from tests.truth.tables import Rows, differences, tables_of

KILL, FULL, LOCKED, LOCKED_LONG = "kill -9", "disk full", "store locked", "store locked for longer than it waits"
FAULTS = (KILL, KILL, KILL, FULL, FULL, LOCKED, LOCKED, LOCKED_LONG)  # as often as each is drawn
FAULT_SHARE = 1 / 3  # of the steps of the growing store
LOOK_S, PATIENCE_S = 0.002, 120.0
NO_ROOM_BYTES = 4_096  # no file of the process may be longer: what SQLite then gets is what a full disk gives
DAY_H = 24
STOPPED = (0, -signal.SIGTERM)  # the latter while it was still starting
HELD_S = (1.5, 3.5)  # a turn begins within a second, so the fault is there when it does


@dataclass
class DeriveRound:
    """What was done, when, and what came of it."""

    faults: list[tuple[str, int]] = field(default_factory=list)  # and the entries that the slowest fold had then
    midway: int = 0  # kills between the first fold's commit and the last one's
    starts: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Follower:
    """A derive process over `store`, started again when it died, as its supervisor does."""

    def __init__(self, store: GrowingStore) -> None:
        self.store, self.starts = store, 0
        self.names = [fold.name for fold in make_folds(Settings())]
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "spark_app.derive", "--store", self.store.url]
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


def campaign(source: Path, rounds: int, seed: int, step_h: float, home: Path) -> list[DeriveRound]:
    """`rounds` with the entries of the store `source`, each with files of its own in `home`; prints each as it ends."""
    whole, rng, played = undisturbed(GrowingStore(home / "whole.db", source)), random.Random(seed), []
    for number in range(1, rounds + 1):
        path = home / f"derive-{number}.db"
        played.append(play(GrowingStore(path, source), step_h, whole, rng))
        print(row(number, played[-1]), flush=True)
        if not played[-1].wrong:
            path.unlink()
    return played


def undisturbed(store: GrowingStore) -> dict[str, Rows]:
    """What the folds make of the whole store in one go."""
    for _ in store.grow(DAY_H):
        pass
    engine = connect(store.url)
    Runner(engine, make_folds(Settings())).catch_up()
    engine.dispose()
    return derived_rows(store.url)


def row(number: int, one: DeriveRound) -> str:
    """A round as a line of a table."""
    faults = ", ".join(f"{fault} at {entry}" for fault, entry in one.faults)
    verdict = "; ".join(one.wrong) or "the same"
    return f"| {number} | {faults or 'none'} | {one.starts} | {one.seconds:.1f} | {verdict} |"


def as_markdown(played: Sequence[DeriveRound]) -> list[str]:
    """The lines of a report."""
    done = [fault for one in played for fault, _ in one.faults]
    wrong, midway = sum(bool(one.wrong) for one in played), sum(one.midway for one in played)
    return [
        "## The derive process", "",
        "The same entries in a store that grows while a real derive process follows it; the process is started again when "
        "it ends. A *full disk* is a limit on the size of its files, a *locked store* another writer that does not let go.", "",
        "Faults: " + ", ".join(f"{done.count(fault)} × {fault}" for fault in dict.fromkeys(FAULTS))
        + f"; {midway} of the kills when some folds had taken a step in and others not. "
        f"Rounds whose tables differ: **{wrong} of {len(played)}**.", "",
        "Compared is every row of every table that the folds write.", "",
        "| round | done, at entry | starts of the process | seconds | tables |", "|---|---|---|---|---|",
        *[row(number, one) for number, one in enumerate(played, 1)], "",
    ]  # fmt: skip


def play(store: GrowingStore, step_h: float, whole: Mapping[str, Rows], rng: random.Random) -> DeriveRound:
    """One round: a fault at about every third step of the growing store; `whole` is what the tables have to be."""
    played, began, before, last = DeriveRound(), time.monotonic(), -1, -1
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
    played.starts, played.seconds = follower.starts, time.monotonic() - began
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
        follower.wait_until(lambda places: min(places) > last)  # up again: else the next fault would meet nobody
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
