"""What `--fresh` deletes: the store of an earlier replay, wherever it is, and never that of live data.
What a wrong input loads."""

import subprocess
import sys

import pytest

from dashboard.search import main
from spark_app.replay.plan import forget, make_replay_plan
from spark_app.store.engine import StoreError, exists, open_store, put_meta, sqlite_url
from tests.dashboard.conftest import ROOT
from tests.dashboard.pages.test_search import fill


@pytest.fixture
def plan(tmp_path):
    return make_replay_plan(tmp_path / "recording", None, sqlite_url(tmp_path / "elsewhere.db"), tmp_path)


def write(plan, source="recorded"):
    fill(plan.store_url)
    engine = open_store(plan.store_url)
    with engine.begin() as connection:
        put_meta(connection, source=source)
    engine.dispose()
    plan.folder.mkdir(parents=True)
    (plan.folder / "log.db").write_text("log")


def found(plan, capsys):
    assert main(["nord", "--store", plan.store_url]) == 0
    return capsys.readouterr().out


def test_a_store_that_was_forgotten_is_made_again_as_often_as_one_likes(plan, capsys):
    write(plan)
    once = found(plan, capsys)
    for _ in range(2):
        forget(plan)
        assert not plan.folder.exists() and not exists(plan.store_url)
        write(plan)
        assert found(plan, capsys) == once


def test_a_store_of_live_data_is_not_deleted(plan):
    write(plan, source="live")
    with pytest.raises(StoreError, match="holds live data: a replay does not delete it"):
        forget(plan)
    assert exists(plan.store_url) and plan.folder.exists()


def test_the_same_path_day_and_store_lead_to_the_same_folder(tmp_path):
    one, same, other = (make_replay_plan(tmp_path / name, None, None, tmp_path) for name in ("a", "a", "b"))
    assert one == same and one.folder != other.folder and one.store_url == sqlite_url(one.folder / "store.db")


@pytest.mark.parametrize(
    "content",
    [None, b'{"Siri": {}}', b'{"disruptions": [], "pagination": {}}'],
    ids=["empty folder", "SIRI", "Navitia"],
)
def test_a_wrong_input_is_refused_before_a_database_or_spark_is_loaded(tmp_path, content):
    path = tmp_path / "input"
    path.mkdir()
    if content:
        path = path / "2024-04-23T1200.json"
        path.write_bytes(content)
    command = [
        sys.executable,
        "-X",
        "importtime",
        "-m",
        "spark_app.replay.command",
        str(path),
        "--config",
        str(tmp_path / "config.yaml"),
    ]
    (tmp_path / "config.yaml").write_text("data_dir: data\n")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    imported = {
        line.rpartition("|")[2].strip().split(".")[0]
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    }
    assert done.returncode in (1, 2) and "pulse: " in done.stderr
    assert "prim_client" in imported
    assert not imported & {"sqlalchemy", "pyspark", "pandas", "numpy", "pyarrow", "flask"}
