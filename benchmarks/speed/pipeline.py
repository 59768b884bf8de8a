"""`./pulse bench pipeline RECORDING`: how fast a recording is replayed, and how much the stream takes at its best.

    python -m benchmarks.speed.pipeline RECORDING [--runs 3] [--cores 1 2] [--times-the-peak 1000]

Replay: the whole recording, fresh each time, with each number of cores: seconds by stage (medians; the stages of the
Spark application run beside the collector), the same sha256 each time. Bar: 90 s with two cores.
Throughput: a log with so many times the busiest hour of the real rail recording (36 new messages), each an hour's half
alive and repeated at each tick, is served and taken in: from the start of the first micro-batch to the last commit.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.base._machine import figure, machine, verdict
from benchmarks.base._made_log import SOURCE, busy_entries, simulated_disruptions, write_log
from benchmarks.base._processes import Watch
from benchmarks.base._settings import own_settings
from deploy.configuration.settings import load
from deploy.processes.environment import python
from deploy.processes.ports import free_port
from spark_app.store.engine import connect, next_entry, read_book, sqlite_url

REPLAY_BAR_S, GOAL_S = 90.0, 45.0
PEAK_PER_HOUR = 36  # new messages in the busiest hour of the rail recording of 2024
LIFE, HOURS = timedelta(minutes=30), 1.0
STAGES = ("start_spark", "enrich", "fold_and_store", "hash", "total")


def replays(recording: Path, cores: int, runs: int) -> list[dict[str, Any]]:
    """The results of `runs` fresh replays."""
    results = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            config = own_settings(Path(folder), cores=cores)
            command = python("spark_app.replay.command", str(recording), "--fresh", "--json", "--config", str(config))
            results.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return results


def report_replays(recording: Path, cores_list: Sequence[int], runs: int) -> list[bool]:
    """Print the replays; returns which bars were held."""
    hashes, bars = set(), []
    for cores in cores_list:
        results = replays(recording, cores, runs)
        hashes |= {result["sha256"] for result in results}
        polls = results[0]["polls"]["received"]
        print(f"\nreplay of {polls:,} polls with {cores} cores, {runs} runs")
        for stage in STAGES:
            print("  " + figure(stage, [result["seconds"][stage] for result in results], "s"))
        total_s = statistics.median(result["seconds"]["total"] for result in results)
        if cores == 2:
            print(f"  goal {GOAL_S:g} s: {'reached' if total_s <= GOAL_S else 'not reached'}")
            bars.append(total_s <= REPLAY_BAR_S)
            print("  " + verdict(f"replay within {REPLAY_BAR_S:g} s", bars[-1]))
    print(f"\nsha256 {', '.join(sorted(hashes))}")
    bars.append(len(hashes) == 1)
    print(verdict("the same windows each time", bars[-1]))
    return bars


def report_throughput(times: float) -> bool:
    """Print what the stream takes of a log at `times` the real peak; whether all of it is stored."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = load(own_settings(folder))
        tick = timedelta(seconds=config.differ.tick_s)
        made = busy_entries(HOURS, PEAK_PER_HOUR * times, LIFE, tick, simulated_disruptions())
        entries, messages = write_log(folder / "log.db", made)
        print(
            f"\n{times:g} times the peak: {PEAK_PER_HOUR * times:,.0f} new an hour, {messages:,} messages in "
            f"{entries} entries, "
            f"log {(folder / 'log.db').stat().st_size / 1e6:.1f} MB"
        )
        watch, seconds = _take_in(folder)
        engine = connect(sqlite_url(folder / "store.db"))
        with engine.connect() as connection:
            book, stored = read_book(connection), next_entry(connection)
        engine.dispose()
    took_s = seconds["enrich"] + seconds["fold_and_store"]
    print(
        "  "
        + figure(
            "micro-batches",
            [took_s],
            f"s (enrich {seconds['enrich']:.1f}, fold and store {seconds['fold_and_store']:.1f})",
        )
    )
    print("  " + figure("messages", [book["stored"] / took_s], "messages/s"))
    print("  " + figure("hits", [book["hits"] / took_s], "hits/s"))
    for role, usage in watch.usage.items():
        eighths = [
            max(usage.rss_mb[len(usage.rss_mb) * i // 8 : len(usage.rss_mb) * (i + 1) // 8] or [0]) for i in range(8)
        ]
        print(
            f"  {role:16} MB over time "
            + " ".join(f"{mb:5.0f}" for mb in eighths)
            + f"   processor {usage.cpu_s:.1f} s"
        )
    held = (book["stored"], stored) == (messages, entries)
    print("  " + verdict(f"all {messages:,} messages are stored", held))
    return held


def _take_in(folder: Path) -> tuple[Watch, dict[str, float]]:
    """Serve the log in `folder` and run the Spark application over all of it."""
    port = free_port("127.0.0.1")
    server = subprocess.Popen(
        python("stream_server.serve_log", "--log", str(folder / "log.db"), "--port", str(port)), stdout=sys.stderr
    )
    measured = folder / "measured.json"
    options = [
        "--port",
        str(port),
        "--state",
        str(folder),
        "--store",
        sqlite_url(folder / "store.db"),
        "--source",
        SOURCE,
        "--until",
        "log",
        "--measure",
        str(measured),
        "--config",
        str(folder / "config.yaml"),
    ]
    try:
        process = subprocess.Popen(python("spark_app.commands.app", *options), stdout=sys.stderr)
        with Watch(process.pid, own=True) as watch:
            code = process.wait()
    finally:
        server.terminate()
        server.wait(30)
    if code:
        raise SystemExit(f"the Spark application ended with code {code}")
    return watch, json.loads(measured.read_text())["seconds"]


def main(argv: Sequence[str]) -> int:
    """Measure what `argv` asks for; 0 if every bar was held."""
    options = _arguments(argv)
    print(machine())
    began = time.monotonic()
    bars = report_replays(options.recording, options.cores, options.runs) if options.runs else []
    if options.times_the_peak:
        bars.append(report_throughput(options.times_the_peak))
    print(f"\nmeasured in {time.monotonic() - began:.0f} s")
    return 0 if all(bars) else 1


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse bench pipeline", description=__doc__.splitlines()[0])
    parser.add_argument("recording", type=Path, help="a recording, as `./pulse replay` takes it")
    parser.add_argument("--runs", type=int, default=3, help="replays with each number of cores; 0: none (3)")
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2], help="numbers of cores (1 2)")
    parser.add_argument("--times-the-peak", type=float, default=1_000, help="of the throughput; 0: not measured (1000)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
