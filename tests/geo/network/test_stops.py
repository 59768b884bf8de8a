"""The stops of a disruption become stations, each zone once, or say why they did not."""

import gzip
import json
from collections import Counter

import pytest

from geo.network.lines import Lines, mode_of_prim, strip_id
from geo.network.stations import Station, Stations
from geo.network.stops import STOP_ID, STOP_NAME, of_bus_stop, resolve_stops


def bus(zda: int, name: str, lat: float, lon: float, town: str = "Paris") -> Station:
    return Station(str(zda), "", name, lat, lon, town, "bus")


def test_two_platforms_of_one_metro_station_are_one_answer():
    (answer,) = resolve_stops(
        "C01371", "metro", [("stop_point:IDFM:22084", "George V"), ("stop_point:IDFM:463185", "George V")]
    )
    assert (answer.station.zda, answer.method, answer.confidence) == ("43283", STOP_ID, 1.0)
    assert answer.stop_ids == ("stop_point:IDFM:22084", "stop_point:IDFM:463185")


def test_a_rail_zone_is_found_by_its_id_whatever_its_name():
    (answer,) = resolve_stops("C01743", "rer", [("stop_point:IDFM:monomodalStopPlace:43097", "?")])
    assert (answer.station.name, answer.method, answer.reason) == ("Bourg-la-Reine", STOP_ID, "zone id")


def test_a_tram_stop_whose_id_is_in_no_table_is_found_by_its_name_on_the_line():
    (answer,) = resolve_stops("C01389", "tram", [("stop_point:IDFM:999999", "Marché de St-Denis")])
    assert (answer.station.name, answer.station.mode) == ("Marché de Saint-Denis", "tram")
    assert (answer.method, answer.reason) == (STOP_NAME, "name on the line")


def test_a_tram_stop_that_is_not_on_the_line_is_refused_with_id_name_and_line():
    (answer,) = resolve_stops("C01389", "tram", [("stop_point:IDFM:999999", "Porte de Versailles")])
    assert answer.station is None and answer.confidence == 0
    for part in ("stop_point:IDFM:999999", "Porte de Versailles", "C01389"):
        assert part in answer.reason


def test_an_interchange_gives_the_zone_of_the_line():
    (answer,) = resolve_stops("C01742", "rer", [("stop_area:IDFM:71673", "Nation (Paris)")])
    assert (answer.station.zda, answer.reason) == ("473875", "zone of the interchange")


@pytest.mark.parametrize("name", ["Mairie", "Europe", "Eglise"])
def test_a_bus_stop_name_that_many_towns_have_is_refused_when_alone(name):
    answer = of_bus_stop(name)
    assert answer.station is None
    assert "no other stop" in answer.reason


def test_a_bus_stop_name_that_one_place_has_is_found():
    answer = of_bus_stop("Pelouses de la Muette")
    assert (answer.station.town, answer.method) == ("Paris 16e", STOP_NAME)
    assert 0.5 < answer.confidence < 1


def test_an_unknown_bus_stop_name_is_refused_with_the_name():
    answer = of_bus_stop("Quai des Brumes imaginaire")
    assert answer.station is None and "'Quai des Brumes imaginaire'" in answer.reason


def test_bus_zones_of_one_name_at_one_place_are_the_first_by_id():
    stations = Stations([bus(20, "Moulin", 48.8, 2.3), bus(3, "Moulin", 48.8002, 2.3)])
    assert of_bus_stop("Moulin", stations=stations).station.zda == "3"


def test_the_other_stops_of_the_disruption_tell_namesakes_apart():
    here, there = bus(1, "Mairie", 48.80, 2.30), bus(2, "Mairie", 48.90, 2.60)
    stations = Stations([here, there, bus(3, "Verger", 48.805, 2.30)])
    stops = [("stop_point:IDFM:1", "Mairie"), ("stop_point:IDFM:2", "Verger")]
    assert [r.station.zda for r in resolve_stops("C1", "bus", stops, stations=stations)] == ["1", "3"]


def test_a_namesake_almost_as_near_keeps_the_name_unresolved():
    stations = Stations(
        [bus(1, "Mairie", 48.790, 2.30), bus(2, "Mairie", 48.8115, 2.30), bus(3, "Verger", 48.80, 2.30)]
    )
    stops = [("stop_point:IDFM:1", "Mairie"), ("stop_point:IDFM:2", "Verger")]
    verger, mairie = resolve_stops("C1", "bus", stops, stations=stations)
    assert verger.station.zda == "3"
    assert mairie.station is None and "none clearly nearest" in mairie.reason


def test_a_namesake_out_of_reach_is_not_taken_even_if_the_other_is_farther():
    stations = Stations([bus(1, "Mairie", 48.90, 2.30), bus(2, "Mairie", 49.5, 2.30), bus(3, "Verger", 48.80, 2.30)])
    verger, mairie = resolve_stops("C1", "bus", [("", "Mairie"), ("", "Verger")], stations=stations)
    assert (verger.station.zda, mairie.station) == ("3", None)


def test_ambiguous_names_settle_each_other_where_only_one_pair_lies_together():
    stations = Stations(
        [
            bus(1, "Mairie", 48.80, 2.30),
            bus(2, "Mairie", 48.95, 2.60),
            bus(3, "Mairie", 48.60, 2.10),
            bus(4, "Lavoir", 48.802, 2.30),
            bus(5, "Lavoir", 48.70, 2.80),
        ]
    )
    answers = resolve_stops("C1", "bus", [("", "Mairie"), ("", "Lavoir")], stations=stations)
    assert {r.station.zda for r in answers} == {"1", "4"}


def test_the_only_stop_of_a_name_is_refused_when_it_lies_far_from_all_the_others():
    stations = Stations([bus(1, "Verger", 48.80, 2.30), bus(2, "Lavoir", 48.802, 2.30), bus(3, "Renommé", 48.9, 2.4)])
    stops = [("", "Verger"), ("", "Lavoir"), ("", "Renommé")]
    *found, far = resolve_stops("C1", "bus", stops, stations=stations)
    assert [r.station.zda for r in found] == ["1", "2"]
    assert far.station is None and "km from the other stops" in far.reason


def test_the_answer_does_not_depend_on_the_order_of_the_stops():
    names = ["Place Foch", "Mairie", "Gramme", "Quatre Routes", "Jaurès", "Pelouses de la Muette"]
    stops = [("", name) for name in names]
    forward = {r.name: r.station for r in resolve_stops("C01187", "bus", stops)}
    assert {r.name: r.station for r in resolve_stops("C01187", "bus", stops[::-1])} == forward


def test_a_stop_that_is_not_found_is_listed_once_with_all_its_ids():
    answers = resolve_stops("C1", "bus", [("stop_point:IDFM:1", "Mairie"), ("stop_point:IDFM:2", "mairie")])
    assert [(r.name, r.station, r.stop_ids) for r in answers] == [
        ("Mairie", None, ("stop_point:IDFM:1", "stop_point:IDFM:2"))
    ]


def test_no_stops_give_no_answers():
    assert resolve_stops("C01742", "rer", []) == []


@pytest.mark.recording
def test_the_recorded_answer_of_all_modes_resolves(shared_data):
    """3,116 stop links of one complete answer: all of rail, metro and tram, 94 % of the bus links."""
    packed = (shared_data / "prim/bulk-all-modes-2025-02-04T1358.json.gz").read_bytes()
    body = json.loads(gzip.decompress(packed))
    asked, found = Counter(), Counter()
    for line_id, mode, stops in _stops_of(body):
        for answer in resolve_stops(line_id, mode, stops):
            asked[mode] += len(answer.stop_ids)
            found[mode] += len(answer.stop_ids) if answer.station else 0
    assert sum(asked.values()) == 3116
    assert all(found[mode] == asked[mode] for mode in ("rer", "train", "metro", "tram"))
    assert found["bus"] / asked["bus"] >= 0.94


def _stops_of(body):
    lines = Lines.load()
    for line in body["lines"]:
        known = lines.get(line["id"])
        mode = known.mode if known else mode_of_prim(line["mode"])
        stops: dict[str, list[tuple[str, str]]] = {}
        for thing in line["impactedObjects"]:
            if thing["type"] in ("stop_point", "stop_area"):
                for disruption in thing["disruptionIds"]:
                    stops.setdefault(disruption, []).append((thing["id"], thing["name"]))
        for named in stops.values():
            yield strip_id(line["id"]), mode, named
