"""Where the parts of a pipeline keep their files, by source."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from deploy.configuration.settings import KEY_VARIABLE, Settings
from spark_app.store.engine import sqlite_url

SOURCES = ("live", "simulated")
WORK = "rebuild"  # folder of a rebuild's checkpoint and scratch files


@dataclass(frozen=True)
class Workspace:
    """The files of one pipeline."""

    source: str
    folder: Path
    store_url: str

    @property
    def log(self) -> Path:
        """The file of the log."""
        return self.folder / "log.db"

    @property
    def checkpoint(self) -> Path:
        """Spark's checkpoint."""
        return self.folder / "checkpoint"

    @property
    def rebuild(self) -> Path:
        """What `./pulse rebuild` works in."""
        return self.folder / WORK


def workspace(settings: Settings, source: str | None = None, store_url: str | None = None) -> Workspace:
    """The workspace of `source`; by default what `./pulse up` watches: PRIM with a key, else the simulated network."""
    source = source or ("live" if os.environ.get(KEY_VARIABLE) else "simulated")
    folder = settings.data_dir / source
    return Workspace(source, folder, store_url or settings.store.url or sqlite_url(folder / "store.db"))
