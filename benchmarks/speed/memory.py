"""`./pulse bench memory`: what a week of all modes takes: memory of each process, size of log and store.

    python -m benchmarks.speed.memory [RECORDING] [--days 7]

Without a recording the simulated network's is made first. It is replayed once, with the configuration of today and
files of its own. Per process, memory (RSS) is sampled every half second; the last half of the run is compared with
itself: its last quarter against the one before (bar: within 5 %). A day of log and store takes 60 MB at most.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.base._machine import machine, verdict
from benchmarks.base._processes import Usage, Watch
from benchmarks.base._settings import own_settings

DRIFT_BAR, DAY_BAR_MB = 0.05, 60.0
HEAD = (
    "\n| process | first half MB | third quarter MB | last quarter MB | drift | peak MB | processor s |\n"
    + "|---" * 7
    + "|"
)
ENDING = 0.03  # of the samples at the end: the processes stop there


@dataclass(frozen=True)
class Memory:
    """One role over a run, in MB."""

    role: str
    first_half: float  # medians
    third_quarter: float
    last_quarter: float
    peak: float
    cpu_s: float

    @property
    def drift(self) -> float:
        """How much the last quarter is above the one before, relative."""
        return self.last_quarter / self.third_quarter - 1

    def row(self) -> str:
        """Its line under `HEAD`."""
        return (
            f"| {self.role} | {self.first_half:.0f} | {self.third_quarter:.0f} | {self.last_quarter:.0f} "
            f"| {self.drift:+.1%} | {self.peak:.0f} | {self.cpu_s:.0f} |"
        )


def memory_of(role: str, usage: Usage) -> Memory:
    """The medians of a role's samples while it ran."""
    alive = [mb for mb in usage.rss_mb if mb > 0]
    alive = alive[: max(4, round(len(alive) * (1 - ENDING)))]
    half, three = len(alive) // 2, len(alive) * 3 // 4
    first, third, last = (statistics.median(part) for part in (alive[:half], alive[half:three], alive[three:]))
    return Memory(role, first, third, last, max(alive), usage.cpu_s)


def replay(recording: Path, folder: Path) -> tuple[dict[str, Any], Watch]:
    """Replay `recording` with its files in `folder`; returns its result and what its processes took."""
    command = [sys.executable, "-m", "spark_app.replay.command", str(recording), "--fresh", "--json", "--config"]
    process = subprocess.Popen([*command, str(own_settings(folder))], stdout=subprocess.PIPE, text=True)
    with Watch(process.pid) as watch:
        out = process.communicate()[0]
    if process.returncode:
        raise SystemExit(f"the replay of {recording} failed with code {process.returncode}")
    return json.loads(out), watch


def sizes_mb(folder: Path) -> dict[str, float]:
    """Size of the log and of the store that a replay left in `folder`."""
    found = {name: list(folder.glob(f"replays/*/{name}.db*")) for name in ("log", "store")}
    return {name: sum(path.stat().st_size for path in paths) / 1e6 for name, paths in found.items()}


def main(argv: Sequence[str]) -> int:
    """Measure what `argv` asks for; 0 if every bar was held."""
    options = _arguments(argv)
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recording = options.recording or simulated(options.days, folder)
        result, watch = replay(recording, folder)
        sizes = sizes_mb(folder)
    days = result["ticks"]["expected"] / 288
    messages = sum(result["messages"].values())
    print(
        f"{days:.1f} days, {result['polls']['received']:,} polls, {messages:,} messages, {result['hits']:,} hits, "
        f"{result['windows']:,} window rows, {result['seconds']['total']:.0f} s, sha256 {result['sha256']}"
    )
    print(HEAD)
    rows = [memory_of(role, usage) for role, usage in watch.usage.items()]
    print("\n".join(m.row() for m in rows))
    day_mb = sum(sizes.values()) / days
    print(f"\nlog {sizes['log'] / days:.1f} + store {sizes['store'] / days:.1f} = {day_mb:.1f} MB a day")
    bars = [(f"{m.role}: flat within 5 % over the last half", abs(m.drift) <= DRIFT_BAR) for m in rows]
    bars.append(("a day of log and store takes 60 MB at most", day_mb <= DAY_BAR_MB))
    for bar, held in bars:
        print(verdict(bar, held))
    return 0 if all(held for _, held in bars) else 1


def simulated(days: float, folder: Path) -> Path:
    """A recording of the simulated network in `folder`."""
    recording = folder / "simulated.tar.zst"
    command = [sys.executable, "-m", "prim_client.simulator", "record", "--days", str(days), "--out", str(recording)]
    subprocess.run(command, check=True, stdout=sys.stderr)
    return recording


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse bench memory", description=__doc__.splitlines()[0])
    parser.add_argument("recording", type=Path, nargs="?", help="default: days of the simulated network, all modes")
    parser.add_argument("--days", type=float, default=7, help="of the simulated network (7)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
