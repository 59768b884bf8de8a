"""The file that names the parts that are down: written by a supervisor, read by the page and `./pulse status`."""

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from dashboard.frame.freshness import REASON_LENGTH, freshness
from dashboard.store.reader import Store
from deploy.processes.part_states import FILE_NAME, PartDown, read_parts_down, write_parts_down
from spark_app.commands import status
from spark_app.store.engine import open_store, sqlite_url

SPARK = PartDown("spark", 1_800_000_000.0, "the log ends at 3: run `./pulse rebuild`")


def test_what_is_written_is_read_and_nobody_elses(tmp_path):
    path = tmp_path / FILE_NAME
    write_parts_down(path, [SPARK])
    assert read_parts_down(path) == [SPARK]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    write_parts_down(path, [])
    assert read_parts_down(path) == []


def test_a_supervisor_that_has_ended_says_nothing(tmp_path):
    path = tmp_path / FILE_NAME
    write_parts_down(path, [SPARK])
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    path.write_text(path.read_text().replace(str(os.getpid()), str(ended.pid)))
    assert read_parts_down(path) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        "rubbish",
        '{"supervisor": 1}',
        '{"supervisor": "x", "down": []}',
        '{"supervisor": 1, "down": [1]}',
    ],
)
def test_what_is_no_file_of_ours_says_nothing(tmp_path, text):
    (tmp_path / FILE_NAME).write_text(text)
    assert read_parts_down(tmp_path / FILE_NAME) == read_parts_down(tmp_path / "none") == read_parts_down(None) == []


def test_the_page_names_the_part_since_when_and_why(tmp_path):
    path, now = tmp_path / FILE_NAME, datetime(2027, 1, 15, 8, 5, tzinfo=UTC)
    url = sqlite_url(tmp_path / "store.db")
    open_store(url).dispose()
    write_parts_down(path, [SPARK, PartDown("log", 1_800_000_001.5, "x" * 500)])
    for store in (Store(url), Store(sqlite_url(tmp_path / "none.db"))):
        assert freshness(store, now, path)["down"] == [
            {"part": "spark", "since": 1_800_000_000_000, "why": "the log ends at 3: run `./pulse rebuild`"},
            {"part": "log", "since": 1_800_000_001_500, "why": "x" * REASON_LENGTH},
        ]
        assert "down" not in freshness(store, now)


def test_the_status_names_the_part_and_fails(tmp_path, capsys):
    config, folder = tmp_path / "config.yaml", tmp_path / "data" / "simulated"
    config.write_text("data_dir: data\n")
    open_store(sqlite_url(folder / "store.db")).dispose()
    write_parts_down(folder / FILE_NAME, [SPARK])
    arguments = ["--config", str(config), "--source", "simulated"]
    assert status.main(arguments) == 1
    assert "down       spark since 2027-01-15 08:00:00 UTC: the log ends at 3" in capsys.readouterr().out
    assert status.main([*arguments, "--json"]) == 1
    assert [one["part"] for one in json.loads(capsys.readouterr().out)["down"]] == ["spark"]
