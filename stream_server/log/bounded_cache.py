"""A bounded cache of recently used values, in two generations: a hit costs one dictionary lookup."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Keeps at most `budget` (bytes, or whatever `put` is told a value costs), forgetting the unused.

    Values go into a young generation; when it holds half the budget it becomes the old one, and the
    old one is forgotten, except what was asked for meanwhile. Threads may share it: a race costs a
    value that is computed again, never a wrong one.
    """

    def __init__(self, budget: int) -> None:
        self._half = budget // 2
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._young: dict[K, tuple[V, int]] = {}
        self._old: dict[K, tuple[V, int]] = {}
        self._spent = 0

    def get(self, key: K) -> V | None:
        """The value, or None if it is not remembered."""
        if found := self._young.get(key):
            return found[0]
        if found := self._old.get(key):
            self.put(key, *found)
            return found[0]
        return None

    def put(self, key: K, value: V, cost: int) -> None:
        """Remember `value`. One that costs more than half the budget is not kept."""
        if cost > self._half:
            return
        if self._spent + cost > self._half:
            self._old, self._young, self._spent = self._young, {}, 0
        self._young[key] = (value, cost)
        self._spent += cost
