"""`./pulse bench faults`: kill -9 at random moments of a replay; every table must be that of an undisturbed one.

    python -m benchmarks.faults [PATH] [--day DAY] [--rounds 20] [--seed 1] [--max-entries 20] [--write docs/faults-campaign.md]

Each round replays the recording (left out: six made-up hours) into a new store. Once a random number of entries is
stored, and up to half a second later, a random victim gets SIGKILL; one or two victims a round. Where the command
itself died it is run again. Then every row of every table that tells of the data is compared. After that the derive
process is killed, left without room on the disk, and kept from the store, while a store grows. Exit code 1 if any round
differs.
"""

from __future__ import annotations

import argparse
import platform
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psutil

from benchmarks import _derive_faults
from tests.synthetic_polls import make_polls, write_folder
from tests.truth.commands import VICTIMS, Ended, Replay, outlived
from tests.truth.tables import Rows, differences, tables_of

DELAY_S = 0.5  # at most, between the entry that a kill waits for and the kill
MADE_HOURS = 6
DERIVE_STEP_H = 0.5  # of the growing store
RUNS = 3  # of the command in one round, at most


@dataclass
class Round:
    """What was killed, when, and what came of it."""

    victims: list[str]
    stored: list[int]  # entries in the store at each kill
    runs: int
    seconds: float
    wrong: list[str]


def play(home: Path, path: Path, options: Sequence[str], entries: int, rng: random.Random, whole: dict[str, Rows]) -> Round:
    """One round in the folder `home`; `entries` is how many the whole replay stores."""
    replay = Replay(home, path, *options)
    kills = sorted((rng.randrange(entries), rng.choice(VICTIMS)) for _ in range(rng.choice((1, 1, 2))))
    played, began, runs = Round([], [], 0, 0.0, []), time.monotonic(), 0
    code = None
    while code != 0 and runs < RUNS:
        runs += 1
        replay.start()
        while kills and strike(replay, *kills[0], rng.uniform(0, DELAY_S), played):
            _, victim = kills.pop(0)
            if victim == "supervisor":
                break
        code, _, said = replay.end()
    replay.kill()
    played.runs, played.seconds = runs, time.monotonic() - began
    played.wrong += differences(tables_of(replay.engine), whole) if code == 0 else [f"exit code {code}: {said[-300:]}"]
    return played


def strike(replay: Replay, entry: int, victim: str, delay_s: float, played: Round) -> bool:
    """Kill `victim` once `entry` is stored; False if the replay was over before."""
    try:
        replay.wait_until(lambda: replay.stored() >= entry)
        time.sleep(delay_s)
        parts = psutil.Process(replay.process.pid).children(recursive=True)
        replay.kill_part(victim)
    except (Ended, psutil.NoSuchProcess):
        return False
    played.victims.append(victim)
    played.stored.append(replay.stored())
    if victim == "supervisor":  # its parts end with it, or the next run would find the log taken
        played.wrong += [f"{one} outlived the command" for one in outlived(parts)]
    return True


def campaign(path: Path, options: Sequence[str], rounds: int, seed: int, home: Path) -> tuple[Replay, float, list[Round]]:
    """(the undisturbed replay, its seconds, the rounds); prints each round as it ends."""
    began = time.monotonic()
    first = Replay(home / "undisturbed", path, *options)
    code, _, said = first.run()
    if code:
        raise SystemExit(f"the undisturbed replay failed: {said}")
    undisturbed_s, whole = time.monotonic() - began, tables_of(first.engine)
    rng, played = random.Random(seed), []
    for number in range(1, rounds + 1):
        folder = home / str(number)
        played.append(play(folder, path, options, first.stored(), rng, whole))
        print(row(number, played[-1]), flush=True)
        if not played[-1].wrong:
            shutil.rmtree(folder)
    return first, undisturbed_s, played


def row(number: int, one: Round) -> str:
    kills = ", ".join(f"{victim} at {stored}" for victim, stored in zip(one.victims, one.stored, strict=True))
    verdict = "; ".join(one.wrong) or "the same"
    return f"| {number} | {kills or 'none: it was over before'} | {one.runs} | {one.seconds:.1f} | {verdict} |"


def machine() -> str:
    """What the figures were taken on."""
    cpus, memory_gb = psutil.cpu_count(), psutil.virtual_memory().total / 1e9
    return f"{cpus} cores ({platform.machine()}), {memory_gb:.0f} GB, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def as_markdown(what: str, entries: int, undisturbed_s: float, played: list[Round], command: str) -> str:
    struck = [one for one in played if one.victims]
    kills = {victim: sum(one.victims.count(victim) for one in struck) for victim in VICTIMS}
    wrong = sum(bool(one.wrong) for one in played)
    return "\n".join([
        "# Kills at random moments", "",
        "What `kill -9` of any process does to a replay, and what kills, a full disk and a locked store do to the derive process:",
        "nothing that can be seen in a table. Written by", "",
        f"    {command}", "",
        f"Replayed: {what}, {entries} entries. Machine: {machine()}. Undisturbed: {undisturbed_s:.1f} s; "
        f"with kills: median {statistics.median(one.seconds for one in played):.1f} s.", "",
        "Kills: " + ", ".join(f"{count} of the {victim}" for victim, count in kills.items()) + f". "
        f"Rounds whose tables differ: **{wrong} of {len(played)}**.", "",
        "Compared is every row of entries, messages, revisions, hits, dead letters, books, models, facts and windows.", "",
        "| round | killed, at entry | runs of the command | seconds | tables |", "|---|---|---|---|---|",
        *[row(number, one) for number, one in enumerate(played, 1)], "",
    ])  # fmt: skip


def main(argv: Sequence[str]) -> int:
    options = _arguments(argv)
    home = Path(tempfile.mkdtemp(prefix="pulse-faults-"))
    path = options.path or write_folder(home / "made-up", make_polls(MADE_HOURS))
    what = f"{options.path.name} {options.day or ''}".strip() if options.path else f"{MADE_HOURS} made-up hours"
    words = ["--max-entries", str(options.max_entries), *(["--day", str(options.day)] if options.day else [])]
    first, undisturbed_s, played = campaign(path, words, options.rounds, options.seed, home)
    store = first.plan.folder / "store.db"
    derived = _derive_faults.campaign(store, options.derive_rounds, options.seed, DERIVE_STEP_H, home)
    wrong = any(one.wrong for one in [*played, *derived])
    if options.write:
        command = f"./pulse bench faults --rounds {options.rounds} --seed {options.seed} --max-entries {options.max_entries}"
        text = as_markdown(what, first.stored(), undisturbed_s, played, command)
        options.write.write_text("\n".join([text, *_derive_faults.as_markdown(derived)]), encoding="utf-8")
    if wrong:
        print(f"pulse: tables differ; the rounds are kept in {home}", file=sys.stderr)
    else:
        shutil.rmtree(home)
    return int(wrong)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse bench faults", description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, nargs="?", help="a recording; default: made-up polls")
    parser.add_argument("--day", type=date.fromisoformat, help="only this service day")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--derive-rounds", type=int, default=10, help="of the derive process")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--max-entries", type=int, default=20, help="log entries a batch: few, so that there are moments")
    parser.add_argument("--write", type=Path, help="write the figures to this file")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
