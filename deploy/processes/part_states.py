"""The parts that are down, as a small file: the supervisor writes it, the page and `./pulse status` read it.

    {"supervisor": PROCESS, "down": [{"part": NAME, "since": SECONDS, "reason": TEXT}, …]}

`since` is in seconds of Unix time. The file of a supervisor that has ended says nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

FILE_NAME = "parts.json"


@dataclass(frozen=True, slots=True)
class PartDown:
    """A part that the supervisor could not keep running: its name, since when (Unix time), how it ended."""

    part: str
    since: float
    reason: str


def write_parts_down(path: Path, down: Sequence[PartDown]) -> None:
    """Replace the file by one that names `down`. Raises OSError."""
    aside = path.with_name(f"{path.name}.new")
    aside.unlink(missing_ok=True)
    fd = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(orjson.dumps({"supervisor": os.getpid(), "down": [asdict(one) for one in down]}))
    aside.replace(path)


def read_parts_down(path: Path | None) -> list[PartDown]:
    """The parts that are down now; none where there is no file, no supervisor, or what is no file of ours."""
    try:
        found = orjson.loads(path.read_bytes()) if path else {}
        if not found or not _is_alive(int(found["supervisor"])):
            return []
        return [PartDown(str(one["part"]), float(one["since"]), str(one["reason"])) for one in found["down"]]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # of another user
    return True
