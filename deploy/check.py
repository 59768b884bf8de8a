"""The gate: ruff's formatter, ruff's rules and mypy over the whole tree, as pyproject.toml says: `./pulse check`."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str]) -> int:
    """Run every tool, also after one that failed; 0 when all of them have nothing to say."""
    parser = argparse.ArgumentParser(prog="pulse check", description=__doc__)
    parser.add_argument("--fix", action="store_true", help="format, and mend what ruff can mend by itself")
    fix = parser.parse_args(arguments).fix
    tools = (
        ["ruff", "check", "--fix"] if fix else ["ruff", "check"],
        ["ruff", "format"] if fix else ["ruff", "format", "--check"],
        ["mypy"],
    )
    failed = [tool for tool in tools if subprocess.run([sys.executable, "-m", *tool], cwd=ROOT, check=False).returncode]
    for tool in failed:
        print(f"pulse check: {' '.join(tool)} failed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
