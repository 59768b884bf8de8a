"""A replay killed (any process) or stopped midway: healed by itself, or run again,
its tables are those of an undisturbed one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from prim_client.recorded import Recorded
from tests.synthetic_polls import make_polls, write_folder
from tests.truth.commands import Replay, outlived
from tests.truth.road import Road, serving
from tests.truth.tables import differences, sha256_of, tables_of

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> Path:
    return write_folder(tmp_path_factory.mktemp("kills") / "recording", make_polls(2.5, seed=2))


@pytest.fixture(scope="module")
def undisturbed(spark, recording, tmp_path_factory) -> Road:
    """The road of one go, at its end."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with serving(folder / "log.db", Recorded(recording)) as server:
        road = Road(spark, server.port, folder)
        road.go()
    return road


@pytest.fixture
def replay(tmp_path, recording) -> Iterator[Replay]:
    """Small batches and a long recording: whatever comes late, it is not done before it is stopped."""
    replay = Replay(tmp_path, recording, "--max-entries", "5")
    yield replay
    replay.kill()


def leave_a_broken_store(replay: Replay, finished: Path) -> None:
    """An earlier run of the replay that nothing but `--fresh` leads back from."""
    shutil.copytree(finished, replay.plan.folder)
    for file in replay.plan.folder.glob("store.db*"):
        file.unlink()
    (replay.plan.folder / "store.db").write_bytes(b"not a database" * 1_000)


def test_killed_parts_are_started_again_and_a_killed_or_stopped_command_goes_on_when_it_is_run_again(
    replay, undisturbed
):
    """One replay suffers all of it: to start Spark takes longer than what it does here."""
    whole = tables_of(undisturbed.engine)
    leave_a_broken_store(replay, undisturbed.folder)
    replay.start("--fresh")
    for victim in (
        "worker",
        "log server",
        "JVM",
    ):  # the driver ends with the command below, and in ./pulse bench faults
        replay.wait_for_progress(5)
        replay.kill_part(victim)
    replay.wait_for_progress(5)
    parts = psutil.Process(replay.process.pid).children(recursive=True)
    replay.kill_part("supervisor")
    assert not outlived(parts), "parts outlive the command and hold its log"
    assert 20 <= replay.stored() < len(whole["entry"])
    replay.start().wait_for_progress(1)
    replay.interrupt()
    code, result, said = replay.end()
    assert (code, result) == (1, {})
    assert said.splitlines()[-1] == "pulse: the replay did not finish; run the same command again to go on"
    assert 21 <= replay.stored() < len(whole["entry"])
    code, result, said = replay.run("--max-entries", "1000")
    assert (code, said) == (0, "")
    assert differences(tables_of(replay.engine), whole) == []
    assert result["ticks"] == {"expected": 31, "observed": 31}
    assert result["sha256"] == sha256_of(replay.engine)
