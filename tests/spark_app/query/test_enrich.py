"""Enrichment in real Spark: what is parsed, placed, scored, and what becomes a dead letter and why."""

from __future__ import annotations

import copy
import json

import pytest

from spark_app.query.enrich import enrich
from spark_app.query.geocoding import placed
from spark_app.query.schema import LINE_SCHEMA

pytestmark = pytest.mark.spark

NATION = {"zda": "1", "zdc": "2", "name": "Nation", "lat": 48.848, "lon": 2.396, "method": "stop_id", "confidence": 1.0}
RER_A = {
    "id": "C01742",
    "name": "A",
    "mode": "rer",
    "network": "RER",
    "stations": [NATION],
    "sections": [],
    "unresolved": [],
}
GOOD = {
    "event_time": "2026-01-01T00:00:00.000001Z",
    "tick": False,
    "observed": True,
    "kind": "opened",
    "initial": False,
    "last_seen_at": None,
    "id": "a",
    "revision": "r",
    "published_at": None,
    "begin": "2026-01-01T00:00:00.000000Z",
    "end": None,
    "source": "recorded",
    "channel": "incident",
    "severity": "BLOQUANTE",
    "cause": "PERTURBATION",
    "title": "RER A : trafic interrompu",
    "short_message": "",
    "text": "Le trafic est interrompu à Nation.",
    "html": "<p>Le trafic est interrompu à Nation.</p>",
    "tags": ["x"],
    "lines": [RER_A],
}


def changed(**values):
    return copy.deepcopy(GOOD) | values


def station(**values):
    return changed(lines=[RER_A | {"stations": [NATION | values]}])


def rows_of(spark, messages, **options):
    lines = [(n, 0, 1, m if isinstance(m, str) else json.dumps(m)) for n, m in enumerate(messages)]
    frame = spark.createDataFrame(lines, LINE_SCHEMA)
    return sorted(enrich(frame, "textblob-fr", **options).toArrow().to_pylist(), key=lambda row: row["entry"])


def test_a_good_message_keeps_its_fields_and_gets_its_hits(spark):
    row = rows_of(spark, [GOOD])[0]
    assert row["reason"] is None
    assert (row["event_time_us"], row["begin_us"], row["end_us"]) == (1767225600000001, 1767225600000000, None)
    assert [(h["line"], h["mode"], h["zda"], h["lat"]) for h in row["hits"]] == [("C01742", "rer", "1", 48.848)]
    assert json.loads(row["lines"])[0].keys() == {"id", "name", "mode", "network", "sections", "unresolved"}
    assert row["payload"] is None


def test_an_ongoing_message_is_only_an_envelope_unless_every_body_is_asked_for(spark):
    ongoing = changed(kind="ongoing")
    assert rows_of(spark, [ongoing])[0]["has_body"] is False
    assert rows_of(spark, [ongoing], every_body=True)[0]["text"] == GOOD["text"]


def test_a_message_without_stop_is_placed_by_its_words(spark):
    named = changed(lines=[RER_A | {"stations": []}], title="", text="Le trafic est ralenti entre Nation et Vincennes.")
    row = rows_of(spark, [named])[0]
    assert [(h["name"], h["method"]) for h in row["hits"]] == [("Nation", "section"), ("Vincennes", "section")]
    assert all(h["words"] and h["rule"] and 0 < h["confidence"] <= 1 for h in row["hits"])
    assert not row["unplaced"]


def test_a_message_without_stop_and_without_name_keeps_one_hit_nowhere_and_says_why(spark):
    row = rows_of(spark, [changed(lines=[RER_A | {"stations": []}], title="", text="Pensez à votre titre.")])[0]
    assert [(h["line"], h["zda"], h["lat"]) for h in row["hits"]] == [("C01742", "", None)]
    assert row["unplaced"]


def test_prims_own_stops_are_never_overruled_by_the_words(spark):
    row = rows_of(spark, [changed(text="Le trafic est interrompu entre Nation et Vincennes.")])[0]
    assert [h["method"] for h in row["hits"]] == ["stop_id"]


BROKEN = [
    ('{"event_time', "not JSON of the contract"),
    ("null", "not JSON of the contract"),
    (changed(lines=3), "not JSON of the contract"),
    (changed(kind="exploded"), "kind = exploded: expected one of announced"),
    (changed(kind=None), "kind = null"),
    (changed(id=""), "id is missing"),
    (changed(revision=None), "revision is missing"),
    (changed(channel="weather"), "channel = weather: expected one of incident"),
    (changed(text=None), "text is missing"),
    (changed(kind="invalid", title="line 7: lat is not a number"), "line 7: lat is not a number"),
    (station(lat=2.396, lon=48.848), "lat and lon look swapped"),
    (station(lat=0.0, lon=0.0), "station 1 at lat 0.0, lon 0.0: expected lat in"),
    (station(lat=None), "station 1 at lat null"),
    (json.dumps(station(lat=1.0)).replace("1.0", "NaN"), "not JSON of the contract"),
    (changed(event_time="yesterday"), "not JSON of the contract"),
]


@pytest.fixture(scope="module")
def broken_rows(spark):
    """What one batch of all of them is enriched to."""
    return rows_of(spark, [message for message, _ in BROKEN])


@pytest.mark.parametrize("number", range(len(BROKEN)), ids=[reason for _, reason in BROKEN])
def test_a_broken_message_says_what_is_wrong_and_keeps_its_line(broken_rows, number):
    (message, reason), row = BROKEN[number], broken_rows[number]
    assert reason in row["reason"]
    assert row["payload"] == (message if isinstance(message, str) else json.dumps(message))


def test_a_huge_broken_line_is_cut(spark):
    row = rows_of(spark, [changed(kind="x" * 100, text="a" * 1_000_000)])[0]
    assert len(row["payload"]) == 10_000
    assert len(row["reason"]) <= 255


def test_equal_texts_get_equal_scores_wherever_they_stand(spark):
    texts = ["Service excellent", "Très mauvais service", "Service excellent"] * 50
    rows = rows_of(spark, [changed(title="", text=text) for text in texts])
    by_text = {}
    for row in rows:
        by_text.setdefault(row["text"], set()).add(row["polarity"])
    assert {text: len(scores) for text, scores in by_text.items()} == dict.fromkeys(set(texts), 1)
    assert by_text["Service excellent"].pop() > by_text["Très mauvais service"].pop()


@pytest.mark.parametrize(
    ("begins", "stations", "unplaced"),
    [
        ("Le trafic est ralenti entre Nation et Vincennes. ", {"Nation", "Vincennes"}, ""),
        ("", set(), "no station of its lines is named (text cut at 10,000 characters)"),
    ],
)
def test_a_text_that_is_cut_says_so_in_its_rules_or_its_reason(begins, stations, unplaced):
    lines = json.dumps([{"id": "C01742", "mode": "rer", "sections": []}])
    answer = json.loads(placed("", begins + "bla " * 2_500 + "Interrompu à Auber.", lines))
    assert {hit["name"] for hit in answer["hits"]} == stations
    assert all(hit["rule"] == "entre X et Y (text cut at 10,000 characters)" for hit in answer["hits"])
    assert answer["unplaced"] == unplaced


def test_the_udf_answers_what_the_geocoder_says_one_by_one():
    lines = json.dumps([{"id": "C01742", "mode": "rer", "sections": []}])
    answer = json.loads(placed("", "Le trafic est ralenti entre Nation et Vincennes.", lines))
    assert [hit["name"] for hit in answer["hits"]] == ["Nation", "Vincennes"]
    assert {hit["mode"] for hit in answer["hits"]} == {"rer"}


def test_an_entry_without_messages_is_no_dead_letter(spark):
    tick = {"event_time": GOOD["event_time"], "tick": True, "observed": False}
    frame = spark.createDataFrame([(1, 0, 0, json.dumps(tick))], LINE_SCHEMA)
    row = enrich(frame, "textblob-fr").toArrow().to_pylist()[0]
    assert (row["reason"], row["tick"], row["observed"]) == (None, True, False)
