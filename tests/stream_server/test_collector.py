"""Inputs into the log: grouping, idle time, stopping, resuming, and what is counted."""

import json
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from prim_client.inputs.recorded.recorded import Recorded
from prim_client.messages.differ import Differ
from prim_client.messages.parse import Parser
from prim_client.messages.poll_schedule import Slot
from prim_client.messages.polls import Idle, RawPoll
from stream_server.collector import Collector
from stream_server.log.log import Log
from tests.made.polls import answer, record

CLOCK = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)


class Scripted:
    """An input of given items; an Event among them is set when it is reached, an exception raised."""

    source = "simulated"

    def __init__(self, *items):
        self.items = items
        self.after = None

    def polls(self, after=""):
        self.after = after
        for item in self.items:
            if isinstance(item, Event):
                item.set()
            elif isinstance(item, Exception):
                raise item
            else:
                yield item


def raw(minute, error="", **more):
    return RawPoll(
        CLOCK + timedelta(minutes=minute), b"" if error else answer(int(minute)), f"c{minute}", error, **more
    )


def due(minute, error="", took_s=1, every_s=120):
    """A poll of a schedule, that began in this minute."""
    slot = Slot(CLOCK + timedelta(minutes=minute), every_s)
    return raw(minute + took_s / 60, error, slot=slot)


def idle(minute):
    return Idle(CLOCK + timedelta(minutes=minute))


@pytest.fixture(scope="module")
def parser():
    return Parser()


@pytest.fixture
def collect(tmp_path, parser):
    """Runs an input into the log of this test; returns (log, ends of its transactions)."""
    log, ends = Log.open(tmp_path / "pulse.log"), []
    log.on_append(lambda: ends.append(log.bounds()[1]))

    def run(input_, group_polls=1, stop=None):
        differ = Differ(300, 600, 600, input_.source, log.state(), body_of=log.body_of)
        Collector(input_, parser, differ, log, group_polls).run(stop or Event())
        return log, ends

    yield run
    log.close()


def lines(log):
    return [json.loads(line) for line in log.read(*log.bounds())]


def test_each_poll_of_a_waiting_input_is_a_transaction(collect):
    log, ends = collect(Scripted(raw(1), raw(3), raw(6)))
    # opened 0; opened 1; at 06:05 the tick, and at 06:06 opened 2
    assert [(line["entry"], line["tick"], line["kind"]) for line in lines(log)] == [
        (0, False, "opened"),
        (1, False, "opened"),
        (2, True, "ongoing"),
        (2, True, "ongoing"),
        (3, False, "opened"),
    ]
    assert ends == [1, 2, 4]
    assert log.books()["polls"] == {"received": 3, "changed": 3, "unchanged": 0, "rejected": 0}
    assert log.cursor() == "c6" and log.books()["input_done"]


def test_a_recording_is_written_in_groups_and_gives_the_same_lines(collect, tmp_path, parser):
    folder = record(tmp_path / "rec", range(60))
    log, ends = collect(Recorded(folder), group_polls=25)
    assert len(ends) == 3
    with Log.open(tmp_path / "single.log") as single:
        Collector(Recorded(folder), parser, Differ(300, 600, 600, "recorded"), single).run(Event())
        assert list(single.read(*single.bounds())) == list(log.read(*log.bounds()))
        counters = {
            "polls",
            "messages",
            "ticks",
            "last_poll_at",
            "last_good_poll_at",
            "last_poll_error",
            "input_total",
        }
        assert {key: single.books()[key] for key in counters} == {key: log.books()[key] for key in counters}
    assert log.books()["polls"] | {"changed": 0, "unchanged": 0} == {
        "received": 60,
        "changed": 0,
        "unchanged": 0,
        "rejected": 6,
    }
    assert log.books()["input_total"] == 60
    assert log.books()["last_poll_error"] == "empty body"
    assert log.books()["last_good_poll_at"] == "2026-03-02T05:58:00.000000Z"


def test_a_group_is_written_after_half_a_second_too(collect, monkeypatch):
    monkeypatch.setattr("stream_server.collector.GROUP_S", 0.0)
    _, ends = collect(Scripted(raw(1), raw(3), raw(6)), group_polls=200)
    assert ends == [1, 2, 4]


def test_idle_time_writes_ticks_and_no_polls(collect):
    log, ends = collect(Scripted(raw(1), idle(4), idle(5.1), idle(6), idle(10.1)), group_polls=200)
    assert [(line["entry"], line["tick"], line["observed"]) for line in lines(log)] == [
        (0, False, True),
        (1, True, True),
        (2, True, False),
    ]
    assert ends == [1, 2, 3]  # the first idle writes the waiting poll, or nobody would see it
    assert log.books()["polls"]["received"] == 1
    assert log.books()["last_poll_at"] == "2026-03-02T05:01:00.000000Z"
    assert log.cursor() == "c1"


def test_a_failed_poll_is_counted_and_its_reason_kept_until_a_good_one(collect):
    log, _ = collect(Scripted(raw(1), raw(2, "timed out after 30 s")))
    books = log.books()
    assert books["polls"] == {"received": 2, "changed": 1, "unchanged": 0, "rejected": 1}
    assert books["last_poll_error"] == "timed out after 30 s"
    assert (books["last_poll_at"], books["last_good_poll_at"]) == (
        "2026-03-02T05:02:00.000000Z",
        "2026-03-02T05:01:00.000000Z",
    )
    log, _ = collect(Scripted(raw(3)))
    assert log.books()["last_poll_error"] == ""


def test_polls_are_counted_against_their_schedule_over_restarts(collect):
    log, _ = collect(Scripted(raw(0), due(1), due(3, "HTTP 503"), due(5, took_s=130)))
    assert log.books()["schedule"] == {"expected": 4, "missed": 0, "late": 1}
    log, _ = collect(Scripted(due(17), due(19, "timed out", took_s=125)))  # ten minutes down: 5 slots went by
    books = log.books()
    assert books["schedule"] == {"expected": 11, "missed": 5, "late": 1}  # what failed was not late
    assert books["polls"]["received"] == 6 == books["schedule"]["expected"] - books["schedule"]["missed"]
    assert books["rejected"] == {"failed": 2, "empty": 0, "other": 0}


def test_a_recording_has_no_schedule(collect, tmp_path):
    log, _ = collect(Recorded(record(tmp_path / "rec", range(20))))
    assert log.books()["schedule"] is None and log.books()["rejected"] == {"failed": 0, "empty": 2, "other": 0}


def test_a_stop_ends_it_after_the_poll_under_way_and_a_restart_goes_on(collect):
    stop = Event()
    log, _ = collect(Scripted(raw(1), stop, raw(3), raw(6)), group_polls=200, stop=stop)
    assert log.cursor() == "c3" and not log.books()["input_done"]
    rest = Scripted(raw(6))
    log, _ = collect(rest)
    assert rest.after == "c3"
    assert [line["id"] for line in lines(log)] == ["essai-0", "essai-1", "essai-0", "essai-1", "essai-2"]
    assert log.books()["input_done"]


def test_an_input_that_gives_up_is_heard_and_not_done(collect, tmp_path):
    with pytest.raises(ConnectionError, match="key refused"):
        collect(Scripted(raw(1), ConnectionError("key refused")))
    log, _ = collect(Scripted())
    assert log.cursor() == "c1"
