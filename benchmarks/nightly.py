"""`./pulse bench nightly`: every long campaign, one after the other; stopped or killed, it goes on with the one it was
at.

    python -m benchmarks.nightly [--seed N] [--only NAME …] [--results FILE]

The campaigns are those of `benchmarks/_campaigns.py`. The results of a seed are kept in a file, one line a campaign:
one that has come to its end is not run again for that seed. Exit code 1 if a campaign found something.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks._campaigns import CAMPAIGNS, Campaign
from deploy.configuration.settings import load

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Night:
    """What came of one campaign. `code`: 0 nothing found."""

    name: str
    seed: int
    code: int
    seconds: float


def main(argv: Sequence[str]) -> int:
    """Run what is missing, print the table; returns the exit code."""
    options = _arguments(argv)
    results = options.results or load().data_dir / "bench" / "nightly.jsonl"
    chosen = [one for one in CAMPAIGNS if is_there(one) and (not options.only or one.name in options.only)]
    for campaign in chosen:
        if campaign.name not in done(results, options.seed):
            _append(results, run(campaign, options.seed))
    found = [night for name, night in done(results, options.seed).items() if name in {one.name for one in chosen}]
    print("\n".join(table(found)), flush=True)
    return int(any(night.code for night in found))


def is_there(campaign: Campaign) -> bool:
    """Whether the benchmark of `campaign` exists."""
    return importlib.util.find_spec(f"benchmarks.{campaign.module}") is not None


def run(campaign: Campaign, seed: int) -> Night:
    """Run one campaign to its end; its output is ours."""
    arguments = [argument.format(seed=seed) for argument in campaign.arguments]
    print(
        f"\n== {campaign.name}: ./pulse bench {campaign.module.rpartition('.')[2]}  {' '.join(arguments)}", flush=True
    )
    began = time.monotonic()
    code = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{campaign.module}", *arguments], cwd=ROOT, check=False
    ).returncode
    return Night(campaign.name, seed, code, round(time.monotonic() - began, 1))


def done(results: Path, seed: int) -> dict[str, Night]:
    """The campaigns of `seed` that have come to their end, by name; one that was killed has not."""
    found = {}
    for line in results.read_text(encoding="utf-8").splitlines() if results.exists() else ():
        try:
            night = Night(**json.loads(line))
        except (ValueError, TypeError):  # cut by a kill
            continue
        if night.seed == seed and night.code >= 0:
            found[night.name] = night
    return found


def table(nights: Sequence[Night]) -> list[str]:
    """The lines of a table."""
    rows = [
        f"| {one.name} | {one.seed} | {one.seconds / 60:.1f} | "
        f"{'nothing found' if one.code == 0 else f'FOUND SOMETHING (exit code {one.code})'} |"
        for one in nights
    ]
    return ["| campaign | seed | minutes | result |", "|---|---|---|---|", *rows]


def _append(results: Path, night: Night) -> None:
    results.parent.mkdir(parents=True, exist_ok=True)
    with results.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(night)) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse bench nightly", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="another seed is another night")
    parser.add_argument("--only", nargs="+", choices=[one.name for one in CAMPAIGNS], help="some of the campaigns")
    parser.add_argument(
        "--results", type=Path, help="file of the results; default: bench/nightly.jsonl in the data folder"
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
