"""`./pulse rebuild` as a process over a finished pipeline: for tests and campaigns that kill it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Table, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from spark_app.derived.incidents import evidence
from spark_app.derived.incidents.asking import WORD
from spark_app.store.engine import StoreError, append, connect, get_meta, open_store, put_meta, sqlite_url
from spark_app.store.tables import alert, delivery, metadata, revision
from tests.truth.commands import PATIENCE_S, ROOT
from tests.truth.tables import Rows, tables_of

LOOK_S = 0.02


def plant_evidence(url: str) -> None:
    """What no log holds: ids of IDFM, told in the middle of the log; an alert that was delivered; counters."""
    engine = open_store(url)
    with engine.begin() as connection:
        ids = list(connection.execute(select(revision.c.id).distinct().order_by(revision.c.id)).scalars())
        evidence.note(connection, {id_: f"idfm-{number // 3}" for number, id_ in enumerate(ids)}, 9)
        alerts = connection.execute(select(alert.c.id).order_by(alert.c.id)).scalars().all() or ["gone"]
        append(
            connection,
            delivery,
            [
                {
                    "alert": alerts[0],
                    "event": "raised",
                    "target": "webhook-1",
                    "status": "sent",
                    "attempts": 2,
                    "next_us": 5,
                    "said": "200",
                }
            ],
        )
        put_meta(connection, **{WORD: '{"readings": 7, "failed": 1}'})
    engine.dispose()


def everything_of(url: str) -> dict[str, Rows]:
    """Every row that tells of the data, and the counters of what no log holds."""
    engine = connect(url)
    with engine.connect() as connection:
        counters = get_meta(connection, WORD)
    found = tables_of(engine) | {"meta: line reports": [(counters,)]}
    engine.dispose()
    return found


def copy_store(source: str, target: str) -> None:
    """Every row of the store at `source` into the new one at `target`."""
    old, new = connect(source), open_store(target)
    with old.connect() as reading, new.begin() as writing:
        for table in metadata.sorted_tables:
            rows = [dict(row) for row in reading.execute(select(table)).mappings()]
            writing.execute(table.delete())
            append(writing, table, rows)
    old.dispose()
    new.dispose()


class Rebuild:
    """The command over the log in `folder`; `store_url` is another store than the file beside the log."""

    def __init__(self, folder: Path, store_url: str = "", config: Path | None = None) -> None:
        self.folder, self.store_url = folder, store_url or sqlite_url(folder / "store.db")
        own = ["--store", store_url] if store_url else []
        if config is None:
            config = folder / "config.yaml"
            config.write_text("data_dir: data\nspark: {cores: 1, max_entries_per_batch: 5}\n")
        self.command = [
            sys.executable,
            "-m",
            "spark_app.commands.rebuild",
            "--folder",
            str(folder),
            "--config",
            str(config),
            *own,
        ]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Rebuild:
        self._out = tempfile.TemporaryFile()  # noqa: SIM115 - open until `end`
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            self.command, env=environment, cwd=self.folder, stdout=self._out, stderr=self._out
        )
        return self

    def end(self) -> tuple[int, str]:
        """Wait for the end: exit code, and what it said on both streams."""
        assert self.process
        code = self.process.wait(PATIENCE_S)
        self._out.seek(0)
        return code, self._out.read().decode()

    def run(self) -> tuple[int, str]:
        return self.start().end()

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def kill_when(self, there: Callable[[], bool]) -> bool:
        """SIGKILL as soon as `there()`; False if it ended before."""
        assert self.process
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline
            if there():
                self.kill()
                return True
            time.sleep(LOOK_S)
        return False

    def rows_of(self, table: Table) -> int:
        """Rows of `table` in the store that is being built; 0 while there is none."""
        if self.store_url.startswith("sqlite"):  # read-only: a look must not make the file again that was renamed
            with (
                suppress(sqlite3.Error),
                closing(sqlite3.connect(f"file:{self.folder}/store.db.new?mode=ro", uri=True)) as new,
            ):
                return new.execute(f"select count(*) from {table.name}").fetchone()[0]
            return 0
        engine = connect(self.store_url)
        try:
            with engine.connect() as connection:
                there = inspect(connection).has_table(table.name)
                return connection.execute(select(func.count()).select_from(table)).scalar() if there else 0
        except (SQLAlchemyError, StoreError):  # dropped in between
            return 0
        finally:
            engine.dispose()

    def leftovers(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if ".new" in path.name or path.name == "rebuild")
