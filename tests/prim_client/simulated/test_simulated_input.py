"""The simulated input: history first, real time over HTTP after it, and no gap or twin over a restart."""

import os
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from deploy.configuration.settings import Settings
from prim_client.input_factory import InputError, make_input
from prim_client.inputs.errors import AuthError
from prim_client.inputs.file.file_input import FileInput
from prim_client.inputs.live import Live
from prim_client.inputs.recorded.recorded import Recorded
from prim_client.messages.polls import RawPoll
from prim_client.simulated.playback import Simulated, past_poll
from prim_client.simulated.recording import file_name, record
from prim_client.simulated.server import Simulator
from prim_client.simulated.world.world import World
from prim_client.simulator import main

NOW = datetime(2026, 10, 6, 15, 1, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def world():
    return World(2, rail_only=True)


@pytest.fixture
def simulated(world, tmp_path):
    """Makes simulated inputs whose clock starts at NOW, and closes them."""
    made, began_s = [], time.monotonic()

    def make(**kwargs) -> Simulated:
        settings: dict[str, Any] = {
            "history_h": 1.0,
            "interval_s": 0.05,
            "retries": 0,
            "timeout_s": 5,
            "contact": "x",
        } | kwargs
        clock = lambda: NOW + timedelta(seconds=time.monotonic() - began_s)  # noqa: E731
        made.append(Simulated(world, tmp_path, clock=clock, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


def polls(input_, count: int, after: str = "") -> list[RawPoll]:
    return list(islice((item for item in input_.polls(after) if isinstance(item, RawPoll)), count))


def test_the_history_lies_on_a_grid_and_ends_now(simulated):
    found = polls(simulated(), 30)
    assert [poll.clock for poll in found] == [
        datetime(2026, 10, 6, 14, 2, tzinfo=UTC) + timedelta(minutes=2 * n) for n in range(30)
    ]


def test_the_history_is_the_world_as_a_client_would_have_seen_it(simulated, world):
    for poll in polls(simulated(history_h=6), 180):
        status, body = world.answer_at(poll.clock)
        assert poll.body == (body if not poll.error else b"")
        assert bool(poll.error) == (status != 200 or not body.startswith(b'{"disruptions":['))


def test_failures_of_the_past_have_the_words_of_the_live_client(world):
    day = (past_poll(world, NOW + timedelta(minutes=n)) for n in range(4_000))
    errors = {poll.error for poll in day if poll.error}
    assert (
        'PRIM has no answer (HTTP 404, \'{"statusCode":404,"error":"Not Found","message":"NO_NEWS_FOUND"}\')' in errors
    )


def test_then_real_time_comes_over_http(simulated, world):
    input_ = simulated(history_h=0)
    input_._simulator.fault("no_news")
    failed, good = polls(input_, 2)
    assert "NO_NEWS_FOUND" in failed.error
    assert good.body == world.answer_at(good.clock)[1] and NOW <= good.clock < NOW + timedelta(seconds=25)
    assert len(input_._simulator.requests) == 2


def test_a_restart_goes_on_behind_its_cursor(simulated):
    every = polls(simulated(), 30)
    assert polls(simulated(), 10, after=every[19].cursor) == every[20:]


def test_a_long_pause_is_made_up_for_as_far_as_the_history_goes(simulated):
    first = polls(simulated(), 1, after=(NOW - timedelta(days=3)).isoformat())
    assert first[0].clock == datetime(2026, 10, 6, 14, 2, tzinfo=UTC)


def test_a_cursor_of_another_input_is_refused(simulated):
    with pytest.raises(ValueError, match="another input"):
        polls(simulated(), 1, after="20240423000201_disruptions.optimized.json")


def test_a_simulator_of_the_same_world_is_used(simulated, world):
    with Simulator(world.answer_at, name=world.name, clock=lambda: NOW) as running:
        port = int(running.base_url.split(":")[2].split("/")[0])
        input_ = simulated(history_h=0, port=port)
        assert input_.base_url == running.base_url
        polls(input_, 1)
        assert len(running.requests) == 1


def test_a_port_taken_by_something_else_is_left_to_it(simulated, caplog):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        threading.Thread(target=lambda: other.accept()[0].close(), daemon=True).start()
        input_ = simulated(history_h=0, port=port)
        assert f":{port}/" not in input_.base_url and polls(input_, 1)[0].body
    assert f"simulator.port {port}" in caplog.text and input_.base_url in caplog.text


def test_stop_ends_history_and_real_time(simulated):
    input_ = simulated(history_h=0, interval_s=60)
    threading.Timer(0.3, input_.stop).start()
    began = time.monotonic()
    list(input_.polls())
    assert time.monotonic() - began < 30


# Recordings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("out", ["folder", "week.tar.zst"])
def test_a_recording_is_what_the_recorded_input_plays(world, tmp_path, out):
    begin = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # over the hour that exists twice
    assert record(world, begin, 0.25, tmp_path / out) == 180
    played = list(Recorded(tmp_path / out, None).polls())
    assert [poll.clock for poll in played] == [begin + timedelta(minutes=2 * n) for n in range(180)]
    assert [poll.body for poll in played] == [world.answer_at(poll.clock)[1] for poll in played]


def test_the_same_recording_has_the_same_bytes(tmp_path):
    for name in ("a.tar.zst", "b.tar.zst"):
        record(World(4, rail_only=True), NOW, 0.02, tmp_path / name)
    assert (tmp_path / "a.tar.zst").read_bytes() == (tmp_path / "b.tar.zst").read_bytes()


def test_file_names_tell_the_two_autumn_hours_apart():
    assert file_name(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == "20261025023000_disruptions.json"
    assert file_name(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == "20261025023000_second_disruptions.json"


def test_the_command_records_and_never_overwrites(tmp_path, capsys):
    arguments = ["record", "--rail", "--days", "0.01", "--out", str(tmp_path / "x.tar.zst")]
    assert main(arguments) == 0 and "7 polls in" in capsys.readouterr().out
    assert main(arguments) == 1 and "x.tar.zst" in capsys.readouterr().err
    assert main([*arguments[:-1], str(tmp_path / "x.zip")]) == 1 and ".tar.zst" in capsys.readouterr().err
    assert main([*arguments[:-1], str(tmp_path)]) == 1 and "not empty" in capsys.readouterr().err


def test_the_command_serves(tmp_path):
    command = [sys.executable, "-m", "prim_client.simulator", "serve", "--port", "0", "--rail"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": "."}) as process:
        assert process.stdout.readline().startswith("PRIM, simulated: http://127.0.0.1:")
        process.terminate()
        assert process.wait(10) == 0


# Wiring -------------------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path, simulator={"port": 0, "history_h": 1})


def test_inputs_are_made_by_name(settings, tmp_path):
    live = make_input("live", settings, environment={"PRIM_API_KEY": "a-key"})
    assert isinstance(live, Live) and live.source == "live"
    simulated = make_input("simulated", settings)
    assert isinstance(simulated, Simulated) and simulated.source == "simulated"
    simulated.close()
    assert isinstance(make_input("file", settings, path=Path("-")), FileInput)


@pytest.mark.parametrize(("name", "word"), [("file", "CSV"), ("recorded", "tar.zst"), ("nonsense", "simulated")])
def test_an_input_that_cannot_be_made_is_one_sentence(settings, name, word):
    with pytest.raises(InputError, match=word):
        make_input(name, settings)


def test_live_without_a_key_names_the_variable(settings):
    with pytest.raises(AuthError, match="PRIM_API_KEY is not set"):
        make_input("live", settings, environment={})


def test_live_over_plain_http_is_refused(tmp_path):
    settings = Settings(data_dir=tmp_path, poll={"base_url": "http://prim.example/marketplace"})
    with pytest.raises(InputError, match="https"):
        make_input("live", settings, environment={"PRIM_API_KEY": "a-key"})


@pytest.mark.parametrize(("key", "word"), [("", "PRIM_API_KEY is not set"), ("wrong-key", "refuses the key")])
def test_the_process_ends_with_3_when_the_key_is_the_matter(tmp_path, key, word):
    with Simulator(lambda _: (200, b"{}")) as simulator:
        config = tmp_path / "config.yaml"
        config.write_text(f"data_dir: data\npoll: {{base_url: {simulator.base_url}}}\n")
        environment = os.environ | {"PULSE_CONFIG": str(config), "PRIM_API_KEY": key, "PYTHONPATH": "."}
        ran = subprocess.run(
            [
                sys.executable,
                "-m",
                "stream_server.serve",
                "--input",
                "live",
                "--port",
                "0",
                "--log",
                str(tmp_path / "l.db"),
            ],
            capture_output=True,
            text=True,
            env=environment,
            timeout=60,
            check=False,
        )
    assert ran.returncode == 3 and word in ran.stderr and "Traceback" not in ran.stderr
    assert "wrong-key" not in ran.stderr + ran.stdout
