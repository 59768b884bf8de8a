"""The commands as processes, and their parts by name: for tests that stop, kill and start them again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Engine, select

from spark_app.replay.plan import ReplayPlan, make_replay_plan
from spark_app.store.engine import StoreError, connect, exists, next_entry
from spark_app.store.tables import status

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 600.0  # a busy machine starts Spark in a minute
LOOK_S = 0.25  # a look opens the store: 20 ms of processor time
VICTIMS = ("log server", "worker", "JVM", "driver", "supervisor")  # what a kill can hit in a replay
KAFKA_VICTIMS = ("broker", "publisher")  # and in one over Kafka


class Ended(AssertionError):
    """The command ended before what was waited for."""


class Replay:
    """`./pulse replay` of `path` as a process; everything it keeps is under `home`."""

    def __init__(self, home: Path, path: Path, *options: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home, self.options = home, options
        self.plan: ReplayPlan = make_replay_plan(path, _day_in(options), _store_in(options), home / "data")
        self.config = home / "config.yaml"
        self.config.write_text("data_dir: data\nspark: {cores: 1}\n")  # the other core runs other tests
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *more: str) -> Replay:
        """Start the command, with `more` options for this once; a finished one is started again with the same words."""
        self._out, self._err = (tempfile.TemporaryFile() for _ in range(2))  # noqa: SIM115 - open until `end`
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "spark_app.replay.command",
                str(self.plan.path),
                "--config",
                str(self.config),
                "--json",
                *self.options,
                *more,
            ],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            cwd=self.home,
            stdout=self._out,
            stderr=self._err,
        )
        return self

    def end(self) -> tuple[int, dict[str, Any], str]:
        """Wait for the end: exit code, the result (empty without), what was said on stderr."""
        assert self.process
        code = self.process.wait(PATIENCE_S)
        for file in (self._out, self._err):
            file.seek(0)
        out, err = self._out.read().decode(), self._err.read().decode()
        return code, json.loads(out) if out.strip() else {}, err

    def run(self, *more: str) -> tuple[int, dict[str, Any], str]:
        """Start and wait for the end."""
        return self.start(*more).end()

    def kill(self) -> None:
        """End whatever still runs, at the end of a test."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def interrupt(self) -> None:
        """SIGTERM, as a service manager stops it."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)

    @property
    def engine(self) -> Engine:
        """Its store."""
        return connect(self.plan.store_url)

    def stored(self) -> int:
        """The entry behind the last one in the store; 0 while there is no store yet."""
        try:
            if not exists(self.plan.store_url):
                return 0
            with self.engine.connect() as connection:
                return next_entry(connection) or 0
        except StoreError:
            return 0

    def log_books(self) -> dict[str, Any]:
        """The last word of the log's server in the store."""
        with self.engine.connect() as connection:
            return json.loads(connection.execute(select(status.c.value).where(status.c.part == "log")).scalar())

    def wait_until(self, there: Callable[[], bool]) -> None:
        """Return when `there()`; fails if the command ends before."""
        assert self.process
        deadline = time.monotonic() + PATIENCE_S
        while not there():
            if self.process.poll() is not None:
                raise Ended(f"it ended before: {self.end()}")
            assert time.monotonic() < deadline, f"not there after {PATIENCE_S} s, {self.stored()} entries stored"
            time.sleep(LOOK_S)

    def wait_for_progress(self, entries: int) -> int:
        """Return when `entries` more than now are stored; gives the entry that the store ends at."""
        goal = self.stored() + entries
        self.wait_until(lambda: self.stored() >= goal)
        return self.stored()

    def find(self, victim: str) -> psutil.Process | None:
        """The process of `victim` (one of VICTIMS) that runs now."""
        assert self.process
        if victim == "supervisor":
            return psutil.Process(self.process.pid)
        return next((p for p in _descendants(self.process.pid) if _is(p, victim)), None)

    def kill_part(self, victim: str) -> int:
        """SIGKILL to `victim` as soon as there is one; gives its process id."""
        found: list[psutil.Process] = []
        self.wait_until(lambda: bool(found.extend(filter(None, [self.find(victim)])) or found))
        found[0].send_signal(signal.SIGKILL)
        return found[0].pid


def outlived(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Wait for `processes` to end; gives those that did not. One that nobody has buried yet has ended."""
    deadline, alive = time.monotonic() + PATIENCE_S, list(processes)
    while alive and time.monotonic() < deadline:
        alive = [p for p in alive if p.is_running() and _status(p) not in (psutil.STATUS_ZOMBIE, "gone")]
        time.sleep(LOOK_S)
    return alive


def _status(process: psutil.Process) -> str:
    try:
        return process.status()
    except psutil.NoSuchProcess:
        return "gone"


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _is(process: psutil.Process, victim: str) -> bool:
    try:
        words = process.cmdline()
        if victim == "log server":
            return "stream_server.serve" in words and "die_with_parent.py" not in " ".join(words)
        if victim == "publisher":
            return "stream_server.publish" in words and "die_with_parent.py" not in " ".join(words)
        if victim == "broker":
            return "kafka.Kafka" in words
        if victim == "driver":
            return "spark_app.commands.app" in words and "die_with_parent.py" not in " ".join(words)
        if victim == "JVM":
            return bool(words) and Path(words[0]).name == "java" and "kafka.Kafka" not in words
        # the daemon forks the workers: they have its command line and it as parent
        parent = process.parent()
        return "pyspark.daemon" in words and parent is not None and "pyspark.daemon" in parent.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False


def _day_in(options: Sequence[str]) -> Any:
    from datetime import date

    return date.fromisoformat(options[options.index("--day") + 1]) if "--day" in options else None


def _store_in(options: Sequence[str]) -> str | None:
    return options[options.index("--store") + 1] if "--store" in options else None
