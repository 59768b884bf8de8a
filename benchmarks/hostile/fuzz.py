"""`./pulse bench fuzz`: inputs that nobody thought of, for every reader of bytes from outside.

    python -m benchmarks.hostile.fuzz [TARGET ...] [--seconds 60] [--out DIR] [--seed 1]

Each target runs in a process of its own for so many seconds under libFuzzer (atheris), which makes inputs out of a few
seeds and keeps those that reach new branches. A target asserts what has to hold for any input; an input may take 5 s
and 1 GB. Crashing inputs are kept in DIR/TARGET (default: `.pulse/fuzz`), and the inputs that were worth keeping, too:
the next run begins with them. Exit code 1 if a target crashed, 3 where atheris does not run: it needs Linux on x86-64.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

from benchmarks.hostile._fuzz_targets import TARGETS

DONE, CRASHED, ENVIRONMENT = 0, 1, 3
INPUT_TIMEOUT_S, MEMORY_MB, INPUT_MAX_BYTES = 5, 1_024, 20_000
START_S = 180  # to import and instrument the reader, on a busy machine
_EXCEPTION = "=== Uncaught Python exception"
_COVERAGE = re.compile(r"\bcov: (\d+)")
_EXECUTIONS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


@dataclass(frozen=True)
class Result:
    """One target: how many inputs ran, branches seen at first and at the end, crashing inputs,
    what it printed of a crash."""

    executions: int
    coverage: tuple[int, int]
    crashes: Sequence[Path]
    failed: bool
    output: str


def main(argv: Sequence[str]) -> int:
    """Fuzz the targets that `argv` names; returns the exit code."""
    options = _arguments(argv)
    if importlib.util.find_spec("atheris") is None:
        print("pulse: fuzzing needs atheris, which there is for Linux on x86-64 only", file=sys.stderr)
        return ENVIRONMENT
    failed = False
    for name in options.targets or TARGETS:
        result = fuzz(name, options.seconds, options.out / name, options.seed)
        failed |= result.failed
        print(_line(name, result), flush=True)
    return CRASHED if failed else DONE


def fuzz(name: str, seconds: int, folder: Path, seed: int) -> Result:
    """Run one target."""
    corpus, crashes = folder / "corpus", folder / "crashes"
    for one in (corpus, crashes):
        one.mkdir(parents=True, exist_ok=True)
    for content in TARGETS[name].seeds:
        (corpus / sha1(content).hexdigest()).write_bytes(content)
    before = set(crashes.iterdir())
    command = [
        sys.executable,
        "-m",
        "benchmarks.hostile._fuzz_one",
        name,
        f"-max_total_time={seconds}",
        f"-timeout={INPUT_TIMEOUT_S}",
        f"-rss_limit_mb={MEMORY_MB + _own_peak_mb()}",
        f"-max_len={INPUT_MAX_BYTES}",
        f"-artifact_prefix={crashes}/",
        f"-seed={seed}",
        "-print_final_stats=1",
        "-verbosity=1",
        str(corpus),
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=START_S + 2 * seconds, env=os.environ, check=False)
        code, output = done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")
    except subprocess.TimeoutExpired as error:
        code, output = 1, (error.stderr or b"").decode("utf-8", "replace") + "\nit did not end in time"
    coverage = [int(found) for found in _COVERAGE.findall(output)] or [0]
    executions = _EXECUTIONS.search(output)
    new = sorted(set(crashes.iterdir()) - before)
    reason = output[output.find(_EXCEPTION) :] if _EXCEPTION in output else output[-3_000:]
    return Result(
        int(executions[1]) if executions else 0, (coverage[0], coverage[-1]), new, bool(code or new), reason[:3_000]
    )


def _own_peak_mb() -> int:
    """Peak memory of this process: Linux counts it for the child, too, from before its program was loaded."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024


def _line(name: str, result: Result) -> str:
    first, last = result.coverage
    text = f"{name:16} {result.executions:>9,} inputs, branches {first:,} -> {last:,}, {len(result.crashes)} crashes"
    if result.failed:
        kept = "".join(f"\n    input: {path}" for path in result.crashes)
        text += f"{kept}\n    " + "\n    ".join(result.output.splitlines()[:30])
    return text


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse bench fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET", help=f"default: all of {', '.join(TARGETS)}"
    )
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: %(default)s)")
    parser.add_argument(
        "--out", type=Path, default=Path(".pulse/fuzz"), help="where inputs are kept (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the fuzzer's choices (default: %(default)s)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
