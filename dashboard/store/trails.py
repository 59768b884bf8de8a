"""The way of each cluster through its medoids of the last hour, and where it split or merged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, func, or_, select

from dashboard.store.lives import Key
from spark_app.derived.clusters.lineage import MERGED, SPLIT
from spark_app.store.tables import cluster_event, cluster_medoid

HOUR_US = 3_600_000_000


class Place(NamedTuple):
    """A medoid from a tick on, WGS 84 degrees."""

    tick_us: int
    lat: float
    lon: float


class Fork(NamedTuple):
    """A cluster left another (`split`) or went into it (`merged`): from where to where, and which of both goes on."""

    event: str
    key: Key
    begin: Place
    end: Place


@dataclass(frozen=True, slots=True)
class Trails:
    """By cluster the medoids that it had, the oldest first; its last one before the hour among them."""

    places: dict[Key, tuple[Place, ...]]
    forks: tuple[Fork, ...]


NO_TRAILS = Trails({}, ())


def read_trails(connection: Connection, keys: Collection[Key], end_us: int) -> Trails:
    """The trails of some clusters in the hour before a moment."""
    lives = {key for key in keys if key[1] >= 0}
    if not lives:
        return NO_TRAILS
    begin_us, channels = end_us - HOUR_US, sorted({channel for channel, _ in lives})
    event = cluster_event.c
    numbers = sorted({life for _, life in lives})
    happened = connection.execute(
        select(event.channel, event.tick_us, event.life, event.event, event.other)
        .where(
            event.channel.in_(channels),
            event.tick_us > begin_us,
            event.tick_us <= end_us,
            event.event.in_((SPLIT, MERGED)),
            or_(event.life.in_(numbers), event.other.in_(numbers)),
        )
        .order_by(event.channel, event.tick_us, event.life, event.other)
    ).all()
    both = {(row.channel, life) for row in happened for life in (row.life, row.other)}
    places = _places(connection, channels, lives | both, begin_us, end_us)
    forks = (
        _fork(row.event, (row.channel, row.life), (row.channel, row.other), row.tick_us, places) for row in happened
    )
    shown = {key: tuple(found) for key, found in places.items() if key in lives}
    return Trails(shown, tuple(fork for fork in forks if fork is not None and fork.key in lives))


def _fork(event: str, life: Key, other: Key, tick_us: int, places: dict[Key, list[Place]]) -> Fork | None:
    """None where one of them has no medoid in the store any more."""
    old, new = _place_at(places[life], tick_us), _place_at(places[other], tick_us)
    if old is None or new is None:
        return None
    return Fork(event, other, old, new) if event == SPLIT else Fork(event, life, new, old)


def _place_at(places: list[Place], tick_us: int) -> Place | None:
    return next((place for place in reversed(places) if place.tick_us <= tick_us), None)


def _places(
    connection: Connection, channels: list[str], lives: Collection[Key], begin_us: int, end_us: int
) -> dict[Key, list[Place]]:
    """The medoids of the hour, and of each life the last one before."""
    c = cluster_medoid.c
    numbers = sorted({life for _, life in lives})
    of_lives = (c.channel.in_(channels), c.life.in_(numbers))
    last = (
        select(c.channel, c.life, func.max(c.tick_us).label("tick_us"))
        .where(*of_lives, c.tick_us <= begin_us)
        .group_by(c.channel, c.life)
        .subquery()
    )
    is_last = (c.channel == last.c.channel) & (c.life == last.c.life) & (c.tick_us == last.c.tick_us)
    shown = select(c.channel, c.life, c.tick_us, c.lat, c.lon)
    found: dict[Key, list[Place]] = defaultdict(list)
    for query in (shown.join(last, is_last), shown.where(*of_lives, c.tick_us > begin_us, c.tick_us <= end_us)):
        for channel, life, *place in connection.execute(query.order_by(c.channel, c.life, c.tick_us)):
            found[channel, life].append(Place(*place))
    return found
