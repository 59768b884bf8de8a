"""Which cluster is which: clusters keep their identity from tick to tick, whatever index the model gives them. Pure.

At each observed tick the groups of hits are matched with the lives known before, all at once (`assign`), by how far
they are apart and how many hits and stations they share. What finds no partner is born, rests, or dies. Lives are
sorted by birth and groups by what they hold, never by index, so a permutation of the model's centres changes nothing.
While no hit comes or goes nothing happens to any cluster, even where the model draws its borders anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from geo.network.distance import distance_m
from spark_app.derived.clusters.assignment import assign

GATE_KM = 10.0  # groups without a common hit are never one cluster farther apart than this
UNMATCHED = 1.5  # cost of having no partner: disjoint groups are one cluster within half the gate
FORBIDDEN = 1e6
RESTING_COST = 0.05  # a tick of rest: of two lives that fit alike, the one that was there counts
GRACE_TICKS = 6  # half an hour without hits, as long as a window, before it is dead
MOVED_KM = 2.0
GROWN, GROWN_HITS = 1.5, 5  # times as large, and at least so many hits more
SHARED = 0.5  # of the smaller one's stations, to call it split off or merged

BORN, MOVED, GREW, SHRANK, SPLIT, MERGED, DIED = "born", "moved", "grown", "shrunk", "split", "merged", "died"
NOBODY = -1


class ClusterHit(NamedTuple):
    """A hit of a cluster: disruption, line, stop zone."""

    id: str
    line: str
    zda: str


@dataclass(frozen=True)
class Group:
    """The hits with one label at one tick; `lat`, `lon` are their mean in degrees."""

    index: int
    hits: frozenset[ClusterHit]
    lat: float
    lon: float
    stations: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stations", frozenset(hit.zda for hit in self.hits))


@dataclass(frozen=True)
class Life:
    """A cluster that lives: its newest group, and what it was when the last event of each kind was told."""

    number: int
    born_us: int
    group: Group
    ticks: int = 1
    resting: int = 0  # ticks since it had hits
    resting_us: int = 0  # the first of them
    told_at: tuple[float, float] = (0.0, 0.0)  # lat, lon
    told_hits: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a life; `other` is the life that left it or went into it."""

    tick_us: int
    life: int
    event: str
    other: int = NOBODY
    km: float = 0.0
    hits_before: int = 0
    hits: int = 0


@dataclass(frozen=True)
class Step:
    """One tick: events, the life of each index that has hits, and lives that ended (number -> first tick without)."""

    events: tuple[Event, ...]
    life_of: Mapping[int, int]
    died: Mapping[int, int]


@dataclass
class Lineage:
    """The lives of one channel's clusters."""

    lives: dict[int, Life] = field(default_factory=dict)
    born: int = 0

    def take(self, tick_us: int, groups: Iterable[Group]) -> Step:
        """Match the groups of an observed tick with the lives."""
        ordered = sorted(groups, key=_content)
        life_of_hit = {hit: n for n, life in self.lives.items() if not life.resting for hit in life.group.hits}
        if ordered and life_of_hit.keys() == frozenset().union(*(group.hits for group in ordered)):
            return self._unchanged(tick_us, ordered, life_of_hit)
        held = {number: life.group.stations for number, life in self.lives.items()}
        matched = self._match(ordered)
        events = [event for life, group in matched.items() for event in self._go_on(tick_us, life, group)]
        fresh = [group for group in ordered if group not in matched.values()]
        born = {self._bear(tick_us, group): group for group in fresh}
        events += _births(tick_us, born, held)
        ended, died = self._rest(tick_us, set(matched) | set(born))
        life_of = {group.index: number for number, group in [*matched.items(), *born.items()]}
        return Step(tuple(events + ended), life_of, died)

    def _unchanged(self, tick_us: int, groups: Sequence[Group], life_of_hit: Mapping[ClusterHit, int]) -> Step:
        """The hits are those of the tick before: whatever the model made of them, every cluster is what it was."""
        present = set(life_of_hit.values())
        for number in present:
            self.lives[number] = replace(self.lives[number], ticks=self.lives[number].ticks + 1)
        ended, died = self._rest(tick_us, present)
        life_of = {group.index: _majority(life_of_hit[hit] for hit in group.hits) for group in groups}
        return Step(tuple(ended), life_of, died)

    def _match(self, groups: Sequence[Group]) -> dict[int, Group]:
        """Life -> its group of this tick, by the cheapest assignment of all."""
        lives = [self.lives[number] for number in sorted(self.lives)]
        costs = [[*(_cost(life, group) for group in groups), *[UNMATCHED] * len(lives)] for life in lives]
        return {
            life.number: groups[column]
            for life, column in zip(lives, assign(costs), strict=True)
            if column < len(groups) and costs[lives.index(life)][column] < UNMATCHED
        }

    def _go_on(self, tick_us: int, number: int, group: Group) -> list[Event]:
        life = self.lives[number]
        km = distance_m(*life.told_at, group.lat, group.lon) / 1_000
        hits, before = len(group.hits), life.told_hits
        events, told_at, told_hits = [], life.told_at, before
        if km >= MOVED_KM:
            events.append(Event(tick_us, number, MOVED, km=round(km, 3), hits_before=len(life.group.hits), hits=hits))
            told_at = (group.lat, group.lon)
        if abs(hits - before) >= GROWN_HITS and max(hits, before) >= GROWN * min(hits, before):
            events.append(Event(tick_us, number, GREW if hits > before else SHRANK, hits_before=before, hits=hits))
            told_hits = hits
        self.lives[number] = replace(
            life, group=group, ticks=life.ticks + 1, resting=0, told_at=told_at, told_hits=told_hits
        )
        return events

    def _bear(self, tick_us: int, group: Group) -> int:
        number, self.born = self.born, self.born + 1
        self.lives[number] = Life(number, tick_us, group, told_at=(group.lat, group.lon), told_hits=len(group.hits))
        return number

    def _rest(self, tick_us: int, present: set[int]) -> tuple[list[Event], dict[int, int]]:
        """Lives without hits rest; those that went into another or rested too long end."""
        events, died = [], {}
        held = {number: self.lives[number].group.stations for number in present}
        for number in sorted(set(self.lives) - present):
            life = self.lives[number]
            first_us = life.resting_us if life.resting else tick_us
            into = NOBODY if life.resting else _kin(life.group.stations, held)
            if into == NOBODY and life.resting < GRACE_TICKS:
                self.lives[number] = replace(life, resting=life.resting + 1, resting_us=first_us)
                continue
            hits = len(life.group.hits)
            if into != NOBODY:
                events.append(
                    Event(tick_us, into, MERGED, number, hits_before=hits, hits=len(self.lives[into].group.hits))
                )
            events.append(Event(tick_us, number, DIED, hits_before=hits))
            died[number] = first_us
            del self.lives[number]
        return events, died

    def state(self) -> dict[str, Any]:
        """JSON types: all that is remembered."""
        return {"born": self.born, "lives": [_plain(life) for life in self.lives.values()]}

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> Lineage:
        """What gave `state`."""
        return cls({plain["number"]: _life(plain) for plain in state["lives"]}, state["born"])


def _majority(numbers: Iterable[int]) -> int:
    """The most frequent number; the lowest of equals."""
    return min(Counter(numbers).items(), key=lambda item: (-item[1], item[0]))[0]


def _births(tick_us: int, born: Mapping[int, Group], held: Mapping[int, frozenset[str]]) -> list[Event]:
    """What is born, and the life that it left, if that held its stations a tick before."""
    events = []
    for number, group in born.items():
        events.append(Event(tick_us, number, BORN, hits=len(group.hits)))
        parent = _kin(group.stations, held)
        if parent != NOBODY:
            events.append(Event(tick_us, parent, SPLIT, number, hits=len(group.hits)))
    return events


def _kin(stations: frozenset[str], held: Mapping[int, frozenset[str]]) -> int:
    """The life that holds most of `stations`, where that is at least half; the eldest of equals."""
    common = [(-len(theirs & stations), number) for number, theirs in held.items()]
    most, number = min(common, default=(0, NOBODY))
    return number if most and -most >= SHARED * len(stations) else NOBODY


def _content(group: Group) -> tuple[Any, ...]:
    """What a group holds, for an order that knows no index; groups of one tick share no hit."""
    return (-len(group.hits), min(group.hits, default=("", "", "")))


def _cost(life: Life, group: Group) -> float:
    """0 for the same hits at the same place, up to 2; `FORBIDDEN` for strangers."""
    shared = (_jaccard(life.group.hits, group.hits) + _jaccard(life.group.stations, group.stations)) / 2
    km = distance_m(life.group.lat, life.group.lon, group.lat, group.lon) / 1_000
    if not shared and km > GATE_KM:
        return FORBIDDEN
    return min(km / GATE_KM, 1.0) + 1.0 - shared + RESTING_COST * life.resting


def _jaccard(one: frozenset[Any], other: frozenset[Any]) -> float:
    common = len(one & other)
    return common / (len(one) + len(other) - common) if common else 0.0


def _plain(life: Life) -> dict[str, Any]:
    group = life.group
    same = ("number", "born_us", "ticks", "resting", "resting_us", "told_at", "told_hits")
    return {name: getattr(life, name) for name in same} | {
        "index": group.index,
        "lat": group.lat,
        "lon": group.lon,
        "hits": [list(hit) for hit in sorted(group.hits)],
    }


def _life(plain: Mapping[str, Any]) -> Life:
    hits = frozenset(ClusterHit(*hit) for hit in plain["hits"])
    return Life(
        plain["number"],
        plain["born_us"],
        Group(plain["index"], hits, plain["lat"], plain["lon"]),
        plain["ticks"],
        plain["resting"],
        plain["resting_us"],
        tuple(plain["told_at"]),
        plain["told_hits"],
    )
