"""Clusters over time: which live, and what happened to them in the day before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from dashboard.pages.cluster_lives.model import Centre, Model, read_model
from dashboard.pages.cluster_lives.read import Shown, read
from dashboard.store.lives import cluster_id
from dashboard.tables.dataset import Asked, Dataset, Found, Offer, Row, columns, of_stretch, rounded
from dashboard.window.selection import format_utc, utc_or_none
from prim_client.messages.time_units import DAY_US

FOLD = "clusters"
LIFE_COLUMNS = columns("""
    cluster   text     its identity: channel and number of its life, `incident:208`
    channel   text     incident, works or information
    life      integer  number of the cluster in this store, by birth
    letter    text     that marks it on screen
    name      text     what it is called: a station, the same while it stays within 5 km
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
    name         text     what it was called at the window's end; empty: no longer in the store
    event        text     born, moved, grown, shrunk, split, merged or died
    other        integer  split: the number of what left it; merged: of what went into it; else -1
    other_name   text     its name; empty: none
    km           number   moved: how far
    hits_before  integer  its hits before
    hits         integer  its hits now
""")

MODEL_COLUMNS = columns("""
    channel        text     incident, works or information: each has a model of its own
    index          integer  the model's index of the centre, the same while the centre lives
    cluster        text     the cluster that it stands for, `incident:208`; empty: it holds no disruption
    letter         text     that marks the cluster on screen; empty without one
    name           text     what the cluster is called; empty without one
    lat            number   the centre, degrees, WGS 84
    lon            number   the same
    polarity       number?  polarity of the centre, from -1 to 1; null: of an earlier generation, or not in its space
    weight         number   disruptions that it learned from, each halved once in a half-life
    disruptions    integer  of the last tick, that were nearest to it
    alive          boolean  it holds one of these
    generation     integer  of the model: another one began anew from other settings or by another rule
    half_life_min  number?  time in which a weight halves; null: of an earlier generation
    learned_utc    moment   the last tick that the model learned from
""")


def lives(asked: Asked) -> Found:
    """One row a cluster of the chosen channels that lives at the chosen moment, youngest first."""
    shown, about = _read(asked)
    return Found([_life_row(row, shown) for row in shown.lives], shown.now_us, about)


def _read(asked: Asked) -> tuple[Shown, Row]:
    """What is shown, and the day before."""
    with asked.reading() as connection:
        shown = read(connection, asked.selection)
        return shown, of_stretch(connection, shown.now_us - DAY_US, shown.now_us)


def _life_row(row: Mapping[str, Any], shown: Shown) -> Row:
    kept = {name: row[name] for name in ("ticks", "lat", "lon", "hits")}
    channel, life = row["channel"], row["life"]
    return {
        "cluster": cluster_id(channel, life),
        "channel": channel,
        "life": life,
        "letter": shown.names.letter((channel, life)),
        "name": shown.name(channel, life),
        "born_utc": format_utc(row["born_us"]),
        "died_utc": utc_or_none(row["died_us"]),
        **kept,
    }


def events(asked: Asked) -> Found:
    """One row an event of the day before, newest first."""
    shown, about = _read(asked)
    return Found([_event_row(row, shown) for row in shown.events], shown.now_us, about)


def _event_row(row: Mapping[str, Any], shown: Shown) -> Row:
    channel = row["channel"]
    named = {"name": shown.name(channel, row["life"]), "other_name": shown.name(channel, row["other"])}
    kept = ("channel", "life", "event", "other", "km", "hits_before", "hits")
    return {"at_utc": format_utc(row["tick_us"])} | {name: row[name] for name in kept} | named


def centres(asked: Asked) -> Found:
    """One row a centre of the models of the chosen channels at the end of the window; none before their first tick."""
    with asked.reading() as connection:
        shown = read_model(connection, asked.selection)
        about = of_stretch(connection, shown.now_us - DAY_US, shown.now_us)
    return Found([_centre_row(centre, shown) for centre in shown.centres], shown.now_us, about)


def _centre_row(centre: Centre, shown: Model) -> Row:
    degrees = {"lat": round(centre.lat, 6), "lon": round(centre.lon, 6)}
    numbers = {"polarity": rounded(centre.polarity), "weight": rounded(centre.weight)}
    of_model = {"generation": shown.generation, "half_life_min": rounded(shown.half_life_min)}
    learned = {"learned_utc": utc_or_none(shown.learned_us)}
    return asdict(centre) | degrees | numbers | {"alive": centre.disruptions > 0} | of_model | learned


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
    Dataset(
        "model",
        Offer("clusters", "Modèle", "Model"),
        "The centres of streaming k-means at the end of the window",
        MODEL_COLUMNS,
        centres,
        fold=FOLD,
    ),
)
