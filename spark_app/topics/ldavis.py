"""A topic model as pyLDAvis draws it, and the page with its own scripts inside: no CDN, no network.

Only the browser's part of pyLDAvis is taken (data/pyldavis: its scripts and d3, as shipped with pyLDAvis 3.4.1); the
package itself would bring gensim, scipy and scikit-learn. `prepared` gives what `pyLDAvis.prepare(…).to_dict()` gives:
Sievert and Shirley 2014, "LDAvis: a method for visualizing and interpreting topics".
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import orjson

BARS = 30  # words beside a topic
STEPS = 100  # of the slider from 0 to 1
LEAST_TOKENS = 0.5  # of a word in a topic; below, the browser is not told
SCRIPTS = ("d3.v5.min.js", "ldavis.v3.0.0.js")
STYLE = "ldavis.v1.0.0.css"
START = """new LDAvis("#ldavis", JSON.parse(document.getElementById("prepared").textContent));"""

_Group = tuple[Any, ...]  # category, its words, and their four numbers: see `_words_of_topics`


def prepared(
    word_share: np.ndarray, weights: np.ndarray, lengths: np.ndarray, words: tuple[str, ...]
) -> dict[str, Any]:
    """The data of the page; topics by size, numbered from 1.

    Args:
        word_share: share of each word in each topic (k, v), all > 0.
        weights: of each topic in each text (n, k).
        lengths: words of each text (n,).
        words: the vocabulary (v,).
    """
    tokens = weights.T @ lengths  # of each topic
    order = np.argsort(-tokens, kind="stable")
    tokens, word_share = tokens[order], word_share[order]
    counts = word_share * tokens[:, None]
    info = _words_of_topics(word_share, tokens, counts, words)
    shown = sorted({w for category in info for w in category[1]}, key=lambda w: words[w])
    points = plane(word_share)
    return {
        "mdsDat": {
            "x": _plain(points[:, 0]),
            "y": _plain(points[:, 1]),
            "topics": [*range(1, len(tokens) + 1)],
            "cluster": [1] * len(tokens),
            "Freq": _plain(tokens / tokens.sum() * 100),
        },
        "tinfo": _columns(info, words),
        "token.table": _tokens(counts, shown, words),
        "R": min(BARS, len(words)),
        "lambda.step": 1 / STEPS,
        "plot.opts": {"xlab": "PC1", "ylab": "PC2"},
        "topic.order": [int(topic) + 1 for topic in order],
    }


def _words_of_topics(
    word_share: np.ndarray, tokens: np.ndarray, counts: np.ndarray, words: tuple[str, ...]
) -> list[_Group]:
    """(category, words, counts, totals, log share, log lift): the most salient words, then those of each topic."""
    totals = counts.sum(axis=0)
    default = _most_salient(word_share, tokens, totals)
    ranks = np.arange(len(default), 0, -1, dtype=np.float64)
    floored = np.floor(totals[default])
    found: list[_Group] = [("Default", default, floored, floored, ranks, ranks)]
    log_share = np.log(word_share)
    log_lift = np.log(word_share / (totals / totals.sum()))
    for topic in range(len(tokens)):
        best = _ever_relevant(log_share[topic], log_lift[topic])
        values = counts[topic, best], totals[best], log_share[topic, best].round(4), log_lift[topic, best].round(4)
        found.append((f"Topic{topic + 1}", best, *values))
    return found


def _most_salient(word_share: np.ndarray, tokens: np.ndarray, totals: np.ndarray) -> list[int]:
    """Words that say most about which topic it is, times how frequent they are (Chuang, Manning and Heer 2012)."""
    topic_given_word = word_share / word_share.sum(axis=0)
    proportion = (tokens / tokens.sum())[:, None]
    distinct = (topic_given_word * np.log(topic_given_word / proportion)).sum(axis=0)
    saliency = totals / totals.sum() * distinct
    return [int(w) for w in np.argsort(-saliency, kind="stable")[:BARS]]


def _ever_relevant(log_share: np.ndarray, log_lift: np.ndarray) -> list[int]:
    """Words among the BARS most relevant ones anywhere on the slider."""
    found: dict[int, None] = {}
    for step in range(STEPS + 1):
        relevance = step / STEPS * log_share + (1 - step / STEPS) * log_lift
        found |= dict.fromkeys(int(w) for w in np.argsort(-relevance, kind="stable")[:BARS])
    return list(found)


def _columns(info: list[_Group], words: tuple[str, ...]) -> dict[str, list[Any]]:
    names = ("Freq", "Total", "logprob", "loglift")
    columns: dict[str, list[Any]] = {"Term": [], "Freq": [], "Total": [], "Category": [], "logprob": [], "loglift": []}
    for category, chosen, *values in info:
        columns["Term"] += [words[w] for w in chosen]
        columns["Category"] += [category] * len(chosen)
        for name, column in zip(names, values, strict=True):
            columns[name] += _plain(column)
    return columns


def _tokens(counts: np.ndarray, shown: list[int], words: tuple[str, ...]) -> dict[str, list[Any]]:
    """How the tokens of a word are shared among the topics: the circles while the word is pointed at."""
    totals = counts.sum(axis=0)
    rows = [
        (topic + 1, round(float(counts[topic, w])) / totals[w], words[w])
        for w in shown
        for topic in range(len(counts))
        if counts[topic, w] >= LEAST_TOKENS
    ]
    return {"Topic": [r[0] for r in rows], "Freq": _plain([r[1] for r in rows]), "Term": [r[2] for r in rows]}


def plane(word_share: np.ndarray) -> np.ndarray:
    """Points (k, 2) of topics (k, v): classical scaling of their Jensen-Shannon divergences.

    An axis points to where its largest coordinate is positive, so that the picture does not flip.
    """
    k = len(word_share)
    divergence = np.array([[_jensen_shannon(a, b) for b in word_share] for a in word_share])
    centring = np.eye(k) - 1 / k
    values, vectors = np.linalg.eigh(-0.5 * centring @ divergence**2 @ centring)
    points = np.zeros((k, 2))
    for axis, column in enumerate(np.argsort(-values)[:2]):
        vector = vectors[:, column] * np.sqrt(max(values[column], 0.0))
        points[:, axis] = vector * (np.sign(vector[np.abs(vector).argmax()]) or 1.0)
    return points


def _jensen_shannon(some: np.ndarray, others: np.ndarray) -> float:
    middle = (some + others) / 2
    return float((some * np.log(some / middle)).sum() + (others * np.log(others / middle)).sum()) / 2


def _plain(values: Any) -> list[float]:
    return [round(float(value), 6) for value in values]


def page(data: dict[str, Any], title: str) -> str:
    """A page with everything inside: data, scripts and style."""
    inside = orjson.dumps(data).decode().replace("<", "\\u003c")
    scripts = "\n".join(f"<script>{script}</script>" for script in _scripts())
    return (
        f'<!doctype html>\n<html lang="fr">\n<head><meta charset="utf-8"><title>{title}</title>\n'
        f"<style>{_shipped(STYLE)}\nbody {{ margin: 1rem; background: white; }}</style></head>\n"
        f'<body><p><a href="index.html">Tous les sujets</a></p><div id="ldavis"></div>\n'
        f'<script type="application/json" id="prepared">{inside}</script>\n{scripts}\n</body>\n</html>\n'
    )


def script_hashes() -> tuple[str, ...]:
    """Sources of a content security policy under which the scripts of `page` run, and no other."""
    digests = (hashlib.sha256(script.encode()).digest() for script in _scripts())
    return tuple(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def _scripts() -> tuple[str, ...]:
    return (*(_shipped(name) for name in SCRIPTS), START)


@cache
def _shipped(name: str) -> str:
    return resources.files("spark_app.topics").joinpath(f"data/pyldavis/{name}").read_text(encoding="utf-8")
