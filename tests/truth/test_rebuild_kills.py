"""`./pulse rebuild` killed and run again: every row is that of an undisturbed one, what no log holds included."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from spark_app.commands.rebuild import main
from spark_app.store.engine import open_store, put_meta, sqlite_url
from spark_app.store.tables import entry, message
from stream_server.log.log import Log
from stream_server.socket.server import Server
from tests.made import databases
from tests.made.synthetic_polls import make_polls
from tests.truth.rebuilds import Rebuild, copy_store, everything_of, plant_evidence
from tests.truth.road import Polls, Road, serving
from tests.truth.tables import Rows, differences

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def pipeline(spark, tmp_path_factory) -> Path:
    """The folder of a stopped pipeline that was told what no log holds when it had taken in half of it."""
    folder = tmp_path_factory.mktemp("pipeline")
    with serving(folder / "log.db", Polls(make_polls(1))) as server:
        road = Road(spark, server.port, folder, max_entries=4)
        road.go(8)
        plant_evidence(sqlite_url(folder / "store.db"))
        Road(spark, server.port, folder).go()
        road.engine.dispose()
    return folder


@pytest.fixture(scope="module")
def whole(pipeline) -> dict[str, Rows]:
    """What a rebuild has to make of it: the same."""
    rows = everything_of(sqlite_url(pipeline / "store.db"))
    assert len(rows["published_incident"]) >= 10 and len(rows["delivery"]) == 1 and rows["meta: line reports"][0][0]
    return rows


def test_a_file_is_the_old_one_until_the_new_one_is_whole(pipeline, whole, tmp_path):
    """Killed once, midway; `./pulse bench faults` kills at random instants, and on every kind of store."""
    rebuild = Rebuild(shutil.copytree(pipeline, tmp_path / "pipeline"))
    assert rebuild.start().kill_when(lambda: rebuild.rows_of(entry) > 4), rebuild.end()
    assert differences(everything_of(rebuild.store_url), whole) == []
    assert rebuild.leftovers()
    code, said = rebuild.run()
    assert code == 0, said
    assert differences(everything_of(rebuild.store_url), whole) == []
    assert rebuild.leftovers() == []


@pytest.fixture
def here(spark, monkeypatch) -> None:
    """The parts of a rebuild run in this process, with the Spark session of the tests."""

    def run_here(places: tuple[Path, Path, str], _say: Callable[[str], None]) -> int:
        log_path, work, target = places
        with Log.open(log_path) as log, Server(log, "127.0.0.1", 0) as server:
            Road(spark, server.port, work, store_url=target).go()
        return 0

    monkeypatch.setattr(
        "spark_app.commands.rebuild._parts", lambda place, _settings, work, target: (place.log, work, target)
    )
    monkeypatch.setattr("spark_app.commands.rebuild.run", run_here)


SERVERS = {
    "postgresql": (databases.postgres, databases.postgresql_server),
    "mariadb": (databases.mariadb, databases.mariadb_server),
}
INSTALLED = [name for name, (installed, _) in SERVERS.items() if name == "postgresql" or installed()]


AT_NIGHT = pytest.mark.nightly("the same refusals on PostgreSQL, here")
# A refusal comes before the store is written, so the kind of the server plays no part in it.
one_server_by_day = pytest.mark.parametrize(
    "server_url",
    [pytest.param(name, marks=[AT_NIGHT] * (name != "postgresql")) for name in INSTALLED],
    indirect=True,
)


@pytest.fixture(params=INSTALLED)
def server_url(request) -> Iterator[str]:
    installed, server = SERVERS[request.param]
    if not installed():
        pytest.skip("PostgreSQL is not installed")
    with server() as new_database:
        yield new_database()


def rebuild_here(folder: Path, *words: str) -> None:
    (folder / "config.yaml").write_text("data_dir: data\n")
    assert main(["--folder", str(folder), "--config", str(folder / "config.yaml"), *words]) == 0


@pytest.mark.usefixtures("here")
def test_tables_of_a_server_are_emptied_and_made_again(pipeline, whole, tmp_path, server_url):
    """A rebuild that was killed has left them half made: tests/spark_app/commands/test_new_store.py, `./pulse bench
    faults`."""
    folder = shutil.copytree(pipeline, tmp_path / "pipeline")
    copy_store(sqlite_url(folder / "store.db"), server_url)
    engine = open_store(server_url)
    with engine.begin() as connection:
        connection.execute(delete(message))
    rebuild_here(folder, "--store", server_url)
    assert differences(everything_of(server_url), whole) == []


def refused(folder: Path, capsys, *words: str) -> str:
    (folder / "config.yaml").write_text("data_dir: data\n")
    assert main(["--folder", str(folder), "--config", str(folder / "config.yaml"), *words]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and said.startswith("pulse: ")
    return said


@one_server_by_day
def test_a_log_that_somebody_writes_is_left_alone_and_so_is_the_store(pipeline, tmp_path, capsys, server_url):
    folder = shutil.copytree(pipeline, tmp_path / "pipeline")
    copy_store(sqlite_url(folder / "store.db"), server_url)
    before = everything_of(server_url)
    with Log.open(folder / "log.db"):
        assert "is being written by process" in refused(folder, capsys, "--store", server_url)
    assert differences(everything_of(server_url), before) == []


@one_server_by_day
def test_a_store_of_another_source_is_not_emptied(pipeline, tmp_path, capsys, server_url):
    folder = shutil.copytree(pipeline, tmp_path / "pipeline")
    engine = open_store(server_url)
    with engine.begin() as connection:
        put_meta(connection, source="live")
    assert "holds live data, and the log is of recorded" in refused(folder, capsys, "--store", server_url)


@one_server_by_day
def test_what_the_log_has_no_more_is_not_dropped_unasked(pipeline, tmp_path, capsys, server_url):
    folder = shutil.copytree(pipeline, tmp_path / "pipeline")
    copy_store(sqlite_url(folder / "store.db"), server_url)
    with Log.open(folder / "log.db") as log:
        log.drop_before(5)
    before = everything_of(server_url)
    assert "then run it with --drop-unlogged" in refused(folder, capsys, "--store", server_url)
    assert differences(everything_of(server_url), before) == []


@pytest.mark.usefixtures("here")
def test_a_file_that_holds_what_the_log_has_no_more_is_kept(pipeline, tmp_path, capsys):
    folder = shutil.copytree(pipeline, tmp_path / "pipeline")
    before = everything_of(sqlite_url(folder / "store.db"))
    with Log.open(folder / "log.db") as log:
        log.drop_before(5)
    rebuild_here(folder)
    [kept] = folder.glob("store.db.until-*")
    assert f"the old one is kept as {kept}" in capsys.readouterr().out
    assert differences(everything_of(sqlite_url(kept)), before) == []
    assert everything_of(sqlite_url(folder / "store.db"))["entry"] == [row for row in before["entry"] if row[0] >= 5]
