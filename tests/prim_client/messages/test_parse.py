"""An answer is a snapshot or a reason; a broken record never spoils the rest."""

import dataclasses
import json
from datetime import UTC, datetime

import orjson
import pytest

from prim_client.messages import parse
from prim_client.messages.message import Channel, Section
from prim_client.messages.parse import Parser
from prim_client.messages.polls import Disruption, RawPoll, Rejected, Rejection, Snapshot
from tests.made.bodies import NATION, VINCENNES, answer, impacted, line, poll, record, rer_a


@pytest.fixture(scope="module")
def parser() -> Parser:
    return Parser()


def snapshot(parser: Parser, body: bytes, **changes) -> Snapshot:
    parsed = parser.parse(poll(body, **changes))
    assert isinstance(parsed, Snapshot), parsed
    return parsed


def only(parser: Parser, body: bytes) -> Disruption:
    (disruption,) = snapshot(parser, body).disruptions.values()
    return disruption


def test_a_disruption_with_its_line_and_stations(parser):
    parsed = snapshot(parser, answer())
    assert (parsed.cursor, parsed.complete, parsed.invalid) == ("cursor-1", True, ())
    assert parsed.header == datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
    disruption = parsed.disruptions["d-1"]
    assert disruption.periods == ((datetime(2026, 3, 2, 5, 30, tzinfo=UTC), datetime(2026, 3, 2, 8, 30, tzinfo=UTC)),)
    assert disruption.published_at == datetime(2026, 3, 2, 5, 55, tzinfo=UTC)
    body = disruption.body
    assert (body.channel, body.severity, body.cause) == (Channel.INCIDENT, "BLOQUANTE", "PERTURBATION")
    assert (body.title, body.text) == ("RER A : essai", "Le trafic est interrompu vers Nation.")
    assert body.html == "<p>Le trafic est interrompu vers Nation.</p>"
    (rer,) = body.lines
    assert (rer.id, rer.name, rer.mode, rer.network) == ("C01742", "A", "rer", "RER")
    assert [(s.zda, s.method, s.confidence) for s in rer.stations] == [
        ("43224", "stop_id", 1.0),
        ("473875", "stop_id", 1.0),
    ]
    assert 48.8 < rer.stations[1].lat < 48.9
    assert 2.3 < rer.stations[1].lon < 2.5
    assert rer.unresolved == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty body"),
        (b" \r\n\t ", "empty body"),
        (b"null", "expected a JSON object, found null"),
        (b"[]", "found an empty list"),
        (b'"NO_NEWS_FOUND"', "found a str"),
        (answer()[:-20], "not JSON"),
        (b"\x1f\x8b\x08\x00", "not JSON"),
        (b"\xff\xfe{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"<html> Sorry, you have been blocked", "HTML instead of JSON"),
        (b"\n<!DOCTYPE html><html></html>", "HTML instead of JSON"),
        (b"Service Unavailable", "not JSON"),
        (b"{}", "disruptions is null or missing"),
        (b'{"disruptions":null,"lines":null}', "disruptions is null or missing, expected a list"),
        (b'{"statusCode":404,"error":"Not Found","message":"NO_NEWS_FOUND"}', "PRIM answers: NO_NEWS_FOUND"),
        (b'{"message":"NO_NEWS_FOUND","disruptions":null,"lines":null}', "PRIM answers: NO_NEWS_FOUND"),
        (b'{"message":"API rate limit exceeded"}', "PRIM answers: API rate limit exceeded"),
        (b'{"error":{"id":"no_solution","message":"none"},"disruptions":[]}', "PRIM answers: no_solution none"),
        (
            (
                b'{"Siri":{"ServiceDelivery":{"GeneralMessageDelivery":[{"Status":"true","ErrorCondition":'
                b'{"ErrorInformation":{"ErrorText":"Trop de param\xc3\xa8tres"}}}]}}}'
            ),
            "SIRI error: Trop de paramètres",
        ),
        (b'{"Siri":{"ServiceDelivery":{}}}', "a SIRI answer"),
        (b'{"Siri":' + b'{"a":' * 1_000 + b"1" + b"}" * 1_001, "a SIRI answer"),
        (answer([]), "no disruptions: not believed"),
        (answer(disruptions={"a": 1}), "disruptions is a dict"),
        (answer(disruptions="none"), "disruptions is a str"),
        (answer([{"ref": 1}, {"ref": 2}], [rer_a("d-1")]), "none of 2 disruptions can be read: id = None"),
        (answer(lines=[]), "lines is an empty list"),
        (answer(lines={"a": 1}), "lines is a dict"),
        (orjson.dumps({"disruptions": [record()]}), "lines is null or missing"),
    ],
)
def test_what_says_nothing_about_the_network_is_rejected_with_its_reason(parser, body, reason):
    rejected = parser.parse(poll(body))
    assert isinstance(rejected, Rejected)
    assert reason in rejected.reason
    assert len(rejected.reason) <= parse.REASON_MAX_CHARS
    assert rejected.cursor == "cursor-1"


@pytest.mark.parametrize(
    ("body", "rejection"),
    [
        (b"", "empty"),
        (b"null", "empty"),
        (b"[]", "empty"),
        (b"{}", "empty"),
        (b'{"disruptions":null,"lines":null}', "empty"),
        (answer([]), "empty"),
        (b'{"statusCode":404,"error":"Not Found","message":"NO_NEWS_FOUND"}', "failed"),
        (b'{"error":{"id":"no_solution","message":"none"},"disruptions":[]}', "failed"),
        (answer()[:-20], "other"),
        (b"<html></html>", "other"),
        (answer(lines=[]), "other"),
        (answer(disruptions={"a": 1}), "other"),
    ],
)
def test_an_answer_with_nothing_in_it_is_told_from_none_and_from_a_broken_one(parser, body, rejection):
    assert parser.parse(poll(body)).rejection == rejection


def test_a_failed_poll_is_rejected_as_what_the_client_says(parser):
    assert parser.parse(poll(b"", error="timed out")).rejection is Rejection.FAILED
    assert parser.parse(poll(b"", error="cut", rejection=Rejection.OTHER)).rejection is Rejection.OTHER


def test_a_failed_request_is_rejected_with_its_error(parser):
    rejected = parser.parse(poll(answer(), error="PRIM did not answer within 30 s"))
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "PRIM did not answer within 30 s"


def test_a_body_above_the_cap_is_not_even_read(parser, monkeypatch):
    body = answer()
    monkeypatch.setattr(parse, "BODY_MAX_BYTES", len(body))
    assert isinstance(parser.parse(poll(body)), Snapshot)
    rejected = parser.parse(poll(body + b" "))
    assert isinstance(rejected, Rejected)
    assert f"{len(body) + 1} bytes, more than {len(body)}" in rejected.reason


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (record("d-2", title=7), "title = 7"),
        (record("d-2", message=["x"]), "message = ['x']"),
        (record("d-2", severity={}), "severity = {}"),
        (record("d-2", cause=False), "cause = False"),
        (record("d-2", severity="X" * 33), "severity = 'XXX"),
        (record("d-2", impactedSections=[{"lineId": "C" * 33, "from": {}, "to": {}}]), "lineId = 'CCC"),
        (record("d-2", lastUpdate="20261301T000000"), "lastUpdate = '20261301T000000'"),
        (record("d-2", applicationPeriods="always"), "applicationPeriods = 'always'"),
        (record("d-2", applicationPeriods=[None]), "applicationPeriods holds None"),
        (record("d-2", applicationPeriods=[{"end": "20260302T093000"}]), "begin = ''"),
        (record("d-2", applicationPeriods=[{"begin": "soon"}]), "begin = 'soon'"),
        (record("d-2", applicationPeriods=[{"begin": "20260302T063000", "end": "00000101T000000"}]), "end = "),
        (record("d-2", applicationPeriods=[{"begin": "20260302T063000", "end": "20260301T063000"}]), "before begin"),
        (record("d-2", tags="Actualité"), "tags = 'Actualité'"),
        (record("d-2", tags=[1]), "tags = [1]"),
        (record("d-2", impactedSections=[{"lineId": "x", "from": None, "to": {}}]), "impactedSections.from"),
    ],
)
def test_a_broken_record_is_listed_and_holds_its_id_while_the_rest_is_read(parser, broken, reason):
    parsed = snapshot(parser, answer([record(), broken]))
    assert set(parsed.disruptions) == {"d-1"}
    ((raw, why),) = parsed.invalid
    assert reason in why
    assert json.loads(raw) == broken
    assert parsed.held == {"d-2"}


@pytest.mark.parametrize("broken", [None, 7, "x", [], {}, record(""), record(None), record(7), record("x" * 192)])
def test_a_record_without_an_id_is_listed(parser, broken):
    parsed = snapshot(parser, answer([record(), broken], lines=[rer_a("d-1")]))
    assert set(parsed.disruptions) == {"d-1"}
    assert "id = " in parsed.invalid[0][1]
    assert parsed.held == frozenset()


@pytest.mark.parametrize("value", ["NaN", "Infinity", r'"\ud83d"', "1" * 400])
def test_what_json_cannot_hold_breaks_its_record_only(parser, value):
    body = answer([record(), record("d-2", extra="HERE")]).replace(b'"HERE"', value.encode())
    parsed = snapshot(parser, body)
    assert "d-1" in parsed.disruptions
    assert ("d-2" in parsed.held) != ("d-2" in parsed.disruptions)
    for raw, _ in parsed.invalid:
        raw.encode()


def test_a_record_nested_too_deep_breaks_alone(parser):
    deep = b'{"a":' * 900 + b"1" + b"}" * 900
    body = answer([record(), record("d-2", extra="HERE")]).replace(b'"HERE"', deep)
    parsed = snapshot(parser, body)
    assert set(parsed.disruptions) == {"d-1"}
    assert parsed.held == {"d-2"}


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        {"id": "line:IDFM:C01742"},
        line({"type": "line"}),
        line(impacted([7])),
        line(impacted("d-1")),
        line(impacted(["d-1"]), id="C" * 40),
        {**line(), "impactedObjects": {"type": "line"}},
    ],
)
def test_a_broken_line_is_listed_and_the_other_lines_are_read(parser, broken):
    parsed = snapshot(parser, answer(lines=[broken, rer_a("d-1")]))
    assert [ref.id for ref in parsed.disruptions["d-1"].body.lines] == ["C01742"]
    assert "a line that cannot be read" in parsed.invalid[0][1]


@pytest.mark.parametrize("header", [None, 7, "", "soon", "2026-03-02T06:00:00"])
def test_a_header_that_cannot_be_read_is_none(parser, header):
    assert snapshot(parser, answer(lastUpdatedDate=header)).header is None


def test_missing_optional_fields_are_empty(parser):
    body = only(parser, answer([{"id": "d-1"}])).body
    assert (body.title, body.text, body.html, body.tags, body.channel) == (
        "",
        "",
        "",
        (),
        Channel.INFORMATION,
    )


def test_a_period_without_end_is_open_and_periods_are_sorted(parser):
    periods = [{"begin": "20270101T000000"}, {"begin": "20260101T000000", "end": "20260102T000000"}]
    disruption = only(parser, answer([record(applicationPeriods=periods)]))
    assert [begin.year for begin, _ in disruption.periods] == [2025, 2026]
    assert disruption.periods[1][1] is None


def test_one_id_under_several_objects_of_a_line_is_one_link(parser):
    twice = line(
        impacted(["d-1", "d-1"]),
        impacted(["d-1"], "network", "network:IDFM:71", "RER"),
        impacted(["d-1"], "stop_point", *NATION),
        impacted(["d-1"], "stop_point", *NATION),
    )
    (rer,) = only(parser, answer(lines=[twice, twice])).body.lines
    assert [s.zda for s in rer.stations] == ["473875"]


def test_a_network_links_its_line_without_stops(parser):
    by_network = line(impacted(["d-1"], "network", "network:IDFM:71", "RER"))
    (rer,) = only(parser, answer(lines=[by_network])).body.lines
    assert (rer.id, rer.stations, rer.unresolved) == ("C01742", (), ())


def test_an_orphan_has_no_line(parser):
    parsed = snapshot(parser, answer([record(), record("d-2")], lines=[rer_a("d-1")]))
    assert parsed.disruptions["d-2"].body.lines == ()


def test_a_line_that_the_reference_does_not_have_keeps_what_prim_says(parser):
    unknown = line(impacted(["d-1"]), id="C99999", name="T99", mode="Tramway")
    strange = line(impacted(["d-1"]), id="C99998", name="H1", mode="Hovercraft")
    refs = only(parser, answer(lines=[unknown, strange])).body.lines
    assert [(r.id, r.name, r.mode, r.network) for r in refs] == [
        ("C99998", "H1", "other", ""),
        ("C99999", "T99", "tram", ""),
    ]


def test_a_stop_that_no_table_has_is_listed_with_its_reason(parser):
    nowhere = ("stop_point:IDFM:999999999", "Nulle Part")
    (rer,) = only(parser, answer(lines=[rer_a("d-1", stops=(nowhere, NATION))])).body.lines
    assert [s.zda for s in rer.stations] == ["473875"]
    ((stop_id, name, reason),) = [(u.stop_id, u.name, u.reason) for u in rer.unresolved]
    assert (stop_id, name) == nowhere
    assert reason


def test_sections_stand_at_their_line_also_if_nothing_else_names_it(parser):
    sections = [
        {
            "lineId": id_,
            "from": {"type": "stop_area", "id": "x", "name": "Nation (Paris)"},
            "to": {"name": "Vincennes"},
        }
        for id_ in ("line:IDFM:C01742", "line:IDFM:C01371")
    ]
    metro, rer = only(parser, answer([record(impactedSections=sections)])).body.lines
    assert (metro.id, metro.name, metro.mode, rer.id) == ("C01371", "1", "metro", "C01742")
    assert metro.sections == rer.sections == (Section("Nation (Paris)", "Vincennes"),)


def test_the_order_in_which_prim_lists_things_makes_no_difference(parser):
    metro = line(impacted(["d-1"]), id="C01371", name="1", mode="Metro")
    one = only(parser, answer(lines=[metro, rer_a("d-1", stops=(NATION, VINCENNES))]))
    other = only(Parser(), answer(lines=[rer_a("d-1", stops=(VINCENNES, NATION)), metro]))
    assert one == other


def test_of_two_records_of_one_id_the_later_published_counts_in_any_order(parser):
    early, late = record(title="un"), record(title="deux", lastUpdate="20260302T065600")
    assert only(parser, answer([early, late])).body.title == "deux"
    assert only(parser, answer([late, early])).body.title == "deux"


def test_a_record_that_returns_is_not_read_again(parser):
    fresh = Parser()
    first = only(fresh, answer(lastUpdatedDate="2026-03-02T06:00:00.000Z"))
    again = only(fresh, answer(lastUpdatedDate="2026-03-02T06:02:00.000Z"))
    assert again is first


def test_a_broken_record_gives_the_same_reason_every_time(parser):
    body = answer([record(), record("d-2", title=7)])
    assert snapshot(parser, body).invalid == snapshot(parser, body).invalid


def test_todays_schema_is_read(parser, shared_data):
    excerpt = orjson.loads((shared_data / "prim" / "bulk-excerpt-2026-10-05.json").read_bytes())
    ids = [entry["id"] for entry in excerpt["disruptions"]]
    parsed = snapshot(parser, orjson.dumps(excerpt | {"lines": [rer_a(*ids)]}))
    assert len(parsed.disruptions) == 16
    assert parsed.invalid == ()
    sectioned = [d for d in parsed.disruptions.values() if any(line.sections for line in d.body.lines)]
    assert len(sectioned) > 2
    assert any("Antony <RER>" in d.body.text for d in parsed.disruptions.values())


def test_an_answer_that_differs_only_in_prims_own_time_gives_the_same_snapshot_at_that_time():
    from tests.made.synthetic_polls import make_polls

    polls = [poll for poll in make_polls(hours=2, seed=4) if not poll.error]
    kept = Parser()
    for each in polls:
        later = each.body.replace(b'"lastUpdatedDate":"20', b'"lastUpdatedDate":"21', 1)
        for body in (each.body, later, each.body):
            raw = dataclasses.replace(each, body=body)
            assert kept.parse(raw) == Parser().parse(raw)


def test_a_time_of_prims_inside_a_record_is_not_taken_for_the_answers_own():
    nested = orjson.dumps({"disruptions": [{"id": "a", "lastUpdatedDate": "2026-01-01T00:00:00Z"}], "lines": [{}]})
    kept, raw = Parser(), RawPoll(datetime(2026, 1, 1, tzinfo=UTC), nested, "1")
    first = kept.parse(raw)
    assert kept.parse(raw) == first == Parser().parse(raw)
