"""What Spark's checkpoint says: which query it is, and how far it got."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Progress:
    """`committed`: entry behind the last batch that Spark finished; `planned`: behind the last it began."""

    query_id: str
    committed: int
    planned: int


class CheckpointError(RuntimeError):
    """The checkpoint cannot be read, as after a loss of power; the message names the file and the way back."""

    def __init__(self, path: Path, error: Exception) -> None:
        way_back = "run `./pulse rebuild` (or `./pulse replay --fresh` for a replay)"
        super().__init__(f"cannot read the checkpoint {path}: {error}; {way_back}")


def read_progress(folder: Path) -> Progress | None:
    """The progress of the query whose checkpoint is `folder`; None where there is none yet. Raises CheckpointError."""
    offsets = _numbered(folder / "offsets")
    if not (folder / "metadata").is_file() or not offsets:
        return None
    commits = _numbered(folder / "commits")
    last, done = max(offsets), max(commits, default=-1)
    return Progress(query_id(folder), _end(folder, done) if done >= 0 else 0, _end(folder, last))


def query_id(folder: Path) -> str:
    """`StreamingQuery.id`, stable over restarts. Raises CheckpointError."""
    path = folder / "metadata"
    try:
        return json.loads(path.read_text())["id"]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(path, error) from error


def _numbered(folder: Path) -> list[int]:
    return [int(path.name) for path in folder.iterdir() if path.name.isdigit()] if folder.is_dir() else []


def _end(folder: Path, batch_id: int) -> int:
    path = folder / "offsets" / str(batch_id)
    try:
        return int(json.loads(path.read_text().splitlines()[2])["entry"])
    except (OSError, IndexError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(path, error) from error
