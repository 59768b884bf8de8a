"""Stations are found by every kind of id that PRIM uses, and by name where that is safe."""

import pytest

from geo.stations import IdSpace, Station, Stations, UnknownStopId, parse_stop_id


@pytest.fixture(scope="module")
def stations() -> Stations:
    return Stations.load()


def test_a_rail_zone_id_is_its_station(stations):
    (station,) = stations.of_stop_id("stop_point:IDFM:monomodalStopPlace:43097")
    assert station == Station(
        zda="43097", zdc="70033", name="Bourg-la-Reine", lat=48.78032, lon=2.31209, town="Bourg-la-Reine", mode="rail"
    )  # fmt: skip


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
