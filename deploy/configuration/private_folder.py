"""Folders for data and secrets of one user."""

from __future__ import annotations

from pathlib import Path

OWNER_ONLY = 0o700


def make_private(folder: Path) -> None:
    """Make `folder` and what is missing above it, for its owner alone; one that exists stays as it is.
    Raises OSError."""
    for parent in reversed(folder.parents):
        if not parent.exists():
            parent.mkdir(mode=OWNER_ONLY, exist_ok=True)
    folder.mkdir(mode=OWNER_ONLY, exist_ok=True)
