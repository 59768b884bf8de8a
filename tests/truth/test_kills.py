"""A replay stopped, killed (a part, then all of it) and run again: its tables are those of an undisturbed one.

One round here; `./pulse bench faults` plays any number of them, with every process as the victim.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dashboard import export
from prim_client.inputs.recorded.recorded import Recorded
from spark_app.store.engine import get_meta
from tests.made.synthetic_polls import make_polls, write_folder
from tests.truth.commands import Replay, outlived
from tests.truth.road import Road, serving
from tests.truth.tables import differences, sha256_of, tables_of

pytestmark = pytest.mark.spark
HOURS, TICKS = 1.5, 18


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> Path:
    folder = write_folder(tmp_path_factory.mktemp("kills") / "recording", make_polls(HOURS, seed=2))
    (folder / "recording.json").write_text('{"recorder": "Ada", "licence": "CC0"}')
    return folder


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
    """Small batches: whatever comes late, it is not done before it is killed."""
    replay = Replay(tmp_path, recording, "--max-entries", "3", "--licence=ODbL")
    yield replay
    replay.kill()


def leave_a_broken_store(replay: Replay, finished: Path) -> None:
    """An earlier run of the replay that nothing but `--fresh` leads back from."""
    shutil.copytree(finished, replay.plan.folder)
    for file in replay.plan.folder.glob("store.db*"):
        file.unlink()
    (replay.plan.folder / "store.db").write_bytes(b"not a database" * 1_000)


def test_a_replay_that_was_stopped_and_killed_goes_on_when_it_is_run_again(replay, undisturbed, tmp_path):
    """One replay suffers all of it: to start Spark takes longer than what it does here."""
    whole = tables_of(undisturbed.engine)
    leave_a_broken_store(replay, undisturbed.folder)
    replay.start("--fresh").wait_until(lambda: replay.find("log server") is not None)
    replay.interrupt()
    code, result, said = replay.end()
    assert (code, result) == (1, {})
    assert said.splitlines()[-1] == "pulse: the replay did not finish; run the same command again to go on"
    replay.start().wait_for_progress(3)
    replay.kill_part("JVM")  # the driver ends over it, and is started again
    replay.wait_for_progress(1)
    parts = psutil.Process(replay.process.pid).children(recursive=True)
    replay.kill_part("supervisor")
    assert not outlived(parts), "parts outlive the command and hold its log"
    assert 4 <= replay.stored() < len(whole["entry"])
    code, result, said = replay.run("--max-entries", "1000")
    assert (code, said) == (0, "")
    assert differences(tables_of(replay.engine), whole) == []
    assert result["ticks"] == {"expected": TICKS, "observed": TICKS}
    assert result["sha256"] == sha256_of(replay.engine)
    who_recorded_it_stands_in_the_store_and_in_every_export(replay, tmp_path / "out")


def who_recorded_it_stands_in_the_store_and_in_every_export(replay: Replay, out: Path) -> None:
    """From its manifest, and from the command line."""
    with replay.engine.connect() as connection:
        credit = json.loads(get_meta(connection, "credit") or "")
    assert credit == {"recorder": "Ada", "licence": "ODbL", "publisher": "PRIM"}
    words = ["--store", replay.plan.store_url, "--out", str(out), "--config", str(replay.config), "--format", "csv"]
    assert export.main(words) == 0
    written = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file()).decode()
    assert "Enregistrement de PRIM (Ada), ODbL" in written and "ratpstatus" not in written
