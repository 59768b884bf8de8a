"""Database servers of a test's own: in a temporary folder, on a socket of theirs, gone afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

STARTUP_LIMIT_S = 60


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """The SQLAlchemy URL of a PostgreSQL that runs in `folder`; a skip where it is not installed."""
    tools = _postgresql_tools()
    if tools is None:
        pytest.skip("no PostgreSQL on this machine")
    as_user = _other_user(folder, "postgres")  # it refuses to run as root
    data, port = folder / "pg", _free_port()
    subprocess.run(
        [*as_user, tools / "initdb", "-D", data, "-U", "pulse", "-A", "trust", "-E", "UTF8", "--locale=C"],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off"
    start = [
        *as_user,
        tools / "pg_ctl",
        "-D",
        data,
        "-l",
        folder / "pg.log",
        "-w",
        "-t",
        str(STARTUP_LIMIT_S),
        "-o",
        options,
    ]
    subprocess.run([*start, "start"], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    try:
        yield f"postgresql+psycopg://pulse@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            [*as_user, tools / "pg_ctl", "-D", data, "-m", "immediate", "stop"],
            capture_output=True,
            cwd=folder,
        )


def _postgresql_tools() -> Path | None:
    found = shutil.which("pg_ctl")
    folders = (
        [Path(found).resolve().parent]
        if found
        else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    return next((path for path in folders if (path / "initdb").exists()), None)


def _other_user(folder: Path, name: str) -> list[str]:
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, name)
    for parent in folder.parents[:3]:  # pytest's folders are closed to others
        if parent != Path("/tmp") and parent.stat().st_uid == 0:
            parent.chmod(parent.stat().st_mode | 0o011)
    return ["setpriv", "--reuid", name, "--regid", name, "--clear-groups"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
