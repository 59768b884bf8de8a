"""The trends of a stream: the same as `trends` over all that was seen, at the cost of what changed.

Sightings enter the window, leave it for the trailing week, and leave that. Disruptions are counted by tag on the way,
so that a look at the trends costs as much as the window holds, whatever the week held.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from datetime import datetime, timedelta
from typing import Any

from prim_client.messages.message import from_epoch_us, to_epoch_us
from spark_app.derived.tags.trends import MEMORY, TOP, WINDOW, Chain, Sighting, Trends, check_spans, ranked, share_of
from spark_app.language.tags import Tag


class _Counts:
    """Disruptions by tag, of sightings that come and go."""

    def __init__(self) -> None:
        self.sightings: deque[Sighting] = deque()
        self.by_tag: dict[Tag, Counter[str]] = defaultdict(Counter)

    def add(self, sighting: Sighting) -> None:
        self.sightings.append(sighting)
        for tag in sighting.tags:
            self.by_tag[tag][sighting.disruption] += 1

    def pop(self) -> Sighting:
        """Take out the oldest."""
        sighting = self.sightings.popleft()
        for tag in sighting.tags:
            counts = self.by_tag[tag]
            counts[sighting.disruption] -= 1
            if not counts[sighting.disruption]:
                del counts[sighting.disruption]
                if not counts:
                    del self.by_tag[tag]
        return sighting


class TrendBook:
    """Window and trailing week of a stream of sightings; updates and twins of one incident count once."""

    def __init__(self, window: timedelta = WINDOW, memory: timedelta = MEMORY) -> None:
        """Raises ValueError if window or memory are not positive."""
        check_spans(window, memory)
        self._span, self._memory_span = window, memory
        self._window, self._memory, self._chain = _Counts(), _Counts(), Chain()
        self.since: datetime | None = None  # begin of what is known

    def begin(self, moment: datetime) -> None:
        """What happened before `moment` is not known: the first one counts."""
        self.since = self.since or moment

    def see(self, sighting: Sighting) -> Sighting:
        """Take in a sighting, no older than those before; returns it as it counts, under its disruption's name."""
        linked = self._chain.link(sighting)
        self._window.add(linked)
        return linked

    def trends_before(self, end: datetime, top: int = TOP) -> Trends:
        """The trends of the window before `end`, which never goes back and lies behind every sighting so far."""
        begin = end - self._span
        oldest = max(begin - self._memory_span, self.since or begin - self._memory_span)
        self._advance(begin, oldest)
        now = {tag: counts.keys() for tag, counts in self._window.by_tag.items()}
        week = {tag: len(self._memory.by_tag[tag]) for tag in now if tag in self._memory.by_tag}
        return ranked(now, week, share_of(self._span, begin - oldest), top)

    def _advance(self, begin: datetime, oldest: datetime) -> None:
        window, memory = self._window.sightings, self._memory.sightings
        while window and window[0].opened < begin:
            self._memory.add(self._window.pop())
        while memory and memory[0].opened < oldest:
            self._memory.pop()

    def count(self) -> int:
        """Disruptions in the window."""
        return len({sighting.disruption for sighting in self._window.sightings})

    def state(self) -> dict[str, Any]:
        """Plain JSON types, for `restored`."""
        sightings = [*self._memory.sightings, *self._window.sightings]
        codes = {tag: code for code, tag in enumerate(dict.fromkeys(tag for s in sightings for tag in s.tags))}
        return {
            "since": None if self.since is None else to_epoch_us(self.since),
            "tags": list(codes),
            "sightings": [[to_epoch_us(s.opened), s.disruption, [codes[tag] for tag in s.tags]] for s in sightings],
        }

    @classmethod
    def restored(cls, window: timedelta, memory: timedelta, state: dict[str, Any]) -> TrendBook:
        """The book that gave `state()`; it goes on as if it had never stopped."""
        book = cls(window, memory)
        book.since = None if state["since"] is None else from_epoch_us(state["since"])
        tags = [(kind, value) for kind, value in state["tags"]]
        for opened_us, disruption, codes in state["sightings"]:
            book.see(Sighting(from_epoch_us(opened_us), disruption, tuple(tags[code] for code in codes)))
        return book
