"""One Spark session for the tests of a worker."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """A local session with two cores."""
    from spark_app.session import make_session

    session = make_session(cores=2, driver_memory_mb=1024, work_dir=tmp_path_factory.mktemp("spark"))
    yield session
    session.stop()
