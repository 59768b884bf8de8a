"""`./pulse bench long_tests`: the tests that are too long for every run, and the thorough form of those that have one.

    python -m benchmarks.base.long_tests [arguments of pytest]

They are those of `tests/` that are marked `nightly` or ask for `thorough` (docs/testing.md). Exit code 1 if one failed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WALKS = ("--walks", "20", "--walk-steps", "15")
ONE_AT_A_TIME = ("-n", "0")  # nothing beside them: what they find is not for want of time


def main(argv: Sequence[str]) -> int:
    """Run them; returns the exit code."""
    command = [sys.executable, "-m", "pytest", "--nightly", *WALKS, *ONE_AT_A_TIME, *argv]
    return int(subprocess.run(command, cwd=ROOT, check=False).returncode != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
