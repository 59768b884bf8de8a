"""`./pulse bench mutations`: plant faults in a copy of the code, one by one, and see whether its tests fail.

    python -m benchmarks.mutations [--at REF] [--only NAME …] [--results FILE]

The faults are those of `benchmarks/_planted_faults.py`, each with the tests that should see it. The copy is of the
commit `REF` (default: HEAD), code and tests. Each finished fault is a line of the results' file: a run that was stopped
goes on with those that are not there yet. Exit code 1 if a fault was not seen.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks._planted_faults import FAULTS, Fault
from deploy.configuration.settings import load

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 1_800  # of the tests of one fault; a fault that makes them hang is seen
SEEN, NOT_SEEN, HANGS, ABSENT, ERROR = "seen", "NOT SEEN", "seen (they hang)", "no such code", "error"
BY_CODE = {0: NOT_SEEN, 1: SEEN}  # exit codes of pytest; with any other it did not run them


@dataclass(frozen=True)
class Planted:
    """What came of a fault at a commit; `test` is the first that failed."""

    at: str
    name: str
    outcome: str
    test: str
    seconds: float


def main(argv: Sequence[str]) -> int:
    """Plant what is missing, print the table; returns the exit code."""
    options = _arguments(argv)
    results = options.results or load().data_dir / "bench" / "mutations.jsonl"
    at = _git(ROOT, "rev-parse", "--short", options.at).strip()
    chosen = [fault for fault in FAULTS if not options.only or fault.name in options.only]
    done = {one.name for one in read(results) if one.at == at}
    missing = [fault for fault in chosen if fault.name not in done]
    if missing:
        with checkout(at) as folder:
            for fault in missing:
                append(results, plant(fault, folder, at))
    print("\n".join(table(read(results), chosen)), flush=True)
    names = {fault.name for fault in chosen}
    return int(any(one.outcome in (NOT_SEEN, ERROR) for one in read(results) if one.at == at and one.name in names))


def place_of(fault: Fault, root: Path) -> Path | None:
    """The one file of the fault's package that holds its text once; None where there is none."""
    files = [path for path in (root / fault.package).rglob("*") if path.suffix in (".py", ".js", ".css")]
    found = [path for path in files for _ in range(path.read_text("utf-8").count(fault.old))]
    return found[0] if len(found) == 1 else None


def plant(fault: Fault, root: Path, at: str) -> Planted:
    """Run the tests of `fault` with it in the code at `root`."""
    began, place = time.monotonic(), place_of(fault, root)
    if place is None:
        return Planted(at, fault.name, ABSENT, "", 0.0)
    whole = place.read_text("utf-8")
    place.write_text(whole.replace(fault.old, fault.new), "utf-8")
    try:
        outcome, test = run_tests(fault, root)
    finally:
        place.write_text(whole, "utf-8")
    one = Planted(at, fault.name, outcome, test, round(time.monotonic() - began, 1))
    print(f"{one.name}: {one.outcome} {one.test}", flush=True)
    return one


def run_tests(fault: Fault, root: Path) -> tuple[str, str]:
    """The outcome, and the first test that failed."""
    tests = [test for test in fault.tests if (root / test).exists()]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONSAFEPATH": "1"}
    try:
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return HANGS, ""
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    outcome = BY_CODE.get(done.returncode, ERROR)
    if outcome == ERROR:
        print(done.stdout[-2_000:], done.stderr[-2_000:], file=sys.stderr)
    return outcome, failed[0].split()[1] if failed else ""


@contextmanager
def checkout(at: str) -> Iterator[Path]:
    """A copy of the commit `at`, with the recordings where its tests look for them."""
    with tempfile.TemporaryDirectory(prefix="pulse-mutations-") as home:
        folder = Path(home) / "pulse"
        _git(ROOT, "clone", "-q", "--shared", str(ROOT), str(folder))
        _git(folder, "checkout", "-q", at)
        if (shared := ROOT.parent / "shared").is_dir():
            (Path(home) / "shared").symlink_to(shared.resolve())
        yield folder


def table(results: Sequence[Planted], faults: Sequence[Fault]) -> list[str]:
    """The lines of a table: a fault a line, a commit a column."""
    commits = list(dict.fromkeys(one.at for one in results))
    outcome = {(one.at, one.name): one.outcome for one in results}
    rows = [
        f"| {fault.name} | {fault.package} | "
        + " | ".join(outcome.get((at, fault.name), "not run") for at in commits)
        + " |"
        for fault in faults
    ]
    return [f"| fault | package | {' | '.join(commits)} |", "|---|---|" + "---|" * len(commits), *rows]


def read(results: Path) -> list[Planted]:
    """The finished faults, in their order; a line that a kill cut is none."""
    found: dict[tuple[str, str], Planted] = {}
    for line in results.read_text("utf-8").splitlines() if results.exists() else ():
        try:
            one = Planted(**json.loads(line))
        except (ValueError, TypeError):
            continue
        found[one.at, one.name] = one
    return list(found.values())


def append(results: Path, one: Planted) -> None:
    """Add a finished fault to the file."""
    results.parent.mkdir(parents=True, exist_ok=True)
    with results.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(one)) + "\n")


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse bench mutations", description=__doc__.splitlines()[0])
    parser.add_argument("--at", default="HEAD", metavar="REF", help="the commit whose code and tests are taken")
    parser.add_argument(
        "--only", nargs="+", choices=[fault.name for fault in FAULTS], metavar="NAME", help="some of the faults"
    )
    parser.add_argument(
        "--results", type=Path, help="file of the results; default: bench/mutations.jsonl in the data folder"
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
