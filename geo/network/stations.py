"""Stations: the stop zones (ZdA) of the region, found by PRIM's ids or by name.

PRIM names stops in three id spaces, and a number means something else in each:

    stop_point:IDFM:monomodalStopPlace:43097   a stop zone (ZdA), rail
    stop_point:IDFM:22084                      a stop (ArR, one platform), metro, tram, bus
    stop_area:IDFM:71675                       an interchange (ZdC), several zones

A `Station` is one zone; platforms are folded into theirs.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar

from geo.network.distance import distance_m
from geo.network.names import core, normalise
from geo.network.tables import DATA_DIR, read_table


@dataclass(frozen=True, slots=True)
class Station:
    """One stop zone: what is counted, and drawn at one place.

    `zdc` is the interchange it belongs to ("" when none is published); `lat`, `lon` in degrees;
    `mode` is the zone's: rail, metro, tram, bus or cable.
    """

    zda: str
    zdc: str
    name: str
    lat: float
    lon: float
    town: str
    mode: str

    def distance_m(self, other: "Station") -> float:
        """Metres on the ground to `other`."""
        return distance_m(self.lat, self.lon, other.lat, other.lon)


@dataclass(frozen=True, slots=True)
class Interchange:
    """A place that people know, with one or more stop zones (ZdC)."""

    zdc: str
    name: str
    lat: float
    lon: float
    town: str


Key = TypeVar("Key", bound=Hashable)


class IdSpace(Enum):
    """What the number of a stop id counts."""

    ZONE = "ZdA"
    STOP = "ArR"
    INTERCHANGE = "ZdC"


class UnknownStopId(ValueError):
    """A stop id in no form that is known."""


_STOP_ID = re.compile(r"(?:(stop_point)|(stop_area)):IDFM:(monomodalStopPlace:)?(\d+)")


def parse_stop_id(stop_id: str) -> tuple[IdSpace, str]:
    """The id space and the number of a stop id of PRIM.

    >>> parse_stop_id("stop_point:IDFM:monomodalStopPlace:43097")
    (<IdSpace.ZONE: 'ZdA'>, '43097')

    Raises `UnknownStopId` when the text has none of the three forms.
    """
    match = _STOP_ID.fullmatch(stop_id)
    if match is None or (match[2] and match[3]):
        raise UnknownStopId(
            f"stop id {stop_id!r} is none of stop_point:IDFM:<n>, "
            "stop_point:IDFM:monomodalStopPlace:<n>, stop_area:IDFM:<n>"
        )
    if match[2]:
        return IdSpace.INTERCHANGE, match[4]
    return (IdSpace.ZONE if match[3] else IdSpace.STOP), match[4]


class Stations:
    """Every station of the tables, with the ways to find one. Use the shared `Stations.load()`."""

    def __init__(
        self,
        stations: Iterable[Station],
        *,
        zone_of_stop: Mapping[str, str] | None = None,
        line_names: Mapping[str, Mapping[str, frozenset[str]]] | None = None,
        other_names: Mapping[str, frozenset[str]] | None = None,
        former_zdcs: Mapping[str, frozenset[str]] | None = None,
        interchanges: Iterable[Interchange] = (),
    ) -> None:
        """Index `stations`.

        Args:
            stations: all stop zones.
            zone_of_stop: ArR -> ZdA.
            line_names: line id -> ZdA -> the names that the line's stations go by.
            other_names: ZdA -> what other tables and earlier editions call it.
            former_zdcs: ZdA -> interchange ids of earlier editions.
            interchanges: the interchanges.
        """
        self._by_zda: dict[str, Station] = {station.zda: station for station in stations}
        self._zone_of_stop = dict(zone_of_stop or {})
        self._line_names = dict(line_names or {})
        self._other_names = dict(other_names or {})
        self._by_zdc = self._zones_of_interchanges(former_zdcs or {})
        self._interchanges = {interchange.zdc: interchange for interchange in interchanges}

    @classmethod
    def load(cls) -> "Stations":
        """The stations of `geo/data`, read once per process."""
        return _load(DATA_DIR)

    def __len__(self) -> int:
        return len(self._by_zda)

    def __iter__(self) -> Iterator[Station]:
        return iter(self._by_zda.values())

    def get(self, zda: str) -> Station | None:
        """The station of a stop zone, or None."""
        return self._by_zda.get(zda)

    def interchange(self, zdc: str) -> Interchange | None:
        """The interchange of an id, or None."""
        return self._interchanges.get(zdc)

    def of_line(self, line_id: str) -> tuple[Station, ...]:
        """The stations of a rail, metro, tram or cable line, by zone id; () for a bus line."""
        return tuple(self._by_zda[zda] for zda in sorted(self._line_names.get(line_id, ()), key=int))

    def of_stop_id(self, stop_id: str, line_id: str | None = None) -> tuple[Station, ...]:
        """The stations a stop id of PRIM stands for.

        One for a zone or a stop, one or more for an interchange, none if the number is in no
        table (all bus stops: no open table with a clear licence joins them to their zones).

        Raises `UnknownStopId` when the text is no stop id.
        """
        space, number = parse_stop_id(stop_id)
        if space is IdSpace.INTERCHANGE:
            return self.of_stop_area(number, line_id)
        zda = number if space is IdSpace.ZONE else self._zone_of_stop.get(number)
        station = self._by_zda.get(zda) if zda else None
        return (station,) if station else ()

    def of_stop_area(self, zdc: str, line_id: str | None = None) -> tuple[Station, ...]:
        """The zones of an interchange; with a line, those that the line serves.

        A line whose stations are known gives its own zones there, even none; a line without
        known stations (bus) gives the interchange's bus zones, or all zones if it has no such.
        """
        zones = self._by_zdc.get(zdc, ())
        if line_id is None:
            return zones
        if line_id in self._line_names:
            served = self._line_names[line_id]
            return tuple(station for station in zones if station.zda in served)
        return tuple(station for station in zones if station.mode == "bus") or zones

    def of_name_on_line(self, name: str, line_id: str) -> tuple[Station, ...]:
        """The line's stations that go by `name` (spelling apart); several when it is ambiguous."""
        return self._on_line(line_id, name, normalise)

    def like_name_on_line(self, name: str, line_id: str) -> tuple[Station, ...]:
        """The line's stations with a name of the same carrying words as `name`."""
        return self._on_line(line_id, name, core)

    def _on_line(self, line_id: str, name: str, key_of: Callable[[str], Key]) -> tuple[Station, ...]:
        key = key_of(name)
        names = self._line_names.get(line_id, {})
        zdas = [zda for zda, known in names.items() if any(key_of(other) == key for other in known)]
        return tuple(self._by_zda[zda] for zda in sorted(zdas, key=int))

    def bus_zones_named(self, name: str) -> tuple[Station, ...]:
        """Every bus zone of the region that goes, or went, by `name` (spelling apart), by zone id."""
        return self._bus_names.get(normalise(name), ())

    def bus_zones_like(self, name: str) -> tuple[Station, ...]:
        """Every bus zone whose name has the same carrying words as `name`, by zone id."""
        return self._bus_cores.get(core(name), ())

    @cached_property
    def _bus_names(self) -> dict[str, tuple[Station, ...]]:
        return self._bus_index(normalise)

    @cached_property
    def _bus_cores(self) -> dict[frozenset[str], tuple[Station, ...]]:
        return self._bus_index(core)

    def _bus_index(self, key_of: Callable[[str], Key]) -> dict[Key, tuple[Station, ...]]:
        index: dict[Key, list[Station]] = defaultdict(list)
        for station in self._by_zda.values():
            if station.mode == "bus":
                names: set[str] = {station.name, *self._other_names.get(station.zda, ())}
                for key in {key_of(name) for name in names}:
                    index[key].append(station)
        return {key: tuple(sorted(found, key=lambda s: int(s.zda))) for key, found in index.items()}

    def _zones_of_interchanges(self, former: Mapping[str, frozenset[str]]) -> dict[str, tuple[Station, ...]]:
        index: dict[str, list[Station]] = defaultdict(list)
        for station in self._by_zda.values():
            for zdc in {station.zdc, *former.get(station.zda, ())} - {""}:
                index[zdc].append(station)
        return {zdc: tuple(sorted(zones, key=lambda s: int(s.zda))) for zdc, zones in index.items()}


@cache
def _load(folder: Path) -> Stations:
    stations, other_names, former_zdcs = [], {}, {}
    for zda, zdc, name, lat, lon, town, mode, others, former_zdc in read_table("zones.csv.gz", folder):
        stations.append(Station(zda, zdc, name, float(lat), float(lon), town, mode))
        if others:
            other_names[zda] = frozenset(others.split("|"))
        if former_zdc:
            former_zdcs[zda] = frozenset(former_zdc.split())
    return Stations(
        stations,
        zone_of_stop={
            arr: zda for table in ("stops_rail.csv", "stops_metro_odbl.csv") for arr, zda in read_table(table, folder)
        },
        line_names=_line_names(folder),
        other_names=other_names,
        former_zdcs=former_zdcs,
        interchanges=(
            Interchange(zdc, name, float(lat), float(lon), town)
            for zdc, name, lat, lon, town in read_table("interchanges.csv.gz", folder)
        ),
    )


def _line_names(folder: Path) -> dict[str, dict[str, frozenset[str]]]:
    lines: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for line_id, zda, _zdc, _lat, _lon, names in read_table("line_stations.csv", folder):
        lines[line_id][zda] = frozenset(names.split("|"))
    return dict(lines)
