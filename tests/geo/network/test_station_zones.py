"""Every station has its commune, arrondissement and département."""

import pytest

from geo.network.station_zones import NOWHERE, StationZone, station_zone, zones_of
from geo.network.stations import Station, Stations
from geo.network.zones import Zones


@pytest.mark.parametrize(
    ("zda", "zone", "label"),
    [
        ("43097", StationZone("Bourg-la-Reine", "", "92"), "Bourg-la-Reine (92)"),
        ("43224", StationZone("Vincennes", "", "94"), "Vincennes (94)"),
    ],
)
def test_a_station_is_in_its_commune(zda, zone, label):
    assert station_zone(zda) == zone
    assert station_zone(zda).label == label


def test_a_station_of_paris_has_its_arrondissement():
    gare_de_lyon = next(s for s in Stations.load() if s.name == "Gare de Lyon" and s.mode == "metro")
    assert station_zone(gare_de_lyon.zda) == StationZone("Paris", "12e", "75")


def test_an_unknown_station_is_nowhere():
    assert station_zone("nothing") == NOWHERE
    assert NOWHERE.label == ""


def test_a_station_outside_the_region_keeps_its_town_and_has_no_departement():
    vernon = next(s for s in Stations.load() if s.town == "Vernon")
    assert station_zone(vernon.zda) == StationZone("Vernon", "", "")
    assert station_zone(vernon.zda).label == "Vernon"


def test_a_stray_across_a_simplified_border_follows_its_town():
    towns = [Station(str(n), "", "A", 48.8466, 2.4390, "Vincennes", "bus") for n in range(19)]
    stray = Station("99", "", "B", 48.8534, 2.3488, "Vincennes", "bus")  # inside Paris
    assert zones_of([*towns, stray], Zones.load())["99"] == StationZone("Vincennes", "", "94")


def test_two_communes_of_one_name_stay_apart():
    one, two = (
        Station(zda, "", "A", lat, lon, "Marolles", "bus")
        for zda, lat, lon in (("1", 48.8534, 2.3488), ("2", 48.8047, 2.1204))
    )
    found = zones_of([one, two], Zones.load())
    assert (found["1"].departement, found["2"].departement) == ("75", "78")


def test_all_stations_of_the_region_have_a_departement():
    inside = [s for s in Stations.load() if Zones.load().zone_at(s.lat, s.lon)]
    assert len(inside) > 18_000
    assert all(station_zone(s.zda).departement for s in inside)
