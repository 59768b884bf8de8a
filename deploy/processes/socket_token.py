"""The access token of the log's socket: a random value in a file that only the user of our processes can read.

The server makes the file beside the log and keeps it over restarts; clients read it at each connection.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path

TOKEN_BYTES = 32
_TOKEN = re.compile(rf"[0-9a-f]{{{2 * TOKEN_BYTES}}}")


def token_file(log: Path) -> Path:
    """Where the token of `log` lies."""
    return log.with_name(f"{log.name}.token")


def make_token(log: Path) -> str:
    """The token of `log`; a new one where there is none yet, or where others could have read or written it.

    Raises OSError.
    """
    path = token_file(log)
    if _is_private(path) and (kept := read_token(path)):
        return kept
    token = secrets.token_hex(TOKEN_BYTES)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        aside.unlink()
    fd = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(f"{token}\n")
    aside.replace(path)  # a reader sees a whole token
    return token


def read_token(path: Path | None) -> str:
    """The token in the file `path`; empty where there is none that can be read: its owner is served as a stranger."""
    try:
        text = path.read_text(encoding="ascii").strip() if path else ""
    except (OSError, UnicodeDecodeError):
        return ""
    return text if _TOKEN.fullmatch(text) else ""


def is_token(given: str, token: str) -> bool:
    """Whether `given` is `token`, in a time that says nothing about how much of it is right."""
    return bool(token) and secrets.compare_digest(given.encode(), token.encode())


def _is_private(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return found.st_uid == os.geteuid() and found.st_mode & 0o777 == 0o600
