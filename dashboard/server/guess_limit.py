"""Rate limit for wrong passwords: an address that guesses waits, longer after each guess. Nothing sleeps."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

FREE = 5  # wrong passwords that cost nothing
LONGEST_S = 60  # also what everybody behind one address waits at most
ADDRESSES = 10_000  # the oldest guess is forgotten beyond these: about 2 MB


class GuessLimit:
    """Counts the wrong passwords of each address. `clock` gives seconds; thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._guesses: OrderedDict[str, tuple[int, float]] = OrderedDict()  # how many, and when they may ask again

    def wait_s(self, address: str) -> float:
        """How many seconds `address` has to wait; 0 if it may ask now."""
        with self._lock:
            return max(self._guesses.get(address, (0, 0.0))[1] - self._clock(), 0.0)

    def wrong(self, address: str) -> None:
        """Count a wrong password: 2, 4, 8 ... LONGEST_S seconds to wait once FREE are used."""
        with self._lock:
            count = self._guesses.pop(address, (0, 0.0))[0] + 1
            pause_s = min(2.0 ** min(count - FREE, 10), LONGEST_S) if count > FREE else 0.0
            self._guesses[address] = count, self._clock() + pause_s
            if len(self._guesses) > ADDRESSES:
                self._guesses.popitem(last=False)

    def right(self, address: str) -> None:
        """Forget the wrong passwords of `address`."""
        with self._lock:
            self._guesses.pop(address, None)
