"""`./pulse bench derive`: the derive process over weeks: its memory, what its folds remember, what their tables take.

    python -m benchmarks.derived.derive [RECORDING] [--days 7] [--store FILE] [--step-h 3]

A week of the simulated network, all modes, is replayed once (or `--store` names a SQLite store). Then a real derive
process runs beside a store that grows by a few hours at a time; its memory is read whenever it has caught up. Bars:
the last quarter within 5 % of the one before, and 1 MB for what a fold remembers.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import psutil

from benchmarks.base._growing_store import GrowingStore
from benchmarks.base._machine import machine, verdict
from benchmarks.base._processes import Usage
from benchmarks.speed.memory import DRIFT_BAR, HEAD, Memory, memory_of, replay, simulated
from deploy.configuration.settings import Settings
from spark_app.commands.derive import make_folds

STATE_BAR_MB = 1.0
LOOK_S = 0.02
PATIENCE_S = 300.0
HEADS = 40  # lines of the course of the memory that are printed, at most


@dataclass
class Course:
    """What was seen each time the process had caught up."""

    days: list[float] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    states: list[dict[str, int]] = field(default_factory=list)  # bytes by fold

    def memory(self) -> Memory:
        return memory_of("derive process", self.usage)


def run(store: GrowingStore, step_h: float, most_days: float) -> Course:
    """Let a derive process follow `store` while it grows, for at most so many days."""
    course, folds = Course(), [fold.name for fold in make_folds(Settings())]
    process = subprocess.Popen(
        [sys.executable, "-m", "spark_app.commands.derive", "--store", store.url], stdout=subprocess.DEVNULL
    )
    watched = psutil.Process(process.pid)
    try:
        for days, last in takewhile(lambda grown: grown[0] <= most_days, store.grow(step_h)):
            _wait(process, store, folds, last)
            course.days.append(days)
            course.usage.rss_mb.append(watched.memory_info().rss / 1e6)
            course.states.append({name: size for name, (_, size) in store.fold_states().items()})
        spent = watched.cpu_times()
        course.usage.cpu_s = spent.user + spent.system
    finally:
        process.terminate()
        process.wait()
    return course


def _wait(process: subprocess.Popen, store: GrowingStore, folds: Sequence[str], last: int) -> None:
    """Until every fold has taken in the entry `last`."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        at = {name: entry for name, (entry, _) in store.fold_states().items()}
        if all(at.get(name, 0) > last for name in folds):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the derive process is at {at} and not at {last} (exit code {process.poll()})")
        time.sleep(LOOK_S)


def derived_tables() -> list[str]:
    """The tables that the folds write."""
    return [table.name for fold in make_folds(Settings()) for table in fold.tables]


def report(course: Course, store: GrowingStore) -> list[tuple[str, bool]]:
    """Print what was seen; returns the bars."""
    print("\n| day | MB | " + " | ".join(f"{name} kB" for name in course.states[-1]) + " |")
    print("|---" * (2 + len(course.states[-1])) + "|")
    for days, mb, states in list(zip(course.days, course.usage.rss_mb, course.states, strict=True))[
        :: -(-len(course.days) // HEADS)
    ]:
        print(f"| {days:.1f} | {mb:.0f} | " + " | ".join(f"{size / 1e3:.0f}" for size in states.values()) + " |")
    m = course.memory()
    print(f"{HEAD}\n{m.row()}")
    days = course.days[-1]
    sizes = store.table_mb()
    own = {name: sizes.get(name, 0.0) / days for name in derived_tables()}
    print("\n| derived table | MB a day |\n|---|---|")
    for name, mb in sorted(own.items(), key=lambda item: -item[1]):
        print(f"| {name} | {mb:.3f} |")
    print(f"| all derived tables | {sum(own.values()):.2f} |")
    largest = max(max(states.values()) for states in course.states) / 1e6
    return [
        (f"{m.role}: flat within 5 % over the last half", abs(m.drift) <= DRIFT_BAR),
        (f"a fold remembers 1 MB at most ({largest:.2f})", largest <= STATE_BAR_MB),
    ]


def main(argv: Sequence[str]) -> int:
    """Measure what `argv` asks for; 0 if every bar was held."""
    options = _arguments(argv)
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = options.store or _replayed(options.recording or simulated(options.days, folder), folder)
        store = GrowingStore(folder / "growing.db", source)
        bars = report(run(store, options.step_h, options.days), store)
    for bar, held in bars:
        print(verdict(bar, held))
    return 0 if all(held for _, held in bars) else 1


def _replayed(recording: Path, folder: Path) -> Path:
    """The store of a replay in `folder`."""
    replay(recording, folder)
    return next(folder.glob("replays/*/store.db"))


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse bench derive", description=__doc__.splitlines()[0])
    parser.add_argument("recording", type=Path, nargs="?", help="default: days of the simulated network, all modes")
    parser.add_argument("--days", type=float, default=7, help="at most so many (7)")
    parser.add_argument("--store", type=Path, help="a SQLite store to take the entries from, instead of a replay")
    parser.add_argument("--step-h", type=float, default=3, help="hours handed over at once (3)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
