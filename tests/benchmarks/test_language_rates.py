"""Spark scores as the analyzer alone does: the pandas UDF of the stream against one text after the other."""

from pathlib import Path

import pytest

from benchmarks.language import language_rates
from spark_app.language.sentiment.transport import TransportAnalyzer
from spark_app.query.enrich import with_polarity

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def texts() -> list[tuple[str, str]]:
    found, _ = language_rates.recorded_texts(Path("nowhere"))
    return [(f"Titre {n % 7}", text) for n, (_, text) in enumerate(found)]


def test_distinct_and_repeated_texts_get_exactly_the_scores_of_one_by_one(spark, texts):
    feed = [*language_rates.distinct(texts, 200), *texts, *reversed(texts)]
    messages = language_rates.in_memory(spark, "distinct", feed)
    scored = messages.frame.transform(with_polarity, "transport").select("b.title", "b.text", "polarity").collect()
    analyzer = TransportAnalyzer()
    assert [(row.title, row.text, row.polarity) for row in scored] == [
        (title, text, analyzer.polarity(f"{title}\n{text}")) for title, text in feed
    ]
    said = {row.polarity for row in scored}
    assert None in said and min(said - {None}) < -0.8 and max(said - {None}) > 0.8  # all kinds are among them
    assert language_rates.differences(messages) == 0


def test_the_benchmark_would_see_another_score(spark, texts, monkeypatch):
    messages = language_rates.in_memory(spark, "distinct", texts[:20])
    monkeypatch.setattr(TransportAnalyzer, "polarity", lambda self, text: 0.123)
    assert language_rates.differences(messages) > 0
