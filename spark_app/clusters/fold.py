"""The identity of clusters as a derived fold: its tables are the `cluster_…` ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, update

from spark_app.clusters.lineage import NOBODY, ClusterHit, Group, Lineage, Step
from spark_app.facts import CHANNELS
from spark_app.store import upsert
from spark_app.stored import StoredEntry
from spark_app.tables import LABELS, NO_LABEL, cluster_event, cluster_label, cluster_life, cluster_tick

RULE = "2"  # raised when the rule changes
CLUSTER_OF = {label: index for index, label in enumerate(LABELS)}


@dataclass
class _Channel:
    """The lineage of a channel, and which life each index stood for last."""

    lineage: Lineage = field(default_factory=Lineage)
    life_of: dict[int, int] = field(default_factory=dict)


class ClusterFold:
    """Takes stored ticks to the lives of clusters. See spark_app.derived."""

    name = "clusters"
    version = RULE
    tables = (cluster_life, cluster_tick, cluster_label, cluster_event)

    def __init__(self) -> None:
        self.begin(None)

    def begin(self, state: dict[str, Any] | None) -> None:
        """Take up `state`, or begin from nothing."""
        self._channels = {channel: _restored((state or {}).get(channel)) for channel in CHANNELS}

    def fold(self, connection: Connection, entries: Sequence[StoredEntry]) -> None:
        """Take in the observed ticks among the next entries."""
        for channel, known in self._channels.items():
            rows = _Rows(channel)
            for entry in entries:
                if entry.tick and entry.observed:
                    rows.add(
                        entry.event_time_us, known, known.lineage.take(entry.event_time_us, groups_of(entry, channel))
                    )
            rows.write(connection)

    def state(self) -> dict[str, Any]:
        """The lineage of each channel."""
        return {
            channel: {"lineage": known.lineage.state(), "life_of": list(known.life_of.items())}
            for channel, known in self._channels.items()
        }

    def prune(self, connection: Connection, before_us: int) -> None:
        """Drop lives that ended before, and what was told before; the newest row of a living index stays."""
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


def _restored(plain: dict[str, Any] | None) -> _Channel:
    if plain is None:
        return _Channel()
    return _Channel(Lineage.restored(plain["lineage"]), dict(plain["life_of"]))


def groups_of(entry: StoredEntry, channel: str) -> list[Group]:
    """The hits of a tick by their label."""
    hits: dict[int, dict[ClusterHit, tuple[float, float]]] = defaultdict(dict)
    for message in entry.messages:
        revision = message.revision
        if revision.channel == channel and message.kind == "ongoing":
            for hit, label in zip(revision.hits, message.labels, strict=True):
                if label != NO_LABEL and hit.lat is not None and hit.lon is not None:
                    hits[CLUSTER_OF[label]][ClusterHit(revision.id, hit.line, hit.zda)] = (hit.lat, hit.lon)
    return [_group(index, placed) for index, placed in hits.items()]


def _group(index: int, placed: dict[ClusterHit, tuple[float, float]]) -> Group:
    points = [placed[hit] for hit in sorted(placed)]  # one order of the sum, whatever the order of the messages
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

    def add(self, tick_us: int, known: _Channel, step: Step) -> None:
        """Take in one tick."""
        self._died |= step.died
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

    def write(self, connection: Connection) -> None:
        """Write it all."""
        upsert(connection, cluster_life, list(self._lives.values()))
        upsert(connection, cluster_tick, self._ticks)
        _end(connection, self._channel, self._died.items())
        upsert(connection, cluster_label, self._labels)
        upsert(connection, cluster_event, self._events)


def _end(connection: Connection, channel: str, died: Iterable[tuple[int, int]]) -> None:
    c = cluster_life.c
    for number, died_us in died:
        connection.execute(update(cluster_life).where(c.channel == channel, c.life == number).values(died_us=died_us))
