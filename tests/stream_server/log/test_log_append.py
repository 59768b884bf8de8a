"""What is appended is served, once, under its offset, and the books say so."""

import json
from dataclasses import replace

import pytest

from prim_client.messages.message import Kind, dump_body, load_body
from prim_client.messages.polls import Rejection
from stream_server.log.books import Observed
from stream_server.log.log import Log, LogError
from tests.made.log_entries import append, at, body, changed, fill, message, poll, tick


@pytest.fixture
def log(tmp_path):
    with Log.open(tmp_path / "pulse.log") as log:
        yield log


def lines(log, start=0, stop=None):
    return [json.loads(line) for line in log.read(start, log.bounds()[1] if stop is None else stop)]


def test_a_line_is_exactly_the_documented_bytes(log):
    append(log, poll(at(1), message("d1", at(1), Kind.CLOSED)))
    (line,) = log.read(0, 1)
    assert line.startswith(
        b'{"entry":0,"part":0,"of":1,"event_time":"2026-03-02T06:01:00.000000Z","tick":false,"observed":true,'
        b'"kind":"closed","initial":false,"last_seen_at":"2026-03-02T05:59:00.000000Z",'
        b'"id":"d1","revision":"00000000000000aa","published_at":"2026-03-02T05:57:00.000000Z",'
        b'"begin":"2026-03-02T06:00:00.000000Z","end":null,"source":"recorded","channel":"incident",'
    )
    assert line.endswith(b"}]}]}\n".replace(b"}]}]}", dump_body(body("Titre de d1"))[-5:]))
    assert line.count(b"\n") == 1


def test_an_entry_without_messages_is_one_line_of_zero(log):
    append(log, tick(at(5), observed=False))
    assert list(log.read(0, 1)) == [
        b'{"entry":0,"part":0,"of":0,"event_time":"2026-03-02T06:05:00.000000Z","tick":true,"observed":false}\n'
    ]


def test_parts_keep_their_order_and_every_kind_comes_back(log):
    messages = [message(f"d{n}", at(5), kind) for n, kind in enumerate(Kind)]
    append(log, tick(at(5), *messages))
    assert [(line["part"], line["of"], line["id"], line["kind"]) for line in lines(log)] == [
        (n, 7, f"d{n}", kind)
        for n, kind in enumerate(["announced", "opened", "updated", "ongoing", "paused", "closed", "invalid"])
    ]


def test_the_body_comes_back_as_it_went_in(log):
    append(log, poll(at(0), message("d1", at(0))))
    assert log.body_of("d1", "00000000000000aa") == body("Titre de d1")
    served = lines(log)[0]
    assert served["lines"][0]["sections"] == [{"from": "Nation", "to": "République"}]
    assert served["text"] == 'Motif : essai \\ "1"\n'
    with pytest.raises(LogError, match="no revision ff of d1"):
        log.body_of("d1", "ff")


def test_load_body_names_what_is_missing():
    with pytest.raises(ValueError, match="title"):
        load_body(dump_body(body()).replace(b'"title"', b'"tittle"'))


def test_numbers_go_on_after_reopening(tmp_path):
    for round_ in range(3):
        with Log.open(tmp_path / "l") as log:
            assert log.bounds() == (0, 2 * round_)
            fill(log, 2)
    with Log.open(tmp_path / "l") as log:
        assert [line["entry"] for line in lines(log)] == [0, 1, 2, 3, 4, 5]
        assert log.cursor() == "5" and log.state() == b"s"


def test_the_body_of_a_revision_is_stored_once(log):
    append(log, *(tick(at(5 * n), message("d1", at(5 * n), Kind.ONGOING)) for n in range(50)))
    other = replace(message("d1", at(300)), revision="00000000000000bb")
    append(log, poll(at(300), other))
    assert log._connection.execute("SELECT count(*) FROM body").fetchone() == (2,)
    assert len(lines(log)) == 51


def test_books_balance_and_count_what_happened(log):
    outcome = changed(
        tick(at(5), observed=False),
        tick(at(10), message("a", at(10), Kind.ONGOING)),
        poll(at(11), message("a", at(11)), message("b", at(11))),
    )
    outcomes = [
        replace(outcome, made=5, filtered=2),
        replace(outcome, verdict="unchanged", entries=(), made=0, filtered=0),
        replace(
            outcome,
            verdict="rejected",
            reason="empty body",
            entries=(),
            made=0,
            filtered=0,
            cursor="end",
            rejection=Rejection.EMPTY,
        ),
        replace(outcome, verdict="idle", entries=(), made=0, filtered=0, cursor=""),
    ]
    log.claim(source="recorded")
    log.append([Observed(each, at(minute)) for minute, each in enumerate(outcomes, 11)], b"s")
    books = log.books()
    size = books.pop("log_bytes")
    assert size > 10_000
    assert books == {
        "polls": {"received": 3, "changed": 1, "unchanged": 1, "rejected": 1},
        "rejected": {"failed": 0, "empty": 1, "other": 0},
        "schedule": None,
        "messages": {
            "made": 5,
            "logged": 3,
            "filtered": 2,
            "by_kind": {
                "announced": 0,
                "opened": 2,
                "updated": 0,
                "ongoing": 1,
                "paused": 0,
                "closed": 0,
                "invalid": 0,
            },
        },
        "ticks": {"expected": 2, "observed": 1, "unobserved": 1},
        "last_poll_at": "2026-03-02T06:13:00.000000Z",
        "last_good_poll_at": "2026-03-02T06:12:00.000000Z",
        "last_poll_error": "empty body",
        "source": "recorded",
        "credit": None,
        "first": 0,
        "last": 3,
        "input_done": False,
        "input_total": None,
    }
    assert log.cursor() == "end"


def test_a_refused_entry_leaves_no_trace(log):
    fill(log, 2)
    before = log.books(), list(log.read(0, 2))
    with pytest.raises(ValueError, match="goes back"):
        append(log, poll(at(2), message("new", at(2))), poll(at(1)), state=b"other")
    with pytest.raises(ValueError, match="its entry of"):
        append(log, poll(at(3), message("new", at(4))), state=b"other")
    assert (log.books(), list(log.read(0, 2))) == before
    assert log.state() == b"s"
    append(log, poll(at(9), message("new", at(9))), state=b"t")
    assert lines(log, 2)[0]["id"] == "new"


def test_what_is_not_there_is_an_error_not_an_empty_answer(log):
    fill(log, 3)
    with pytest.raises(LogError, match=r"entries 1 to 5 are not all in the log: it holds 0 to 3"):
        list(log.read(1, 5))


def test_a_log_keeps_to_what_it_was_begun_with(tmp_path):
    with Log.open(tmp_path / "l") as log:
        log.claim(source="recorded", tick_s=300)
        log.claim(source="recorded", tick_s=300)
        with pytest.raises(LogError, match="begun with tick_s = 300, not 60"):
            log.claim(tick_s=60)
    with Log.open(tmp_path / "l") as log, pytest.raises(LogError, match="source = recorded, not live"):
        log.claim(source="live")


def test_a_closed_log_says_so(tmp_path):
    log = Log.open(tmp_path / "l")
    log.close()
    log.close()
    with pytest.raises(LogError, match="was closed"):
        log.mark_input(done=True)
