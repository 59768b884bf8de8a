"""A store that cannot be written is read as any other: its page, its files, its books."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from spark_app.store.sqlite_reader import connect_reader
from tests.dashboard.conftest import NOON, ROOT
from tests.dashboard.page_servers import start_server, write_config
from tests.made.filled_store import fill_store
from tests.made.network import believable_plan
from tests.made.read_only import on_read_only_mount, without_permission

NAME = "dépôt 100 %#1.db"  # what a URI would take for something else
WAYS: dict[str, Callable[[Path], Sequence[str]]] = {
    "mount": on_read_only_mount,
    "folder": without_permission,
    "file": partial(without_permission, files_only=True),
}


@pytest.fixture
def store(tmp_path):
    """The path of a closed store, alone in its folder, which can be deleted afterwards."""
    path = tmp_path / "kept" / NAME
    path.parent.mkdir()
    fill_store(f"sqlite:///{path}", believable_plan(NOON, hours=1)).dispose()
    assert [each.name for each in path.parent.iterdir()] == [NAME]
    yield path
    path.parent.chmod(0o755)


def leave_changes(path: Path, *, index: bool) -> None:
    """What a killed writer leaves: a change that is in the -wal file alone, with or without the index of that file."""
    writer, copies = sqlite3.connect(path, isolation_level=None), path.parent.parent / "copies"
    writer.execute("update meta set value = 'changed' where name = 'generation'")
    shutil.copytree(path.parent, copies)
    writer.close()
    for copy in copies.iterdir():
        if index or not copy.name.endswith("-shm"):
            shutil.copy(copy, path.parent)


def run(module: str, *arguments: str, before=(), folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of ours in a workspace of its own."""
    own = write_config(folder)
    return subprocess.run(
        [*before, sys.executable, "-m", module, "--config", str(own), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("way", WAYS)
def test_commands_read_it(store, tmp_path, way):
    url, before = ["--store", f"sqlite:///{store}"], WAYS[way](store.parent)
    told = run("spark_app.commands.status", *url, "--json", before=before, folder=tmp_path)
    assert (json.loads(told.stdout)["versions"]["generation"], told.stderr) == ("1", "")
    found = run("dashboard.search", *url, "ligne", "--json", before=before, folder=tmp_path)
    assert json.loads(found.stdout)["total"] > 0
    written = run("dashboard.export", *url, "--format", "csv", "--out", str(tmp_path), before=before, folder=tmp_path)
    assert (written.returncode, written.stderr) == (0, "")
    assert (Path(written.stdout.strip()) / "hits.csv").stat().st_size > 1_000
    assert {path.name for path in store.parent.iterdir()} <= {NAME, f"{NAME}-wal", f"{NAME}-shm"}  # a reader's own


def test_the_page_shows_it(store, tmp_path):
    server = start_server(tmp_path, f"sqlite:///{store}", before=on_read_only_mount(store.parent))
    try:
        with urllib.request.urlopen(f"{server.url}/api/v1/window", timeout=60) as answer:
            assert json.load(answer)["stations_hit"] > 0
    finally:
        server.kill()


@pytest.mark.parametrize("way", WAYS)
def test_changes_of_a_killed_writer_are_read(store, tmp_path, way):
    leave_changes(store, index=True)
    told = run(
        "spark_app.commands.status",
        "--store",
        f"sqlite:///{store}",
        "--json",
        before=WAYS[way](store.parent),
        folder=tmp_path,
    )
    assert json.loads(told.stdout)["versions"]["generation"] == "changed"


@pytest.mark.parametrize("way", ["mount", "folder"])
def test_changes_that_cannot_be_read_are_a_sentence(store, tmp_path, way):
    leave_changes(store, index=False)
    url, before = f"sqlite:///{store}", WAYS[way](store.parent)
    sentence = f"{NAME}-wal beside it holds changes of a writer that was stopped, and this folder cannot be written"
    for module, code in (("spark_app.commands.status", 1), ("dashboard.export", 1)):
        told = run(module, "--store", url, before=before, folder=tmp_path)
        assert told.returncode == code and sentence in told.stderr and told.stderr.count("\n") == 1
    server = start_server(tmp_path, url, before=before)
    try:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{server.url}/api/v1/window", timeout=60)
        assert refused.value.code == 503 and sentence in json.load(refused.value)["error"]
    finally:
        server.kill()


def test_a_file_that_is_no_database_or_not_there_is_no_read_only_one(tmp_path):
    for content, error in ((None, "unable to open database file"), (b"text " * 1_000, "file is not a database")):
        path = tmp_path / "store.db"
        if content:
            path.write_bytes(content)
        with pytest.raises(sqlite3.DatabaseError, match=error):
            connect_reader(path)
