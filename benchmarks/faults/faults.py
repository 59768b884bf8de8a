"""`./pulse bench faults`: kill -9 at random moments of every command; every row of every table must be an undisturbed
one's.

    python -m benchmarks.faults.faults [--rounds 5] [--parts replay,up=10,…] [--seed 1] [--results FILE] [--write
    docs/faults-campaign.md]

The parts of the campaign take turns, so that any number of rounds holds some of each. Each round begins from the same
two made-up hours, does its part with kills at random instants (drawn from seed, part and number of the round), and
compares every row of every table with that of an undisturbed run. Each finished round is a line of the results' file: a
campaign that was stopped or killed is started again with the same words and goes on with the rounds that are not there
yet.
`--write` makes the document from all rounds of the file, whatever their seed. Exit code 1 if a round of it differs.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.base import _rounds
from benchmarks.base._machine import machine
from benchmarks.base._rounds import Played, Round
from benchmarks.faults import _fault_replay
from benchmarks.faults._derive_faults import DeriveRounds
from benchmarks.faults._fault_ground import MADE_HOURS, Ground, make_ground
from benchmarks.faults._fault_rebuild import Rebuilds
from benchmarks.faults._fault_store import Archives, Migrations, Retentions
from benchmarks.faults._fault_up import Ups
from deploy.configuration.settings import load
from tests.made import databases

Play = Callable[[Path, random.Random], Played]
Make = Callable[[Ground, ExitStack], Play]
PARTS: dict[str, Make] = {
    "replay": lambda ground, _: lambda folder, rng: _fault_replay.play(ground, folder, rng),
    "up": lambda ground, _: Ups().play,
    "rebuild": lambda ground, _: Rebuilds(ground, None).play,
    "rebuild-postgresql": lambda ground, stack: (
        Rebuilds(ground, stack.enter_context(databases.postgresql_server())).play
    ),
    "rebuild-mariadb": lambda ground, stack: Rebuilds(ground, stack.enter_context(databases.mariadb_server())).play,
    "archive": lambda ground, _: Archives(ground).play,
    "retention": lambda ground, _: Retentions(ground).play,
    "migration": lambda ground, _: Migrations(ground).play,
    "derive": lambda ground, _: DeriveRounds(ground.store).play,
}
INSTALLED: dict[str, Callable[[], object]] = {
    "rebuild-postgresql": databases.postgres,
    "rebuild-mariadb": databases.mariadb,
}


def main(argv: Sequence[str]) -> int:
    """Play what is missing, then report; returns the exit code."""
    options = _arguments(argv)
    results = options.results or load().data_dir / "bench" / "faults.jsonl"
    wanted = {
        part: count for part, count in options.parts(options.rounds).items() if INSTALLED.get(part, lambda: True)()
    }
    for part in set(options.parts(options.rounds)) - set(wanted):
        print(f"pulse: {part} is left out: its database is not installed", file=sys.stderr)
    campaign(wanted, options.seed, results)
    played = _rounds.load(results)
    print("\n".join(_rounds.summary(played)), flush=True)
    if options.write:
        options.write.write_text("\n".join(as_markdown(played)), encoding="utf-8")
    return int(any(one.wrong for one in played))


def missing(wanted: dict[str, int], seed: int, results: Path) -> list[tuple[str, int]]:
    """(part, number) of the rounds that are still to be played, the parts in turns."""
    done = {one.key for one in _rounds.load(results)}
    turns = [(number, part) for part, count in wanted.items() for number in range(1, count + 1)]
    return [
        (part, number) for number, part in sorted(turns, key=lambda turn: turn[0]) if (seed, part, number) not in done
    ]


def campaign(wanted: dict[str, int], seed: int, results: Path) -> None:
    """Play the missing rounds; each is a line of `results` as soon as it is over."""
    left = missing(wanted, seed, results)
    if not left:
        return
    home = Path(tempfile.mkdtemp(prefix="pulse-faults-"))
    with ExitStack() as stack:
        ground, plays = make_ground(home), dict[str, Play]()
        for part, number in left:
            if part not in plays:
                plays[part] = PARTS[part](ground, stack)
            one = play(plays[part], home / f"{part}-{number}", part, number, seed)
            _rounds.append(results, one)
            print(_rounds.as_row(one), flush=True)
    if not any(home.glob("*.wrong")):
        shutil.rmtree(home)


def play(act: Play, folder: Path, part: str, number: int, seed: int) -> Round:
    """One round; its files stay where something differs."""
    began = time.monotonic()
    played = act(folder, random.Random(f"{seed}/{part}/{number}"))
    if played.wrong:
        played.wrong.append(f"files in {folder}")
        folder.with_suffix(".wrong").touch()
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return Round(**vars(played), part=part, number=number, seed=seed, seconds=time.monotonic() - began)


def as_markdown(played: Sequence[Round]) -> list[str]:
    """The lines of the document."""
    return [
        "# Kills at random moments",
        "",
        "What `kill -9` at random instants does to every command: nothing that can be seen in a table. Written by",
        "",
        "    ./pulse bench faults --write docs/faults-campaign.md",
        "",
        f"from all rounds so far. Each begins from {MADE_HOURS} made-up hours. Machine: {machine()}.",
        "",
        *_rounds.summary(played),
        "",
        (
            "Compared with an undisturbed run is every row: of all tables that tell of the data (`replay`; `up`, "
            "whose log is rebuilt"
        ),
        (
            "for it; `retention`, with every line of the log), these and what no log holds (`rebuild`, also right "
            "after each kill where"
        ),
        (
            "the old store still has to be there), every hit of the archive, every row of every derived table "
            "(`migration`, `derive`)."
        ),
        (
            "*Recovery* is the time from a fault to the next entry that is stored, or to the end of the run that "
            "made it good;"
        ),
        "most of it is the start of Spark.",
        "",
        "## What was hit",
        "",
        *_rounds.victims(played),
        "",
        "## The rounds",
        "",
        "| part | seed/round | hit, at | starts | seconds | recovery, s | tables |",
        "|---|---|---|---|---|---|---|",
        *map(_rounds.as_row, played),
        "",
    ]


def _parts(text: str) -> Callable[[int], dict[str, int]]:
    """`replay,up=10` -> by part how many rounds, given how many the others have."""
    named = [name.partition("=") for name in text.split(",")]
    for name, _, count in named:
        if name not in PARTS or not (count or "1").isdecimal():
            raise argparse.ArgumentTypeError(
                f"{name}{'=' + count if count else ''} is none of {', '.join(PARTS)}, with =ROUNDS or without"
            )
    return lambda rounds: {name: int(count or rounds) for name, _, count in named}


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse bench faults", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="of each part")
    parser.add_argument(
        "--parts",
        type=_parts,
        default=_parts(",".join(PARTS)),
        help=f"some of {', '.join(PARTS)}; PART=ROUNDS for its own number",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--results", type=Path, help="file of the rounds; default: bench/faults.jsonl in the data folder"
    )
    parser.add_argument("--write", type=Path, help="write the document of all rounds to this file")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
