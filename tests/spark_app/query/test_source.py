"""How long the planning side of the source waits for a log server that is away."""

import os

import pytest

from deploy.processes.ports import free_port
from spark_app.query.source import LogStreamReader
from stream_server.protocol.address import SocketAddress, to_json


def address(port: int) -> str:
    """The option of the source for a log at `port`."""
    return to_json(SocketAddress("127.0.0.1", port))


@pytest.fixture
def reader():
    """Of a port where nobody listens; it would wait for an hour."""
    return LogStreamReader({"address": address(free_port("127.0.0.1")), "retrySeconds": "3600"})


def test_an_orphan_of_a_killed_spark_gives_up_at_once(reader, monkeypatch):
    looks = iter([os.getppid()])
    monkeypatch.setattr(os, "getppid", lambda: next(looks, 1))
    with pytest.raises(OSError, match="no log server at"):
        reader.latestOffset({"entry": 0}, reader.getDefaultReadLimit())


def test_a_query_that_is_being_stopped_plans_nothing_more(reader, tmp_path):
    (tmp_path / "stop").touch()
    stopping = LogStreamReader({"address": address(1), "retrySeconds": "3600", "stopFile": str(tmp_path / "stop")})
    assert stopping.latestOffset({"entry": 7}, stopping.getDefaultReadLimit()) == {"entry": 7}
