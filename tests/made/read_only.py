"""Commands that run another command where a folder cannot be written, also for root."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

MOUNT = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'
# Root without CAP_DAC_OVERRIDE (1), dropped by PR_CAPBSET_DROP (24), obeys permissions; nobody else has it.
NO_OVERRIDE = "import ctypes, os, sys; ctypes.CDLL(None).prctl(24, 1); os.execvp(sys.argv[1], sys.argv[1:])"


def without_permission(folder: Path, *, files_only: bool = False) -> Sequence[str]:
    """Take away the permission to write into `folder` and its files; the command to put before another."""
    for path in folder.iterdir():
        path.chmod(0o444)
    if not files_only:
        folder.chmod(0o555)
    return _checked([sys.executable, "-c", NO_OVERRIDE], next(folder.iterdir()) if files_only else folder / "new")


def on_read_only_mount(folder: Path) -> Sequence[str]:
    """The command before another that sees `folder` on a read-only mount; where none can be made:
    without permission."""
    for alone in (["unshare", "-m"], ["unshare", "-rm"]):
        command = [*alone, "sh", "-c", MOUNT, "sh", str(folder)]
        if _status([*command, "true"]) == 0:
            return _checked(command, folder / "new")
    return without_permission(folder)


def _checked(before: Sequence[str], file: Path) -> Sequence[str]:
    assert _status([*before, "sh", "-c", 'echo >> "$1"', "sh", str(file)]) != 0, f"{file} can be written"
    return before


def _status(command: Sequence[str]) -> int:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode
    except FileNotFoundError:
        return 127
