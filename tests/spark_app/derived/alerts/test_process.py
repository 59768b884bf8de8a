"""The derive process itself: it tells a webhook of the configuration, says so, and stops when asked."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from spark_app.store.engine import open_store, sqlite_url
from tests.made.small_store import put_entry, put_revision

ROOT = Path(__file__).resolve().parents[4]
PATIENCE_S = 60
SECRET = "for this test only"


class Hook(ThreadingHTTPServer):
    """A server that counts what it gets."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got, self.told = [], threading.Event()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        assert isinstance(self.server, Hook)
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()
        self.server.told.set()

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = Hook()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def store(tmp_path):
    """A store in which most of the RER A was blocked a moment ago."""
    url = sqlite_url(tmp_path / "store.db")
    engine = open_store(url)
    put_revision(engine, 1, *[f"s{n}" for n in range(40)], severity="BLOQUANTE", title="Trafic interrompu")
    put_entry(engine, 0, time.time_ns() // 1_000, [(1, "opened")])
    engine.dispose()
    return url


def start(tmp_path, store, webhooks, **environ):
    config = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    config["alerts"]["webhooks"] = webhooks
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(config), "utf-8")
    command = [sys.executable, "-m", "spark_app.commands.derive", "--store", store, "--config", str(path)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PULSE_")}
    return subprocess.Popen(
        command, cwd=ROOT, env=clean | environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_it_tells_the_webhook_and_the_log_and_stops_when_asked(tmp_path, store, server):
    process = start(tmp_path, store, [f"http://127.0.0.1:{server.server_port}/"], PULSE_WEBHOOK_SECRET=SECRET)
    try:
        assert server.told.wait(PATIENCE_S)
    finally:
        process.send_signal(signal.SIGTERM)
        said, wrong = process.communicate(timeout=PATIENCE_S)
    assert [(told["event"], told["line"]["label"], told["title"]) for told in server.got] == [
        ("raised", "RER A", "Trafic interrompu")
    ]
    assert said.startswith("ALERT RER A: 87 % of the stations blocked, not enough history (0 days)")
    assert (process.returncode, wrong) == (0, "")
    assert SECRET not in said


def test_webhooks_without_a_secret_are_one_sentence(tmp_path, store):
    process = start(tmp_path, store, ["http://127.0.0.1:9/"])
    said, wrong = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, said) == (3, "")
    assert wrong.count("\n") == 1 and "PULSE_WEBHOOK_SECRET" in wrong
