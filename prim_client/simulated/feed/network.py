"""The network that the simulated PRIM talks about: the real lines and stations, as PRIM names them.

Rail, metro and tram come from the line graphs of `geo.network.topology`, so "entre X et Y" names stations that
do follow each other. Stops carry ids of PRIM's three id spaces, as the real answers do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from zlib import crc32

from geo.network.lines import Line, Lines
from geo.network.stations import Station, Stations
from geo.network.tables import read_table
from geo.network.topology import Topology

PRIM_MODES = {
    "rer": "RapidTransit",
    "train": "LocalTrain",
    "shuttle": "RailShuttle",
    "metro": "Metro",
    "tram": "Tramway",
    "bus": "Bus",
    "cable": "SuspendedCableCar",
    "funicular": "Funicular",
}
ZONE_ID_MODES = ("rer", "train", "shuttle")  # PRIM names their stops by stop zone, the others by platform
# A platform of ours where no table has PRIM's: eight digits, theirs have at most six.
OWN_PLATFORM = "stop_point:IDFM:9{:0>7}"
RATP_TRAMS = ("T1", "T2", "T3a", "T3b", "T5", "T6", "T7", "T8")


@dataclass(frozen=True, slots=True)
class Stop:
    """A station of a line: its reference, and the ids under which PRIM names it there."""

    station: Station
    stop_ids: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.station.name

    @property
    def area_id(self) -> str:
        """The interchange, as impactedSections name it."""
        return f"stop_area:IDFM:{self.station.zdc}"

    @property
    def area_name(self) -> str:
        """The name that PRIM gives the interchange: with its town."""
        return f"{self.station.name} ({self.station.town})"


@dataclass(frozen=True)
class SimulatedLine:
    """A line with its stations; `neighbours` are indices into `stops`."""

    line: Line
    stops: tuple[Stop, ...]
    neighbours: tuple[tuple[int, ...], ...]
    termini: tuple[int, ...]

    @property
    def id(self) -> str:
        return f"line:IDFM:{self.line.id}"

    @property
    def name(self) -> str:
        return self.line.name

    @property
    def prim_mode(self) -> str:
        return PRIM_MODES[self.line.mode]

    @property
    def network_id(self) -> str:
        """PRIM's networks have numbers that no open table lists: one of ours, the same every time."""
        return f"network:IDFM:{crc32(self.line.network.encode()) % 1000 + 1}"

    @property
    def is_ratp(self) -> bool:
        """Whether RATP's control centre writes its messages (else SNCF's or a tram operator's)."""
        return self.line.mode == "metro" or self.line.name in RATP_TRAMS

    def terminus(self, rng: Random, away_from: Stop) -> Stop:
        """An end of the line that is not `away_from`."""
        ends = [self.stops[i] for i in self.termini if self.stops[i] is not away_from]
        return rng.choice(ends or [self.stops[-1]])

    def stretch(self, rng: Random, middle: int, stations: int) -> tuple[Stop, ...]:
        """About so many stations in a row around the station of index `middle`; at least two."""
        behind = rng.randint(0, max(stations - 1, 1))
        ahead = max(stations - 1 - behind, 1 - behind)
        way = [middle]
        self._walk(rng, way, ahead)
        way.reverse()
        self._walk(rng, way, behind)
        if len(way) < 2:  # the middle is a terminus and the walk went off its end
            self._walk(rng, way, 1)
        return tuple(self.stops[i] for i in way)

    def _walk(self, rng: Random, way: list[int], steps: int) -> None:
        """Extend `way` by up to `steps` neighbours, never back."""
        for _ in range(steps):
            onward = [i for i in self.neighbours[way[-1]] if i not in way]
            if not onward:
                return
            way.append(rng.choice(onward))


@dataclass(frozen=True)
class RailNetwork:
    """Every line on rails (and cables) that has a graph."""

    lines: tuple[SimulatedLine, ...]

    def named(self, *names: str) -> Iterator[SimulatedLine]:
        """The lines of these names, in the order of the names."""
        by_name = {line.name: line for line in self.lines}
        yield from (by_name[name] for name in names if name in by_name)


@cache
def rail_network() -> RailNetwork:
    """The rail network of `geo/data`, read once per process."""
    platforms = _platforms()
    topology = Topology.load()
    lines = [line for line in Lines.load() if line.active and line.id in topology.line_ids]
    return RailNetwork(tuple(_line(line, topology, platforms) for line in sorted(lines, key=lambda line: line.id)))


def _line(line: Line, topology: Topology, platforms: dict[str, list[str]]) -> SimulatedLine:
    stations = _in_order(line, topology)
    index = {station.zda: i for i, station in enumerate(stations)}
    neighbours = [topology.neighbours(line.id, station.zda) for station in stations]
    ends = [index[station.zda] for station in topology.termini(line.id) if station.zda in index]
    return SimulatedLine(
        line=line,
        stops=tuple(Stop(station, _stop_ids(line, station, platforms)) for station in stations),
        neighbours=tuple(tuple(index[s.zda] for s in row if s.zda in index) for row in neighbours),
        termini=tuple(ends) or (0, len(stations) - 1),
    )


def _in_order(line: Line, topology: Topology) -> list[Station]:
    """The stations branch by branch; those of a line that is one ring, by id."""
    ordered = [station for branch in topology.branches(line.id) for station in branch]
    every = [*ordered, *Stations.load().of_line(line.id)]
    return [s for s in dict.fromkeys(every) if topology.neighbours(line.id, s.zda)]


def _platforms() -> dict[str, list[str]]:
    """Platforms (ArR) of each stop zone."""
    platforms: dict[str, list[str]] = defaultdict(list)
    for table in ("stops_rail.csv", "stops_metro_odbl.csv"):
        for arr, zda in read_table(table):
            platforms[zda].append(arr)
    return platforms


def _stop_ids(line: Line, station: Station, platforms: dict[str, list[str]]) -> tuple[str, ...]:
    if line.mode in ZONE_ID_MODES:
        return (f"stop_point:IDFM:monomodalStopPlace:{station.zda}",)
    if station.zda not in platforms:
        return (OWN_PLATFORM.format(station.zda),)
    return tuple(f"stop_point:IDFM:{arr}" for arr in sorted(platforms[station.zda], key=int)[:2])
