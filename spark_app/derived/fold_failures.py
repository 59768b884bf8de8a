"""Failures of derived folds on standard error: in full while they are new, counted when they repeat.

Each entry that is set aside is a row of the store with its reason. A rule that fails on every entry would fill the
logs, so that an hour of one fold holds a few tracebacks, some sentences, and from then on each tenth power.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from prim_client.messages.time_units import HOUR_S

TRACEBACKS, SENTENCES = 3, 20  # of one fold in PERIOD_S
PERIOD_S = HOUR_S


class FailureLog:
    """Prints failures of folds, some of them."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._counts: dict[str, tuple[float, int]] = {}  # fold -> begin of its period, failures since

    def note(self, fold: str, entry: int, error: Exception) -> None:
        """Tell that `fold` sets `entry` aside because of `error`."""
        began_s, count = self._counts.get(fold, (self._clock_s(), 0))
        if self._clock_s() - began_s > PERIOD_S:
            began_s, count = self._clock_s(), 0
        count += 1
        self._counts[fold] = (began_s, count)
        if count <= SENTENCES or _is_power_of_ten(count):
            since = f" ({count} entries within an hour)" if count > SENTENCES else ""
            told = "".join(traceback.format_exception(error)) if count <= TRACEBACKS else ""
            sentence = (
                f"the derived fold {fold!r} cannot take in entry {entry} and sets it aside{since}: {reason_of(error)}"
            )
            print(f"pulse: {sentence}\n{told}", end="", file=sys.stderr, flush=True)


def reason_of(error: Exception) -> str:
    """One line: the kind of the error, what it says, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}{where}"


def _is_power_of_ten(count: int) -> bool:
    return str(count).strip("0") == "1"
