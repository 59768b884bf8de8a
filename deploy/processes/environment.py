"""Start of a child process: its command line, and one configuration for all."""

from __future__ import annotations

import gc
import os
import resource
import sys
from functools import cache
from pathlib import Path

from deploy.configuration.settings import CONFIG_VARIABLE, default_path

ROOT = Path(__file__).resolve().parents[2]
NOTE = "pulse: note: "  # begins a line that the user should see although nothing failed
MANY_FILES = 4_096


def collect_rarely() -> None:
    """Let Python look for cycles of garbage every 50,000 new containers, not every 700.

    A poll of all modes is parsed into hundreds of thousands of containers and none of them is a cycle: the
    search took 35 to 50 % of the collector's processor time and 18 % of the batch writer's.
    """
    gc.set_threshold(50_000)


def allow_many_files() -> None:
    """Let this process open as many files as the machine allows:
    each connection takes six, and 1,024 is the default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY_FILES if hard == resource.RLIM_INFINITY else min(MANY_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@cache
def keep_loaded(_what: str) -> None:
    """Take all that is loaded by now, `_what` included, out of the search for cycles of garbage; once for each.

    Spark's Python workers search after every task: 0.11 s with the geocoder and an analyzer, nothing without.
    """
    gc.collect()
    gc.freeze()


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs `module` with this Python."""
    return [sys.executable, "-m", module, *arguments]


def pass_on(config: Path | None) -> str:
    """Let our processes inherit the configuration and where our packages are; returns the file's path."""
    chosen = str((config or default_path()).resolve())
    os.environ[CONFIG_VARIABLE] = chosen
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return chosen
