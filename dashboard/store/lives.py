"""Cluster identities for every screen: the life that a label stood for at a tick, its letter and its name.

The index of a cluster is the model's and means nothing over time; the derived fold `clusters` says which life each
index stands for, from when on. A cluster is a number here: that of its life, or one below NO_CLUSTER for an index
without a life yet, because the fold has not come to its tick.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, Table, func, select

from dashboard.store.records import Tick
from prim_client.messages.message import CHANNELS
from spark_app.derived.clusters.lineage import NOBODY
from spark_app.derived.clusters.signs import letter_of
from spark_app.store.engine import in_chunks
from spark_app.store.tables import LABELS, NO_CLUSTER, cluster_label, cluster_life, cluster_place, cluster_sign

Key = tuple[str, int]  # channel, number of the cluster
CLUSTER_ID = re.compile(rf"(?:{'|'.join(CHANNELS)}):(?:0|[1-9]\d{{0,8}}|new-\d{{1,2}})", re.ASCII)  # of `cluster_id`
Numbers = NDArray[np.int64]  # (128,): the number that a character of `message.labels` stands for


class LabelChange(NamedTuple):
    """From a tick on an index stands for a life; NO_CLUSTER: for none."""

    begin_us: int
    cluster: int
    life: int


def number_of_new(index: int) -> int:
    """The number of a cluster without a life.

    >>> number_of_new(0), number_of_new(3)
    (-2, -5)
    """
    return NO_CLUSTER - 1 - index


def cluster_id(channel: str, number: int) -> str:
    """What a cluster is called in addresses, files and the API; empty for NO_CLUSTER.

    >>> cluster_id("incident", 208), cluster_id("works", number_of_new(3)), cluster_id("works", NO_CLUSTER)
    ('incident:208', 'works:new-3', '')
    """
    if number == NO_CLUSTER:
        return ""
    return f"{channel}:{number}" if number >= 0 else f"{channel}:new-{NO_CLUSTER - 1 - number}"


def key_of(cluster: str) -> Key:
    """The channel and number of a `cluster_id` that is not empty.

    >>> key_of("incident:208"), key_of("works:new-3") == ("works", number_of_new(3))
    (('incident', 208), True)
    """
    channel, _, name = cluster.partition(":")
    index = name.removeprefix("new-")
    return channel, int(name) if index == name else number_of_new(int(index))


def _no_lives() -> Numbers:
    numbers = np.full(128, NO_CLUSTER, np.int64)
    for index, label in enumerate(LABELS):
        numbers[ord(label)] = number_of_new(index)
    return numbers


class Lives:
    """The lives of a stretch of time.

    Args:
        changes: by channel, those of the stretch and the last one of each index before it.
        signs: of the lives, by channel and life.
        names: (tick from which on, name) of the lives, oldest first.
    """

    def __init__(
        self,
        changes: Mapping[str, Iterable[LabelChange]] | None = None,
        signs: Mapping[Key, int] | None = None,
        names: Mapping[Key, Sequence[tuple[int, str]]] | None = None,
    ) -> None:
        self._periods = {channel: _periods(of_channel) for channel, of_channel in (changes or {}).items()}
        self._signs, self._names = signs or {}, names or {}

    def numbers(self, channel: str, at_us: int) -> Numbers:
        """What each label of a channel stood for at a moment."""
        begins, tables = self._periods.get(channel, _NEVER)
        return tables[bisect_right(begins, at_us) - 1]

    def sign(self, key: Key) -> int:
        """The number of a cluster's letter, hue and pattern (`spark_app.derived.clusters.signs`);
        NOBODY without a life."""
        return self._signs.get(key, NOBODY)

    def letter(self, key: Key) -> str:
        """The letter of a cluster; empty without a life."""
        return letter_of(self.sign(key))

    def name(self, key: Key, at_us: int) -> str:
        """What a cluster was called at a moment; empty without a life."""
        return next((name for tick_us, name in reversed(self._names.get(key, ())) if tick_us <= at_us), "")

    def names(self, key: Key) -> Sequence[tuple[int, str]]:
        """(tick from which on, name) of a cluster, oldest first."""
        return self._names.get(key, ())

    def index(self, key: Key, ticks: Sequence[Tick]) -> int:
        """The model's index of a cluster at the last of these ticks at which it had one; NO_CLUSTER if at none."""
        for tick in reversed(ticks):
            (found,) = np.nonzero(self.numbers(key[0], tick.at_us) == key[1])
            if len(found):
                return min(LABELS.index(chr(code)) for code in found)
        return NO_CLUSTER

    def of_indices(self, keys: Iterable[Key], ticks: Sequence[Tick]) -> dict[Key, Key] | None:
        """The cluster of each (channel, index) in a window of these ticks.

        None where one of them stood for several lives, or several for one: then only hits can tell.
        """
        found: dict[Key, Key] = {}
        for channel, index in keys:
            number = NO_CLUSTER if index == NO_CLUSTER else self._only_number(channel, index, ticks)
            if number is None:
                return None
            found[channel, index] = (channel, number)
        return found if len(set(found.values())) == len(found) else None

    def _only_number(self, channel: str, index: int, ticks: Sequence[Tick]) -> int | None:
        """The life that an index stood for; at ticks at which it stood for none it had no hits."""
        numbers = {int(self.numbers(channel, tick.at_us)[ord(LABELS[index])]) for tick in ticks}
        lives = {number for number in numbers if number >= 0}
        return (lives or {number_of_new(index)}).pop() if len(lives) < 2 else None


Periods = tuple[list[float], list[Numbers]]  # begins, and what each label stands for from then on
_NEVER: Periods = ([float("-inf")], [_no_lives()])


def _periods(changes: Iterable[LabelChange]) -> Periods:
    begins, tables = [float("-inf")], [_no_lives()]
    for begin_us, index, life in sorted(changes):
        if begins[-1] != begin_us:
            begins.append(begin_us)
            tables.append(tables[-1].copy())
        tables[-1][ord(LABELS[index])] = life if life >= 0 else number_of_new(index)
    return begins, tables


def read_lives(connection: Connection, channels: Sequence[str], after_us: int, until_us: int) -> Lives:
    """The lives that labels stood for in (after, until]."""
    changes = _label_changes(connection, channels, after_us, until_us)
    lives = {change.life for of_channel in changes.values() for change in of_channel if change.life >= 0}
    return Lives(changes, *_marks(connection, channels, lives))


def births(connection: Connection, channels: Sequence[str], until_us: int) -> dict[Key, int]:
    """The first tick of each life that was born by then."""
    c = cluster_life.c
    query = select(c.channel, c.life, c.born_us).where(c.channel.in_(channels), c.born_us <= until_us)
    return {(channel, life): born_us for channel, life, born_us in connection.execute(query)}


def read_names(connection: Connection, channels: Sequence[str], lives: Collection[int]) -> Lives:
    """The letters and names of some lives, without what labels stood for."""
    return Lives({}, *_marks(connection, channels, lives))


def _marks(
    connection: Connection, channels: Sequence[str], lives: Collection[int]
) -> tuple[dict[Key, int], dict[Key, list[tuple[int, str]]]]:
    """Signs and names of lives."""
    names: dict[Key, list[tuple[int, str]]] = defaultdict(list)
    for row in _of_lives(connection, cluster_place, channels, sorted(lives)):
        names[row.channel, row.life].append((row.tick_us, row.name))
    signs = {(row.channel, row.life): row.sign for row in _of_lives(connection, cluster_sign, channels, sorted(lives))}
    return signs, names


def _label_changes(
    connection: Connection, channels: Sequence[str], after_us: int, until_us: int
) -> dict[str, list[LabelChange]]:
    c = cluster_label.c
    last = (
        select(c.channel, c.cluster, func.max(c.begin_us).label("begin_us"))
        .where(c.begin_us <= after_us)
        .group_by(c.channel, c.cluster)
        .subquery()
    )
    is_last = (c.channel == last.c.channel) & (c.cluster == last.c.cluster) & (c.begin_us == last.c.begin_us)
    shown = select(c.channel, c.begin_us, c.cluster, c.life)
    found: dict[str, list[LabelChange]] = defaultdict(list)
    for query in (shown.join(last, is_last), shown.where(c.begin_us > after_us, c.begin_us <= until_us)):
        for channel, *change in connection.execute(query.where(c.channel.in_(channels))):
            found[channel].append(LabelChange(*change))
    return dict(found)


def _of_lives(
    connection: Connection, table: Table, channels: Sequence[str], lives: Sequence[int]
) -> Iterator[Row[Any]]:
    """The rows of a table about some lives, in the order of its key."""
    for chunk in in_chunks(lives):
        query = select(table).where(table.c.channel.in_(channels), table.c.life.in_(chunk))
        yield from connection.execute(query.order_by(*table.primary_key))
