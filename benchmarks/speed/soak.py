"""`./pulse bench soak`: a simulated day through the whole pipeline at 60 times real time, watched for leaks.

    python -m benchmarks.speed.soak [--hours 24] [--speed 60] [--write FILE]

The parts of `./pulse up` run under its supervisor, with a reader that asks for the page all the time. Every few
seconds the memory, open files and threads of each part are sampled, and the disk that the data folder takes without
log, store and archive, which are meant to grow. The first quarter is warm-up. Bars: over the rest, a straight line
through the samples grows by 5 % at most (memory), by one or 3 % (files, threads), by 5 MB (scratch files); the books
balance at the end.

Two figures are taken so that they tell of leaks and of nothing else. Files and threads are those at rest, the fewest of
two minutes: the archive's library has a thread for each commit that it reads, for ten seconds of each minute. A JVM
fills its heap before it collects garbage, so its bar is for the heap that is alive after a collection, which `jcmd`
asks for once a minute; its memory is shown beside it.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import psutil

from benchmarks.base._machine import machine, verdict
from benchmarks.base._processes import role_of
from benchmarks.base._settings import own_settings
from deploy.configuration.settings import Settings, load
from deploy.processes.environment import pass_on, python
from deploy.processes.ports import free_port
from deploy.processes.supervisor import Part
from deploy.up import make_parts

PERIOD_S = 5.0
REST_SAMPLES = 24  # two minutes
HEAP_SAMPLES = 12  # a minute
JVM = "JVM"
SETTLE_S = 20.0  # after the last poll, for the folds
MEMORY_BAR, COUNT_BAR, SCRATCH_BAR_MB = 0.05, 0.03, 5.0
KEPT = ("log.db", "store.db", "archive", "quota.sqlite")  # what grows on purpose
PATHS = ("/", "/version", "/health", "/api/v1/clusters", "/api/v1/books")
HEAD = "\n| part | memory MB, median | growth | open files | growth | threads | growth |\n" + "|---" * 7 + "|"


@dataclass(frozen=True)
class Sample:
    """One look at the processes of a part."""

    at_s: float
    rss_mb: float
    files: int
    threads: int


class Watcher(threading.Thread):
    """Samples each part below the process `pid`, and the scratch files in `folder`, until stopped."""

    def __init__(self, pid: int, folder: Path) -> None:
        super().__init__(daemon=True)
        self._root, self._folder, self._ended = psutil.Process(pid), folder, threading.Event()
        self.samples: dict[str, list[Sample]] = defaultdict(list)
        self.scratch_mb: list[tuple[float, float]] = []
        self.heap_mb: list[tuple[float, float]] = []  # of the JVM, alive after a collection

    def run(self) -> None:
        began_s = time.monotonic()
        while not self._ended.wait(PERIOD_S):
            at_s = time.monotonic() - began_s
            for role, sample in self._parts(at_s).items():
                self.samples[role].append(sample)
            self.scratch_mb.append((at_s, scratch_mb(self._folder)))
            if len(self.scratch_mb) % HEAP_SAMPLES == 0:
                self.heap_mb += [(at_s, live) for live in self._live_heaps_mb()]

    def stop(self) -> None:
        """End sampling and wait for it."""
        self._ended.set()
        self.join()

    def _live_heaps_mb(self) -> list[float]:
        """Of the JVM, where it runs and has a `jcmd` beside it."""
        found = (live_heap_mb(process) for process in self._root.children(recursive=True))
        return [live for live in found if live is not None]

    def _parts(self, at_s: float) -> dict[str, Sample]:
        found: dict[str, Sample] = {}
        for process in self._root.children(recursive=True):
            try:
                role = role_of(process.cmdline())
                one = Sample(at_s, process.memory_info().rss / 1e6, process.num_fds(), process.num_threads())
            except psutil.Error:
                continue  # it ended while we looked
            if role:
                known = found.get(role, Sample(at_s, 0.0, 0, 0))
                found[role] = Sample(
                    at_s, known.rss_mb + one.rss_mb, known.files + one.files, known.threads + one.threads
                )
        return found


def live_heap_mb(process: psutil.Process) -> float | None:
    """What the heap of a JVM of Spark's holds after a collection; None for another process, or without `jcmd`."""
    try:
        jcmd = Path(process.exe()).with_name("jcmd")
        if role_of(process.cmdline()) != JVM or not jcmd.exists():
            return None
    except psutil.Error:
        return None
    ask = [str(jcmd), str(process.pid)]
    subprocess.run([*ask, "GC.run"], capture_output=True, check=False)
    told = subprocess.run([*ask, "GC.heap_info"], capture_output=True, text=True, check=False).stdout
    used_k = [int(k) for k in re.findall(r"(?:generation|heap) +total \d+K, used (\d+)K", told)]
    return sum(used_k) / 1_024 if used_k else None


def at_rest(values: Sequence[float]) -> list[float]:
    """For each value the least of the stretch of REST_SAMPLES that it lies in."""
    stretches = (values[i : i + REST_SAMPLES] for i in range(0, len(values), REST_SAMPLES))
    return [float(min(stretch)) for stretch in stretches for _ in stretch]


def scratch_mb(folder: Path) -> float:
    """Size of all files below `folder` but those that grow on purpose."""
    total = 0
    for path in folder.rglob("*"):
        if not any(part.startswith(KEPT) for part in path.relative_to(folder).parts):
            try:
                total += path.stat().st_size if path.is_file() else 0
            except FileNotFoundError:
                continue
    return total / 1e6


def growth(at_s: Sequence[float], values: Sequence[float]) -> float:
    """How much a straight line through the last three quarters of the samples rises over them."""
    begin = len(values) // 4
    x, y = np.array(at_s[begin:], float), np.array(values[begin:], float)
    slope = np.polyfit(x, y, 1)[0]
    return float(slope * (x[-1] - x[0]))


def read_pages(port: int, ended: threading.Event, failures: list[str]) -> None:
    """One reader who never stops asking; what fails is kept."""
    while not ended.wait(0.5):
        for path in PATHS:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
                    answer.read()
            except urllib.error.HTTPError as error:
                if error.code not in (404, 503):  # no window yet; /health of old data
                    failures.append(f"{path}: {error}")
            except (OSError, http.client.HTTPException) as error:
                failures.append(f"{path}: {error}")


def soak_parts(settings: Settings, folder: Path, speed: float, hours: float) -> list[Part]:
    """The parts of `./pulse up` with the fast clock in place of the wall clock."""
    log = ["--log", str(folder / "log.db"), "--port", str(settings.log.port)]
    command = python("benchmarks.speed._fast_clock", *log, "--speed", str(speed), "--hours", str(hours))
    return [
        replace(part, command=command) if part.name == "log" else part
        for part in make_parts(settings, "simulated", folder)
        if part.name != "network"
    ]


def supervise(config: Path, speed: float, hours: float) -> int:
    """Run the parts in this process until SIGTERM."""
    from deploy.processes.supervisor import run

    pass_on(config)
    settings = load(config)
    folder = settings.data_dir / "simulated"
    folder.mkdir(parents=True, exist_ok=True)
    return run(soak_parts(settings, folder, speed, hours), lambda line: print(line, file=sys.stderr, flush=True))


def soak(folder: Path, speed: float, hours: float) -> tuple[Watcher, list[str], dict[str, object]]:
    """Run the pipeline for `hours` of simulated time; what was sampled, what failed, and the final status."""
    ports = {name: {"port": free_port("127.0.0.1")} for name in ("log", "dashboard", "simulator")}
    config, port = own_settings(folder, ports), ports["dashboard"]["port"]
    command = python("benchmarks.speed.soak", "--supervise", str(config), "--hours", str(hours), "--speed", str(speed))
    scratch = folder / "tmp"
    scratch.mkdir()
    process = subprocess.Popen(command, env=os.environ | {"TMPDIR": str(scratch)})
    ended, failures = threading.Event(), list[str]()
    watcher = Watcher(process.pid, folder)
    try:
        wait_for_page(port, process)
        watcher.start()
        threading.Thread(target=read_pages, args=(port, ended, failures), daemon=True).start()
        ended.wait(hours * 3600 / speed)
        time.sleep(SETTLE_S)
        watcher.stop()
        status = subprocess.run(
            [*python("spark_app.commands.status", "--json", "--source", "simulated", "--config", str(config))],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        ended.set()
        process.terminate()
        process.wait(120)
    return watcher, failures, {"code": status.returncode, "text": status.stdout[-2000:] + status.stderr[-500:]}


def wait_for_page(port: int, process: subprocess.Popen[bytes], patience_s: float = 120.0) -> None:
    """Until /health answers. Raises SystemExit if the parts end or never answer."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the page did not come up; its output is above")


def report(watcher: Watcher, failures: list[str], status: dict[str, object]) -> tuple[str, bool]:
    """The table and the verdicts as text, and whether every bar was held."""
    lines, bars = [HEAD], []
    for role, samples in watcher.samples.items():
        at_s = [sample.at_s for sample in samples]
        row, medians = [role], {}
        for name in ("rss_mb", "files", "threads"):
            values = [getattr(sample, name) for sample in samples]
            values = values if name == "rss_mb" else at_rest(values)
            medians[name], rise = float(np.median(values)), growth(at_s, values)
            shown = f"{rise / medians[name]:+.1%}" if name == "rss_mb" else f"{rise:+.1f}"
            row += [f"{medians[name]:.0f}", shown]
            held = rise <= (MEMORY_BAR * medians[name] if name == "rss_mb" else max(1.0, COUNT_BAR * medians[name]))
            if (role, name) != (JVM, "rss_mb"):
                bars.append((f"{role}: {name} flat", held))
        lines.append("| " + " | ".join(row) + " |")
    if watcher.heap_mb:
        heap_mb = [live for _, live in watcher.heap_mb]
        rise = growth([at_s for at_s, _ in watcher.heap_mb], heap_mb) / float(np.median(heap_mb))
        lines.append(f"\nheap of the JVM after a collection: {np.median(heap_mb):.0f} MB, growth {rise:+.1%}")
        bars.append((f"{JVM}: live heap flat", rise <= MEMORY_BAR))
    rise_mb = growth(*zip(*watcher.scratch_mb, strict=True))
    lines.append(f"\nscratch files: {watcher.scratch_mb[-1][1]:.1f} MB at the end, growth {rise_mb:+.1f} MB")
    bars += [
        ("scratch files flat", rise_mb <= SCRATCH_BAR_MB),
        (f"every request of the reader was answered ({len(failures)} were not: {failures[:3]})", not failures),
        ("the books balance at the end", status["code"] == 0),
    ]
    lines += [verdict(name, held) for name, held in bars]
    if status["code"]:
        lines.append(str(status["text"]))
    return "\n".join(lines), all(held for _, held in bars)


def main(argv: Sequence[str]) -> int:
    """Measure; 0 if every bar was held."""
    options = _arguments(argv)
    if options.supervise:
        return supervise(options.supervise, options.speed, options.hours)
    head = f"{machine()}\n{options.hours:g} simulated hours at {options.speed:g} x real time"
    print(head, flush=True)
    with tempfile.TemporaryDirectory() as name:
        text, held = report(*soak(Path(name), options.speed, options.hours))
    print(text)
    if options.write:
        options.write.write_text(f"{head}\n{text}\n", encoding="utf-8")
    return 0 if held else 1


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse bench soak", description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=24, help="of simulated time (24)")
    parser.add_argument("--speed", type=float, default=60, help="simulated seconds in a second (60)")
    parser.add_argument("--write", type=Path, help="also write the result to this file")
    parser.add_argument("--supervise", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
