"""A bounded cache: of many threads that ask for the same value at once, one computes it and all get it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future
from threading import Lock
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Cache:
    """The newest `size` results, by key; thread-safe."""

    def __init__(self, size: int) -> None:
        self._size, self._lock = size, Lock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._flights: dict[Hashable, Future[Any]] = {}

    def get(self, key: Hashable, make: Callable[[], T], lasts: Callable[[T], bool] = lambda made: True) -> T:
        """The kept result of `key`, else that of `make()`, which is kept if it `lasts`."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: T = self._kept[key]
                return kept
        return self._make_once(key, lambda: self._keep(key, make(), lasts))

    def get_from(self, key: Hashable, sources: tuple[object, ...], make: Callable[[], T]) -> T:
        """The kept result of `key` if it was made from these very `sources`, else that of `make()`."""
        with self._lock:
            made_from, made = self._kept.get(key, ((), None))
        if len(made_from) == len(sources) and all(one is other for one, other in zip(made_from, sources, strict=True)):
            return cast("T", made)
        flight = (key, *map(id, sources))
        return self._make_once(flight, lambda: self._keep(key, (sources, make()), lambda made: True)[1])

    def _make_once(self, key: Hashable, make: Callable[[], T]) -> T:
        """`make()`, or what another thread is making of the same key just now; an error is its maker's own."""
        mine: Future[T] = Future()
        with self._lock:
            flight: Future[T] = self._flights.setdefault(key, mine)
        if flight is not mine:
            try:
                return flight.result()
            except CancelledError:  # its maker met an error: whoever waited makes it for itself
                return make()
        try:
            made = make()
            mine.set_result(made)
        finally:
            with self._lock:
                del self._flights[key]
            mine.cancel()  # does nothing to a result
        return made

    def _keep(self, key: Hashable, made: T, lasts: Callable[[T], bool]) -> T:
        if lasts(made):
            with self._lock:
                self._kept[key] = made
                self._kept.move_to_end(key)
                while len(self._kept) > self._size:
                    self._kept.popitem(last=False)
        return made
