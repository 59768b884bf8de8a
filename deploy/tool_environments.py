"""Environments of tools that stand beside Pulse, each made at its first use from a hashed lock of its own.

The product needs none of them. The locks are `deploy/tools/<name>.lock`; the first lines of pyproject.toml say how they
are made.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.install import InstallError, check_python, pip_sentence

LOCKS = Path(__file__).parent / "tools"


def tool_environment(name: str, folder: Path, say: Callable[[str], None]) -> Path:
    """The `bin` folder of tool `name`, whose environment lies in `folder`; made now if it is not there, or older.

    Raises:
        InstallError: with the reason as one sentence.
    """
    lock, target = LOCKS / f"{name}.lock", folder.resolve() / name
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True)
    with _one_process(target.with_name(f"{name}.making")):
        if not _holds(target, digest):
            say(f"{name} is installed into {target}, once.")
            _make(lock, target)
            (target / "lock.sha256").write_text(digest, encoding="ascii")
    return target / "bin"


def _holds(target: Path, digest: str) -> bool:
    marker = target / "lock.sha256"
    return marker.is_file() and marker.read_text("ascii") == digest


def _make(lock: Path, target: Path) -> None:
    check_python()
    shutil.rmtree(target, ignore_errors=True)
    install = ["-m", "pip", "install", "-r", str(lock), "--require-hashes", "--no-input", "--disable-pip-version-check"]
    _run([os.path.realpath(sys.executable), "-m", "venv", str(target)])
    _run([str(target / "bin" / "python"), *install, "--progress-bar", "off"])


def _run(command: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONSAFEPATH")}
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise InstallError(pip_sentence(done.stdout + done.stderr))


@contextmanager
def _one_process(lock_file: Path) -> Iterator[None]:
    """One process at a time makes an environment."""
    with lock_file.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
