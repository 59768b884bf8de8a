"""Spark's checkpoint: which query it is of, and how far it got.

It can be thrown away: offsets are entry numbers and the ledger is written with the data, so the store alone knows where
to go on. A checkpoint that does not fit the store is replaced by a new one (`settle`).
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, select

from spark_app.store.tables import ledger


@dataclass(frozen=True)
class Progress:
    """`committed`: entry behind the last batch that Spark finished, None before the first; `planned`:
    behind the last it began."""

    query_id: str
    committed: int | None
    planned: int | None


class CheckpointError(RuntimeError):
    """The checkpoint cannot be read, as after a loss of power; the message names the file."""


def settle(folder: Path, engine: Engine, start: int) -> str:
    """Remove the checkpoint at `folder` unless it is that of the store, so that the query begins at entry `start`.

    Returns one sentence for the user, empty where nothing was given up. Raises OSError if it cannot be removed.
    """
    with engine.connect() as connection:
        newest = connection.execute(select(ledger).order_by(ledger.c.to_entry.desc()).limit(1)).first()
    reason = _mismatch(folder, newest)
    if reason is None:
        return ""
    remove(folder)
    return reason and f"the checkpoint {folder} {reason}: a new one begins at entry {start}"


def _mismatch(folder: Path, newest: Row[Any] | None) -> str | None:
    """Why the checkpoint does not go with the `newest` row of the ledger; empty: it finished nothing yet; None:
    it does."""
    try:
        progress = read_progress(folder)
    except CheckpointError as error:
        return f"is damaged ({error})"
    if progress is None:
        return "is lost" if newest else ""
    own = newest is not None and newest.query_id == progress.query_id
    if own and newest is not None and newest.to_entry in (progress.committed, progress.planned):
        return None
    if not own and progress.committed is None:
        return ""
    at = f"is at entry {progress.committed or 0}"
    if newest is None:
        return f"{at}, but the store is empty"
    return f"{at}, but the store at {newest.to_entry}" if own else "is not the one that this store was written with"


def remove(folder: Path) -> None:
    """Delete whatever is at `folder`."""
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)


def read_progress(folder: Path) -> Progress | None:
    """The progress of the query whose checkpoint is `folder`; None where there is none yet. Raises CheckpointError."""
    if not folder.is_dir():
        if folder.exists() or folder.is_symlink():
            raise CheckpointError(f"{folder} is not a folder")
        return None
    begun, finished = _numbered(folder / "offsets"), _numbered(folder / "commits")
    if not any(folder.iterdir()):
        return None
    id_, last, done = query_id(folder), max(begun, default=-1), max(finished, default=-1)
    if done not in (last, last - 1) or not set(range(max(0, last - 1), last)) <= set(begun):
        raise CheckpointError(f"it holds batches up to {last}, of which {done} is the last finished one")
    return Progress(id_, _end(folder, done) if done >= 0 else None, _end(folder, last) if last >= 0 else None)


def query_id(folder: Path) -> str:
    """`StreamingQuery.id`, stable over restarts. Raises CheckpointError."""
    path = folder / "metadata"
    try:
        return str(json.loads(path.read_text())["id"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: {error}") from error


def _numbered(folder: Path) -> list[int]:
    return [int(path.name) for path in folder.iterdir() if path.name.isdecimal()] if folder.is_dir() else []


def _end(folder: Path, batch_id: int) -> int:
    path = folder / "offsets" / str(batch_id)
    try:
        return int(json.loads(path.read_text().splitlines()[2])["entry"])
    except (OSError, IndexError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: {error}") from error
