"""What a cluster is: its middle, its width, its sizes."""

import pytest

from dashboard.window.clusters import centre_of, make_cluster, polarity_of
from geo.network.projection import to_degrees
from spark_app.derived.clusters.places import Place
from spark_app.store.tables import MEASURES, ORIGIN_M

CHATELET = Place("71264", "Châtelet", 48.858, 2.347)
E9 = 1_000_000_000


def sums(points_m: list[tuple[int, int]], disruptions: int = 2, **more: int) -> dict[str, int]:
    """The sums of hits at these metres from the origin, one tick."""
    places = {
        "hits": len(points_m),
        "stations": len(set(points_m)),
        "x_m": sum(x for x, _ in points_m),
        "y_m": sum(y for _, y in points_m),
        "r2_m2": sum(x * x + y * y for x, y in points_m),
        "disruptions_e9": disruptions * E9,
    }
    return dict.fromkeys(MEASURES, 0) | places | more


def cluster(points_m, ids=("a", "b"), ticks=1, **more):
    return make_cluster(("incident", 3), sums(points_m, **more), ticks, ids, CHATELET, name="Châtelet")


def test_the_centre_is_the_mean_of_the_hits_and_the_width_twice_their_rms_distance_from_it():
    lat, lon, width_km = centre_of(sums([(-3000, 0), (3000, 0), (0, -4000), (0, 4000)]))
    expected = to_degrees(ORIGIN_M[0] / 1000, ORIGIN_M[1] / 1000)
    assert (lat, lon) == pytest.approx((float(expected[0]), float(expected[1])), abs=1e-7)
    assert width_km == pytest.approx(2 * (12.5**0.5))  # mean square distance (9 + 9 + 16 + 16) / 4


def test_a_cluster_far_from_the_origin_keeps_its_width():
    _, _, width_km = centre_of(sums([(90_000, 90_000), (90_000, 90_002)]))
    assert width_km == pytest.approx(0.002)


def test_without_a_hit_there_is_no_centre():
    assert centre_of(sums([])) == (None, None, 0.0)


def test_sizes_are_means_over_the_observed_ticks_and_openings_are_totals():
    made = cluster([(0, 0), (0, 0), (1000, 0)], ticks=2, disruptions=3, opened_e9=E9, closed_e9=2 * E9)
    assert (made.disruptions, made.stations, made.opened, made.closed) == (1.5, 1.0, 1.0, 2.0)


def test_polarity_is_over_the_scored_disruptions_only():
    scored = {"scored_e9": 2 * E9, "polarity_e12": -800 * E9, "polarity_sq_e12": 320 * E9}
    mean, spread = polarity_of(sums([(0, 0)], disruptions=5, **scored))
    assert mean == pytest.approx(-0.4)
    assert spread == pytest.approx(0.0)


def test_no_evidence_is_none_and_not_zero():
    assert polarity_of(sums([(0, 0)])) == (None, None)
