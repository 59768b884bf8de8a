"""`pulse up` as a user runs it: real processes, real sockets, the simulated network."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from spark_app.commands import status

ROOT = Path(__file__).resolve().parents[2]
READY_S = 180.0  # an upper bound for a loaded machine, not a figure
# `pulse up` without the two parts that take most of its start; one part is left beside the one that polls
WITHOUT_SPARK_AND_PAGE = """
import sys
from deploy import up
every_part = up.make_parts
up.make_parts = lambda *given: [part for part in every_part(*given) if part.name in ("log", "derive")]
sys.exit(up.main(sys.argv[1:]))
"""

pytestmark = pytest.mark.spark


def free_ports(count: int) -> list[int]:
    """Below those that the system hands out by itself: no other test is given one before it is used here."""
    found: set[int] = set()
    while len(found) < count:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.add(port)
    return list(found)


@pytest.fixture
def config(tmp_path) -> Path:
    log, page, simulator = free_ports(3)
    values = {
        "data_dir": str(tmp_path / "data"),
        "log": {"port": log},
        "dashboard": {"port": page},
        "spark": {"cores": 1},  # the other core runs other tests
        "simulator": {"port": simulator, "history_h": 0.5, "seed": 3},
        "poll": {"interval_s": 20, "base_url": f"http://127.0.0.1:{simulator}/marketplace"},
    }
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


@contextlib.contextmanager
def network(port: int) -> Iterator[None]:
    """A simulated PRIM that answers: a first poll that nobody hears costs the 86 s between two of a day's quota."""
    command = [sys.executable, "-m", "prim_client.simulator", "serve", "--port", str(port), "--seed", "3"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + READY_S
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            assert process.poll() is None and time.monotonic() < deadline, "the simulated network does not answer"
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


class Up:
    """A running `pulse up`; its output goes to a file."""

    def __init__(self, config: Path, **environment: str) -> None:
        self.settings = yaml.safe_load(config.read_text())
        self.output = config.parent / "up.out"
        env = {k: v for k, v in os.environ.items() if k != "PRIM_API_KEY"} | {"PYTHONPATH": str(ROOT)} | environment
        with self.output.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.up", "--config", str(config)],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=config.parent,
            )

    def said(self) -> str:
        return self.output.read_text()

    def until(self, what, within_s: float = READY_S):
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if (found := what()) is not None:
                return found
            assert self.process.poll() is None, self.said()
            time.sleep(0.5)
        raise AssertionError(f"not within {within_s} s:\n{self.said()[-3000:]}")

    def health(self) -> dict | None:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.settings['dashboard']['port']}/health", timeout=5
            ) as answer:
                return json.load(answer)
        except (OSError, ValueError):
            return None

    def status(self, config: Path, source: str) -> dict | None:
        """What `pulse status` prints; in this process, as a new one takes a second of processor time to ask."""
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()):
            status.main(["--config", str(config), "--source", source, "--json"])
        return json.loads(out.getvalue()) if out.getvalue() else None

    def stored(self, config: Path, source: str = "simulated") -> dict | None:
        """The status once everything that is logged is stored, and that is more than nothing."""
        word = self.status(config, source)
        settled = word and word["offsets"]["behind"] == 0 and word["offsets"]["store_end"] > 5
        return word if settled else None

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=90)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def start():
    running: list[Up] = []

    def starter(config: Path, **environment: str) -> Up:
        running.append(Up(config, **environment))
        return running[-1]

    yield starter
    for up in running:
        up.kill()


@pytest.mark.nightly("tests/deploy/test_secrets.py: a running pipeline; `./pulse bench faults` stops and starts it")
def test_the_simulated_network_reaches_the_page_stops_cleanly_and_goes_on(config, start):
    up = start(config)
    up.until(lambda: re.search(r"Pulse is at http://127\.0\.0\.1:\d+", up.said()))
    assert up.health()
    first = up.until(lambda: up.stored(config))
    assert first["balanced"], first["wrong"]
    assert first["source"] == "simulated"
    assert first["log"]["ticks"]["expected"] >= 5, "the last half hour comes first"
    assert up.stop() == 0, up.said()
    assert_ports_are_free(up)
    polls = up.status(config, "simulated")["log"]["polls"]["received"]  # as it was left
    again = start(config)
    again.until(lambda: re.search(r"Pulse is at http://127\.0\.0\.1:\d+", again.said()))
    second = again.until(lambda: s if (s := again.stored(config)) and s["log"]["polls"]["received"] > polls else None)
    assert second["offsets"]["store_end"] >= first["offsets"]["store_end"]
    assert second["balanced"], second["wrong"]
    assert again.stop() == 0


def assert_ports_are_free(up: Up) -> None:
    for part in ("log", "dashboard", "simulator"):
        with socket.create_server(("127.0.0.1", up.settings[part]["port"])):
            pass


def test_a_taken_port_is_one_sentence(config):
    port = yaml.safe_load(config.read_text())["dashboard"]["port"]
    with socket.create_server(("127.0.0.1", port)):
        done = run_up(config)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert f"127.0.0.1:{port} is taken by another process" in done.stderr
    assert "dashboard.port" in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clusters: {k: many}", "clusters.k = 'many'"),
        ("clusters: {q: 3}", "clusters.q"),
        ("log: {host: 0.0.0.0}", "log.host = '0.0.0.0'"),
        ("a: [", "is not YAML"),
        ("windows: {span_min: 7}", "windows.slide_min must be a multiple"),
    ],
)
def test_a_wrong_configuration_is_one_sentence_with_file_and_key(tmp_path, text, said):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    done = run_up(path)
    assert (done.returncode, done.stdout) == (3, "")
    assert said in done.stderr
    assert str(path) in done.stderr
    assert done.stderr.count("\n") == 1


def run_up(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.up", "--config", str(config)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )


def test_a_key_that_prim_refuses_ends_everything_with_a_sentence_and_code_3(config):
    with network(yaml.safe_load(config.read_text())["simulator"]["port"]):
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_SPARK_AND_PAGE, "--config", str(config)],
            capture_output=True,
            text=True,
            env=os.environ | {"PRIM_API_KEY": "not-the-key", "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            timeout=READY_S,
            check=False,
        )
    assert done.returncode == 3, done.stdout
    assert "PRIM_API_KEY" in done.stdout
    assert "not-the-key" not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
