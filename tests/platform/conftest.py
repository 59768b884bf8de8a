"""What the tests of the platform share. A piece that is missing here is named by the test that needs it."""

import shutil
from collections.abc import Iterator

import pytest

from tests.platform.broker import Broker, running_broker
from tests.platform.object_store import Server, running_server


@pytest.fixture(scope="session")
def broker(tmp_path_factory) -> Iterator[Broker]:
    """A broker of Kafka; its tests run in one process."""
    if not shutil.which("mvn"):
        pytest.skip("no Maven: mvn, which fetches the broker of Kafka, is not on the PATH")
    with running_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture(scope="session")
def object_store(tmp_path_factory) -> Iterator[Server]:
    """A server that speaks S3."""
    with running_server(tmp_path_factory.mktemp("seaweed")) as server:
        yield server
