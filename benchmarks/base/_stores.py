"""Stores for the benchmarks: a recording replayed once, kept for the next measurement."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from deploy.configuration.settings import load
from spark_app.replay.plan import make_replay_plan
from spark_app.store.engine import connect


def replayed_store(path: Path, day: str | None = None) -> Engine:
    """The store of `path` replayed with the configuration of today; replays it if that was not done yet."""
    command = [sys.executable, "-m", "spark_app.replay.command", str(path), *(["--day", day] if day else [])]
    subprocess.run(command, check=True, stdout=sys.stderr)
    plan = make_replay_plan(path, date.fromisoformat(day) if day else None, None, load().data_dir)
    return connect(plan.store_url)
