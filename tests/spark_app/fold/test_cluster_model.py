"""The number of clusters follows the number of disruptions; the rule of each update stays MLlib's."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from sqlalchemy import select

from spark_app.fold.cluster_model import ClusterCount, ClusterModel
from spark_app.fold.kmeans import KMeans
from spark_app.fold.restore import restore
from spark_app.fold.revision_hits import Registry
from spark_app.fold.sink import Sink
from spark_app.store.engine import open_store, sqlite_url
from spark_app.store.tables import model
from tests.made.enriched import network, table
from tests.spark_app.fold.test_sink import CENTRES, COUNT, SETTINGS

NONE = np.zeros((0, 3))
START = np.array([[0.0, 0.0, 0.0], [100.0, 0.0, 0.0]])


def after(model_: ClusterModel, points: np.ndarray, count: ClusterCount, discount: float = 0.5) -> ClusterModel:
    return model_.update(points, discount, model_.assign(points), count)


def crowd(count: int, seed: int = 1) -> np.ndarray:
    draw = Random(seed)
    return np.array([[draw.uniform(0, 100), draw.uniform(0, 50), draw.choice([0.0, -5.0])] for _ in range(count)])


def test_while_the_number_stays_the_rule_is_mllibs_alone():
    count = ClusterCount(2, 2, 1)
    ours, theirs = ClusterModel.from_centres(START), KMeans(START, np.zeros(2))
    for seed in range(20):
        points = crowd(5, seed)
        ours, theirs = after(ours, points, count), theirs.update(points, 0.5)
        assert (ours.kmeans.centres.tolist(), ours.kmeans.weights.tolist()) == (
            theirs.centres.tolist(),
            theirs.weights.tolist(),
        )


def test_too_few_clusters_split_the_one_with_the_greatest_spread_at_its_farthest_point():
    points = np.array([[0.0, 0, 0], [0.0, 20, 0], [100.0, 1, 0], [100.0, -1, 0]])
    grown = after(ClusterModel.from_centres(START), points, ClusterCount(2, 8, 1.5))
    assert grown.index.tolist() == [0, 1, 2]
    assert grown.kmeans.centres.tolist() == [[0, 15, 0], [100, 0, 0], [0, 5, 0]]
    assert grown.kmeans.weights.tolist() == [1, 2, 1]


def test_there_are_as_many_clusters_as_the_disruptions_ask_for_and_no_more_than_the_most():
    count = ClusterCount(2, 8, 4)
    for disruptions, clusters in ((3, 2), (12, 3), (20, 5), (400, 8)):
        assert len(after(ClusterModel.from_centres(START), crowd(disruptions), count).index) == clusters


def test_points_at_one_place_need_no_further_centre():
    points = np.array([[0.1 * (number % 7), 0.0, 0.0] for number in range(40)])
    grown = after(ClusterModel.from_centres(START), points, ClusterCount(2, 8, 4))
    assert len(grown.index) == 2


def test_clusters_go_slowly_the_lightest_without_a_disruption_first_and_keep_their_index():
    count = ClusterCount(2, 8, 4)
    full = ClusterModel.from_centres(START)
    for _ in range(20):
        full = after(full, crowd(32), count, discount=0.8)
    assert len(full.index) == 8
    near = full.kmeans.centres[[5]]
    sizes, now = [], full
    for _ in range(12):
        before, now = now, after(now, near, count, discount=0.8)
        assert set(now.index) <= set(before.index)
        assert now.assign(near).tolist() == [5], "a cluster with a disruption stays under its index"
        sizes.append(len(now.index))
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > 2 == sizes[-1]


def test_a_free_index_is_given_again():
    held = ClusterModel(KMeans(START, np.ones(2)), np.array([0, 2]))
    grown = after(held, crowd(12), ClusterCount(2, 8, 4))
    assert grown.index.tolist() == [0, 1, 2]


def test_an_empty_tick_changes_no_centre():
    count = ClusterCount(2, 8, 4)
    full = ClusterModel.from_centres(START)
    for _ in range(60):
        full = after(full, crowd(32), count, discount=0.9)
    quiet = after(full, NONE, count, discount=0.9)
    assert quiet.kmeans.centres.tolist() == full.kmeans.centres.tolist()


@pytest.fixture(scope="module")
def sink(tmp_path_factory):
    store = open_store(sqlite_url(tmp_path_factory.mktemp("model") / "store.db"))
    sink = Sink(store, SETTINGS, 0, CENTRES, "test-1", clock_us=lambda: 0)
    sink.write("q", 0, table(network(hours=6, seed=3)))
    return sink


def test_a_stored_model_comes_back_with_its_clusters_and_their_indices(sink):
    with sink.engine.connect() as connection:
        back = restore(connection, SETTINGS, 0, CENTRES, Registry()).models
    for one, other in zip(back, sink.state.models, strict=True):
        assert one.index.tolist() == other.index.tolist()
        assert one.kmeans.centres.tolist() == other.kmeans.centres.tolist()
        assert one.kmeans.weights.tolist() == other.kmeans.weights.tolist()


def test_the_made_up_network_lets_the_number_of_clusters_rise_and_fall(sink):
    """What the tests of batches and restarts compare has clusters that come and go."""
    with sink.engine.connect() as connection:
        rows = connection.execute(select(model.c.tick_us, model.c.cluster).where(model.c.channel == "incident")).all()
    sizes = [sum(at == tick for at, _ in rows) for tick in sorted({at for at, _ in rows})]
    steps = {later - earlier for earlier, later in pairwise(sizes)}
    assert min(sizes) == COUNT.least and max(sizes) > COUNT.least and min(steps) < 0 < max(steps)
