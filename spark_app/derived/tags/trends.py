"""What is unusual now: tags of the last window against their own trailing week.

A tag that is always busy (works, RER B) is no news; one that is seldom seen and comes four times in two
hours is. The measure is the Poisson log-likelihood ratio of the window's count c against the count e
that the week leads one to expect, c ln(c/e) - (c - e): Dunning, "Accurate Methods for the Statistics of
Surprise and Coincidence" (1993), with the week as the reference. Each disruption counts once, in the
window in which it opened; `chained` makes one of the ids that belong together.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from spark_app.language.tags import Tag

WINDOW = timedelta(hours=2)
MEMORY = timedelta(days=7)
TOP = 10
ALIKE = 0.8  # share of two tags' disruptions that both have: from here on they tell the same story
EPISODE_GAP = timedelta(minutes=30)
UNSEEN = 0.5  # disruptions that a tag is taken to have had, so that a first one is news but not infinite news


@dataclass(frozen=True, slots=True)
class Sighting:
    """A disruption with its tags, at the moment when it opened (aware UTC)."""

    opened: datetime
    disruption: str  # whatever must count once: an id, or an episode of several
    tags: Sequence[Tag]


@dataclass(frozen=True, slots=True)
class Trend:
    """A tag of the window. `also`: tags of mostly the same disruptions, as the other stations of one cut."""

    tag: Tag
    count: int  # disruptions of the window
    expected: float  # disruptions that the trailing week leads one to expect
    surprise: float  # log-likelihood ratio; 0 where there is no more than expected
    also: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True)
class Trends:
    """The most unusual tags and, beside them, the plainly most frequent ones."""

    unusual: tuple[Trend, ...]
    frequent: tuple[Trend, ...]


class Chain:
    """Gives one disruption's name to all that a rider would call one; see `chained`."""

    def __init__(self, gap: timedelta = EPISODE_GAP) -> None:
        self._gap = gap
        self._last: dict[tuple[Tag, ...], Sighting] = {}  # oldest first

    def link(self, sighting: Sighting) -> Sighting:
        """`sighting`, which is no older than those before, under the name of what it continues."""
        self._forget(sighting.opened - self._gap)
        what = tuple(sorted(tag for tag in sighting.tags if tag[0] in ("line", "cause")))
        if what:
            if before := self._last.pop(what, None):
                sighting = replace(sighting, disruption=before.disruption)
            self._last[what] = sighting
        return sighting

    def __len__(self) -> int:
        """How many can still be continued."""
        return len(self._last)

    def _forget(self, before: datetime) -> None:
        """A stream runs for weeks: what nothing can continue any more is not kept."""
        while self._last and self._last[oldest := next(iter(self._last))].opened < before:
            del self._last[oldest]


def chained(sightings: Iterable[Sighting], gap: timedelta = EPISODE_GAP) -> list[Sighting]:
    """The sightings by the order of time, with one `disruption` for all that a rider would call one.

    An update of PRIM is a new id and an operator splits one text over several, so ids count an incident
    three times. Those of the same lines and causes that open within `gap` of the one before are chained.
    """
    chain = Chain(gap)
    return [chain.link(sighting) for sighting in sorted(sightings, key=lambda s: (s.opened, s.disruption))]


def surprise(count: int, expected: float) -> float:
    """Log-likelihood ratio of `count` disruptions where `expected` (> 0) were due; 0 for no more than due.

    >>> round(surprise(4, 1.0), 3), surprise(1, 2.0)
    (2.545, 0.0)
    """
    if count <= expected:
        return 0.0
    return count * math.log(count / expected) - (count - expected)


def trends(
    sightings: Iterable[Sighting],
    end: datetime,
    window: timedelta = WINDOW,
    memory: timedelta = MEMORY,
    since: datetime | None = None,
    top: int = TOP,
) -> Trends:
    """Tags of the `window` before `end`, against the `memory` before that window.

    Args:
        sightings: in any order; those outside window and memory are left out.
        since: begin of what is known, if that is later than the memory's: a day of history is not a
            quiet week.
        top: how many of each.

    Raises ValueError if window or memory are not positive.
    """
    check_spans(window, memory)
    begin = end - window
    oldest = max(begin - memory, since or begin - memory)
    now: dict[Tag, set[str]] = defaultdict(set)
    before: dict[Tag, set[str]] = defaultdict(set)
    for sighting in sightings:
        if oldest <= sighting.opened < end:
            for tag in sighting.tags:
                (now if sighting.opened >= begin else before)[tag].add(sighting.disruption)
    return ranked(now, {tag: len(ids) for tag, ids in before.items()}, share_of(window, begin - oldest), top)


def check_spans(window: timedelta, memory: timedelta) -> None:
    """Raises ValueError if window or memory are not positive."""
    if window <= timedelta(0) or memory <= timedelta(0):
        raise ValueError(f"window {window} and memory {memory} must be positive")


def share_of(window: timedelta, known: timedelta) -> float:
    """The share of the `known` history that a window is; 1 for a history shorter than the window."""
    return window / max(known, window)


def ranked(now: Mapping[Tag, AbstractSet[str]], week: Mapping[Tag, int], share: float, top: int = TOP) -> Trends:
    """The trends of the disruptions by tag `now`, where the week had so many by tag."""
    found = [_trend(tag, len(ids), week.get(tag, 0), share) for tag, ids in now.items()]
    return Trends(
        unusual=tuple(_grouped(found, now, top)),
        frequent=tuple(sorted(found, key=lambda t: (-t.count, t.tag))[:top]),
    )


def _trend(tag: Tag, count: int, week: int, share: float) -> Trend:
    expected = (week + UNSEEN) * share
    return Trend(tag, count, expected, surprise(count, expected))


def _grouped(found: Sequence[Trend], ids: Mapping[Tag, AbstractSet[str]], top: int) -> list[Trend]:
    """The `top` most surprising, each with the later ones that tell of mostly the same disruptions."""
    leaders: list[Trend] = []
    followers: list[list[Tag]] = []
    for trend in sorted(found, key=lambda t: (-t.surprise, -t.count, t.tag)):
        index = next(
            (i for i, leader in enumerate(leaders) if _share_most_disruptions(ids[leader.tag], ids[trend.tag])), None
        )
        if index is not None:
            followers[index].append(trend.tag)
        elif len(leaders) < top:
            leaders.append(trend)
            followers.append([])
    return [replace(leader, also=tuple(also)) for leader, also in zip(leaders, followers, strict=True)]


def _share_most_disruptions(some: AbstractSet[str], others: AbstractSet[str]) -> bool:
    if min(len(some), len(others)) < ALIKE * max(len(some), len(others)):
        return False  # most pairs: without a look at the disruptions
    return len(some & others) >= ALIKE * len(some | others)
