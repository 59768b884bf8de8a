"""Stations are found by every kind of id that PRIM uses, and by name where that is safe."""

import pytest

from geo.network.stations import IdSpace, Station, Stations, UnknownStopId, parse_stop_id


@pytest.fixture(scope="module")
def stations() -> Stations:
    return Stations.load()


def test_a_rail_zone_id_is_its_station(stations):
    (station,) = stations.of_stop_id("stop_point:IDFM:monomodalStopPlace:43097")
    assert station == Station(
        zda="43097",
        zdc="70033",
        name="Bourg-la-Reine",
        lat=48.78032,
        lon=2.31209,
        town="Bourg-la-Reine",
        mode="rail",
    )


def test_a_metro_platform_is_folded_into_its_zone(stations):
    (one,) = stations.of_stop_id("stop_point:IDFM:22084")
    assert (one.zda, one.name, one.mode) == ("43283", "George V", "metro")


def test_the_same_number_is_another_thing_in_another_id_space(stations):
    as_interchange = stations.of_stop_id("stop_area:IDFM:71675")
    assert [s.name for s in as_interchange] == ["Les Laitières"]
    assert stations.of_stop_id("stop_point:IDFM:71675") == ()


@pytest.mark.parametrize(
    ("stop_id", "space", "number"),
    [
        ("stop_point:IDFM:monomodalStopPlace:43097", IdSpace.ZONE, "43097"),
        ("stop_point:IDFM:22084", IdSpace.STOP, "22084"),
        ("stop_area:IDFM:71675", IdSpace.INTERCHANGE, "71675"),
    ],
)
def test_each_form_of_stop_id_has_its_space(stop_id, space, number):
    assert parse_stop_id(stop_id) == (space, number)


@pytest.mark.parametrize(
    "text", ["", "22084", "line:IDFM:C01742", "stop_area:IDFM:monomodalStopPlace:1", "stop_point:IDFM:22084 "]
)
def test_what_is_no_stop_id_is_refused_with_the_text_in_the_message(text):
    with pytest.raises(UnknownStopId, match="stop id '"):
        parse_stop_id(text)


def test_an_interchange_is_all_its_zones_and_a_line_picks_its_own(stations):
    nation = stations.of_stop_id("stop_area:IDFM:71673")
    assert {s.mode for s in nation} == {"bus", "metro", "rail"}
    assert [(s.name, s.mode) for s in stations.of_stop_area("71673", "C01742")] == [("Nation", "rail")]
    assert [(s.name, s.mode) for s in stations.of_stop_area("71673", "C01379")] == [("Nation", "metro")]


def test_a_line_that_does_not_serve_an_interchange_has_no_zone_there(stations):
    assert stations.of_stop_area("71673", "C01743") == ()


def test_a_bus_line_takes_the_bus_zones_of_an_interchange(stations):
    zones = stations.of_stop_area("71673", "C01106")
    assert zones and {s.mode for s in zones} == {"bus"}


def test_an_unknown_number_is_no_station(stations):
    assert stations.of_stop_id("stop_point:IDFM:999999999") == ()
    assert stations.of_stop_id("stop_area:IDFM:999999999") == ()
    assert stations.get("999999999") is None


def test_a_former_interchange_id_still_finds_the_zone():
    moved = Station("1", "20", "Ici", 48.8, 2.3, "Paris", "bus")
    stations = Stations([moved], former_zdcs={"1": frozenset({"10"})})
    assert stations.of_stop_area("10") == stations.of_stop_area("20") == (moved,)


def test_the_line_names_its_stations_in_several_spellings(stations):
    for name in ("Châtelet les Halles", "Chatelet-Les Halles", "CHÂTELET - LES HALLES"):
        assert [s.zda for s in stations.of_name_on_line(name, "C01742")] == ["45102"]
    assert stations.of_name_on_line("Châtelet", "C01742") == ()


def test_rer_a_has_its_46_stations(stations):
    rer_a = stations.of_line("C01742")
    assert len(rer_a) == 46
    assert {"Nation", "Auber", "Boissy-Saint-Léger", "Poissy"} <= {s.name for s in rer_a}


def test_every_station_lies_in_or_around_the_region(stations):
    assert len(stations) > 18_000
    assert all(47.0 < s.lat < 50.5 and 0.5 < s.lon < 5.0 for s in stations)


def test_stations_are_read_once(stations):
    assert Stations.load() is stations
