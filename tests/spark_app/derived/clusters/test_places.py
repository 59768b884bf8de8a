"""What a cluster is called: its medoid station, and the name that it keeps while it stays near."""

import random

import pytest

from spark_app.derived.clusters.places import KEPT_WITHIN_M, LocatedHit, medoid, place_of

NORTH_KM = 1 / 111.2  # degrees of latitude a kilometre


def hits(disruption, *km, mode="rer"):
    """One station for each number of kilometres north of Châtelet."""
    return [LocatedHit(disruption, mode, f"{n:g}", f"Station {n:g}", 48.86 + n * NORTH_KM, 2.35) for n in km]


def named(found, before=None):
    return place_of(found, medoid(found), before)


def test_the_medoid_is_a_station_of_the_cluster_however_its_hits_are_ordered():
    row = hits("a", 0, 1, 2, 9, 30)
    assert medoid(row).zda == "2"
    random.Random(1).shuffle(row)
    assert medoid(row).zda == "2"


def test_a_station_that_is_hit_often_pulls_the_medoid():
    assert medoid([*hits("a", 0, 5), *hits("b", 5), *hits("c", 5)]).zda == "5"


def test_of_two_stations_equally_near_the_first_by_id_is_the_medoid():
    assert medoid(hits("a", 7, 3)).zda == "3"


def test_the_name_is_a_station_of_the_largest_disruption():
    assert named([*hits("small", 4), *hits("large", 6, 7, 8), *hits("other", 3, 4)]).name == "Station 6"


def test_a_station_of_rails_names_a_cluster_of_many_bus_stops():
    assert named([*hits("bus", 0, 1, 2, 3, mode="bus"), *hits("tram", 9, mode="tram")]).name == "Station 9"


@pytest.mark.parametrize(
    ("km", "name"), [(KEPT_WITHIN_M / 1000 - 0.1, "Station 0"), (KEPT_WITHIN_M / 1000 + 0.1, None)]
)
def test_a_name_is_kept_until_the_medoid_is_farther_than_five_kilometres(km, name):
    first = named(hits("a", 0))
    assert named(hits("a", km), first).name == (name or f"Station {km:g}")


def test_thousands_of_stations_have_a_medoid_too():
    many = hits("a", *(n / 100 for n in range(2001)))
    assert medoid(many).zda == "10"
