"""What became of the polls, over a real network that fails, `kill -9` and a restart."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from prim_client.simulated.server import SIMULATED_KEY, Simulator
from stream_server.protocol.client import Client
from tests.made.polls import answer

CHECKOUT = Path(__file__).resolve().parents[2]
DOWN_S = 3.5  # at least two slots of a second pass by, whenever the process dies


class Network:
    """A PRIM whose answer can be set."""

    def __init__(self):
        self.answer = (200, answer(0))
        self.server = Simulator(lambda _moment: self.answer).start()


@pytest.fixture
def network():
    network = Network()
    yield network
    network.server.close()


@pytest.fixture
def start(tmp_path, network):
    """Starts a collector that asks once a second."""
    poll = {
        "interval_s": 1,
        "retries": 0,
        "daily_quota": 1_000_000,
        "base_url": network.server.base_url,
        "timeout_s": 5,
    }
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump({"data_dir": str(tmp_path / "data"), "poll": poll}))
    env = os.environ | {"PULSE_CONFIG": str(config), "PRIM_API_KEY": SIMULATED_KEY}
    command = [
        sys.executable,
        "-m",
        "stream_server.serve",
        "--input",
        "live",
        "--port",
        "0",
        "--log",
        str(tmp_path / "log.db"),
    ]
    started = []

    def run():
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=CHECKOUT, env=env
        )
        started.append(process)
        line = process.stdout.readline()
        assert line.startswith("serving "), line + process.stderr.read()
        return process, Client("127.0.0.1", int(line.rsplit(":", 1)[1]))

    yield run
    for process in started:
        process.kill()
        process.communicate()


def told(client, enough):
    """The status as soon as it is `enough`."""
    until = time.monotonic() + 30
    while not enough(status := client.status()):
        assert time.monotonic() < until, status
        time.sleep(0.02)
    return status


def assert_balanced(status):
    polls, schedule = status["polls"], status["schedule"]
    assert polls["received"] == polls["changed"] + polls["unchanged"] + polls["rejected"]
    assert polls["rejected"] == sum(status["rejected"].values())
    assert schedule["expected"] == polls["received"] + schedule["missed"]


def test_failures_and_missed_slots_are_counted_over_kill_9_and_a_restart(start, network):
    process, client = start()
    with client:
        told(client, lambda status: status["polls"]["changed"] == 1)
        network.answer = (503, b"Service Unavailable")
        told(client, lambda status: status["rejected"]["failed"] == 2)
        network.answer = (200, b"")
        before = told(client, lambda status: status["rejected"]["empty"] >= 1)
        assert_balanced(before)
        process.kill()
    time.sleep(DOWN_S)  # what it missed is the time that passes
    network.answer = (200, answer(0))
    _, client = start()
    with client:
        after = told(client, lambda status: status["polls"]["unchanged"] > before["polls"]["unchanged"])
    assert_balanced(after)
    assert after["rejected"]["failed"] == before["rejected"]["failed"]
    assert after["rejected"]["empty"] >= before["rejected"]["empty"]
    assert after["schedule"]["missed"] - before["schedule"]["missed"] >= 2
