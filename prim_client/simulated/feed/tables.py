"""The simulator's tables: CSV in `data/` beside this file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

DATA_DIR = Path(__file__).resolve().parent / "data"


def read_rows(name: str) -> list[list[str]]:
    """The rows of the table `name`, without its header."""
    text = (DATA_DIR / name).read_text("utf-8")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]
