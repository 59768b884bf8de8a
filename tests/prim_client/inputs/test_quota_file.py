"""The budget of a key on disk: before the request, across restarts, between processes."""

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from prim_client.inputs.quota import Quota, hash_key

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)

KILLED_IN_THE_REQUEST = """
import os, signal, sys
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from prim_client.inputs.live import Live
from prim_client.inputs.quota import Quota

def fetch():
    print("sent", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

quota = Quota(Path(sys.argv[1]), "a-key", per_day=1000)
now = datetime.fromisoformat(sys.argv[2])
list(islice(Live(fetch, quota, interval_s=120, retries=3, timeout_s=30, clock=lambda: now).polls(), 1))
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "quota.sqlite"


def test_a_killed_process_has_already_booked_its_request(path):
    script = [sys.executable, "-c", KILLED_IN_THE_REQUEST, str(path), NOON.isoformat()]
    died = subprocess.run(
        script, capture_output=True, text=True, timeout=60, env=os.environ | {"PYTHONPATH": "."}, check=False
    )
    assert died.returncode == -signal.SIGKILL and died.stdout == "sent\n", died.stderr
    assert Quota(path, "a-key", per_day=1000).budget(NOON).left == 999


def test_what_was_spent_survives_a_restart(path):
    first = Quota(path, "a-key", per_day=3)
    assert first.spend(NOON) and first.spend(NOON)
    second = Quota(path, "a-key", per_day=3)
    assert second.budget(NOON).left == 1
    assert second.spend(NOON) and not second.spend(NOON)


def test_what_the_server_said_survives_a_restart_and_shrinks_with_every_request(path):
    first = Quota(path, "a-key", per_day=1000)
    first.spend(NOON)
    first.note_left(NOON, 10)
    second = Quota(path, "a-key", per_day=1000)
    assert second.budget(NOON).left == 10
    second.spend(NOON)
    assert second.budget(NOON).left == 9


def test_the_day_turns_at_midnight_utc(path):
    quota = Quota(path, "a-key", per_day=1)
    evening = datetime(2026, 10, 5, 23, 59, 59, tzinfo=UTC)
    assert quota.spend(evening) and not quota.spend(evening)
    assert quota.budget(evening).reset_at == evening + timedelta(seconds=1)
    assert quota.spend(evening + timedelta(seconds=1))


def test_keys_have_budgets_of_their_own(path):
    Quota(path, "a-key", per_day=1).spend(NOON)
    assert Quota(path, "another", per_day=1).budget(NOON).left == 1


def test_the_file_holds_no_key(path):
    Quota(path, "very-secret-key", per_day=1).spend(NOON)
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"very-secret-key" not in content
    assert hash_key("very-secret-key").encode() in content


def test_ten_processes_share_one_budget(path):
    Quota(path, "a-key", per_day=25)
    script = (
        "import sys\nfrom datetime import datetime\nfrom pathlib import Path\n"
        "from prim_client.inputs.quota import Quota\n"
        "q = Quota(Path(sys.argv[1]), 'a-key', per_day=25)\n"
        "print(sum(q.spend(datetime.fromisoformat(sys.argv[2])) for _ in range(10)))"
    )
    arguments = [sys.executable, "-c", script, str(path), NOON.isoformat()]
    running = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert sum(int(process.communicate(timeout=60)[0]) for process in running) == 25


def test_old_days_are_forgotten(path):
    quota = Quota(path, "a-key", per_day=1)
    for day in range(0, 80, 20):
        quota.spend(NOON + timedelta(days=day))
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT day FROM quota ORDER BY day").fetchall() == [
            ("2026-11-14",),
            ("2026-12-04",),
        ]


@pytest.mark.parametrize(("left", "spacing_s"), [(1, 43_200), (360, 120), (43_200, 1), (0, 43_200)])
def test_what_is_left_is_spread_over_the_day(path, left, spacing_s):
    assert Quota(path, "a-key", per_day=left).budget(NOON).spacing_s(NOON) == spacing_s
