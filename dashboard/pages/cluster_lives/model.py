"""The model of the clusters as it stood at the end of the window: its centres, and what they hold."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, func, select

from dashboard.store import queries
from dashboard.store.lives import Lives, cluster_id, read_lives
from dashboard.window.selection import Selection
from geo.network.projection import to_degrees
from prim_client.messages.time_units import MINUTE_US
from spark_app.store import tables
from spark_app.store.tables import LABELS

Index = tuple[str, int]  # channel, index of the cluster


@dataclass(frozen=True, slots=True)
class Centre:
    """One centre of the model; `cluster`, `letter` and `name` are empty where it holds none."""

    channel: str
    index: int
    cluster: str
    letter: str
    name: str
    lat: float
    lon: float
    polarity: float | None
    weight: float
    disruptions: int


@dataclass(frozen=True, slots=True)
class Model:
    """The centres of the chosen channels after the last tick that the model learned from by `now_us`.

    `learned_us` is None where there is none. `half_life_min` is None for a generation that is no longer the store's:
    the store has the settings of the newest alone.
    """

    now_us: int
    learned_us: int | None = None
    generation: int = 0
    half_life_min: float | None = None
    centres: Sequence[Centre] = ()


def read_model(connection: Connection, selection: Selection) -> Model:
    """The model at the end of the window."""
    now_us = queries.newest_event_us(connection) if selection.end_us is None else selection.end_us
    c = tables.model.c
    last = select(c.tick_us, c.generation).where(c.tick_us <= now_us, c.tick_us > 0)
    found = connection.execute(last.order_by(c.tick_us.desc(), c.generation.desc()).limit(1)).first()
    if found is None:
        return Model(now_us)
    tick_us, generation = found
    meta = queries.read_meta(connection)
    own = meta if meta.get("generation") == str(generation) else {}
    at = (c.tick_us == tick_us, c.generation == generation, c.channel.in_(selection.channels))
    rows = connection.execute(select(tables.model).where(*at).order_by(c.channel, c.cluster)).mappings().all()
    counts = _disruptions(connection, tick_us)
    lives = read_lives(connection, selection.channels, tick_us - 1, tick_us)
    centres = [_centre(row, counts, lives, float(own.get("polarity_km") or 0)) for row in rows]
    return Model(now_us, tick_us, generation, _half_life_min(own), centres)


def _centre(row: RowMapping, counts: Mapping[Index, int], lives: Lives, polarity_km: float) -> Centre:
    channel, index = row["channel"], row["cluster"]
    held = counts.get((channel, index), 0)
    number = int(lives.numbers(channel, row["tick_us"])[ord(LABELS[index])])
    lat, lon = to_degrees(row["x_km"], row["y_km"])
    return Centre(
        channel,
        index,
        cluster_id(channel, number) if held else "",
        lives.letter((channel, number)) if held else "",
        lives.name((channel, number), row["tick_us"]) if held else "",
        float(lat),
        float(lon),
        row["z_km"] / polarity_km if polarity_km else None,
        row["weight"],
        held,
    )


def _disruptions(connection: Connection, tick_us: int) -> Counter[Index]:
    """How many disruptions of a tick each centre holds."""
    entry, message, revision = tables.entry.c, tables.message.c, tables.revision.c
    of_tick = select(func.max(entry.entry)).where(entry.event_time_us == tick_us, entry.tick).scalar_subquery()
    labels = select(revision.channel, message.labels).join(tables.revision, revision.rev == message.rev)
    rows = connection.execute(labels.where(message.entry == of_tick, message.kind == "ongoing")).all()
    return Counter((channel, LABELS.index(label)) for channel, text in rows for label in {*text} & {*LABELS})


def _half_life_min(meta: Mapping[str, str]) -> float | None:
    """What the settings of the model say; None where they are not in `meta`, or nothing is forgotten."""
    settings = json.loads(meta["model"]) if "model" in meta else {}
    discount = settings.get("discount", 1.0)
    if not 0 < discount < 1:
        return None
    half_life_min: float = settings["tick_us"] * math.log(0.5) / math.log(discount) / MINUTE_US
    return half_life_min
