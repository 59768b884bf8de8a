"""The measures of `./pulse bench clusters` on ticks whose answers are known."""

import numpy as np
import pytest

from benchmarks.derived._cluster_rules import Labels, alone, every_hit, one_point, single_linkage
from benchmarks.derived._cluster_scores import COLUMNS, scores
from benchmarks.derived._placed_disruptions import Disruption, Tick
from spark_app.fold.cluster_model import ClusterCount

PARIS_KM = np.array([652.0, 6862.0])
ROW = (0, 2, 4, 30, 34, 90)  # km east of Paris


def disruption(name: str, *east_km: float, medoid: int = 0) -> Disruption:
    hits_km = PARIS_KM + np.array([(east, 0.0) for east in east_km])
    return Disruption(name, "incident", hits_km, medoid, -0.5)


def tick(at_us: int, east_km=ROW) -> Tick:
    return Tick(at_us, tuple(disruption(f"d{n}", east) for n, east in enumerate(east_km)))


def labelled(*clusters: list[int]) -> list[tuple[Tick, Labels]]:
    return [(tick(at), Labels(np.array(each), np.ones(len(each)))) for at, each in enumerate(clusters)]


def test_near_and_with_2_and_radius_are_counted_from_the_medoid_of_each_cluster():
    """Clusters {0, 2, 4}, {30, 34, 90}: the medoids are 2 and 34, and 90 lies far from its own."""
    found = scores(labelled([0, 0, 0, 1, 1, 1]), 0, 10)
    assert found["near_5km"] == pytest.approx(5 / 6)
    assert (found["with_2"], found["clusters"], found["largest"]) == (1.0, 2.0, 0.5)
    assert found["radius_km"] == pytest.approx((np.sqrt(8 / 3) + np.sqrt((16 + 56**2) / 3)) / 2)


def test_a_lone_disruption_is_near_and_no_true_cluster():
    found = scores(labelled([0, 0, 0, 1, 1, 2]), 0, 10)
    assert found["near_5km"] == 1.0 and found["with_2"] == pytest.approx(2 / 3)


def test_steady_is_the_share_that_keeps_its_cluster_from_tick_to_tick():
    assert scores(labelled([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 1, 2]), 0, 10)["steady"] == pytest.approx(5 / 6)


def test_only_the_ticks_of_the_days_asked_for_count():
    both = labelled([0, 0, 0, 1, 1, 2], [0, 1, 2, 3, 4, 5])
    assert scores(both, 0, 1)["with_2"] == pytest.approx(2 / 3)
    assert scores(both, 1, 2)["with_2"] == 0.0
    assert np.isnan(scores(both, 5, 6)["with_2"])
    assert tuple(scores(both, 0, 2)) == COLUMNS


def test_the_rivals_are_what_their_names_say():
    ticks = [tick(0), tick(1, ROW[:3])]
    first, second = alone(ticks)
    assert len(set(first.cluster)) == 6 and second.cluster.tolist() == first.cluster.tolist()[:3]
    linked, _ = single_linkage(ticks)
    assert linked.cluster.tolist() == [0, 0, 0, 3, 3, 5]


def test_a_chain_of_short_steps_is_one_cluster_of_single_linkage():
    (chain,) = single_linkage([tick(0, (0, 12, 4, 8, 60, 16))])
    assert chain.cluster.tolist() == [0, 0, 0, 0, 4, 0]


def test_the_rule_before_tears_a_long_closure_and_the_product_does_not():
    long = disruption("long", -300, -100, 0, 100, 300, medoid=2)
    ticks = [Tick(at, (long, *tick(at).disruptions)) for at in range(3)]
    torn = list(every_hit(ticks, 8, 10.0, 0.9))[-1]
    whole = list(one_point(ticks, ClusterCount(8, 8, 1), 10.0, 0.9))[-1]
    assert torn.whole[0] < 1.0 and torn.whole[1:].tolist() == [1.0] * 6
    assert whole.whole.tolist() == [1.0] * 7 and len(whole.cluster) == 7


def test_ticks_without_a_disruption_have_no_clusters():
    empty = [Tick(0, ())]
    for rule in (alone(empty), single_linkage(empty), every_hit(empty, 4, 10.0, 0.9)):
        assert [len(labels.cluster) for labels in rule] == [0]
