"""Servers of the page, forked from a process that has loaded it: each is there three seconds of processor time sooner.

It is `./pulse serve` from its `main` on, in a process group of its own, with the environment of the test.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
STARTUP_LIMIT_S = 60
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.dashboard.warm_page"])


@dataclass
class Server:
    """A running page; `process` leads a group of its own."""

    process: ForkServerProcess | subprocess.Popen[str]
    url: str

    def kill(self) -> None:
        """End it the hard way, workers and all."""
        if isinstance(self.process, subprocess.Popen):
            wait, has_ended = self.process.wait, self.process.poll() is not None
        else:
            wait, has_ended = self.process.join, not self.process.is_alive()
        if self.process.pid and not has_ended:
            os.killpg(self.process.pid, signal.SIGKILL)
        wait()


def start_server(
    folder: Path, store_url: str, port: int = 0, before: Sequence[str] = (), **sections: dict[str, Any]
) -> Server:
    """Start the page over a store, on a free port or a given one; it beats twice a second.

    `before`: a command that runs the rest of its command line; without, the server is forked.
    """
    config = write_config(folder, **{"dashboard": {"refresh_s": 0.5}} | sections)
    arguments = ["--config", str(config), "--store", store_url, "--port", str(port)]
    reading, writing = os.pipe()
    process = _run(before, arguments, writing) if before else _fork(arguments, writing)
    os.close(writing)  # what is read ends with the server
    return Server(process, _address(reading))


def _run(before: Sequence[str], arguments: Sequence[str], output: int) -> subprocess.Popen[str]:
    command = [*before, sys.executable, "-m", "dashboard.server.serve", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, text=True, start_new_session=True)


def _fork(arguments: Sequence[str], output: int) -> ForkServerProcess:
    process = _FORKS.Process(target=_serve, args=(arguments, _Pipe(output), dict(os.environ)), daemon=True)
    process.start()
    return process


def write_config(folder: Path, **sections: dict[str, Any]) -> Path:
    """The project's configuration with some values changed."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    for name, values in sections.items():
        config[name] |= values
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config), "utf-8")
    return path


class _Pipe:
    """The writing end of a pipe, on its way to a new process."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __reduce__(self) -> tuple[Any, ...]:
        return _detached, (DupFd(self.descriptor),)


def _detached(sent: Any) -> int:
    return sent.detach()


def _serve(arguments: Sequence[str], output: int, environment: Mapping[str, str]) -> None:
    """In the new process: what a shell does for a command, then the command."""
    os.setsid()
    os.chdir(ROOT)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.close(output)
    os.environ.clear()
    os.environ.update(environment)
    from dashboard.server.serve import main

    sys.exit(main(arguments))


def _address(reading: int) -> str:
    """The address that the server prints; fails with what it said if it ends or says nothing."""
    said: list[str] = []
    found = threading.Event()

    def listen() -> None:
        with open(reading, encoding="utf-8") as lines:
            for line in lines:
                said.append(line)
                if line.startswith("page on "):
                    found.set()
        found.set()

    threading.Thread(target=listen, daemon=True).start()
    found.wait(STARTUP_LIMIT_S)
    lines = [line for line in said if line.startswith("page on ")]
    if not lines:
        pytest.fail("the page did not start:\n" + "".join(said))
    return lines[0].removeprefix("page on ").strip()
