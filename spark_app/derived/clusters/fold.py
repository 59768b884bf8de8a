"""The identity of clusters as a derived fold: which life each index stands for, its letter and its place over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, select, update

from prim_client.messages.message import CHANNELS
from spark_app.derived.clusters.lineage import BORN, NOBODY, ClusterHit, Group, Life, Lineage, Step
from spark_app.derived.clusters.places import LocatedHit, Place, medoid, place_of
from spark_app.derived.clusters.signs import Signs
from spark_app.store.engine import upsert
from spark_app.store.entry_reader import StoredEntry
from spark_app.store.tables import (
    LABELS,
    NO_LABEL,
    cluster_event,
    cluster_label,
    cluster_life,
    cluster_medoid,
    cluster_place,
    cluster_sign,
    cluster_tick,
)

RULE = "3"  # raised when the rule changes
MEDOID_COLUMNS = tuple(column.name for column in cluster_medoid.columns)
CLUSTER_OF = {label: index for index, label in enumerate(LABELS)}


Placed = dict[ClusterHit, LocatedHit]


@dataclass
class _Channel:
    """The lineage of a channel, which life each index stood for last, and where each life is."""

    lineage: Lineage = field(default_factory=Lineage)
    life_of: dict[int, int] = field(default_factory=dict)
    medoids: dict[int, Place] = field(default_factory=dict)
    names: dict[int, Place] = field(default_factory=dict)
    placed: dict[int, Group] = field(default_factory=dict)  # the group that both were found for; may be forgotten

    def place(self, life: Life, hits: Placed) -> tuple[Place | None, Place | None]:
        """The new medoid of a life and the station that it is called after; each None while it is the same."""
        number = life.number
        if self.placed.get(number) is life.group:
            return None, None
        before, held = (
            (self.medoids.get(number), self.names.get(number)),
            [hits[hit] for hit in sorted(life.group.hits)],
        )
        self.placed[number], self.medoids[number] = life.group, medoid(held)
        self.names[number] = place_of(held, self.medoids[number], before[1])
        after = self.medoids[number], self.names[number]
        return (None if after[0] == before[0] else after[0]), (None if after[1] == before[1] else after[1])

    def forget(self, life: int) -> None:
        """The life ended."""
        for known in (self.medoids, self.names, self.placed):
            known.pop(life, None)

    def state(self) -> dict[str, Any]:
        return {
            "lineage": self.lineage.state(),
            "life_of": list(self.life_of.items()),
            "places": [[life, *place, *self.names[life]] for life, place in self.medoids.items()],
        }

    @classmethod
    def restored(cls, plain: dict[str, Any]) -> _Channel:
        medoids = {life: Place(*both[:4]) for life, *both in plain["places"]}
        names = {life: Place(*both[4:]) for life, *both in plain["places"]}
        return cls(Lineage.restored(plain["lineage"]), dict(plain["life_of"]), medoids, names)


class ClusterFold:
    """Takes stored ticks to the lives of clusters. See spark_app.derived.runner."""

    name = "clusters"
    version = RULE
    tables = (cluster_life, cluster_sign, cluster_place, cluster_medoid, cluster_tick, cluster_label, cluster_event)

    def __init__(self) -> None:
        self.begin(None)

    def begin(self, state: dict[str, Any] | None) -> None:
        """Take up `state`, or begin from nothing."""
        known = state["channels"] if state else {}
        self._channels = {name: _Channel.restored(known[name]) if name in known else _Channel() for name in CHANNELS}
        self._signs = Signs.restored(state["signs"]) if state else Signs()

    def fold(self, connection: Connection, entries: Sequence[StoredEntry]) -> None:
        """Take in the observed ticks among the next entries, all channels tick by tick: they share the letters."""
        rows = {channel: _Rows(channel) for channel in CHANNELS}
        for entry in entries:
            if entry.tick and entry.observed:
                for channel, known in self._channels.items():
                    placed = placed_hits(entry, channel)
                    step = known.lineage.take(entry.event_time_us, groups_of(placed))
                    rows[channel].add(
                        entry.event_time_us, known, step, {hit: spot for hit, (_, spot) in placed.items()}
                    )
                    rows[channel].give_signs(self._signs, entry.event_time_us, step)
        for each in rows.values():
            each.write(connection)

    def state(self) -> dict[str, Any]:
        """The lineage of each channel, and the letters."""
        return {
            "channels": {channel: known.state() for channel, known in self._channels.items()},
            "signs": self._signs.state(),
        }

    def prune(self, connection: Connection, before_us: int) -> None:
        """Drop lives that ended before, and what was told before; the newest row of a living index stays."""
        ended = select(cluster_life.c.life).where(cluster_life.c.died_us < before_us)
        for table in (cluster_sign, cluster_place, cluster_medoid):
            of_life = cluster_life.c.channel == table.c.channel, cluster_life.c.life == table.c.life
            connection.execute(delete(table).where(ended.where(*of_life).exists()))
        connection.execute(delete(cluster_life).where(cluster_life.c.died_us < before_us))
        for table in (cluster_event, cluster_tick):
            connection.execute(delete(table).where(table.c.tick_us < before_us))
        lasting = {
            (channel, index): life for channel, known in self._channels.items() for index, life in known.life_of.items()
        }
        old = delete(cluster_label).where(cluster_label.c.begin_us < before_us)
        alive = [
            (cluster_label.c.channel == channel) & (cluster_label.c.cluster == index) & (cluster_label.c.life == life)
            for (channel, index), life in lasting.items()
        ]
        for kept in alive:
            old = old.where(~kept)
        connection.execute(old)


def placed_hits(entry: StoredEntry, channel: str) -> dict[ClusterHit, tuple[int, LocatedHit]]:
    """The labelled hits of a tick: (index of the cluster, hit with its point)."""
    found: dict[ClusterHit, tuple[int, LocatedHit]] = {}
    for message in entry.messages:
        revision = message.revision
        if revision.channel == channel and message.kind == "ongoing":
            for hit, label in zip(revision.hits, message.labels, strict=True):
                if label != NO_LABEL and hit.lat is not None and hit.lon is not None:
                    spot = LocatedHit(revision.id, hit.mode, hit.zda, hit.station, hit.lat, hit.lon)
                    found[ClusterHit(revision.id, hit.line, hit.zda)] = (CLUSTER_OF[label], spot)
    return found


def groups_of(placed: dict[ClusterHit, tuple[int, LocatedHit]]) -> list[Group]:
    """The hits of a tick by their label."""
    hits: dict[int, Placed] = defaultdict(dict)
    for hit, (index, spot) in placed.items():
        hits[index][hit] = spot
    return [_group(index, of_index) for index, of_index in hits.items()]


def _group(index: int, placed: Placed) -> Group:
    points = [
        (placed[hit].lat, placed[hit].lon) for hit in sorted(placed)
    ]  # one order of the sum, whatever the messages'
    lat, lon = (sum(values) / len(points) for values in zip(*points, strict=True))
    return Group(index, frozenset(placed), lat, lon)


class _Rows:
    """What some ticks of a channel add to the tables."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._lives: dict[int, dict[str, Any]] = {}
        self._ticks: list[dict[str, Any]] = []
        self._died: dict[int, int] = {}
        self._labels: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []
        self._signs: list[dict[str, Any]] = []
        self._places: list[dict[str, Any]] = []
        self._medoids: list[dict[str, Any]] = []

    def add(self, tick_us: int, known: _Channel, step: Step, placed: Placed) -> None:
        """Take in one tick."""
        self._died |= step.died
        for number in step.died:
            known.forget(number)
        gone = {index: NOBODY for index, life in known.life_of.items() if life in step.died}
        for index, number in sorted((gone | dict(step.life_of)).items()):
            if known.life_of.get(index, NOBODY) != number:
                known.life_of[index] = number
                self._labels.append({"channel": self._channel, "cluster": index, "begin_us": tick_us, "life": number})
        for life in known.lineage.lives.values():
            if life.resting:
                continue
            now = {
                "channel": self._channel,
                "life": life.number,
                "ticks": life.ticks,
                "lat": life.group.lat,
                "lon": life.group.lon,
                "hits": len(life.group.hits),
            }
            self._lives[life.number] = now | {"born_us": life.born_us, "died_us": None}
            self._ticks.append(now | {"tick_us": tick_us})
            for place, rows in zip(known.place(life, placed), (self._medoids, self._places), strict=True):
                if place is not None:
                    rows.append({"channel": self._channel, "life": life.number, "tick_us": tick_us, **place._asdict()})
        self._events += [
            {
                "channel": self._channel,
                "tick_us": e.tick_us,
                "life": e.life,
                "event": e.event,
                "other": e.other,
                "km": e.km,
                "hits_before": e.hits_before,
                "hits": e.hits,
            }
            for e in step.events
        ]

    def give_signs(self, signs: Signs, tick_us: int, step: Step) -> None:
        """Take the letters of the dead, and give those of the newborn."""
        for number, died_us in sorted(step.died.items()):
            signs.give_back(self._channel, number, died_us)
        for event in step.events:
            if event.event == BORN:
                sign = signs.take(self._channel, event.life, tick_us)
                self._signs.append({"channel": self._channel, "life": event.life, "sign": sign})

    def write(self, connection: Connection) -> None:
        """Write it all."""
        upsert(connection, cluster_sign, self._signs)
        upsert(connection, cluster_place, self._places)
        upsert(connection, cluster_medoid, [{name: row[name] for name in MEDOID_COLUMNS} for row in self._medoids])
        upsert(connection, cluster_life, list(self._lives.values()))
        upsert(connection, cluster_tick, self._ticks)
        _end(connection, self._channel, self._died.items())
        upsert(connection, cluster_label, self._labels)
        upsert(connection, cluster_event, self._events)


def _end(connection: Connection, channel: str, died: Iterable[tuple[int, int]]) -> None:
    c = cluster_life.c
    for number, died_us in died:
        connection.execute(update(cluster_life).where(c.channel == channel, c.life == number).values(died_us=died_us))
