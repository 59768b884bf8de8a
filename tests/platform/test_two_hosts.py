"""`./pulse up --parts`: collector and publisher in one place, Spark, derived folds and page in another, one store."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.processes.ports import free_port
from tests.made.databases import postgres, postgresql_server

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
PATIENCE_S = 240.0
PASSWORD = "page-pw-7"


@pytest.fixture
def settings(broker, tmp_path) -> dict[str, Any]:
    """What both places share; the page listens on every address of its machine."""
    simulator = free_port(HOST)
    return {
        "transport": {"kind": "kafka", "bootstrap_servers": broker.servers, "topic": f"two-{simulator}"},
        "log": {"port": free_port(HOST)},
        "dashboard": {"host": "0.0.0.0", "port": free_port(HOST)},
        "simulator": {"port": simulator, "history_h": 1},
        "poll": {"interval_s": 20, "base_url": f"http://{HOST}:{simulator}/marketplace"},
        "archive": {"enabled": False},
    }


@contextmanager
def running(place: Path, settings: dict[str, Any], store_url: str, parts: str) -> Iterator[subprocess.Popen[str]]:
    """`./pulse up --parts` in a place of its own; it has to end well when it is told to."""
    place.mkdir()
    (place / "config.yaml").write_text(yaml.safe_dump({**settings, "data_dir": str(place / "data")}))
    command = [sys.executable, "-m", "deploy.up", "--config", str(place / "config.yaml"), "--parts", parts]
    environment = os.environ | {"PULSE_STORE_URL": store_url, "PULSE_PASSWORD": PASSWORD, "PYTHONPATH": str(ROOT)}
    with (place / "out").open("w") as out:
        process = subprocess.Popen(command, env=environment, cwd=place, stdout=out, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0, (place / "out").read_text()
    finally:
        process.kill()
        process.wait()


def ask(port: int, path: str, password: str = PASSWORD) -> Any:
    """The JSON that the page answers."""
    request = urllib.request.Request(f"http://{HOST}:{port}{path}")
    request.add_header("Authorization", f"Basic {b64encode(f'a:{password}'.encode()).decode()}")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def wait_for_hits(port: int, place: Path) -> list[dict[str, Any]]:
    """The hits of the newest window, once the page has some."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if hits := ask(port, "/api/v1/hits")["rows"]:
                return hits
        except (OSError, urllib.error.HTTPError):
            pass  # not there yet
        time.sleep(0.5)
    raise AssertionError((place / "out").read_text())


def test_a_second_place_shows_what_the_first_collects(settings, tmp_path):
    if postgres() is None:
        pytest.skip("no PostgreSQL: its server is not installed")
    port = settings["dashboard"]["port"]
    with postgresql_server() as new_database:
        url = new_database()
        # the reader first: it waits for what the other makes
        with running(tmp_path / "reader", settings, url, "spark,derive,page"):
            with running(tmp_path / "collector", settings, url, "collect,publish"):
                hits = wait_for_hits(port, tmp_path / "reader")
                assert {"disruption", "line_name", "station"} <= set(hits[0]), sorted(hits[0])
            books = ask(port, "/api/v1/books")
            assert books, "the page goes on without the collector"
            with pytest.raises(urllib.error.HTTPError, match="401"):
                ask(port, "/api/v1/hits", "wrong")
    assert not (tmp_path / "reader" / "data" / "simulated" / "log.db").exists()
    assert (tmp_path / "collector" / "data" / "simulated" / "needed").read_text().strip().isdigit()
