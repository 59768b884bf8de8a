"""What the store says about trends: the rankings of a tick, those before it, and the areas of a tag."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from dashboard.window.refusals import SelectionError, check_one, suggestion
from dashboard.window.selection import MODES, resolve_line
from dashboard.window.tag_words import Tag, station_name
from geo.network.names import normalise
from geo.network.nearest import nearest
from geo.network.station_zones import StationZone, station_zone
from geo.network.stations import Stations
from prim_client.messages.time_units import HOUR_US
from spark_app.derived.tags.trends import WINDOW
from spark_app.language.labels import CAUSES_FR, EFFECTS_FR
from spark_app.language.tags import KINDS
from spark_app.store.engine import in_chunks
from spark_app.store.tables import derived, entry, revision_tag, trend, trend_sighting

EARLIER_H, EARLIER_TOP = 6, 3


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One row of the table trend."""

    tag: Tag
    disruptions: int
    expected: float
    surprise: float
    also: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Rankings:
    """The rankings at one tick, of the window (begin, end]; empty where nothing opened in it, and then begin = end."""

    begin_us: int
    end_us: int
    unusual: tuple[TrendRow, ...]
    frequent: tuple[TrendRow, ...]

    @property
    def looked_from_us(self) -> int:
        """Where the window begins, also where nothing opened in it."""
        return self.end_us - WINDOW // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Area:
    """A commune, an arrondissement of Paris or a département, with the disruptions there; degrees."""

    name: str
    lat: float
    lon: float
    disruptions: int


def rankings(connection: Connection, until_us: int | None) -> Rankings | None:
    """The rankings at the newest tick up to `until_us` (None: of all) that the trends know; None before the first."""
    known = select(derived.c.next_entry).where(derived.c.name == "trends").scalar_subquery()
    at_us = entry.c.event_time_us
    ticks = select(at_us).where(entry.c.tick, entry.c.entry < known).order_by(at_us.desc()).limit(1)
    end_us = connection.execute(ticks if until_us is None else ticks.where(at_us <= until_us)).scalar()
    if end_us is None:
        return None
    found: dict[str, list[TrendRow]] = defaultdict(list)
    begin_us = end_us
    query = select(trend).where(trend.c.end_us == end_us).order_by(trend.c.ranking, trend.c.place)
    for row in connection.execute(query):
        found[row.ranking].append(_row(row))
        begin_us = row.begin_us
    return Rankings(int(begin_us), int(end_us), tuple(found["unusual"]), tuple(found["frequent"]))


def _row(row: Row[Any]) -> TrendRow:
    also = tuple((kind, value) for kind, value in orjson.loads(row.also))
    return TrendRow((row.kind, row.value), row.disruptions, row.expected, row.surprise, also)


def known_tag(connection: Connection, text: str) -> Tag | None:
    """The tag of `kind:value` with a value that the store or the reference has; None for an empty text.

    A line or a station may also be given by its name. Raises SelectionError with the nearest.
    """
    if not text:
        return None
    kind, _, value = text.partition(":")
    check_one(kind, "tag", KINDS)
    c = revision_tag.c
    if connection.execute(select(c.rev).where(c.kind == kind, c.value == value).limit(1)).first():
        return kind, value
    if kind == "line":
        return kind, resolve_line(value)
    if kind == "station":
        return kind, _station_id(value)
    known = {"cause": CAUSES_FR, "effect": EFFECTS_FR, "mode": MODES, "place": _middles()}[kind]
    if value not in known:
        raise SelectionError(f"tag = {text[:80]!r}: no such {kind}{suggestion(value, known)}")
    return kind, value


def _station_id(text: str) -> str:
    """The interchange of an id or of a name that one has."""
    stations = Stations.load()
    if stations.interchange(text) or stations.get(text):
        return text
    ids = _station_ids().get(normalise(text), ())
    if len(ids) == 1:
        return ids[0]
    names = [text] if ids else nearest(text, _station_ids())
    alike = [f"{id_} ({station_name(id_)})" for name in names for id_ in _station_ids()[normalise(name)]]
    hint = f"; nearest: {', '.join(alike[:9])}" if alike else ""
    raise SelectionError(f"tag: {text[:80]!r} is {'the name of several stations' if ids else 'no station'}{hint}")


@cache
def _station_ids() -> dict[str, tuple[str, ...]]:
    """Interchanges, or zones without one, by their normalised names."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for station in Stations.load():
        id_ = station.zdc or station.zda
        found[normalise(station_name(id_))][id_] = None
    return {name: tuple(ids) for name, ids in found.items()}


def earlier_rankings(connection: Connection, end_us: int) -> list[tuple[int, list[TrendRow]]]:
    """The most unusual tags at each of the hours before `end_us`, newest first."""
    moments = [end_us - n * HOUR_US for n in range(1, EARLIER_H + 1)]
    query = select(trend).where(trend.c.end_us.in_(moments), trend.c.ranking == "unusual", trend.c.place < EARLIER_TOP)
    found: dict[int, list[TrendRow]] = defaultdict(list)
    for row in connection.execute(query.order_by(trend.c.end_us.desc(), trend.c.place)):
        found[int(row.end_us)].append(_row(row))
    return list(found.items())


def areas(connection: Connection, begin_us: int, end_us: int, tag: Tag | None, departements: bool) -> list[Area]:
    """The areas of what opened in (begin, end] and has `tag` (None: all), each disruption once; the fullest first."""
    seen = trend_sighting.c
    opened = select(seen.rev, seen.disruption).where(seen.opened_us > begin_us, seen.opened_us <= end_us)
    disruption_of = dict(connection.execute(opened).all())
    found: dict[str, set[str]] = defaultdict(set)
    for revs in in_chunks(_with_tag(connection, disruption_of, tag)):
        places = select(revision_tag.c.rev, revision_tag.c.value).where(
            revision_tag.c.rev.in_(revs), revision_tag.c.kind == "place"
        )
        for rev, label in connection.execute(places):
            found[departement_of(label) if departements else label].add(disruption_of[rev])
    known = _middles()
    placed = [Area(name, *known[name], len(ids)) for name, ids in found.items() if name in known]
    return sorted(placed, key=lambda area: (-area.disruptions, area.name))


def _with_tag(connection: Connection, revs: Iterable[int], tag: Tag | None) -> list[int]:
    if tag is None:
        return sorted(revs)
    c = revision_tag.c
    return [
        rev
        for chunk in in_chunks(sorted(revs))
        for rev in connection.execute(
            select(c.rev).where(c.rev.in_(chunk), c.kind == tag[0], c.value == tag[1])
        ).scalars()
    ]


def departement_of(label: str) -> str:
    """The département of a commune's label.

    >>> departement_of("Vincennes (94)"), departement_of("Paris 12e")
    ('94', '75')
    """
    if label.endswith(")") and "(" in label:
        return label[label.rindex("(") + 1 : -1]
    return "75" if label.startswith("Paris") else ""


@cache
def _middles() -> dict[str, tuple[float, float]]:
    """The middle of the stations of each area, (lat, lon): communes and arrondissements by label,
    départements by code."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for station in Stations.load():
        zone: StationZone = station_zone(station.zda)
        for name in filter(None, (zone.label, departement_of(zone.label))):
            points[name].append((station.lat, station.lon))
    return {name: _middle(found) for name, found in points.items()}


def _middle(points: list[tuple[float, float]]) -> tuple[float, float]:
    return sum(lat for lat, _ in points) / len(points), sum(lon for _, lon in points) / len(points)
