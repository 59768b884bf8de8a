"""The rounds of a campaign as lines of a file: a campaign that is stopped or killed goes on behind the last whole
line."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Played:
    """What was done in a round, and what came of it.

    `kills`: (what got SIGKILL or another fault, at which instant). `recovery_s`: the longest time from one of them to
    the next progress, or to the end of what made it good. `wrong`: one sentence for each difference; empty is good.
    """

    kills: list[tuple[str, str]] = field(default_factory=list)
    starts: int = 0
    recovery_s: float = 0.0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Round(Played):
    """A round with its place in the campaign."""

    part: str = ""
    number: int = 0
    seed: int = 0
    seconds: float = 0.0

    @property
    def key(self) -> tuple[int, str, int]:
        return self.seed, self.part, self.number


def append(path: Path, one: Round) -> None:
    """Add a round to the file, on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = not path.exists() or path.read_bytes()[-1:] in (b"", b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write(("" if whole else "\n") + json.dumps(asdict(one)) + "\n")
        file.flush()
        os.fsync(file.fileno())


def load(path: Path) -> list[Round]:
    """The rounds so far, each once. A line that a kill cut is not one."""
    found: dict[tuple[int, str, int], Round] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            values = json.loads(line)
        except ValueError:
            continue
        one = Round(**{**values, "kills": [tuple(kill) for kill in values["kills"]]})
        found[one.key] = one
    return list(found.values())


def as_row(one: Round) -> str:
    """A round as a line of a table."""
    kills = ", ".join(f"{what} at {when}" for what, when in one.kills) or "none: it was over before"
    return (
        f"| {one.part} | {one.seed}/{one.number} | {kills} | {one.starts} | {one.seconds:.0f} | "
        f"{one.recovery_s:.1f} | {'; '.join(one.wrong) or 'the same'} |"
    )


def summary(rounds: Sequence[Round]) -> list[str]:
    """The lines of a table: by part the rounds, the kills, the differences, the longest recovery."""
    lines = [
        "| part | rounds | kills and other faults | rounds that differ | longest recovery, s |",
        "|---|---|---|---|---|",
    ]
    for part in [*dict.fromkeys(one.part for one in rounds), ""]:
        own = [one for one in rounds if part in ("", one.part)]
        kills, wrong = sum(len(one.kills) for one in own), sum(bool(one.wrong) for one in own)
        longest_s = max((one.recovery_s for one in own), default=0.0)
        lines.append(f"| {part or '**all**'} | {len(own)} | {kills} | {wrong} | {longest_s:.1f} |")
    return lines


def victims(rounds: Sequence[Round]) -> list[str]:
    """The lines of a table: how often what was hit."""
    count: dict[tuple[str, str], int] = {}
    for one in rounds:
        for what, _ in one.kills:
            count[one.part, what] = count.get((one.part, what), 0) + 1
    return [
        "| part | hit | times |",
        "|---|---|---|",
        *(f"| {part} | {what} | {times} |" for (part, what), times in sorted(count.items())),
    ]
