"""No secret is seen outside the process that needs it: real parts over a real database with a password."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import psutil
import pytest
import yaml
from sqlalchemy import make_url

from deploy.configuration.command_line import store_argument
from deploy.configuration.redaction import redacted
from deploy.configuration.settings import Settings, SettingsError, load
from deploy.up import make_parts
from prim_client.simulated.line_reports import line_reports
from prim_client.simulated.server import Simulator
from prim_client.simulated.world.world import World
from spark_app.commands import rebuild
from spark_app.replay import parts as replay_parts
from spark_app.replay.plan import make_replay_plan
from spark_app.store.engine import StoreError, connect, without_password
from spark_app.store.workspace import workspace
from tests.deploy.test_up import ROOT, Up, assert_ports_are_free, config, start  # noqa: F401 - fixtures
from tests.made.databases import postgres, postgresql_server

PASSWORD = "pw-Z7k@q/9:x%"  # with everything that a URL writes in another way
PRIM_KEY = "Kx7wQ2mV9sT4bN6cJ1rE8yU3hD5fG0aZ"  # as long as PRIM's
SECRETS = {"PULSE_PASSWORD": "page-Q4vT1", "PULSE_WEBHOOK_SECRET": "hook-M8rB2"}
URL = "postgresql+psycopg://pulse:pw-Z7k%40q%2F9%3Ax%25@/pulse?host=/nowhere"


@pytest.fixture(scope="module")
def database():
    if postgres() is None:
        pytest.skip("no PostgreSQL on this machine")
    with postgresql_server(PASSWORD) as new:
        yield new


def forms_of(secret: str) -> list[bytes]:
    """As it is, and as it stands in a URL and in JSON."""
    escaped = make_url("postgresql://").set(username="u", password=secret).render_as_string(hide_password=False)
    in_url = escaped.split(":", 2)[2].rpartition("@")[0]
    return [form.encode() for form in {secret, in_url, json.dumps(secret)[1:-1]}]


def command_lines(pid: int) -> dict[str, bytes]:
    """Of the process and all below it."""
    root = psutil.Process(pid)
    processes = [root, *root.children(recursive=True)]
    return {
        f"{one.pid} {one.name()}": Path(f"/proc/{one.pid}/cmdline").read_bytes()
        for one in processes
        if one.is_running()
    }


def answers(port: int) -> dict[str, bytes]:
    """What the page says without and with the password."""
    found = {}
    for path in ("/health", "/metrics", "/version", "/", "/api/v1/books"):
        for auth in ({}, {"Authorization": "Basic " + "cHVsc2U6cGFnZS1RNHZUMQ=="}):
            try:
                with urllib.request.urlopen(
                    urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=auth), timeout=30
                ) as answer:
                    found[f"{path} {bool(auth)}"] = answer.read()
            except urllib.error.HTTPError as error:
                found[f"{path} {bool(auth)}"] = error.read()
    return found


def all_that_is_seen(up: Up, config: Path, secrets: dict[str, str], *exported: str) -> dict[str, bytes]:  # noqa: F811
    """Command lines, answers of the page, an export, the output and all files, by their place; `up` is stopped."""
    everything, out = command_lines(up.process.pid), config.parent / "export"
    assert {"java"} <= {name.split()[1] for name in everything}
    everything |= answers(up.settings["dashboard"]["port"])
    done = subprocess.run(
        [sys.executable, "-m", "dashboard.export", "--config", str(config), "--out", str(out), *exported],
        env=os.environ | secrets,
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert up.stop() == 0, up.said()
    everything |= {"output": up.output.read_bytes(), "export": done.stdout + done.stderr}
    files = (path for folder in (config.parent / "data", out) for path in folder.rglob("*") if path.is_file())
    return everything | {str(path): path.read_bytes() for path in files}


def places_of(secrets: Iterable[str], everything: dict[str, bytes]) -> list[str]:
    """Where one of them stands, in any of its forms."""
    forms = [form for secret in secrets for form in forms_of(secret)]
    return [place for place, text in everything.items() if any(form in text for form in forms)]


@pytest.mark.spark
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_running_pipeline_reaches_the_page_shows_no_secret_and_stops_cleanly(config, start, database, monkeypatch):  # noqa: F811
    monkeypatch.setenv("PULSE_STORE_URL", database())  # of the pipeline and of `status`
    up = start(config, **SECRETS)
    up.until(lambda: re.search(r"Pulse is at http://127\.0\.0\.1:\d+", up.said()))
    up.until(lambda: (up.health() or {}).get("tick"))
    status = up.until(lambda: up.stored(config))
    assert status["balanced"], status["wrong"]
    assert status["source"] == "simulated"
    assert status["log"]["ticks"]["expected"] >= 5, "the last half hour comes first"
    assert sum(b"env:PULSE_STORE_URL" in line for line in command_lines(up.process.pid).values()) >= 3
    everything = all_that_is_seen(up, config, SECRETS)
    assert_ports_are_free(up)
    assert places_of([PASSWORD, *SECRETS.values()], everything) == []


@pytest.mark.spark
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_live_pipeline_polls_with_its_key_keeps_its_own_store_and_shows_the_key_to_nobody(config, start):  # noqa: F811
    world, port = World(3), yaml.safe_load(config.read_text())["simulator"]["port"]
    secrets = SECRETS | {"PRIM_API_KEY": PRIM_KEY}
    keys, pages = frozenset({PRIM_KEY}), partial(line_reports, world)
    with Simulator(world.answer_at, port=port, keys=keys, pages=pages) as prim:
        up = start(config, **secrets)
        status = up.until(lambda: s if (s := up.status(config, "live")) and s["store"].get("stored") else None)
        assert status["source"] == "live"
        assert {answer for _, _, answer in prim.requests} == {200}, "the key was sent, and let in"
        everything = all_that_is_seen(up, config, secrets, "--table", "counters")
    assert not (config.parent / "data" / "simulated").exists()
    assert places_of(secrets.values(), everything) == []


@pytest.mark.parametrize(
    ("module", "fault"),
    [
        ("spark_app.commands.app", "wrong password"),
        ("spark_app.commands.derive", "no such server"),
        ("spark_app.commands.status", "@ not escaped"),
        ("spark_app.commands.rebuild", "not a URL"),
        ("dashboard.export", "not a URL"),
        ("dashboard.search", "wrong password"),
    ],
)
def test_no_command_prints_the_password_of_a_database_that_it_cannot_use(database, tmp_path, module, fault):
    wrong = {
        "wrong password": database().replace(":pw-Z7k", ":pw-Z7kwrong"),
        "no such server": URL,
        "not a URL": "postgres://pulse:pw-Z7k@q/9:x@db:port/pulse",
        "@ not escaped": "postgresql+psycopg://pulse:pw-Z7k@q9xyz@localhost/pulse",
    }[fault]
    (tmp_path / "config.yaml").write_text("data_dir: data\n")
    folder = tmp_path / "data" / "simulated"
    folder.mkdir(parents=True)
    (folder / "log.db").touch()
    more = {"spark_app.commands.app": ["--port", "1", "--state", str(folder)], "dashboard.search": ["gare"]}.get(
        module, []
    )
    done = subprocess.run(
        [sys.executable, "-m", module, "--store", "env:THE_STORE", "--config", str(tmp_path / "config.yaml"), *more],
        env=os.environ | {"THE_STORE": wrong},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    output = done.stdout + done.stderr
    assert "Traceback" not in output and output.startswith("pulse: ")
    for piece in ("pw-Z7k", "q9xyz", "q/9", "q%2F9"):
        assert piece not in output


def test_no_part_of_any_command_has_the_password_among_its_arguments(tmp_path, monkeypatch):
    monkeypatch.setenv("PULSE_STORE_URL", URL)
    (tmp_path / "config.yaml").write_text("topics: {every_h: 1}\n")
    settings = load(tmp_path / "config.yaml")
    assert settings.store.url == URL
    options = argparse.Namespace(
        config=tmp_path / "config.yaml",
        cores=None,
        max_entries=None,
        recorder=None,
        licence=None,
        transport="kafka",
        partitions=None,
    )
    plan = make_replay_plan(tmp_path / "polls", None, URL, tmp_path)
    place = workspace(settings, "simulated")
    parts = [
        *make_parts(settings, "simulated", tmp_path),
        *replay_parts.make_parts(plan, options, replay_parts.make_transport(plan, settings, options)),
        *rebuild._parts(place, settings, tmp_path / "rebuild", URL),
    ]
    assert len(parts) >= 11
    assert [part.name for part in parts if any("pw-" in word for word in part.command)] == []
    assert sum(part.environment.get("PULSE_STORE_URL") == URL for part in parts) == 6
    assert "pw-" not in repr(parts)


def test_a_variable_that_is_not_set_is_a_sentence():
    with pytest.raises(argparse.ArgumentTypeError, match="the environment variable 'NO_SUCH' is not set"):
        store_argument("env:NO_SUCH")
    assert store_argument("sqlite:///env:a.db") == "sqlite:///env:a.db"


@pytest.mark.parametrize(
    "key", ["store: {url: 'postgres://u:hidden@h/d'}", "alerts: {webhooks: ['htps://u:hidden@h/d?token=hidden']}"]
)
def test_a_refused_setting_is_named_without_its_secret(tmp_path, key):
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(key)))
    with pytest.raises(SettingsError, match="expected a") as refused:
        load(path)
    assert "hidden" not in str(refused.value) and "***@h" in str(refused.value)


def test_a_refused_url_of_the_environment_names_the_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("PULSE_STORE_URL", "postgres://u:hidden@h/d")
    (tmp_path / "config.yaml").write_text("")
    with pytest.raises(SettingsError, match="the environment variable PULSE_STORE_URL: url = ") as refused:
        load(tmp_path / "config.yaml")
    assert "hidden" not in str(refused.value)
    assert Settings().store.url == ""


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:hidden@h:5/d?sslpassword=hidden&host=x", "postgresql://u:***@h:5/d?host=x&sslpassword=***"),
        ("mysql+pymysql://u:hid/den@h/d", "mysql+pymysql://u:***@h/d"),
        ("postgres://u:hid@den@h:port/d", "postgres://***@h:port/d"),
        ("sqlite:////tmp/été.db", "sqlite:////tmp/été.db"),
    ],
)
def test_what_is_shown_of_a_url(url, said):
    assert without_password(url) == said
    assert "hidden" not in redacted(url)


def test_a_password_with_an_at_sign_is_not_taken_for_a_host():
    with pytest.raises(StoreError, match="written as %40") as refused:
        connect("postgresql+psycopg://u:a@b@h/d")
    assert "a@b" not in str(refused.value) and "b@h" not in str(refused.value)
