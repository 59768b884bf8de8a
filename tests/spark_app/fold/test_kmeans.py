"""Streaming k-means against MLlib's own model, and the cases that its rule names."""

from __future__ import annotations

import numpy as np
import pytest

from spark_app.fold.kmeans import KMeans, quantile_centres

BATCHES, FEWER = 60, 25  # at night and in every run


def batches(seed: int, count: int) -> list[np.ndarray]:
    """So many batches around three moving places; some empty, some far away so that clusters starve."""
    random = np.random.default_rng(seed)
    out = []
    for number in range(count):
        size = 0 if number % 17 == 5 else int(random.integers(1, 30))
        place = np.array([[640.0, 6860.0, 0.0], [660.0, 6870.0, -5.0], [650.0, 6850.0, 3.0]])[
            random.integers(0, 3, size)
        ]
        out.append(place + random.normal(0, 2, (size, 3)))
    return out


@pytest.mark.spark
@pytest.mark.parametrize(("decay", "forced"), [(0.0, False), (0.5, False), (1.0, True)])
def test_equal_to_mllib_with_dying_clusters(spark, decay, forced, thorough):
    from pyspark.mllib.clustering import StreamingKMeansModel

    centres = np.array([[640.0, 6860.0, 0.0], [660.0, 6870.0, -5.0], [900.0, 7000.0, 0.0], [0.0, 0.0, 0.0]])
    weights = np.array([1.0, 1.0, 1e3, 1e-6 if forced else 1.0])  # decay 1 kills nothing by itself: force one
    theirs = StreamingKMeansModel(centres.tolist(), weights.tolist())
    ours = KMeans(centres, weights)
    died = 0
    for points in batches(round(decay * 10) + 1, BATCHES if thorough else FEWER):
        before = ours
        ours = ours.update(points, discount=decay)
        theirs.update(spark.sparkContext.parallelize(points.tolist(), 1), decay, "batches")
        np.testing.assert_allclose(
            ours.centres, np.array([np.asarray(centre) for centre in theirs.centers]), rtol=1e-9, atol=1e-9
        )
        np.testing.assert_allclose(ours.weights, np.array(list(theirs.clusterWeights)), rtol=1e-9, atol=1e-12)
        died += bool(np.abs(ours.centres - before.centres).max() > 100)
    assert died, "no cluster died: the split was not compared"


def test_the_lowest_index_wins_a_tie():
    model = KMeans(np.array([[0.0], [2.0]]), np.ones(2))
    assert model.assign(np.array([[1.0]])).tolist() == [0]


def test_the_centre_is_the_discounted_mean():
    model = KMeans(np.array([[0.0]]), np.array([4.0])).update(np.array([[3.0], [5.0]]), discount=0.5)
    assert model.centres.tolist() == [[2.0]]  # (0 x 2 + 3 + 5) / 4
    assert model.weights.tolist() == [4.0]


def test_an_empty_batch_discounts_and_moves_nothing():
    model = KMeans(np.array([[1.0], [9.0]]), np.array([4.0, 2.0])).update(np.zeros((0, 1)), discount=0.5)
    assert (model.centres.tolist(), model.weights.tolist()) == ([[1.0], [9.0]], [2.0, 1.0])


def test_models_without_any_weight_do_not_split():
    model = KMeans(np.array([[1.0], [9.0]]), np.zeros(2)).update(np.zeros((0, 1)), discount=0.5)
    assert model.centres.tolist() == [[1.0], [9.0]]


def test_a_cluster_starved_under_1e_8_of_the_largest_takes_half_of_it():
    model = KMeans(np.array([[10.0], [500.0]]), np.array([1.0, 1e-9])).update(np.array([[10.0]]), discount=1.0)
    assert model.weights.tolist() == [1.0000000005, 1.0000000005]
    assert model.centres.tolist() == [[10.0 + 1e-13], [10.0 - 1e-13]]


def test_the_update_does_not_change_the_model_it_starts_from():
    model = KMeans(np.array([[0.0], [5.0]]), np.array([1.0, 1e-12]))
    model.update(np.array([[1.0]]), discount=0.9)
    assert (model.centres.tolist(), model.weights.tolist()) == ([[0.0], [5.0]], [1.0, 1e-12])


@pytest.mark.parametrize("k", [1, 2, 5, 8, 12, 20])
def test_initial_centres_are_k_places_among_the_stations(k):
    random = np.random.default_rng(3)
    x_km, y_km = random.normal(650, 15, 800), random.normal(6860, 15, 800)
    centres = quantile_centres(x_km, y_km, k)
    assert centres.shape == (k, 3)
    assert len(np.unique(centres, axis=0)) == k
    assert (x_km.min() <= centres[:, 0]).all() and (centres[:, 0] <= x_km.max()).all()
    shuffled = random.permutation(800)
    assert (quantile_centres(x_km[shuffled], y_km[shuffled], k) == centres).all()
