"""A pytest plugin: nothing that a test starts outlives the run.

The controller of the run puts a random value into the environment, and all that is started inherits it: the workers of
xdist, the processes of the tests and theirs. When the tests are over, a process that still carries the value fails the
run. It is named, with the test that started it, and ended.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psutil
import pytest

RUN = "TEST_RUN"  # the values of this run and of the runs that it is part of, with colons between them
TEST = "TEST_RUN_AT"  # the test that was running when a process was started
GRACE_S = 10.0  # a JVM that was told to end takes a second, on a busy machine some more
LOOK_S = 0.1
SHOWN = 300  # characters of a command line


@dataclass(frozen=True)
class Leftover:
    """A process that outlived the tests."""

    process: psutil.Process
    command: str
    test: str

    def __str__(self) -> str:
        return f"process {self.process.pid}, started by {self.test}: {self.command[:SHOWN]}"


class Leftovers:
    """The hooks of the controller; `value` is the one of this run."""

    def __init__(self, value: str) -> None:
        self._value = value
        self._found: list[Leftover] = []

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """Look when all else is over: xdist has ended its workers by then."""
        yield
        self._found = find(self._value, time.monotonic() + GRACE_S)
        for leftover in self._found:
            end(leftover.process)
        if self._found:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which processes were left; xdist's workers have no terminal."""
        if self._found:
            terminalreporter.section("left behind by the tests, and ended now", red=True)
            for leftover in self._found:
                terminalreporter.line(str(leftover))


def pytest_configure(config: pytest.Config) -> None:
    """Mark the run; in a worker of xdist it is marked already."""
    if not hasattr(config, "workerinput"):
        value = secrets.token_hex(8)
        os.environ[RUN] = ":".join(filter(None, [os.environ.get(RUN), value]))
        config.pluginmanager.register(Leftovers(value))


def pytest_runtest_logstart(nodeid: str) -> None:
    """Let what the test starts carry its name."""
    os.environ[TEST] = nodeid


def find(value: str, until_s: float) -> list[Leftover]:
    """The processes of the run `value` that do not end until `until_s` of the monotonic clock."""
    while (found := running(value)) and time.monotonic() < until_s:
        time.sleep(LOOK_S)
    return found


def running(value: str) -> list[Leftover]:
    """The processes of the run `value` but for this one and its helpers."""
    found = []
    for process in psutil.process_iter():
        try:
            environment = process.environ()
            if value not in environment.get(RUN, "").split(":") or process.status() == psutil.STATUS_ZOMBIE:
                continue
            words, parent_pid = process.cmdline(), process.ppid()
        except psutil.Error:  # of somebody else, or gone in between
            continue
        is_helper = parent_pid == os.getpid() and any(word.startswith("from multiprocessing.") for word in words)
        if process.pid != os.getpid() and not is_helper:
            found.append(Leftover(process, " ".join(words), environment.get(TEST, "a test that is not known")))
    return found


def end(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
