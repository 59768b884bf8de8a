"""A replay of which any process is killed at a random entry; where the command itself died it is run again."""

from __future__ import annotations

import random
import time
from pathlib import Path

import psutil

from benchmarks.base._rounds import Played
from benchmarks.faults._fault_ground import OPTIONS, Ground
from tests.truth.commands import VICTIMS, Ended, Replay, outlived
from tests.truth.tables import differences, tables_of

DELAY_S = 0.5  # at most, between the entry that a kill waits for and the kill
RUNS = 4  # of the command in one round, at most


def play(ground: Ground, folder: Path, rng: random.Random) -> Played:
    """One round; every row of every table has to be that of the undisturbed replay."""
    replay, played, code, said = Replay(folder, ground.recording, *OPTIONS), Played(), None, ""
    kills = sorted((rng.randrange(ground.entries), rng.choice(VICTIMS)) for _ in range(rng.choice((1, 1, 2))))
    try:
        while code != 0 and played.starts < RUNS:
            played.starts += 1
            replay.start()
            while kills and _strike(replay, *kills[0], rng.uniform(0, DELAY_S), played):
                if kills.pop(0)[1] == "supervisor":
                    break
            code, _, said = replay.end()
    finally:
        replay.kill()
    played.wrong += (
        differences(tables_of(replay.engine), ground.tables) if code == 0 else [f"exit code {code}: {said[-300:]}"]
    )
    return played


def _strike(replay: Replay, entry: int, victim: str, delay_s: float, played: Played) -> bool:
    """Kill `victim` once `entry` is stored, and wait until more is; False if the replay was over before."""
    try:
        replay.wait_until(lambda: replay.stored() >= entry)
        time.sleep(delay_s)
        assert replay.process
        parts = psutil.Process(replay.process.pid).children(recursive=True)
        replay.kill_part(victim)
    except (Ended, psutil.NoSuchProcess):
        return False
    stored, began = replay.stored(), time.monotonic()
    played.kills.append((victim, f"entry {stored}"))
    if victim == "supervisor":  # its parts end with it, or the next run would find the log taken
        played.wrong += [f"{one} outlived the command" for one in outlived(parts)]
        return True
    try:
        replay.wait_until(lambda: replay.stored() > stored)
    except Ended:
        return False
    finally:
        played.recovery_s = max(played.recovery_s, time.monotonic() - began)
    return True
