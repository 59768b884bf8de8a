"""What every round of the campaign begins from: two made-up hours, replayed undisturbed."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from spark_app.store.engine import sqlite_url
from tests.made.synthetic_polls import make_polls, write_folder
from tests.truth.commands import Replay
from tests.truth.rebuilds import plant_evidence
from tests.truth.tables import Rows, tables_of

MADE_HOURS = 2
OPTIONS = ("--max-entries", "5")  # few entries a batch, so that there are moments


@dataclass
class Ground:
    """The undisturbed replay in `home`, and the tables that it made."""

    home: Path
    recording: Path
    pipeline: Path  # folder with log.db, store.db and checkpoint
    entries: int
    seconds: float
    tables: dict[str, Rows] = field(repr=False)

    @property
    def store(self) -> Path:
        return self.pipeline / "store.db"

    def copy_to(self, folder: Path) -> Path:
        """A copy of the pipeline."""
        return shutil.copytree(self.pipeline, folder)


def make_ground(home: Path) -> Ground:
    """Replay the made-up hours in `home` and tell the store what no log holds."""
    recording = write_folder(home / "made-up", make_polls(MADE_HOURS))
    replay, began = Replay(home / "undisturbed", recording, *OPTIONS), time.monotonic()
    code, _, said = replay.run()
    if code:
        raise SystemExit(f"the undisturbed replay failed: {said}")
    seconds, tables = time.monotonic() - began, tables_of(replay.engine)
    pipeline = shutil.copytree(replay.plan.folder, home / "pipeline")
    plant_evidence(sqlite_url(pipeline / "store.db"))
    return Ground(home, recording, pipeline, replay.stored(), seconds, tables)
