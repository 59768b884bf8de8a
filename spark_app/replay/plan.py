"""Where a replay keeps its log, checkpoint and store, so that the same command goes on where it stopped."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select

from spark_app.replay.input import is_messages
from spark_app.store.engine import StoreError, connect, exists, sqlite_url, without_password
from spark_app.store.tables import meta, metadata


@dataclass(frozen=True)
class ReplayPlan:
    """One replay: what is played, and where its parts live."""

    path: Path
    day: date | None
    folder: Path
    store_url: str

    @property
    def input(self) -> str:
        """Which input plays it: `file` for messages, `recorded` for polls."""
        return "file" if is_messages(self.path) else "recorded"

    @property
    def log(self) -> Path:
        """The file of the log."""
        return self.folder / "log.db"


def make_replay_plan(path: Path, day: date | None, store_url: str | None, data_dir: Path) -> ReplayPlan:
    """The plan of `path`: the same path, day and store give the same folder."""
    asked = f"{path.resolve()}|{day or ''}|{store_url or ''}"
    name = path.name.split(".")[0] + (f"-{day}" if day else "")
    folder = data_dir / "replays" / f"{name}-{hashlib.sha256(asked.encode()).hexdigest()[:8]}"
    return ReplayPlan(path, day, folder, store_url or sqlite_url(folder / "store.db"))


def forget(plan: ReplayPlan) -> None:
    """Delete the log, the checkpoint and the store of `plan`. Raises StoreError for a store of live data."""
    own = plan.store_url == sqlite_url(plan.folder / "store.db")  # goes with the folder, damaged or not
    if not own and exists(plan.store_url):
        engine = connect(plan.store_url)
        with engine.begin() as connection:
            source = connection.execute(select(meta.c.value).where(meta.c.name == "source")).scalar()
            if source not in (None, "recorded", "file"):
                raise StoreError(f"{without_password(plan.store_url)} holds {source} data: a replay does not delete it")
            metadata.drop_all(connection)
        engine.dispose()
    if plan.folder.exists():
        shutil.rmtree(plan.folder)
