"""A store for the fold `seen`."""

import pytest

from spark_app.derived import runner as module
from spark_app.store.engine import open_store, sqlite_url
from tests.spark_app.derived.seen_fold import fill


@pytest.fixture
def engine(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ENTRIES_PER_STEP", 16)
    engine = fill(open_store(sqlite_url(tmp_path / "store.db")))
    yield engine
    engine.dispose()
