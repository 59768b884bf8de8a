"""Clusters over time: which live, and what happened to them in the day before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from dashboard.datasets import Asked, Dataset, Found, Offer, Row, columns, of_stretch
from dashboard.observation import DAY_US
from dashboard.pages.cluster_lives import Shown, lives_as_known, place_of, read
from dashboard.selection import format_utc, utc_or_none
from spark_app.tables import cluster_life

FOLD = "clusters"
Key = tuple[str, int]  # channel, life
LIFE_COLUMNS = columns("""
    channel   text     incident, works or information
    life      integer  number of the cluster in this store, by birth
    name      text     of the station nearest to its middle
    born_utc  moment   its first tick
    died_utc  moment?  first tick without it; null: it lives
    ticks     integer  observed ticks with hits
    lat       number   middle of its hits at its last tick, degrees, WGS 84
    lon       number   the same
    hits      integer  at its last tick
""")
EVENT_COLUMNS = columns("""
    at_utc       moment   the tick
    channel      text     incident, works or information
    life         integer  number of the cluster
    name         text     the station nearest to its middle at the window's end; empty: the store has the life no more
    event        text     born, moved, grown, shrunk, split, merged or died
    other        integer  split: the number of what left it; merged: of what went into it; else -1
    other_name   text     its name; empty: none
    km           number   moved: how far
    hits_before  integer  its hits before
    hits         integer  its hits now
""")


def lives(asked: Asked) -> Found:
    """One row a cluster of the chosen channels that lives at the chosen moment, youngest first."""
    shown, about = _read(asked)
    return Found([_life_row(row) for row in shown.lives], shown.now_us, about)


def _read(asked: Asked) -> tuple[Shown, Row]:
    """What is shown, and the day before."""
    with asked.reading() as connection:
        shown = read(connection, asked.selection)
        return shown, of_stretch(connection, shown.now_us - DAY_US, shown.now_us)


def _life_row(row: Mapping[str, Any]) -> Row:
    kept = {name: row[name] for name in ("ticks", "lat", "lon", "hits")}
    return {
        "channel": row["channel"],
        "life": row["life"],
        "name": place_of(row),
        "born_utc": format_utc(row["born_us"]),
        "died_utc": utc_or_none(row["died_us"]),
        **kept,
    }


def events(asked: Asked) -> Found:
    """One row an event of the day before, newest first."""
    shown, about = _read(asked)
    with asked.reading() as connection:
        names = _names(connection, shown)
    return Found([_event_row(row, names) for row in shown.events], shown.now_us, about)


def _names(connection: Connection, shown: Shown) -> dict[Key, str]:
    """The places, at the chosen moment, of the lives that events are about, by (channel, life)."""
    wanted = {(row["channel"], life) for row in shown.events for life in (row["life"], row["other"])}
    query = lives_as_known(shown.now_us).where(cluster_life.c.life.in_(sorted({life for _, life in wanted})))
    rows = [row._asdict() for row in connection.execute(query)] if wanted else []
    return {key: place_of(row) for row in rows if (key := (row["channel"], row["life"])) in wanted}


def _event_row(row: Mapping[str, Any], names: Mapping[Key, str]) -> Row:
    named = {
        "name": names.get((row["channel"], row["life"]), ""),
        "other_name": names.get((row["channel"], row["other"]), ""),
    }
    kept = ("channel", "life", "event", "other", "km", "hits_before", "hits")
    return {"at_utc": format_utc(row["tick_us"])} | {name: row[name] for name in kept} | named


DATASETS = (
    Dataset(
        "cluster-lives",
        Offer("clusters", "Foyers en vie", "Living clusters"),
        "The clusters that live, youngest first",
        LIFE_COLUMNS,
        lives,
        fold=FOLD,
    ),
    Dataset(
        "cluster-events",
        Offer("clusters", "Événements", "Events"),
        "What happened to clusters in 24 hours, newest first",
        EVENT_COLUMNS,
        events,
        fold=FOLD,
    ),
)
