"""Places that PRIM publishes by id: the stops it links, and the ends of its impacted sections."""

import re
from collections.abc import Sequence

from geo.network.bus_stops import at_one_place, find_bus_stops
from geo.network.lines import Lines, strip_id
from geo.network.names import town_of, without_town
from geo.network.sections import section
from geo.network.stations import Station, Stations
from geo.network.stops import resolve_stops
from geo.text.confidence import bus_confidence, rail_confidence
from geo.text.folding import fold, words
from geo.text.gazetteer import Gazetteer
from geo.text.mentions import Mention, find_mentions
from geo.text.places import Method, Place, Role

STOP_RULE, SECTION_RULE = "stop", "impactedSections"
_NO_NAME = re.compile(r"\b(?:gare|station|de|du|des|la|le|les|l|d|rer|metro|sncf|tramway)\b")


def places_of_stops(stops: Sequence[tuple[str, str, str]]) -> list[Place]:
    """The stations of (line id, stop id, name), those that the tables know."""
    found = []
    for line_id in dict.fromkeys(strip_id(line) for line, _, _ in stops):
        line = Lines.load().get(line_id)
        named = [(stop_id, name) for other, stop_id, name in stops if strip_id(other) == line_id]
        found += [
            Place.of_station(
                stop.station,
                Role.HIT,
                Method.STOP_ID,
                stop.confidence,
                line_id,
                source="stops",
                rule=STOP_RULE,
                words=stop.name,
            )
            for stop in resolve_stops(line_id, line.mode if line else "", named)
            if stop.station
        ]
    return found


def places_of_sections(sections: Sequence[tuple[str, str, str]]) -> list[Place]:
    """The stations of (line id, from, to), both ends included; none where an end is unknown.

    Of a bus line's section only the two ends: no table says which stops lie between.
    """
    found = []
    for line, start, end in sections:
        line_id = strip_id(line)
        if line_id in Gazetteer.load().line_ids:
            method, confidence = Method.SECTION, rail_confidence(SECTION_RULE, exact=True)
            stations = tuple(_stations_between(line_id, start, end))
        else:
            method, confidence = Method.SECTION_ESTIMATED, bus_confidence(SECTION_RULE, exact=True)
            stations = tuple(_bus_ends(start, end))
        found += [
            Place.of_station(
                station,
                Role.HIT,
                method,
                confidence,
                line_id,
                source="sections",
                rule=SECTION_RULE,
                words=f"{start} - {end}",
            )
            for station in stations
        ]
    return found


def _bus_ends(*ends: str) -> list[Station]:
    """The bus stops that "name (town)" means; a name that lies at several places of its town, by the other end."""
    sure = {end: station for end in ends if (station := _bus_stop_in_town(end))}
    doubtful = [without_town(end) for end in ends if end not in sure]
    near = list(sure.values())
    likely = find_bus_stops(doubtful, Stations.load(), near=near) if doubtful else {}
    return [*near, *(stop.station for stop in likely.values() if stop.station)]


def _bus_stop_in_town(end: str) -> Station | None:
    name, town = without_town(end), town_of(end)
    stations = Stations.load()
    zones = stations.bus_zones_named(name) or stations.bus_zones_like(name)
    inside = [zone for zone in zones if town and zone.town.startswith(town)]  # "Paris" holds "Paris 8e"
    return inside[0] if inside and at_one_place(inside) else None


def _stations_between(line_id: str, start: str, end: str) -> tuple[Station, ...]:
    starts, ends = _zdas_named(start, line_id), _zdas_named(end, line_id)
    return section(line_id, starts, ends) if starts and ends else ()


def _zdas_named(name: str, line_id: str) -> frozenset[str]:
    """The zones that a published name means on a line; none if it names only a part of what is written."""
    name = without_town(name)
    mentions = find_mentions(name, words(name), Gazetteer.load().trees([line_id]))
    whole = [mention for mention in mentions if not any(map(str.isalnum, _words_around(name, mention)))]
    return whole[0].zdas[line_id] if whole else frozenset()


def _words_around(name: str, mention: Mention) -> str:
    """What stands around a mention, without the words that add nothing to a station's name."""
    return _NO_NAME.sub("", fold(name[: mention.start] + " " + name[mention.end :]))
