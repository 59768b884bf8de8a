"""Bad answers and broken records through the whole road: said with a reason, counted, and nothing opens or closes."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from prim_client.messages.differ import Outcome
from prim_client.messages.message import Body, Channel, Entry, Kind, LineRef, Message, StationRef
from prim_client.messages.polls import RawPoll
from spark_app.store.tables import dead_letter, revision
from stream_server.log.books import Observed
from stream_server.log.log import Log
from stream_server.socket.server import Server
from tests.made import bodies, databases
from tests.truth.road import Polls, Road, Served, result_of, serving
from tests.truth.tables import differences, sha256_of, tables_of

pytestmark = pytest.mark.spark
START = datetime(2026, 3, 2, 5, 58, 30, tzinfo=UTC)
GOOD = bodies.answer()
BAD_ANSWERS = {
    "nothing": b"",
    "null": b"null",
    "no disruptions": b'{"disruptions":null,"lines":null,"message":"NO_NEWS_FOUND"}',
    "an empty list": b'{"disruptions":[],"lines":[]}',
    "a text": b'{"disruptions":"all fine","lines":[]}',
    "an object": b'{"disruptions":{"d-1":{}},"lines":[{}]}',
    "no lines": bodies.answer(lines=[]),
    "cut": GOOD[: len(GOOD) // 2],
    "a page": b"<!doctype html><html><body>503 Service Unavailable</body></html>",
    "packed": gzip.compress(GOOD),
    "UTF-16, cut": GOOD.decode().encode("utf-16")[:500],
    "NaN": b'{"disruptions": NaN, "lines": [{}]}',
    "very deep": b"[" * 100_000,
    "5 MB of nothing": b" " * 5_000_000,
    "5 MB of something": b"x" * 5_000_000,
    "a text of 5 MB": orjson.dumps("x" * 5_000_000),
    "12 MB": orjson.dumps({"disruptions": ["x" * 12_000_000], "lines": [{}]}),
    "none readable": orjson.dumps({"disruptions": [{"id": 7}, "x", None], "lines": [{}]}),
}
BROKEN_RECORDS: dict[str, dict[str, Any]] = {
    "title": {"title": 5},
    "message": {"message": ["a", "b"]},
    "cause": {"cause": {"word": "TRAVAUX"}},
    "severity": {"severity": "B" * 100},
    "applicationPeriods": {"applicationPeriods": "always"},
    "begin": {"applicationPeriods": [{"begin": "2026-03-02T06:30", "end": None}]},
    "end": {"applicationPeriods": [{"begin": "20260302T093000", "end": "20260302T063000"}]},
    "lastUpdate": {"lastUpdate": "20261302T065500"},
    "id": {"id": "x" * 300},
    "impactedSections": {"impactedSections": [{"lineId": "line:IDFM:C01742", "from": 1, "to": 2}]},
}
CONTROLS = "".join(map(chr, [*range(0x20), 0x7F, 0x85, 0x200B, 0x202E, 0xFEFF, 0x1F6B2]))


def poll(number: int, body: bytes) -> RawPoll:
    clock = START + timedelta(minutes=number)
    return RawPoll(clock, body, f"poll-{number}")


def good_body(number: int) -> bytes:
    """One disruption all along, and one that is there for a while; PRIM's clock goes with ours."""
    records = [bodies.record(), *([bodies.record("d-2", title="RER A : essai 2")] if 4 <= number < 14 else [])]
    header = START + timedelta(minutes=number, seconds=-20)
    return bodies.answer(records, lastUpdatedDate=f"{header:%Y-%m-%dT%H:%M:%S}.000Z")


def travel(spark, folder, polls, store_url=""):
    with serving(folder / "log.db", Polls(polls)) as server:
        road = Road(spark, server.port, folder, store_url=store_url)
        road.go()
        return road.engine, result_of(road.engine, server)


def dead_letters(engine) -> list[tuple[str, str]]:
    """(reason, payload) in order."""
    with engine.connect() as connection:
        order = (dead_letter.c.entry, dead_letter.c.part)
        return [
            tuple(row)
            for row in connection.execute(select(dead_letter.c.reason, dead_letter.c.payload).order_by(*order))
        ]


def test_bad_answers_change_no_row_of_any_table(spark, tmp_path):
    minutes = [poll(number, good_body(number)) for number in range(0, 40, 2)]
    bad = [poll(2 * number + 1, body) for number, body in enumerate(BAD_ANSWERS.values())]
    mixed = sorted([*minutes, *bad], key=lambda one: one.clock)
    one, with_bad = travel(spark, tmp_path / "mixed", mixed)
    other, without = travel(spark, tmp_path / "plain", minutes)
    assert differences(tables_of(one), tables_of(other)) == []
    assert with_bad["polls"] | {"received": 20, "rejected": 0} == without["polls"]
    assert with_bad["polls"]["rejected"] == len(BAD_ANSWERS)
    assert with_bad["messages"]["opened"] == 2 and with_bad["messages"]["closed"] == 1


def test_an_hour_of_bad_answers_closes_nothing_and_its_ticks_are_not_observed(spark, tmp_path):
    answers = list(BAD_ANSWERS.values())
    polls = [poll(n, good_body(0) if n in (0, 70) else answers[n % len(answers)]) for n in range(71)]
    engine, result = travel(spark, tmp_path, polls)
    assert (result["messages"]["opened"], result["messages"]["closed"]) == (1, 0)
    assert result["ticks"] == {"expected": 14, "observed": 1}
    assert dead_letters(engine) == []


def test_a_broken_record_is_one_dead_letter_that_says_which_field(spark, tmp_path):
    polls = []
    for number, (_field, change) in enumerate(BROKEN_RECORDS.items()):
        broken = bodies.record("d-2") | change
        polls += [poll(2 * number, good_body(0)), poll(2 * number + 1, bodies.answer([bodies.record(), broken]))]
    engine, result = travel(spark, tmp_path, [*polls, poll(2 * len(BROKEN_RECORDS), good_body(0))])
    letters = dead_letters(engine)
    assert [field in reason for field, (reason, _) in zip(BROKEN_RECORDS, letters, strict=True)] == [True] * len(
        letters
    )
    assert all(len(reason) <= 255 and "\n" not in reason for reason, _ in letters)
    assert result["dead_letters"] == len(BROKEN_RECORDS)
    assert (result["messages"]["opened"], result["messages"]["closed"]) == (1, 0)


def station(lat: float, lon: float) -> StationRef:
    return StationRef("43122", "71234", "Rue de l'Essai", lat, lon, "stop_id", 1.0)


def message(id_: str, at: datetime, **body: Any) -> Message:
    """One message as the log keeps it, whatever its input was."""
    line = LineRef("C01742", "A", "rer", "RER", (body.pop("station", station(48.85, 2.35)),))
    content = {
        "channel": Channel.INCIDENT,
        "severity": "BLOQUANTE",
        "cause": "PERTURBATION",
        "title": id_,
        "short_message": "",
        "text": "Trafic interrompu",
        "html": "",
        "lines": (line,),
    }
    return Message(
        id_, "00000000000000aa", Kind.OPENED, False, at, None, None, None, None, "recorded", Body(**content | body)
    )


def test_coordinates_that_cannot_be_are_dead_letters_with_the_value(spark, tmp_path):
    at = START + timedelta(minutes=1)
    where = {
        "swapped": (2.35, 48.85),
        "nan": (float("nan"), 2.35),
        "nowhere": (0.0, 0.0),
        "far": (48.85, -200.0),
        "good": (48.85, 2.35),
    }
    messages = tuple(message(name, at, station=station(*place)) for name, place in where.items())
    with Log.open(tmp_path / "log.db") as log, Server(log, "127.0.0.1", 0) as server:
        log.claim(source="recorded", tick_s=300)
        ongoing = tuple(
            Message(
                **{f: getattr(m, f) for f in m.__slots__}
                | {"kind": Kind.ONGOING, "event_time": START + timedelta(seconds=90)}
            )
            for m in messages
        )
        entries = (Entry(at, False, True, messages), Entry(START + timedelta(seconds=90), True, True, ongoing))
        log.append([Observed(Outcome("changed", "", entries, 0, 10, "c"), at)], b"s")
        log.mark_input(done=True)
        road = Road(spark, server.port, tmp_path, max_entries=1)  # the tick comes in a batch of its own
        road.go()
        result = result_of(road.engine, Served(log, server.host, server.port))
    reasons = [reason for reason, _ in dead_letters(road.engine)]
    assert result["dead_letters"] == 8 and result["messages"]["opened"] == result["messages"]["ongoing"] == 1
    assert reasons[:4] == reasons[4:], "a message about a refused body is refused like it"
    assert reasons[0].startswith("station 43122 at lat 2.35, lon 48.85: expected lat in [") and reasons[0].endswith(
        "; lat and lon look swapped"
    )
    assert "at lat null, lon 2.35" in reasons[1] and "at lat 0.0, lon 0.0" in reasons[2] and "lon -200.0" in reasons[3]


def hostile_polls() -> list[RawPoll]:
    """Texts that break writers: a megabyte, control characters, quotes, surrogates, in every field that is free."""
    records = [
        bodies.record("long", message=f"<p>{'Trafic interrompu à Nation. ' * 40_000}</p>", title="x" * 1_000_000),
        bodies.record(
            f"controls{CONTROLS}",
            title=CONTROLS,
            message=CONTROLS,
            severity=CONTROLS[:20],
            cause=CONTROLS[:20],
            tags=[CONTROLS],
            shortMessage=CONTROLS,
        ),
        bodies.record("quotes", title="'; drop table entry; --", message='{"entry":1,"part":0,"of":9}\n"\\'),
        bodies.record("broken\x00", applicationPeriods=CONTROLS),
    ]
    ids = [one["id"] for one in records]
    lines = [
        bodies.rer_a(*ids, stops=(bodies.NATION, (f"stop_point:IDFM:{CONTROLS}", CONTROLS))),
        bodies.line(
            bodies.impacted(ids, id="line:IDFM:a\x00b", name=CONTROLS), id="a\x00b", name=CONTROLS, mode=CONTROLS
        ),
    ]
    body = bodies.answer(records, lines)
    lone = body.replace(b'"quotes"', b'"quotes\\ud800"')
    return [poll(0, GOOD), poll(2, body), poll(4, lone), poll(6, body), poll(12, body)]


def test_hostile_texts_are_stored_or_told_in_every_database(spark, tmp_path):
    lite, result = travel(spark, tmp_path / "lite", hostile_polls())
    assert result["messages"]["opened"] >= 3 and result["dead_letters"] >= 1
    with lite.connect() as connection:
        texts = connection.execute(select(revision.c.id, revision.c.title, revision.c.text)).all()
    assert max(len(row.text) for row in texts) == 10_000 and max(len(row.title) for row in texts) == 500
    if not databases.postgres():
        pytest.skip("PostgreSQL is not installed")
    with databases.postgresql_server() as new:
        other, same = travel(spark, tmp_path / "postgres", hostile_polls(), new())
        assert same == result
        assert sha256_of(other) == sha256_of(lite)
        assert dead_letters(other) == dead_letters(lite)
        other.dispose()
