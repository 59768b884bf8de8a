"""From the stops a disruption names to stations: one entry point, `resolve_stops`.

Rail, metro and tram stops are found by id, else by their name on the line. Bus stops carry ids
that no open table joins to a zone, so they are found by name: a name that one place of the
region has, or whose places are told apart by the other stops of the same line and disruption.
What stays doubtful stays unresolved, with a reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from geo.network.bus_stops import NEAREST, ONE_PLACE, ONLY_ONE, SIMILAR, TOGETHER, BusStop, find_bus_stops
from geo.network.names import normalise
from geo.network.stations import IdSpace, Station, Stations, UnknownStopId, parse_stop_id

STOP_ID = "stop_id"
STOP_NAME = "stop_name"
ONE_ZONE = "zone of the interchange"
ONE_OF_ZONES = "one of several zones of the interchange"
NOT_SERVED = "zone of an interchange that the line is not known to serve"
ON_LINE = "name on the line"

CONFIDENCE = {
    "zone id": 1.0,
    "stop id": 1.0,
    ONE_ZONE: 1.0,
    ONE_OF_ZONES: 0.9,
    NOT_SERVED: 0.5,
    ON_LINE: 0.98,
    ON_LINE + SIMILAR: 0.9,
    ONLY_ONE: 0.9,
    ONE_PLACE: 0.9,
    NEAREST: 0.8,
    TOGETHER: 0.7,
    ONLY_ONE + SIMILAR: 0.8,
    ONE_PLACE + SIMILAR: 0.8,
    NEAREST + SIMILAR: 0.7,
    TOGETHER + SIMILAR: 0.6,
}


@dataclass(frozen=True, slots=True)
class Resolved:
    """One stop of a disruption, and the station it was found to be.

    `station` is None when nothing was sure enough; `reason` then says why, else how it was
    found. `method` is "stop_id", "stop_name" or "" (not found), `confidence` 0 to 1. `name` is
    the name as published, `stop_ids` the published ids (platforms) folded into this one.
    """

    station: Station | None
    method: str
    confidence: float
    reason: str
    name: str
    stop_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Stop:
    stop_id: str
    name: str


def resolve_stops(
    line_id: str,
    mode: str,
    stops: Sequence[tuple[str, str]],
    *,
    near: Sequence[Station] = (),
    stations: Stations | None = None,
) -> list[Resolved]:
    """The stations of the stops that one disruption names on one line, each zone once.

    Args:
        line_id: the line, "C01742".
        mode: the line's mode as `geo.network.lines` names it; "bus" allows the search by name alone.
        stops: (stop id, name) as published, in any order.
        near: stations known to belong to the same disruption, to tell namesakes apart.
        stations: the tables to use; the shared ones when left out.

    Returns the found stations in the order of their first stop, then what was not found.
    """
    tables = stations or Stations.load()
    answers: dict[_Stop, list[Resolved]] = {}
    by_name: list[_Stop] = []
    for stop in dict.fromkeys(_Stop(stop_id, name) for stop_id, name in stops):
        answers[stop] = _by_id(tables, line_id, stop) or _by_name_on_line(tables, line_id, stop)
        if not answers[stop]:
            by_name.append(stop)
    known = [r.station for found in answers.values() for r in found if r.station] + list(near)
    answers |= _by_bus_name(tables, by_name, known) if mode == "bus" else _not_found(line_id, by_name)
    return _folded([resolved for stop in answers for resolved in answers[stop]])


def of_bus_stop(
    name: str, line_id: str = "", *, near: Sequence[Station] = (), stations: Stations | None = None
) -> Resolved:
    """The bus station of a name alone: `resolve_stops` for a single stop without an id."""
    return resolve_stops(line_id, "bus", [("", name)], near=near, stations=stations)[0]


def _by_id(tables: Stations, line_id: str, stop: _Stop) -> list[Resolved]:
    try:
        space, number = parse_stop_id(stop.stop_id)
    except UnknownStopId:
        return []
    if space is not IdSpace.INTERCHANGE:
        found = tables.of_stop_id(stop.stop_id)
        reason = "zone id" if space is IdSpace.ZONE else "stop id"
        return [_found(station, STOP_ID, reason, stop) for station in found]
    served = tables.of_stop_area(number, line_id)
    found = served or tables.of_stop_area(number)
    reason = (ONE_ZONE if len(found) == 1 else ONE_OF_ZONES) if served else NOT_SERVED
    return [_found(station, STOP_ID, reason, stop) for station in found]


def _by_name_on_line(tables: Stations, line_id: str, stop: _Stop) -> list[Resolved]:
    for found, reason in (
        (tables.of_name_on_line(stop.name, line_id), ON_LINE),
        (tables.like_name_on_line(stop.name, line_id), ON_LINE + SIMILAR),
    ):
        if found:
            return [_found(found[0], STOP_NAME, reason, stop)] if len(found) == 1 else []
    return []


def _by_bus_name(tables: Stations, stops: list[_Stop], known: list[Station]) -> dict[_Stop, list[Resolved]]:
    found = find_bus_stops([stop.name for stop in stops], tables, near=known)
    return {stop: [_bus_answer(found[stop.name], stop)] for stop in stops}


def _bus_answer(answer: BusStop, stop: _Stop) -> Resolved:
    if answer.station is None:
        return _unresolved(stop, answer.reason)
    return _found(answer.station, STOP_NAME, answer.reason, stop)


def _not_found(line_id: str, stops: Iterable[_Stop]) -> dict[_Stop, list[Resolved]]:
    why = "id {0.stop_id!r} is in no table, name {0.name!r} not on line {1}"
    return {stop: [_unresolved(stop, why.format(stop, line_id))] for stop in stops}


def _found(station: Station, method: str, reason: str, stop: _Stop) -> Resolved:
    return Resolved(station, method, CONFIDENCE[reason], reason, stop.name, (stop.stop_id,))


def _unresolved(stop: _Stop, reason: str) -> Resolved:
    return Resolved(None, "", 0.0, reason, stop.name, (stop.stop_id,))


def _folded(answers: list[Resolved]) -> list[Resolved]:
    """Each zone once with its best answer; what was not found once a name, at the end."""
    groups: dict[tuple[bool, str], list[Resolved]] = {}
    for answer in answers:
        station = answer.station
        key = (station is None, station.zda if station else normalise(answer.name))
        groups.setdefault(key, []).append(answer)
    return [_merged(groups[key]) for key in sorted(groups, key=lambda key: key[0])]


def _merged(group: list[Resolved]) -> Resolved:
    best = max(group, key=lambda answer: answer.confidence)
    ids = tuple(dict.fromkeys(stop_id for answer in group for stop_id in answer.stop_ids if stop_id))
    return Resolved(best.station, best.method, best.confidence, best.reason, best.name, ids)
