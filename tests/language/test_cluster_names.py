"""Names of clusters: what they say, and that they keep still."""

from spark_app.language import cluster_names
from spark_app.language.cluster_names import ClusterName

# On a line from west to east, a kilometre and a half apart but for the last.
SPOTS = {
    "Nation": (48.85, 2.30),
    "Bercy": (48.85, 2.32),
    "A": (48.85, 2.34),
    "B": (48.85, 2.36),
    "Créteil": (48.78, 2.46),
}


def cluster_name(stations, lines, causes, previous=None):
    return cluster_names.cluster_name(stations, lines, causes, SPOTS, previous)


def test_names_the_heaviest_station_line_and_cause() -> None:
    name = cluster_name({"Nation": 1, "Bercy": 2}, {"Métro 6": 3}, {"travaux": 1, "malaise voyageur": 2})
    assert str(name) == "Bercy · Métro 6 · malaise voyageur"


def test_says_so_when_nothing_leads() -> None:
    name = cluster_name({"Bercy": 1}, {"1": 1, "2": 1, "3": 1, "4": 1}, {"a": 1, "b": 1, "c": 1, "d": 1})
    assert str(name) == "Bercy · plusieurs lignes · causes diverses"


def test_leaves_out_what_is_unknown() -> None:
    assert str(cluster_name({"Bercy": 1}, {}, {})) == "Bercy"
    assert str(cluster_name({}, {}, {})) == "sans lieu"


def test_equals_are_told_apart_by_name_not_by_order() -> None:
    assert cluster_name({"B": 1, "A": 1}, {}, {}) == cluster_name({"A": 1, "B": 1}, {}, {})


def test_a_name_stays_until_something_weighs_clearly_more() -> None:
    before = cluster_name({"Nation": 10}, {"Métro 6": 10}, {"travaux": 10})
    swaying = cluster_name(
        {"Nation": 10, "Bercy": 12}, {"Métro 6": 10, "Métro 1": 12}, {"travaux": 5, "météo": 6}, before
    )
    assert swaying == before
    turned = cluster_name(
        {"Nation": 10, "Bercy": 13}, {"Métro 6": 10, "Métro 1": 13}, {"travaux": 5, "météo": 7}, before
    )
    assert turned == ClusterName("Bercy", "Métro 1", "météo")


def test_a_part_that_is_gone_does_not_stay() -> None:
    before = ClusterName("Nation", "Métro 6", "travaux")
    assert cluster_name({"Bercy": 1}, {"Métro 1": 1}, {"météo": 1}, before) == ClusterName("Bercy", "Métro 1", "météo")


def test_where_no_station_leads_the_one_in_the_middle_names_the_place() -> None:
    """The heaviest may be the whole of one small disruption at the edge, and the label stands in the middle."""
    many = {"Nation": 0.9, "Bercy": 0.9, "A": 0.9, "B": 0.9, "Créteil": 1.0}
    assert cluster_name(many, {}, {}).place == "B"  # 48.835 N 2.358 E is the middle
    assert cluster_name(many | {"Créteil": 3.0}, {}, {}).place == "Créteil"  # leads


def test_a_place_in_the_middle_stays_while_it_is_near_to_it() -> None:
    before = ClusterName("A", "", "")
    assert cluster_name({"Nation": 1, "Bercy": 1, "A": 1, "B": 1}, {}, {}, before).place == "A"  # Bercy is as near
    assert cluster_name({"Nation": 9, "Bercy": 9, "A": 1, "B": 9, "Créteil": 9}, {}, {}, before).place == "B"


def test_a_station_about_to_lead_does_not_turn_the_place_to_and_fro() -> None:
    shares = ({"Créteil": 33 + sway, "Nation": 33 - sway, "A": 34} for sway in (0, 2, 0, 3, -1))
    places, name = [], ClusterName("A", "", "")
    for stations in shares:
        name = cluster_name(stations, {}, {}, name)
        places.append(name.place)
    assert len(set(places)) == 1
