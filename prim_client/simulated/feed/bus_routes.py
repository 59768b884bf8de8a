"""Bus lines with stops: real lines, real stops near where the line runs, in a plausible order.

No open table with a clear licence says which stops a bus line serves, and the ids of bus stops are in
none either. So a route here is a walk along the stops between the towns that the line's own name
gives, or in the sector that RATP's numbering stands for; the ids are numbers that PRIM does not use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from random import Random

import numpy as np

from geo.network.lines import Line, Lines
from geo.network.names import normalise
from geo.network.projection import to_km
from geo.network.stations import Station, Stations
from geo.network.tables import read_table
from prim_client.simulated.feed.network import OWN_PLATFORM, SimulatedLine, Stop

ROUTE_MIN_KM, ROUTE_MAX_KM = 2.5, 9.0
CORRIDORS_KM = (0.35, 0.8, 1.6)  # half the width of the strip in which stops are taken, widened if empty
SPACING_KM = 0.3
STOPS_MIN = 6

# RATP's numbering: the tens of a two-digit line are a hub in Paris, those of a three-digit line a sector.
PARIS_HUBS = {
    "2": "Gare Saint-Lazare",
    "3": "Gare de l'Est",
    "4": "Gare du Nord",
    "5": "République",
    "6": "Gare de Lyon",
    "7": "Hôtel de Ville",
    "8": "Luxembourg",
    "9": "Montparnasse",
}
SECTORS = {
    "10": "Champigny-sur-Marne", "11": "Villiers-sur-Marne", "12": "Montreuil", "13": "Saint-Denis",
    "14": "Aulnay-sous-Bois", "15": "Aubervilliers", "16": "Gennevilliers", "17": "Clichy",
    "18": "Villejuif", "19": "Bagneux", "20": "Noisy-le-Grand", "21": "Neuilly-Plaisance",
    "22": "Torcy", "23": "Saint-Denis", "24": "Boulogne-Billancourt", "25": "Garges-lès-Gonesse",
    "26": "Colombes", "27": "Courbevoie", "28": "Orly", "29": "Antony", "30": "Maisons-Alfort",
    "31": "Noisy-le-Grand", "32": "Ivry-sur-Seine", "33": "Chelles", "34": "Tremblay-en-France",
    "35": "Gonesse", "36": "Argenteuil", "37": "Rueil-Malmaison", "38": "Cachan", "39": "Massy",
    "46": "Sèvres", "47": "Meudon", "48": "Choisy-le-Roi", "58": "Vanves", "60": "Bondy", "61": "Bobigny",
}  # fmt: skip
PARIS = "Paris"
_TOWNS = re.compile(r"\s[-–—]\s|<+=?>+|/|\(|\)|,|\bpar\b|\bvia\b")


@dataclass(frozen=True)
class BusNetwork:
    """The bus lines that could be placed: those that RATP words the messages of, and the others."""

    ratp: tuple[SimulatedLine, ...]
    local: tuple[SimulatedLine, ...]


@dataclass(frozen=True)
class _Zones:
    """All bus zones with their points in kilometres, and which lie in a town."""

    stations: list[Station]
    x_km: np.ndarray
    y_km: np.ndarray
    of_town: dict[str, list[int]]

    def zones_at_distance(self, middle: int, low_km: float, high_km: float) -> np.ndarray:
        """Indices of the zones that lie so far from one of them."""
        away_km = np.hypot(self.x_km - self.x_km[middle], self.y_km - self.y_km[middle])
        return np.flatnonzero((away_km >= low_km) & (away_km <= high_km))


@cache
def bus_network() -> BusNetwork:
    """The bus lines of `geo/data` that could be placed, read once per process."""
    zones = _zones()
    groups = {row[0]: row[10] for row in read_table("lines.csv")}
    ratp: list[SimulatedLine] = []
    local: list[SimulatedLine] = []
    for line in Lines.load():
        if line.mode != "bus" or not line.active:
            continue
        is_ratp = line.operator == "RATP"
        route = _route(zones, line.id, _ends(zones, line, groups[line.id], is_ratp))
        if len(route) >= STOPS_MIN:
            (ratp if is_ratp else local).append(_simulated(line, route))
    return BusNetwork(tuple(ratp), tuple(local))


def _simulated(line: Line, route: list[Station]) -> SimulatedLine:
    last = len(route) - 1
    return SimulatedLine(
        line=line,
        stops=tuple(Stop(station, (OWN_PLATFORM.format(station.zda),)) for station in route),
        neighbours=tuple(tuple(j for j in (i - 1, i + 1) if 0 <= j <= last) for i in range(last + 1)),
        termini=(0, last),
    )


def _zones() -> _Zones:
    stations = sorted((s for s in Stations.load() if s.mode == "bus"), key=lambda s: int(s.zda))
    x_km, y_km = to_km([s.lat for s in stations], [s.lon for s in stations])
    of_town: dict[str, list[int]] = {}
    for i, station in enumerate(stations):
        town = PARIS if station.town.startswith(PARIS) else station.town
        of_town.setdefault(normalise(town), []).append(i)
    return _Zones(stations, np.asarray(x_km), np.asarray(y_km), of_town)


def _ends(zones: _Zones, line: Line, group: str, is_ratp: bool) -> list[list[int]]:
    """Where the line begins and ends: one or two groups of zones; none if nothing says it."""
    if is_ratp:
        return _ratp_ends(zones, line.name)
    towns = [zones.of_town[key] for part in _TOWNS.split(group) if (key := normalise(part)) in zones.of_town]
    return towns[:1] + towns[-1:]


def _ratp_ends(zones: _Zones, name: str) -> list[list[int]]:
    digits = name.removeprefix("N")
    if name.startswith("N") and digits.isdigit():
        return [_zones_of_hub(zones, "Châtelet")]
    if len(digits) == 2 and digits[0] in PARIS_HUBS:
        return [_zones_of_hub(zones, PARIS_HUBS[digits[0]])]
    sector = SECTORS.get(digits[:2], "") if len(digits) == 3 else ""
    return [zones.of_town[normalise(sector)]] if normalise(sector) in zones.of_town else []


def _zones_of_hub(zones: _Zones, hub: str) -> list[int]:
    """Bus zones in Paris whose name holds the hub's."""
    named = normalise(hub)
    return [i for i in zones.of_town[normalise(PARIS)] if named in normalise(zones.stations[i].name)]


def _route(zones: _Zones, line_id: str, ends: list[list[int]]) -> list[Station]:
    if not ends or not ends[0]:
        return []
    rng = Random(f"route|{line_id}")
    start = rng.choice(ends[0])
    end = _far_end(zones, rng, start, ends[-1] if len(ends) > 1 else [])
    for width_km in CORRIDORS_KM:
        route = _stations_in_strip(zones, start, end, width_km)
        if len(route) >= STOPS_MIN:
            return route
    return []


def _far_end(zones: _Zones, rng: Random, start: int, wanted: list[int]) -> int:
    """A zone of `wanted` at the distance of a bus line, else any at that distance."""
    in_reach: list[int] = zones.zones_at_distance(start, ROUTE_MIN_KM, ROUTE_MAX_KM).tolist()
    fitting = sorted(set(in_reach) & set(wanted))
    return rng.choice(fitting or in_reach or [start])


def _stations_in_strip(zones: _Zones, start: int, end: int, width_km: float) -> list[Station]:
    """The zones in a strip from `start` to `end`, in order, one every SPACING_KM, no name twice."""
    dx, dy = zones.x_km[end] - zones.x_km[start], zones.y_km[end] - zones.y_km[start]
    length_km = float(np.hypot(dx, dy)) or 1.0
    ux, uy = dx / length_km, dy / length_km
    rx, ry = zones.x_km - zones.x_km[start], zones.y_km - zones.y_km[start]
    along_km, aside_km = rx * ux + ry * uy, np.abs(rx * uy - ry * ux)
    chosen = np.flatnonzero((aside_km <= width_km) & (along_km >= 0) & (along_km <= length_km))
    route: dict[str, Station] = {}
    last_km = -SPACING_KM
    for i in sorted(chosen.tolist(), key=lambda i: (round(float(along_km[i]), 6), i)):
        name = normalise(zones.stations[i].name)
        if along_km[i] - last_km >= SPACING_KM and name not in route:
            route[name] = zones.stations[i]
            last_km = float(along_km[i])
    return list(route.values())
