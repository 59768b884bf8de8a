"""Names of clusters: what they say, and that they keep still."""

from spark_app.language.cluster_names import ClusterName, cluster_name


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
    assert cluster_name({"Bercy": 1}, {"Métro 1": 1}, {"météo": 1}, before) == ClusterName(
        "Bercy", "Métro 1", "météo"
    )
