"""The serving process as a user starts it: ready line, signals, crashes, and refusals in one sentence."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from prim_client.simulated.server import SIMULATED_KEY, Simulator
from stream_server.protocol.client import Client
from tests.made.polls import answer, record

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def start(tmp_path):
    """Starts serve with these arguments; ends it with the test."""
    started = []

    def run(*arguments, path=None):
        process = subprocess.Popen(
            [sys.executable, "-m", "stream_server.serve", "--input", "recorded", "--port", "0", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            env=os.environ,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def port_of(process):
    """The port of the ready line."""
    line = process.stdout.readline()
    assert line.startswith("serving "), line + process.stderr.read()
    return int(line.rsplit(":", 1)[1])


def all_lines(port):
    """What the log holds when its input is done."""
    with Client("127.0.0.1", port) as client:
        until = time.monotonic() + 30
        while not client.status()["input_done"]:
            assert time.monotonic() < until
            time.sleep(0.02)
        return list(client.read(*client.last())), client.status()


def test_it_serves_on_after_the_recording_and_ends_with_a_signal(start, tmp_path):
    log, port_file = tmp_path / "new" / "pulse.log", tmp_path / "port"
    process = start("--path", record(tmp_path / "rec", range(40)), "--log", log, "--port-file", port_file)
    port = port_of(process)
    assert port_file.read_text() == f"{port}\n"
    lines, status = all_lines(port)
    assert status["polls"]["received"] == 40 == status["input_total"]
    assert status["messages"]["logged"] == len(lines) > 20
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert process.communicate() == ("", "")
    assert not log.with_name("pulse.log-wal").exists()  # closed in order


def test_killed_at_any_moment_it_goes_on_to_the_same_lines(start, tmp_path):
    folder = record(tmp_path / "rec", range(1_000))
    expected, books = all_lines(port_of(start("--path", folder, "--log", tmp_path / "whole.log")))
    chance, kills = random.Random(7), 0
    for _ in range(4):
        process = start("--path", folder, "--log", tmp_path / "killed.log")
        with Client("127.0.0.1", port_of(process)) as client:
            wanted = client.last()[1] + chance.randrange(3)
            while client.last()[1] <= wanted and not client.status()["input_done"]:
                pass
            kills += not client.status()["input_done"]
        process.kill()
        process.wait()
    lines, status = all_lines(port_of(start("--path", folder, "--log", tmp_path / "killed.log")))
    assert lines == expected
    assert status | {"log_bytes": 0} == books | {"log_bytes": 0}
    assert kills >= 1


def test_refusals_are_one_sentence_and_code_1(start, tmp_path):
    folder = record(tmp_path / "rec", range(3))
    first = start("--path", folder, "--log", tmp_path / "l")
    port = port_of(first)
    refused = {
        f"is being written by process {first.pid}": ("--path", folder, "--log", tmp_path / "l"),
        f"port {port}: Address already in use": ("--path", folder, "--log", tmp_path / "m", "--port", port),
        "no recording at": ("--path", tmp_path / "nothing", "--log", tmp_path / "n"),
        "needs --path": ("--log", tmp_path / "o"),
    }
    processes = {said: start(*arguments) for said, arguments in refused.items()}
    for said, process in processes.items():
        out, error = process.communicate(timeout=20)
        assert (process.returncode, out) == (1, "")
        assert error.startswith("pulse: ") and said in error and error.count("\n") == 1


def test_a_recording_that_does_not_hold_the_last_poll_ends_it_with_the_reason(start, tmp_path):
    process = start("--path", record(tmp_path / "rec", range(3)), "--log", tmp_path / "l")
    all_lines(port_of(process))
    process.terminate()
    process.wait()
    process = start("--path", record(tmp_path / "other", range(5, 8)), "--log", tmp_path / "l")
    _out, error = process.communicate(timeout=20)
    assert process.returncode == 1 and "resume with the recording it came from" in error
    assert "Traceback" not in error


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit(2) is Linux's")
def test_a_full_disk_ends_it_with_a_code_that_says_that_it_may_pass_and_it_goes_on_afterwards(start, tmp_path):
    """A limit on the size of its files stands for the disk."""
    folder = record(tmp_path / "rec", range(500))
    process = start("--path", folder, "--log", tmp_path / "log")
    port_of(process)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))
    out, error = process.communicate(timeout=30)
    assert (process.returncode, out) == (75, "")
    assert error.startswith(f"pulse: cannot use {tmp_path / 'log'}: ") and error.count("\n") == 1
    expected, _ = all_lines(port_of(start("--path", folder, "--log", tmp_path / "whole")))
    assert all_lines(port_of(start("--path", folder, "--log", tmp_path / "log")))[0] == expected


def test_a_broken_file_of_the_quota_is_one_sentence(tmp_path):
    (tmp_path / "config.yaml").write_text("data_dir: data\npoll: {base_url: http://127.0.0.1:1/marketplace}\n")
    quota = tmp_path / "data" / "quota.sqlite"
    quota.parent.mkdir()
    quota.write_bytes(b"no database" * 100)
    done = subprocess.run(
        [sys.executable, "-m", "stream_server.serve", "--input", "live", "--port", "0", "--log", str(tmp_path / "log")],
        cwd=CHECKOUT,
        env=os.environ | {"PULSE_CONFIG": str(tmp_path / "config.yaml"), "PRIM_API_KEY": "nobody"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (75, "")
    said = (
        f"pulse: the quota's file {quota} cannot be used: file is not a database; check space and permissions, "
        "or remove it"
    )
    assert done.stderr == f"{said}\n"


def test_the_first_live_start_says_once_that_the_contact_is_empty(tmp_path):
    config = tmp_path / "config.yaml"

    def said(name, contact):
        """Standard error of a live collector from its start until its log holds a poll."""
        config.write_text(
            f"data_dir: {tmp_path / name}\npoll: {{base_url: {prim.base_url}, contact: '{contact}'}}\n",
            encoding="utf-8",
        )
        environ = os.environ | {"PRIM_API_KEY": SIMULATED_KEY, "PULSE_CONFIG": str(config)}
        command = [
            sys.executable,
            "-m",
            "stream_server.serve",
            "--input",
            "live",
            "--port",
            "0",
            "--log",
            tmp_path / name / "log.db",
        ]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=CHECKOUT, env=environ
        )
        try:
            wait_for_a_poll(port_of(process))
            process.terminate()
            return process.communicate(timeout=20)[1]
        finally:
            process.kill()
            process.communicate()

    with Simulator(lambda _moment: (200, answer(5))) as prim:
        first = said("empty", "")
        assert first.startswith("pulse: poll.contact is empty: ") and first.count("\n") == 1
        assert said("empty", "") == ""
        assert said("named", "me@example.org") == ""


def wait_for_a_poll(port):
    with Client("127.0.0.1", port) as client:
        until = time.monotonic() + 30
        while not client.status()["polls"]["received"]:
            assert time.monotonic() < until
            time.sleep(0.02)
