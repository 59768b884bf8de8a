"""Topics with real Spark: what is in the texts is found, twice the same, from a store to the page."""

import json
from collections import Counter
from datetime import UTC, datetime
from itertools import product

import pytest

from benchmarks.language._language_data import read_notices
from spark_app.commands import topics
from spark_app.store.engine import open_store, sqlite_url
from spark_app.topics import models as topic_models
from spark_app.topics.models import TooFewTexts, TopicModel, fit
from spark_app.topics.quality import mutual_information
from spark_app.topics.report import topic_report
from spark_app.topics.words import topic_texts
from tests.made.small_store import put_revision

pytestmark = pytest.mark.spark

STORIES = {
    "unattended_item": ("bagage oublié", "bagage abandonné", "bagage suspect", "bagage délaissé"),
    "infrastructure": ("panne de signalisation", "défaut de signalisation", "dérangement de la signalisation"),
    "weather": ("conditions météorologiques", "intempéries météorologiques", "alerte météorologiques"),
    "passenger_ill": ("malaise d'un voyageur", "malaise voyageur à bord"),
}
WAYS = 5  # texts of each, told apart by a word that no other has


@pytest.fixture(scope="module", autouse=True)
def few_steps():
    """The steps change how well it ends, not what is tested here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(topic_models, "LDA_STEPS", 5)
        patch.setattr(topic_models, "RESTARTS", 2)
        yield


@pytest.fixture(scope="module")
def notices() -> list[str]:
    """Four stories told in many ways, over stations and hours that do not matter."""
    syllables = (f"z{one}{two}" for one, two in product("bdfglmnprstv", "aeiou"))
    told = [f"{words} {next(syllables)}" for ways in STORIES.values() for words in ways for _ in range(WAYS)]
    return [f"Métro 4\nLe trafic est ralenti à Odéon jusqu'à {n % 24}h. Motif : {said}." for n, said in enumerate(told)]


@pytest.fixture(scope="module")
def models(spark, notices) -> list[TopicModel]:
    return fit(spark, topic_texts(notices), 4)


def test_the_same_texts_give_the_same_topics_every_time(spark, notices, models):
    for one, other in zip(models, fit(spark, topic_texts(notices), 4), strict=True):
        assert one.words == other.words
        assert (one.word_share == other.word_share).all() and (one.weights == other.weights).all()


def test_four_stories_are_four_topics(notices, models):
    texts = topic_texts(notices)
    kmeans = next(model for model in models if model.name == "kmeans")
    causes = [text.causes[0] if text.causes else "" for text in texts]
    assert len(set(causes)) >= 4
    assert mutual_information(kmeans.topic_of().tolist(), causes) > 0.7


def test_shares_are_shares(notices, models):
    for model in models:
        assert model.word_share.sum(axis=1) == pytest.approx(1)
        assert model.weights.sum(axis=1) == pytest.approx(1)
        assert model.weights.shape == (len(topic_texts(notices)), 4)
        assert (model.word_share >= 0).all()


def test_too_few_texts_are_said(spark, notices):
    with pytest.raises(TooFewTexts, match="2 distinct texts are not enough for 12 topics"):
        fit(spark, topic_texts(["Motif : bagage oublié", "Motif : panne"]), 12)
    unlike = [f"Motif : {a}{b}{c}" for a, b, c in product("abcd", "efgh", "ijkl")]
    with pytest.raises(TooFewTexts, match="no word is in 2 of the 63 distinct texts"):
        fit(spark, topic_texts(unlike), 3)


@pytest.fixture
def own_session(spark, monkeypatch):
    """The command takes the session of the tests: a second one in this process would be the same."""
    monkeypatch.setattr(topics, "fit_texts", lambda texts, count, *_: fit(spark, texts, count))


def test_from_a_store_to_its_page(own_session, notices, tmp_path, capsys):
    engine = open_store(sqlite_url(tmp_path / "store.db"))
    for rev, text in enumerate(notices):
        put_revision(engine, rev, "Odéon", title="", text=text)
    assert topics.main(["--store", sqlite_url(tmp_path / "store.db"), "--topics", "4"]) == 0
    printed = capsys.readouterr().out
    assert "kmeans: NMI with the causes" in printed and "lda: NMI with the causes" in printed
    report = json.loads((tmp_path / "topics" / "topics.json").read_text("utf-8"))
    assert {method["method"] for method in report["methods"]} == {"lda", "kmeans"}
    assert Counter(len(method["topics"]) for method in report["methods"]) == {4: 2}
    assert "pyldavis.html" in (tmp_path / "topics" / "index.html").read_text("utf-8")
    assert "new LDAvis" in (tmp_path / "topics" / "pyldavis.html").read_text("utf-8")


def test_a_store_that_is_not_there_or_says_too_little_is_said(own_session, tmp_path, capsys):
    url = sqlite_url(tmp_path / "store.db")
    assert topics.main(["--store", url]) == 1
    assert "there is no store" in capsys.readouterr().err
    open_store(url)
    assert topics.main(["--store", url]) == 1
    assert "0 distinct texts are not enough" in capsys.readouterr().err


@pytest.mark.recording
@pytest.mark.nightly("test_four_stories_are_four_topics")
def test_on_recorded_notices_the_better_method_agrees_with_the_causes(spark, shared_data):
    recordings = sorted((shared_data / "prim").glob("rail-*.tar.zst"))
    if not recordings:
        pytest.skip("no recordings of rail")
    texts = topic_texts(notice.text for notice in read_notices(recordings[0]))
    report = topic_report(fit(spark, texts, 12), texts, 0, datetime(2024, 4, 30, tzinfo=UTC))
    assert report["methods"][0]["nmi"] >= 0.45
    assert all(0 < method["nmi"] <= 1 for method in report["methods"])


def test_misuse_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as ended:
        topics.main(["--topics", "1"])
    assert ended.value.code == 2
    capsys.readouterr()
