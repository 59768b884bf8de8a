"""What Pulse keeps is its owner's alone, whatever the umask."""

import os
import stat

import pytest

from deploy.configuration.private_folder import make_private
from prim_client.inputs.quota import Quota
from spark_app.store.engine import open_store, sqlite_url
from stream_server.log.log import Log


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_every_new_folder_is_for_its_owner_alone(tmp_path):
    make_private(tmp_path / "a" / "é" / "c")
    assert [mode(tmp_path / part) for part in ("a", "a/é", "a/é/c")] == [0o700] * 3


def test_a_folder_that_exists_stays_as_its_owner_made_it(tmp_path):
    (tmp_path / "shared").mkdir(mode=0o750)
    make_private(tmp_path / "shared" / "new")
    assert mode(tmp_path / "shared") == 0o750 and mode(tmp_path / "shared" / "new") == 0o700


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: Log.open(folder / "log.db").close(),
        lambda folder: open_store(sqlite_url(folder / "store.db")).dispose(),
        lambda folder: Quota(folder / "quota.sqlite", "key", 10),
    ],
    ids=["log", "store", "quota"],
)
def test_log_store_and_quota_make_their_folder_so(tmp_path, make):
    make(tmp_path / "data" / "live")
    assert mode(tmp_path / "data") == mode(tmp_path / "data" / "live") == 0o700
