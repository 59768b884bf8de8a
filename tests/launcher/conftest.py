"""A checkout of its own for each test of the launcher, with commands that tell what they were given."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "pulse",
    "deploy/__init__.py",
    "deploy/install.py",
    "deploy/processes/__init__.py",
    "deploy/processes/programs.py",
    "spark_app/jvm/__init__.py",
    "spark_app/query/__init__.py",
    "spark_app/query/jvm_options.py",
    "prim_client/__init__.py",
    "spark_app/__init__.py",
    "spark_app/jvm/java_home.py",
    "spark_app/jvm/class_data.py",
)

TELLS = """
import json, os, sys
names = ("PULSE_CONFIG", "JAVA_HOME", "SPARK_HOME")
told = {"arguments": sys.argv[1:], "cwd": os.getcwd(), "python": sys.executable, "module": __spec__.name}
print(json.dumps(told | {name: os.environ.get(name) for name in names}))
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the commands status and replay and a lock, and without a .venv."""
    root = tmp_path / "check out"  # a space, as in a user's folder
    for name in COPIED:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    for name in ("commands/status", "replay/command"):
        (root / "spark_app" / f"{name}.py").parent.mkdir()
        (root / "spark_app" / f"{name}.py").write_text(TELLS, encoding="utf-8")

    (root / "requirements.lock").write_text("", encoding="utf-8")
    (root / "requirements-java.lock").write_text("", encoding="utf-8")
    return root


@pytest.fixture
def installed(checkout: Path) -> Path:
    """The checkout with a .venv that holds what its lock names."""
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    marker = checkout / ".venv" / "requirements.lock.sha256"
    marker.write_text(sha256(checkout / "requirements.lock"), encoding="ascii")
    return checkout


@pytest.fixture
def pulse(checkout: Path) -> Run:
    """Run the launcher of the checkout and return what it printed."""

    def run(*arguments: str, cwd: Path = checkout, program: Path = checkout / "pulse", **environ: str):
        command = [sys.executable, str(program), *arguments]
        return subprocess.run(
            command, cwd=cwd, env=plain_environ() | environ, capture_output=True, text=True, check=False
        )

    return run


def plain_environ() -> dict[str, str]:
    """The environment without what the running tests were started with."""
    dropped = ("PULSE_", "PYTEST_", "PYTHON", "JAVA_HOME", "SPARK_HOME")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
