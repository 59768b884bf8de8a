"""`./pulse up` on the simulated network of which any process is killed; the truth is its log, rebuilt undisturbed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from benchmarks.base._rounds import Played
from benchmarks.base._settings import own_settings
from deploy.configuration.settings import load
from deploy.processes.ports import free_port
from spark_app.commands.derive import make_folds
from spark_app.derived.runner import Runner
from spark_app.store.engine import StoreError, connect, exists, next_entry, sqlite_url
from tests.truth.commands import PATIENCE_S, ROOT, outlived
from tests.truth.rebuilds import Rebuild, everything_of
from tests.truth.tables import differences

HISTORY_H = 2.0  # handed over as fast as it can be read
LAST_KILL_ENTRY, END_ENTRY = 20, 24  # two hours have 24 ticks at least
STOPS = 3  # at most: an entry may come between the look and the stop
LOOK_S = 0.1
VICTIMS = {  # words of the command line
    "log server": "stream_server.serve",
    "driver": "spark_app.commands.app",
    "JVM": "org.apache.spark",
    "worker": "pyspark.daemon",
    "derive": "spark_app.commands.derive",
    "page": "dashboard.server.serve",
    "network": "prim_client.simulator",
    "supervisor": "",
}


class Ups:
    """Rounds of the whole pipeline."""

    def play(self, folder: Path, rng: random.Random) -> Played:
        folder.mkdir(parents=True)
        up, played = _Up(folder), Played()
        kills = sorted(
            (rng.randrange(LAST_KILL_ENTRY), rng.choice(list(VICTIMS))) for _ in range(rng.choice((1, 2, 3)))
        )
        try:
            up.start(played)
            for at_entry, victim in kills:
                up.wait_until(partial(up.has_stored, at_entry))
                up.kill(victim, played)
            self._stop_at_the_end(up, played)
        except TimeoutError as error:
            played.wrong.append(str(error))
        finally:
            up.end()
        played.wrong += played.wrong or self._compare(up)
        return played

    def _stop_at_the_end(self, up: _Up, played: Played) -> None:
        for _ in range(STOPS):
            up.wait_until(lambda: END_ENTRY <= up.logged() == up.stored())
            if code := up.stop():
                played.wrong.append(f"up ended with {code} after SIGTERM")
            if up.logged() == up.stored():
                return
            up.start(played)

    def _compare(self, up: _Up) -> list[str]:
        """The store beside what an undisturbed rebuild makes of the same log and the same evidence."""
        engine = connect(up.store_url)
        Runner(engine, make_folds(load(up.config))).catch_up()
        engine.dispose()
        rebuild = Rebuild(shutil.copytree(up.data, up.data.with_name("rebuilt")), config=up.config)
        code, said = rebuild.run()
        if code:
            return [f"the undisturbed rebuild ended with {code}: {said[-300:]}"]
        return differences(everything_of(up.store_url), everything_of(rebuild.store_url))


class _Up:
    def __init__(self, folder: Path) -> None:
        log, page, network = (free_port("127.0.0.1") for _ in range(3))
        sections: dict[str, dict[str, Any]] = {
            "log": {"port": log},
            "dashboard": {"port": page},
            "topics": {"every_h": 0},
            "simulator": {"port": network, "history_h": HISTORY_H},
            "poll": {"interval_s": 20, "base_url": f"http://127.0.0.1:{network}/marketplace"},
        }
        self.config = own_settings(folder, sections, cores=1, max_entries_per_batch=5)
        self.data = folder / "simulated"
        self.store_url = sqlite_url(self.data / "store.db")
        self._output = (folder / "output").open("ab")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, played: Played) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "PRIM_API_KEY"} | {
            "PYTHONPATH": str(ROOT)
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.up", "--config", str(self.config)],
            cwd=self.data.parent,
            env=environment,
            stdout=self._output,
            stderr=self._output,
        )
        played.starts += 1

    def stored(self) -> int:
        try:
            if not exists(self.store_url):
                return 0
            engine = connect(self.store_url)
            with engine.connect() as connection:
                found = next_entry(connection) or 0
            engine.dispose()
            return found
        except StoreError:
            return 0

    def has_stored(self, entry: int) -> bool:
        return self.stored() >= entry

    def logged(self) -> int:
        """The entry behind the last one in the log; -1 while there is no log."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{self.data / 'log.db'}?mode=ro", uri=True)) as log:
            return log.execute("select value from book where name = 'entries:written'").fetchone()[0]
        return -1

    def wait_until(self, there: Callable[[], bool]) -> None:
        """Raises TimeoutError, also where the command ended."""
        assert self.process
        deadline = time.monotonic() + PATIENCE_S
        while not there():
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = (self.data.parent / "output").read_text(errors="replace")[-500:]
                raise TimeoutError(f"up is at entry {self.stored()}, its exit code {self.process.poll()}: {said}")
            time.sleep(LOOK_S)

    def kill(self, victim: str, played: Played) -> None:
        """SIGKILL to `victim`; then wait until something is there that was not there before."""
        assert self.process
        stored = self.stored()
        parts = psutil.Process(self.process.pid).children(recursive=True)
        if victim == "supervisor":
            self.process.kill()
            self.process.wait()
            played.wrong += [f"{one} outlived the command" for one in outlived(parts)]
            self.start(played)
        elif found := [
            part for part in parts if VICTIMS[victim] in _line(part) and "die_with_parent.py" not in _line(part)
        ]:
            found[-1].kill()
        else:
            return
        played.kills.append((victim, f"entry {stored}"))
        began = time.monotonic()
        if stored < END_ENTRY:
            self.wait_until(lambda: self.stored() > stored)
        played.recovery_s = max(played.recovery_s, time.monotonic() - began)

    def stop(self) -> int:
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def end(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._output.close()


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
