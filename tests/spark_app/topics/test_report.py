"""The report, the word cloud and the pages, of two small models made by hand."""

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest

from spark_app.topics import ldavis
from spark_app.topics import page as topic_page
from spark_app.topics.models import TopicModel
from spark_app.topics.report import topic_name, topic_report
from spark_app.topics.word_cloud import bounds, word_cloud
from spark_app.topics.words import TopicText

WORDS = ("bagage", "bagage oublié", "oublié", "panne", "signal")
TEXTS = [
    TopicText(("bagage", "oublié"), ("unattended_item",), 3),
    TopicText(("bagage", "panne"), ("unattended_item",), 1),
    TopicText(("panne", "signal"), ("infrastructure",), 1),
    TopicText(("panne",), (), 1),
]
LENGTHS = np.array([3.0, 2.0, 2.0, 1.0])
MADE_AT = datetime(2024, 4, 30, 12, tzinfo=UTC)


def model(name: str, main: list[int]) -> TopicModel:
    """Two topics: 0 of luggage, 1 of faults; `main` is the topic of each text."""
    share = np.array([[0.4, 0.3, 0.2, 0.05, 0.05], [0.05, 0.05, 0.05, 0.45, 0.4]])
    return TopicModel(name, WORDS, share, np.eye(2)[main] * 0.8 + 0.1, LENGTHS)


@pytest.fixture
def report():
    return topic_report([model("lda", [0, 1, 1, 0]), model("kmeans", [0, 0, 1, 1])], TEXTS, 6, MADE_AT)


def test_the_better_method_is_the_one_that_agrees_with_the_causes(report):
    assert next((m["method"], m["nmi"]) for m in report["methods"]) == ("kmeans", 1.0)
    assert 0 < report["methods"][1]["nmi"] < 1
    assert (report["notices"], report["texts"], report["with_cause"]) == (6, 4, 3)


def test_topics_have_words_causes_sizes_and_names(report):
    first = report["methods"][0]["topics"][0]
    assert (first["number"], first["texts"]) == (1, 2)
    assert first["top"][:2] == ["bagage", "bagage oublié"]
    assert first["causes"] == [["unattended_item", "bagage oublié", 2]]
    assert first["name"] == "bagage oublié (bagage, bagage oublié, signal)"
    assert sum(topic["share"] for topic in report["methods"][0]["topics"]) == pytest.approx(1)


def test_a_topic_is_named_by_a_cause_only_if_most_of_its_texts_have_it():
    assert topic_name(["voie"], [("obstacle", 3)], 5) == "obstacle sur la voie (voie)"
    assert topic_name(["voie"], [("obstacle", 2)], 5) == "voie"
    assert topic_name(["panne", "signal", "panne signal", "réseau"], [], 5) == "panne, signal, réseau"


def test_words_of_a_cloud_do_not_overlap_and_lie_where_they_always_lie():
    weights = [(f"mot{'x' * (n % 7)}{n}", 1 / (n + 1)) for n in range(40)]
    cloud = word_cloud(weights)
    assert cloud == word_cloud(weights[::-1])
    boxes = [word.box() for word in cloud]
    for n, one in enumerate(boxes):
        for other in boxes[:n]:
            assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]
    assert (cloud[0].x, cloud[0].y, cloud[0].text) == (0.0, 0.0, "mot0")
    left, top, width, height = bounds(cloud)
    assert all(left <= b[0] and b[2] <= left + width and top <= b[1] and b[3] <= top + height for b in boxes)
    assert word_cloud([]) == []


class Reader(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_the_page_says_all_of_it_and_holds_no_script(report):
    report["methods"][0]["topics"][0]["top"][0] = "<img src=x onerror=alert(1)>"
    page = Reader(topic_page.page(report))
    names = [tag for tag, _ in page.tags]
    assert "script" not in names and "img" not in names
    assert names.count("svg") == 4
    assert "30/04/2024 à 14:00" in page.text  # in Paris
    assert "1,000" in page.text and "<img src=x" in page.text


def test_the_interactive_page_needs_nothing_from_outside():
    lda = model("lda", [0, 1, 1, 0])
    data = ldavis.prepared(lda.word_share, lda.weights, lda.lengths, lda.words)
    data["tinfo"]["Term"][0] = "</script><script>alert(1)</script>"
    page = ldavis.page(data, "Sujets")
    inside = re.search(r'<script type="application/json" id="prepared">(.*?)</script>', page)[1]
    assert json.loads(inside) == data
    read = Reader(page)
    assert [
        attrs for tag, attrs in read.tags if tag in ("script", "link", "img") and ("src" in attrs or "href" in attrs)
    ] == []
    assert len(ldavis.script_hashes()) == 3


def test_what_pyldavis_draws_is_worked_out_as_it_does():
    """By hand for two topics; against `pyLDAvis.prepare` 3.4.1 random models agreed within 5e-7."""
    lda = model("lda", [0, 1, 1, 0])
    data = ldavis.prepared(lda.word_share, lda.weights, lda.lengths, lda.words)
    # tokens: .9 x 3 + .1 x 2 + .1 x 2 + .9 x 1 = 4 and .1 x 3 + .9 x 2 + .9 x 2 + .1 x 1 = 4
    assert data["mdsDat"]["Freq"] == [50.0, 50.0] and data["topic.order"] == [1, 2]
    assert data["mdsDat"]["x"][0] == -data["mdsDat"]["x"][1] != 0
    rows = {(c, t): n for n, (c, t) in enumerate(zip(data["tinfo"]["Category"], data["tinfo"]["Term"], strict=True))}
    at = rows["Topic1", "bagage"]
    assert data["tinfo"]["Freq"][at] == pytest.approx(4 * 0.4)
    assert data["tinfo"]["Total"][at] == pytest.approx(4 * 0.4 + 4 * 0.05)
    assert data["tinfo"]["logprob"][at] == round(float(np.log(0.4)), 4)
    assert data["tinfo"]["loglift"][at] == round(float(np.log(0.4 / 0.225)), 4)
    shares = dict(
        zip(
            zip(data["token.table"]["Topic"], data["token.table"]["Term"], strict=True),
            data["token.table"]["Freq"],
            strict=True,
        )
    )
    assert shares[1, "bagage"] == pytest.approx(2 / 1.8)  # tokens are rounded, as there
    assert (2, "bagage") not in shares
