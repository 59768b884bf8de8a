"""Lives of clusters and their events, as the store has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from dashboard.store import queries
from dashboard.store.lives import Lives, read_names
from dashboard.window.selection import Selection
from prim_client.messages.time_units import DAY_US
from spark_app.derived.clusters.lineage import DIED
from spark_app.store import tables

EVENTS_MAX = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """Rows of `cluster_life` that live, and of `cluster_event`, newest first, at one moment."""

    lives: Sequence[Mapping[str, Any]]
    events: Sequence[Mapping[str, Any]]
    now_us: int
    names: Lives

    def name(self, channel: str, life: int) -> str:
        """What a life was called at the moment; empty: it is no longer in the store."""
        return self.names.name((channel, life), self.now_us)


def read(connection: Connection, selection: Selection) -> Shown:
    """The clusters of the chosen channels at the end of the window."""
    now_us = queries.newest_event_us(connection) if selection.end_us is None else selection.end_us
    life, event = tables.cluster_life.c, tables.cluster_event.c
    # a life rests for half an hour before it is dead from its first tick without hits on: until then it was alive
    told_later = select(event.life).where(
        event.channel == life.channel, event.life == life.life, event.event == DIED, event.tick_us > now_us
    )
    not_dead = life.died_us.is_(None) | (life.died_us > now_us) | told_later.exists()
    alive = lives_as_known(now_us).where(life.channel.in_(selection.channels), life.born_us <= now_us, not_dead)
    happened = select(tables.cluster_event).where(
        event.channel.in_(selection.channels), event.tick_us > now_us - DAY_US, event.tick_us <= now_us
    )
    rows = [row._asdict() for row in connection.execute(alive.order_by(life.channel, life.born_us.desc(), life.life))]
    order = (event.tick_us.desc(), event.channel, event.life, event.event)
    events = [row._asdict() for row in connection.execute(happened.order_by(*order).limit(EVENTS_MAX))]
    shown = {row["life"] for row in [*rows, *events]} | {row["other"] for row in events}
    names = read_names(connection, selection.channels, shown)
    return Shown([row | {"died_us": None} for row in rows], events, now_us, names)


def lives_as_known(now_us: int) -> Select[Any]:
    """Rows of `cluster_life` as they were at a moment: place and size at their last tick by then."""
    life, tick = tables.cluster_life.c, tables.cluster_tick.c
    of_life = and_(tick.channel == life.channel, tick.life == life.life)
    last = select(func.max(tick.tick_us)).where(of_life, tick.tick_us <= now_us)
    then = and_(of_life, tick.tick_us == last.correlate(tables.cluster_life).scalar_subquery())
    known = [func.coalesce(tick[name], life[name]).label(name) for name in ("ticks", "lat", "lon", "hits")]
    both = tables.cluster_life.outerjoin(tables.cluster_tick, then)
    return select(life.channel, life.life, life.born_us, *known).select_from(both)
