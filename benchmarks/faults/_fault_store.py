"""Kills of what works on a store without Spark: the archive, the retention, and the first start on an older store."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from sqlalchemy import func, select, update

from benchmarks.base._growing_store import GrowingStore
from benchmarks.base._rounds import Played
from benchmarks.base._settings import own_settings
from benchmarks.faults._derive_faults import derived_rows
from benchmarks.faults._drop_old import log_lines
from benchmarks.faults._fault_ground import Ground
from deploy.configuration.settings import Settings
from spark_app.commands.derive import make_folds
from spark_app.store.engine import connect, put_meta, sqlite_url
from spark_app.store.tables import derived, entry, metadata
from tests.truth.commands import PATIENCE_S, ROOT
from tests.truth.tables import differences, tables_of

STEP_H = 0.25
EARLIEST, LATEST = 0.4, 1.05  # of the time of an undisturbed run: before that it only imports
KILL_SHARE = 0.5  # of the steps of a growing store
LOOK_S = 0.05


def killed(command: Sequence[str], folder: Path, after_s: float | None, what: str, played: Played) -> float:
    """Run a module; SIGKILL after `after_s`, or to its end if None. Returns its seconds; 0 if it was killed."""
    began = time.monotonic()
    played.starts += 1
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", *command], env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _, said = process.communicate(timeout=PATIENCE_S if after_s is None else after_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        if after_s is None:
            played.wrong.append(f"{what} took more than {PATIENCE_S} s")
        played.kills.append((what, f"{after_s} s" if after_s is None else f"{after_s:.2f} s"))
        return 0.0
    if process.returncode:
        played.wrong.append(f"{what} ended with {process.returncode}: {said.decode()[-300:]}")
    return time.monotonic() - began


class Archives:
    """Rounds of `./pulse archive` after each quarter of an hour of a growing store."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._seconds = ground, 2.0
        self._whole: list[dict[str, Any]] | None = None

    def play(self, folder: Path, rng: random.Random) -> Played:
        played = Played()
        if self._whole is None:
            self._whole = self._archive(folder / "undisturbed", None, played)
        found = self._archive(folder / "killed", rng, played)
        if found != self._whole:
            played.wrong.append(f"archive: {len(found)} hits instead of {len(self._whole)}")
        return played

    def _archive(self, folder: Path, rng: random.Random | None, played: Played) -> list[dict[str, Any]]:
        folder.mkdir(parents=True)
        config = own_settings(folder, {"archive": {"compact_every_commits": 2}})
        store = GrowingStore(folder / "store.db", self._ground.store)
        engine = connect(store.url)
        with engine.begin() as connection:
            put_meta(connection, build="campaign")
        command = [
            "spark_app.commands.archive",
            "--store",
            store.url,
            "--out",
            str(folder / "archive"),
            "--config",
            str(config),
        ]
        for _ in store.grow(STEP_H):
            if rng and rng.random() < KILL_SHARE:
                killed(command, folder, self._seconds * rng.uniform(EARLIEST, LATEST), "archive", played)
            else:
                self._seconds = killed(command, folder, None, "archive", played) or self._seconds
        played.recovery_s = max(played.recovery_s, killed(command, folder, None, "archive", played))
        engine.dispose()
        table = DeltaTable(str(folder / "archive")).to_pyarrow_table()
        return table.sort_by([(name, "ascending") for name in ("entry", "part", "hit")]).to_pylist()


class Retentions:
    """Rounds of the retention of store, folds and log."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._seconds = ground, 0.0
        self._whole: dict[str, Any] | None = None

    def play(self, folder: Path, rng: random.Random) -> Played:
        played = Played()
        if self._whole is None:
            self._whole = self._drop(folder / "undisturbed", (), played)
        found = self._drop(
            folder / "killed", [rng.uniform(EARLIEST, LATEST) for _ in range(rng.choice((1, 2, 3)))], played
        )
        played.wrong += differences(found, self._whole)
        return played

    def _drop(self, folder: Path, kills: Sequence[float], played: Played) -> dict[str, Any]:
        pipeline = self._ground.copy_to(folder)
        command = ["benchmarks.faults._drop_old", str(pipeline)]
        for share in kills:
            killed(command, folder, self._seconds * share, "retention", played)
        seconds = killed(command, folder, None, "retention", played)
        self._seconds = self._seconds or seconds
        played.recovery_s = max(played.recovery_s, seconds if kills else 0.0)
        engine = connect(sqlite_url(pipeline / "store.db"))
        found = tables_of(engine) | {"log": log_lines(pipeline / "log.db")}
        engine.dispose()
        return found


class Migrations:
    """Rounds of the derive process on the store of an older version: tables are missing, rules have another version."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._whole = derived_rows(sqlite_url(ground.store))

    def play(self, folder: Path, rng: random.Random) -> Played:
        url, played = self._older_store(folder, rng), Played()
        config = folder / "config.yaml"
        config.write_text("data_dir: data\n")  # else as the undisturbed replay was folded
        command = ["spark_app.commands.derive", "--store", url, "--config", str(config)]
        for _ in range(rng.choice((1, 2, 3))):
            killed(command, folder, rng.uniform(1.0, 8.0), "derive", played)
        played.wrong += self._finish(command, folder, url, played) or differences(derived_rows(url), self._whole)
        return played

    def _older_store(self, folder: Path, rng: random.Random) -> str:
        url = sqlite_url(self._ground.copy_to(folder) / "store.db")
        engine = connect(url)
        folds = [table for fold in make_folds(Settings()) for table in fold.tables]
        with engine.begin() as connection:
            connection.execute(update(derived).values(version="0"))
            metadata.drop_all(connection, tables=rng.sample(folds, rng.randint(1, len(folds))))
        engine.dispose()
        return url

    def _finish(self, command: Sequence[str], folder: Path, url: str, played: Played) -> list[str]:
        """Let the process come to the end of the store; returns what is wrong."""
        began = time.monotonic()
        played.starts += 1
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            cwd=folder,
            stderr=subprocess.DEVNULL,
        )
        try:
            while not _is_caught_up(url):
                if process.poll() is not None or time.monotonic() - began > PATIENCE_S:
                    return [f"the derive process ended with {process.poll()} before it was at the end"]
                time.sleep(LOOK_S)
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
            played.recovery_s = max(played.recovery_s, time.monotonic() - began)
        return []


def _is_caught_up(url: str) -> bool:
    versions = {fold.name: fold.version for fold in make_folds(Settings())}
    engine = connect(url)
    with engine.connect() as connection:
        end = connection.execute(select(func.max(entry.c.entry))).scalar_one() + 1
        found = {row.name: (row.version, row.next_entry) for row in connection.execute(select(derived))}
    engine.dispose()
    return all(found.get(name) == (version, end) for name, version in versions.items())
