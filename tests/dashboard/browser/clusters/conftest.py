"""A page over a busy recorded day, which the tests of the clusters share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.dashboard.page_servers import start_server
from tests.made.recorded_store import fill_with_day


@pytest.fixture(scope="session")
def store_of_day(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store of one recorded day; read only."""
    url = f"sqlite:///{tmp_path_factory.mktemp('recorded')}/store.db"
    fill_with_day(url, shared_data / "prim" / "rail-2024-04-23_05-05.tar.zst", date(2024, 4, 24)).dispose()
    return url


@pytest.fixture(scope="session")
def site(store_of_day: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page over the recorded day."""
    server = start_server(tmp_path_factory.mktemp("page"), store_of_day)
    yield server.url
    server.kill()
