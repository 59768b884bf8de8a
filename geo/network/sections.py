"""Sections: the stations between two others, by the way that trains take there."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import product
from math import cos, hypot, radians
from pathlib import Path

from geo.network.stations import Station, Stations
from geo.network.tables import DATA_DIR
from geo.network.topology import Topology

# At a fork, a change of heading by more than a right angle leads from one branch back into the other.
TURN_COS = 0.0
Route = tuple[str, ...]  # ZdA ids to pass, in order


@lru_cache(maxsize=65_536)
def section(line_id: str, starts: frozenset[str], ends: frozenset[str], via: Route = ()) -> tuple[Station, ...]:
    """The stations from one of `starts` to one of `ends`, both included, in order; () if there is no way.

    Args:
        line_id: a line with a graph.
        starts, ends: zone ids; several when a name may mean several, then the shortest section counts.
        via: zone ids to pass. Without any, the route of `geo/data/routes.txt`, else the shortest way.
    """
    topology = Topology.load()
    ways = (
        topology.stations_between(line_id, start, end, via or _routes(DATA_DIR).get((line_id, start, end), ()))
        for start, end in product(sorted(starts), sorted(ends))
    )
    return min(filter(None, ways), key=len, default=())


@lru_cache(maxsize=4_096)
def stations_towards(line_id: str, zda: str) -> tuple[Station, ...]:
    """The stations of a line from which trains run to `zda` without turning back, on all branches.

    Towards a station that is no terminus only the longest way counts: trains end there, and come
    from the far side.
    """
    topology = Topology.load()
    termini = [end.zda for end in topology.termini(line_id)]
    ways = [topology.stations_between(line_id, end, zda) for end in termini if end != zda]
    straight = [way for way in ways if len(way) > 1 and not _turns_back(line_id, way)]
    if zda not in termini:
        straight = sorted(straight, key=len)[-1:]
    return tuple(dict.fromkeys(station for way in straight for station in way))


def _turns_back(line_id: str, way: Sequence[Station]) -> bool:
    """Whether a train would have to change ends at a fork on the way."""
    topology = Topology.load()
    return any(
        _cos_of_turn(a, b, c) < TURN_COS and len(topology.neighbours(line_id, b.zda)) > 2
        for a, b, c in zip(way, way[1:], way[2:], strict=False)
    )


def _cos_of_turn(a: Station, b: Station, c: Station) -> float:
    """The cosine of the change of heading at `b`: 1 straight on, -1 right back."""
    shrink = cos(radians(b.lat))
    v = ((b.lon - a.lon) * shrink, b.lat - a.lat)
    w = ((c.lon - b.lon) * shrink, c.lat - b.lat)
    lengths = hypot(*v) * hypot(*w)
    return (v[0] * w[0] + v[1] * w[1]) / lengths if lengths else 1.0


@lru_cache(maxsize=4_096)
def missions_through(line_id: str, way: tuple[str, ...], *, one_way: bool) -> tuple[Station, ...]:
    """The stations of all trains of a line whose journey holds a whole section, without its own.

    Args:
        line_id: the line.
        way: zone ids of the section, in order.
        one_way: only trains in that direction are stopped: then the stations behind it lack trains,
            those before it do not.
    """
    cut = frozenset(way)
    missions = _missions(DATA_DIR).get(line_id, ())
    journeys = [journey for journey in missions if cut <= {station.zda for station in journey}]
    felt = [_journey_behind(journey, way) if one_way else journey for journey in journeys]
    return tuple(dict.fromkeys(station for part in felt for station in part if station.zda not in cut))


def _journey_behind(journey: tuple[Station, ...], way: tuple[str, ...]) -> tuple[Station, ...]:
    """The part of a journey in the direction of `way` that comes behind it."""
    zdas = [station.zda for station in journey]
    start, end = zdas.index(way[0]), zdas.index(way[-1])
    return journey[end + 1 :] if start <= end else journey[:end]


@cache
def _missions(folder: Path) -> dict[str, tuple[tuple[Station, ...], ...]]:
    """Line -> the stations of its journeys."""
    found: dict[str, list[tuple[Station, ...]]] = defaultdict(list)
    for line_id, start, end, via in _rows(folder / "missions.txt"):
        first, last, *passed = (_zone(line_id, name) for name in (start, end, *filter(None, via.split(";"))))
        found[line_id].append(section(line_id, frozenset({first}), frozenset({last}), tuple(passed)))
    return {line_id: tuple(journeys) for line_id, journeys in found.items()}


@cache
def _routes(folder: Path) -> dict[tuple[str, str, str], Route]:
    """(line, start, end) -> zones that trains pass; both directions."""
    found = {}
    for line_id, start, end, via in _rows(folder / "routes.txt"):
        zones = [_zone(line_id, name) for name in (start, end, *via.split(";"))]
        found[line_id, zones[0], zones[1]] = tuple(zones[2:])
        found[line_id, zones[1], zones[0]] = tuple(zones[:1:-1])
    return found


def _rows(path: Path) -> Iterable[list[str]]:
    for number, row in enumerate(path.read_text("utf-8").splitlines(), 1):
        if row.strip() and not row.startswith("#"):
            fields = row.split("|")
            if len(fields) != 4:
                raise ValueError(f"{path}:{number}: {row!r}: {len(fields)} fields, expected line|end|end|stations")
            yield fields


def _zone(line_id: str, name: str) -> str:
    found = Stations.load().of_name_on_line(name.strip(), line_id)
    if len(found) != 1:
        raise LookupError(f"{name.strip()!r} names {len(found)} stations of line {line_id}, expected one")
    return found[0].zda
