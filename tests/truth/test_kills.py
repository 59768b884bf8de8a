"""kill -9 of any process of a replay: run again, or healed by itself, the tables are those of an undisturbed one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from prim_client.recorded import Recorded
from tests.synthetic_polls import make_polls, write_folder
from tests.truth.commands import Replay, outlived
from tests.truth.road import Road, serving
from tests.truth.tables import Rows, differences, tables_of

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> Path:
    return write_folder(tmp_path_factory.mktemp("kills") / "recording", make_polls(1.5, seed=2))


@pytest.fixture(scope="module")
def undisturbed(spark, recording, tmp_path_factory) -> dict[str, Rows]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with serving(folder / "log.db", Recorded(recording)) as server:
        road = Road(spark, server.port, folder)
        road.go()
    return tables_of(road.engine)


@pytest.fixture
def replay(tmp_path, recording) -> Iterator[Replay]:
    """Small batches, so that it lasts."""
    replay = Replay(tmp_path, recording, "--max-entries", "5")
    yield replay
    replay.kill()


def test_killed_parts_are_started_again_and_a_killed_command_goes_on_when_it_is_run_again(replay, undisturbed):
    replay.start()
    for victim in ("worker", "log server", "JVM"):  # the driver ends with the command below, and in ./pulse bench faults
        replay.wait_for_progress(6)
        replay.kill_part(victim)
    replay.wait_for_progress(6)
    parts = psutil.Process(replay.process.pid).children(recursive=True)
    replay.kill_part("supervisor")
    assert not outlived(parts), "parts outlive the command and hold its log"
    assert 24 <= replay.stored() < len(undisturbed["entry"])
    code, result, said = replay.run()
    assert (code, said) == (0, "")
    assert differences(tables_of(replay.engine), undisturbed) == []
    assert sum(result["ticks"].values()) == 2 * 18
