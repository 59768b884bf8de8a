"""The report on topics: their words, causes, sizes and names, and their quality, as plain JSON types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from spark_app.language.labels import CAUSES_FR
from spark_app.topics.quality import coherence, mutual_information
from spark_app.topics.word_cloud import bounds, word_cloud
from spark_app.topics.words import JOINT, TopicText

TITLES = {"lda": "LDA", "kmeans": "k-means sur tf-idf"}
RELEVANCE = 0.6  # a word's share in the topic against its lift: best in the user study of Sievert and Shirley 2014
TINY = 1e-9
TOP_WORDS, CLOUD_WORDS, NAME_WORDS, SHOWN_CAUSES = 10, 40, 3, 3


def topic_report(models: Sequence[Any], texts: Sequence[TopicText], notices: int, made_at: datetime) -> dict[str, Any]:
    """The report of `models` (topic_models.TopicModel) over `texts`, best method first.

    The better method is the one whose topics agree more with the causes; without any cause, the more coherent one.
    """
    methods = [_method(model, texts) for model in models]
    methods.sort(key=lambda m: (m["nmi"] if m["nmi"] is not None else -1, m["coherence"] or -1), reverse=True)
    return {
        "made_at": made_at.isoformat(),
        "notices": notices,
        "texts": len(texts),
        "with_cause": sum(bool(text.causes) for text in texts),
        "relevance": RELEVANCE,
        "methods": methods,
    }


def _method(model: Any, texts: Sequence[TopicText]) -> dict[str, Any]:
    main, order = model.topic_of(), model.by_size()  # the largest topic is topic 1
    causes = [text.causes[0] if text.causes else "" for text in texts]
    tagged = [n for n, cause in enumerate(causes) if cause]
    relevant = [_by_relevance(model, topic) for topic in order]
    single = [[term for term in terms if JOINT not in term][:TOP_WORDS] for terms in relevant]
    return {
        "method": model.name,
        "title": TITLES[model.name],
        "nmi": _rounded(mutual_information([int(main[n]) for n in tagged], [causes[n] for n in tagged])),
        "coherence": _rounded(coherence(single, [text.words for text in texts])),  # a pair always goes with its words
        "words": len(model.words),
        "topics": [
            _topic(model, number, topic, terms[:TOP_WORDS], [causes[n] for n in np.flatnonzero(main == topic)])
            for number, (topic, terms) in enumerate(zip(order, relevant, strict=True), start=1)
        ],
    }


def _topic(model: Any, number: int, topic: int, top: list[str], causes: list[str]) -> dict[str, Any]:
    share, counted = model.word_share[topic], Counter(cause for cause in causes if cause)
    heaviest = np.argsort(-share, kind="stable")[:CLOUD_WORDS]
    cloud = word_cloud([(model.words[w], float(share[w])) for w in heaviest if share[w] > 0])
    shown = counted.most_common(SHOWN_CAUSES)
    return {
        "number": number,
        "name": topic_name(top, shown, len(causes)),
        "share": _rounded(float(model.weights[:, topic].mean())),
        "texts": len(causes),
        "top": top,
        "causes": [[cause, CAUSES_FR[cause], count] for cause, count in shown],
        "cloud": {"box": [round(v, 1) for v in bounds(cloud)], "words": [list(word) for word in cloud]},
    }


def topic_name(top: Sequence[str], causes: Sequence[tuple[str, int]], texts: int) -> str:
    """The words of a topic, behind its cause if most of its texts have it.

    >>> topic_name(["bagage oublié", "bagage", "sûreté"], [("unattended_item", 8)], 9)
    'bagage oublié (bagage oublié, sûreté)'
    """
    words = ", ".join(_without_parts(top)[:NAME_WORDS])
    if causes and causes[0][1] * 2 > texts:
        return f"{CAUSES_FR[causes[0][0]]} ({words})"
    return words


def _without_parts(top: Sequence[str]) -> list[str]:
    """Words that are not part of a pair named before them, pairs that do not repeat both their words."""
    kept: list[str] = []
    for term in top:
        said = {word for other in kept for word in other.split()}
        if not set(term.split()) <= said:
            kept.append(term)
    return kept


def _by_relevance(model: Any, topic: int) -> list[str]:
    """The words of a topic, the most relevant first."""
    marginal = model.weights.mean(axis=0) @ model.word_share
    share = np.maximum(model.word_share[topic], TINY)
    score = RELEVANCE * np.log(share) + (1 - RELEVANCE) * np.log(share / np.maximum(marginal, TINY))
    best = np.argsort(-np.round(score, 9), kind="stable")
    return [model.words[w] for w in best if model.word_share[topic][w] > TINY]


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)
