"""Bus stops by name: which of the region's namesakes does a disruption mean?

PRIM's ids of bus stops are platforms that no open table with a clear licence joins to a stop
zone. A name is enough when one place of the region has it; otherwise the other stops that the
same disruption names on the same line tell the namesakes apart. What stays doubtful is refused.

The limits below were set on one complete recorded answer (all modes, 1,938 bus stop links),
with a table of line and interchange that is not ours to ship as the truth.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from geo.network.names import normalise
from geo.network.stations import Station, Stations

# Bus zones of one name this close together are one place (the sides of a crossing).
ONE_PLACE_M = 500.0
# A stop lies this close to the nearest other stop of the same line and disruption.
REACH_M = 3_000.0
# A namesake is refused when a rival is less than this many times as far away.
CLEARLY = 2.0
# Farther apart than REACH_M x CLEARLY, at the region's latitudes: neither a neighbour nor a rival.
FAR_LAT_DEG, FAR_LON_DEG = 0.06, 0.09
INFINITE = float("inf")

ONLY_ONE = "only bus stop of that name"
ONE_PLACE = "bus stops of that name at one place"
NEAREST = "bus stop of that name nearest to the other stops"
TOGETHER = "bus stops of these names that lie together"
SIMILAR = " (name written another way)"


@dataclass(frozen=True, slots=True)
class BusStop:
    """What a name was taken for: a station, or None, and why."""

    station: Station | None
    reason: str


def find_bus_stops(names: Iterable[str], stations: Stations, near: Sequence[Station] = ()) -> dict[str, BusStop]:
    """The bus station of each of `names`, which one disruption names on one line.

    `near` are stations of that disruption which are known already.
    """
    spelling = {name: normalise(name) for name in dict.fromkeys(names)}
    first = {key: name for name, key in reversed(spelling.items())}
    found = _find({key: _candidates(name, stations) for key, name in first.items()}, near)
    return {name: found[key] for name, key in spelling.items()}


def _find(candidates: dict[str, "_Candidates"], near: Sequence[Station]) -> dict[str, BusStop]:
    found = {key: stop for key, each in candidates.items() if (stop := each.answer_by_name())}
    waiting = {key: each for key, each in candidates.items() if key not in found}
    known = [*_stations(found), *near]
    if not known:
        found |= _lying_together(waiting)
        known = _stations(found)
    found |= _told_apart({key: each for key, each in waiting.items() if key not in found}, known)
    return {key: _checked(candidates[key].name, key, found, near) for key in candidates}


def _stations(found: Mapping[str, BusStop]) -> list[Station]:
    return [stop.station for stop in found.values() if stop.station]


@dataclass(frozen=True, slots=True)
class _Candidates:
    name: str
    zones: tuple[Station, ...]
    exact: bool
    at_one_place: bool

    def answer_by_name(self) -> BusStop | None:
        """The answer that the name gives by itself; None when its namesakes lie apart."""
        if not self.zones:
            return BusStop(None, f"no bus stop is named {self.name!r}")
        if self.at_one_place:
            return self.answer(self.zones[0], ONLY_ONE if len(self.zones) == 1 else ONE_PLACE)
        return None

    def answer(self, station: Station, reason: str) -> BusStop:
        return BusStop(station, reason if self.exact else reason + SIMILAR)

    def nearest(self, metres: Sequence[float]) -> tuple[float, Station] | None:
        """The zone nearest to a known stop, if no rival comes close; `metres` are those of each zone."""
        by_distance = sorted(range(len(metres)), key=metres.__getitem__)  # equals stay in the order of their ids
        return _clear_winner([(metres[i], self.zones[i]) for i in by_distance])


@lru_cache(maxsize=16_384)
def _candidates(name: str, stations: Stations) -> _Candidates:
    exact = stations.bus_zones_named(name)
    zones = exact or stations.bus_zones_like(name)
    return _Candidates(name, zones, bool(exact), at_one_place(zones))


def at_one_place(zones: Sequence[Station]) -> bool:
    """Whether no two of `zones` lie farther apart than the sides of a crossing."""
    return all(a.distance_m(b) <= ONE_PLACE_M for a, b in combinations(zones, 2))


def _told_apart(waiting: dict[str, _Candidates], known: Sequence[Station]) -> dict[str, BusStop]:
    """The surest name first; each found stop then helps to tell the next one's namesakes apart."""
    found: dict[str, BusStop] = {}
    rest = dict(waiting)
    metres = {key: [_nearest_m(zone, known) for zone in each.zones] for key, each in rest.items()}
    while known and rest:
        sure = [(best, key) for key, each in rest.items() if (best := each.nearest(metres[key]))]
        if not sure:
            break
        (_, station), key = min(sure, key=lambda item: (item[0][0], item[1]))
        found[key] = rest.pop(key).answer(station, NEAREST)
        for other, each in rest.items():
            metres[other] = [min(m, _reach_m(z, station)) for m, z in zip(metres[other], each.zones, strict=True)]
    why = "none clearly nearest to the other stops" if known else "no other stop to tell them apart"
    for key, each in rest.items():
        found[key] = BusStop(None, f"{len(each.zones)} bus stops answer to {each.name!r}, {why}")
    return found


def _lying_together(waiting: dict[str, _Candidates]) -> dict[str, BusStop]:
    """Of several ambiguous names, the first anchor: the zone with one of each other name close by."""
    if len(waiting) < 2:
        return {}
    key, rarest = min(waiting.items(), key=lambda item: (len(item[1].zones), item[0]))
    others = [each.zones for each in waiting.values() if each is not rarest]
    spread = [
        (max(_nearest_m(zone, _other_zones(zone, zones)) for zones in others), int(zone.zda), zone)
        for zone in rarest.zones
    ]
    winner = _clear_winner([(metres, zone) for metres, _, zone in sorted(spread)])
    return {key: rarest.answer(winner[1], TOGETHER)} if winner else {}


def _other_zones(zone: Station, zones: Sequence[Station]) -> list[Station]:
    return [other for other in zones if other.zda != zone.zda]


def _clear_winner(ranked: Sequence[tuple[float, Station]]) -> tuple[float, Station] | None:
    """The first of rising (metres, zone) pairs, if near enough and clearly ahead of any other place."""
    best_m, best = ranked[0]
    rival_m = next((m for m, zone in ranked if zone.distance_m(best) > ONE_PLACE_M), INFINITE)
    return ranked[0] if best_m <= REACH_M and rival_m >= CLEARLY * best_m else None


def _checked(name: str, key: str, found: Mapping[str, BusStop], near: Sequence[Station]) -> BusStop:
    """Refuse the only stop of a name when it lies far from two or more others: it was renamed or moved."""
    stop = found[key]
    others = [*_stations({other: answer for other, answer in found.items() if other != key}), *near]
    if stop.station is None or len(others) < 2:
        return stop
    if _nearest_m(stop.station, others) <= REACH_M:
        return stop
    distance = min(stop.station.distance_m(other) for other in others)
    return BusStop(None, f"the only bus stop named {name!r} is {distance / 1e3:.0f} km from the other stops")


def _nearest_m(zone: Station, others: Sequence[Station]) -> float:
    """Metres to the nearest of `others`; infinite if there is none near enough to matter."""
    return min((_reach_m(zone, other) for other in others), default=INFINITE)


def _reach_m(zone: Station, other: Station) -> float:
    """Metres between two stops; infinite, without trigonometry, where the answer does not matter."""
    if abs(zone.lat - other.lat) > FAR_LAT_DEG or abs(zone.lon - other.lon) > FAR_LON_DEG:
        return INFINITE
    return zone.distance_m(other)
