"""A test run that leaves a process behind fails, names it and ends it. Each test runs a small suite for real."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests import leftovers

ROOT = Path(__file__).resolve().parents[1]
SLEEPS = "import time; time.sleep(600)  # {name}"
STARTS = """
import subprocess, sys
def test_starts():
    process = subprocess.Popen([sys.executable, "-c", {sleeps!r}], start_new_session=True)
    open("pid", "w").write(str(process.pid))
"""
FORKS = """
import os, time
def test_forks():
    if (pid := os.fork()) == 0:
        time.sleep(600)
    open("pid", "w").write(str(pid))
"""
WAITS = """
import subprocess, sys
def test_waits():
    process = subprocess.Popen([sys.executable, "-c", {sleeps!r}])
    process.kill()
    assert process.wait()
"""
GRACE_S = 0.5
IMPATIENT = f"from tests import leftovers\nleftovers.GRACE_S = {GRACE_S}\n"
WAYS = (["-n", "0"], ["-n", "2"])


def run_suite(folder: Path, test: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with the plugin over a module that holds `test`."""
    (folder / "conftest.py").write_text(IMPATIENT)
    (folder / "test_it.py").write_text(test.format(sleeps=SLEEPS.format(name=folder.name)))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "xdist",
        "-p",
        "tests.leftovers",
        *arguments,
        ".",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def has_ended(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("arguments", WAYS, ids=["in one process", "on workers"])
def test_a_process_that_is_left_fails_the_run_and_is_named_and_ended(tmp_path, arguments):
    done = run_suite(tmp_path, STARTS, *arguments)
    pid = int((tmp_path / "pid").read_text())
    assert has_ended(pid)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout
    assert "left behind by the tests" in done.stdout and "1 passed" in done.stdout
    [named] = [line for line in done.stdout.splitlines() if line.startswith(f"process {pid}, ")]
    assert "test_it.py::test_starts" in named and f"# {tmp_path.name}" in named


def test_a_fork_without_a_program_of_its_own_is_found_too(tmp_path):
    done = run_suite(tmp_path, FORKS, "-n", "2")
    pid = int((tmp_path / "pid").read_text())
    assert has_ended(pid)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED and f"process {pid}, " in done.stdout, done.stdout


@pytest.mark.parametrize("arguments", WAYS, ids=["in one process", "on workers"])
def test_a_run_that_leaves_nothing_passes(tmp_path, arguments):
    done = run_suite(tmp_path, WAITS, *arguments)
    assert done.returncode == pytest.ExitCode.OK, done.stdout
    assert "left behind" not in done.stdout


def test_a_run_within_a_run_carries_the_values_of_both(tmp_path):
    seen = tmp_path / "seen"
    run_suite(
        tmp_path, f"import os, pathlib\ndef test_it(): pathlib.Path({str(seen)!r}).write_text(os.environ['TEST_RUN'])"
    )
    outer, inner = os.environ[leftovers.RUN], seen.read_text()
    assert inner.startswith(f"{outer}:") and len(inner) > len(outer) + 1
