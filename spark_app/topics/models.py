"""Topics of texts with Spark ML: LDA on counts, and k-means on tf-idf beside it.

Deterministic: the texts come in alphabetical order, in one partition, and every seed is fixed. k-means begins
RESTARTS times and the tightest result is kept; it is chosen by its own cost, never by the causes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyspark.ml.clustering import LDA, KMeans, KMeansModel
from pyspark.ml.feature import IDF, CountVectorizer, Normalizer
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_app.topics.words import TopicText

SEED, RESTARTS = 1, 10
KMEANS_STEPS, LDA_STEPS = 50, 100
MIN_TEXTS, MAX_SHARE = 5, 0.5  # a word of fewer texts, or of a greater share of them, tells no topics apart
MOST_WORDS = 3_000  # the page holds the share of each in each topic
FEW_TEXTS = 100  # below these a word of two texts counts


class TooFewTexts(ValueError):
    """There is not enough text for topics; the message says how much there is."""


@dataclass(frozen=True)
class TopicModel:
    """Topics that one method found.

    words: of the vocabulary, (v,). word_share: share of each word in each topic, (k, v), rows sum to 1.
    weights: how much of each topic each text is, (n, k), rows sum to 1. lengths: words of each text, (n,).
    """

    name: str
    words: tuple[str, ...]
    word_share: np.ndarray
    weights: np.ndarray
    lengths: np.ndarray

    def topic_of(self) -> np.ndarray:
        """The main topic of each text, (n,)."""
        topics: np.ndarray = self.weights.argmax(axis=1)
        return topics

    def by_size(self) -> np.ndarray:
        """The topics, the one with most words of texts first, (k,)."""
        return np.argsort(-(self.weights.T @ self.lengths), kind="stable")


def fit(spark: SparkSession, texts: Sequence[TopicText], topics: int) -> list[TopicModel]:
    """LDA and tf-idf k-means with `topics` topics over `texts`. Raises TooFewTexts."""
    if len(texts) <= topics:
        raise TooFewTexts(f"{len(texts)} distinct texts are not enough for {topics} topics")
    rows = [(number, text.terms()) for number, text in enumerate(texts)]
    frame = spark.createDataFrame(rows, "number int, terms array<string>").coalesce(1).sortWithinPartitions("number")
    least = MIN_TEXTS if len(texts) >= FEW_TEXTS else 2
    counter = CountVectorizer(
        inputCol="terms", outputCol="counts", minDF=least, maxDF=MAX_SHARE, vocabSize=MOST_WORDS, binary=True
    )
    counting = counter.fit(frame)
    words = tuple(counting.vocabulary)
    if not words:
        raise TooFewTexts(f"no word is in {least} of the {len(texts)} distinct texts")
    counted = counting.transform(frame).cache()
    counts = _matrix(counted, "counts")
    return [_lda(counted, words, counts, topics), _kmeans(counted, words, counts, topics)]


def _lda(counted: DataFrame, words: tuple[str, ...], counts: np.ndarray, topics: int) -> TopicModel:
    # subsamplingRate 1: every step sees every text, so no text is drawn by chance
    model = LDA(
        k=topics,
        maxIter=LDA_STEPS,
        seed=SEED,
        optimizer="online",
        subsamplingRate=1.0,
        featuresCol="counts",
        topicDistributionCol="weights",
    ).fit(counted)
    word_share = model.topicsMatrix().toArray().T
    weights = _matrix(model.transform(counted), "weights")
    return TopicModel("lda", words, _shares(word_share), _shares(weights), counts.sum(axis=1))


def _kmeans(counted: DataFrame, words: tuple[str, ...], counts: np.ndarray, topics: int) -> TopicModel:
    weighed = IDF(inputCol="counts", outputCol="tf_idf").fit(counted).transform(counted)
    points = Normalizer(inputCol="tf_idf", outputCol="features").transform(weighed).cache()
    model = min((_run(points, topics, SEED + n) for n in range(RESTARTS)), key=lambda m: m.summary.trainingCost)
    found = [row.topic for row in model.transform(points).select("number", "topic").orderBy("number").collect()]
    weights = np.eye(topics)[found]
    return TopicModel("kmeans", words, _shares(weights.T @ counts), weights, counts.sum(axis=1))


def _run(points: DataFrame, topics: int, seed: int) -> KMeansModel:
    return KMeans(k=topics, seed=seed, maxIter=KMEANS_STEPS, predictionCol="topic").fit(points)


def _matrix(frame: DataFrame, column: str) -> np.ndarray:
    rows = frame.select("number", vector_to_array(F.col(column)).alias("values")).orderBy("number").collect()
    return np.array([row["values"] for row in rows], np.float64)


def _shares(matrix: np.ndarray) -> np.ndarray:
    """Rows divided by their sums; a row of zeros becomes even."""
    sums = matrix.sum(axis=1, keepdims=True)
    return np.where(sums > 0, matrix / np.where(sums > 0, sums, 1), 1 / matrix.shape[1])
