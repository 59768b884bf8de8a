"""`./pulse replay --transport kafka`: the tables of the socket, whatever the partitions, the store and the kills."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from prim_client.inputs.recorded.recorded import Recorded
from tests.made.databases import mariadb, mariadb_server
from tests.made.synthetic_polls import make_polls, write_folder
from tests.platform.broker import PROGRAMS
from tests.truth.commands import Replay
from tests.truth.road import Road, serving
from tests.truth.tables import Rows, differences, sha256_of, tables_of

pytestmark = pytest.mark.spark
HOURS = 1.5


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> Path:
    return write_folder(tmp_path_factory.mktemp("kafka-replay") / "recording", make_polls(HOURS, seed=3))


@pytest.fixture(scope="module")
def of_the_socket(spark, recording, tmp_path_factory) -> tuple[dict[str, Rows], str]:
    """The tables of one undisturbed go over the socket, and the hash of its windows."""
    folder = tmp_path_factory.mktemp("socket")
    with serving(folder / "log.db", Recorded(recording)) as server:
        road = Road(spark, server.port, folder)
        road.go()
    return tables_of(road.engine), sha256_of(road.engine)


@pytest.fixture
def replay(tmp_path, recording, broker) -> Iterator[Replay]:
    """A replay over Kafka with small batches, with the broker's programs where it looks for them."""
    replay = Replay(tmp_path, recording, "--transport", "kafka", "--max-entries", "3")
    (replay.home / "data").mkdir()
    shutil.copytree(PROGRAMS, replay.home / "data" / "kafka", ignore=shutil.ignore_patterns("broker"))
    yield replay
    replay.kill()


def check(replay: Replay, result: tuple[int, dict, str], of_the_socket: tuple[dict[str, Rows], str]) -> dict:
    """The tables are those of the socket; gives what the replay says of its transport."""
    code, report, said = result
    assert code == 0, said
    assert differences(tables_of(replay.engine), of_the_socket[0]) == []
    assert report["sha256"] == of_the_socket[1]
    transport = report["transport"]
    assert transport["kind"] == "kafka"
    assert transport["records"] >= sum(report["messages"].values()), "each message is a record, a bare tick another"
    return transport


def test_three_partitions_on_mariadb_give_the_tables_of_the_socket(replay, of_the_socket):
    if mariadb() is None:
        pytest.skip("no MariaDB: mariadbd is not installed")
    with mariadb_server() as new_database:
        replay.options = (*replay.options, "--partitions", "3", "--store", new_database())
        replay = Replay(replay.home, replay.plan.path, *replay.options)
        assert check(replay, replay.run(), of_the_socket)["partitions"] == 3


def test_broker_publisher_and_worker_killed_give_the_tables_of_the_socket(replay, of_the_socket):
    replay.start()
    for victim in ("broker", "publisher", "worker"):
        replay.wait_for_progress(2)
        replay.kill_part(victim)
    assert check(replay, replay.end(), of_the_socket)["partitions"] == 2
    again = replay.run()
    assert check(replay, again, of_the_socket)["partitions"] == 2, "run again, it has nothing to do"


def test_a_fresh_replay_on_brokers_of_ones_own_begins_with_a_new_topic(replay, of_the_socket, broker):
    with replay.config.open("a") as file:
        file.write(f"transport: {{bootstrap_servers: '{broker.servers}', kind: kafka}}\n")
    replay.options = ("--max-entries", "1000")
    records = [check(replay, replay.run("--fresh"), of_the_socket)["records"] for _ in range(2)]
    assert abs(records[0] - records[1]) < 20, "the second topic does not hold both: only marks of transactions differ"


def test_the_transport_of_a_store_can_be_changed_half_way(replay, of_the_socket):
    """The offset is the entry on both, so store and checkpoint go on."""
    replay.start()
    replay.wait_for_progress(5)
    replay.interrupt()
    assert replay.end()[0] == 1
    code, report, said = replay.run("--transport", "socket")
    assert code == 0, said
    assert report["transport"] == {"kind": "socket", "partitions": 1, "records": 0}
    assert differences(tables_of(replay.engine), of_the_socket[0]) == []
