"""Event times and ticks: never back, each once, and honest about what was not observed."""

import itertools
from datetime import timedelta

import pytest

from prim_client.messages.polls import Snapshot
from tests.made.stage import at, differ, disruption, rejected, snapshot, told

DAY_MIN = 24 * 60


def test_prims_header_is_the_event_time_while_it_is_near_our_clock():
    assert told(differ().feed(snapshot(10, "a", header=at(1)))) == ["6:01 poll: opened a"]
    assert told(differ().feed(snapshot(10, "a", header=at(20)))) == ["6:20 poll: opened a"]


@pytest.mark.parametrize("header", [at(-0.01), at(20.01), at(-110), at(130)])
def test_a_header_off_by_more_than_the_tolerance_is_not_believed(header):
    assert told(differ().feed(snapshot(10, "a", header=header))) == ["6:10 poll: opened a"]


def test_without_a_header_our_clock_counts():
    poll = Snapshot(at(10), None, {"a": disruption("a")}, "c")
    assert told(differ().feed(poll)) == ["6:10 poll: opened a"]


def test_a_clock_two_hours_back_does_not_take_the_log_back():
    stage = differ()
    stage.feed(snapshot(1, "a"))
    assert told(stage.feed(snapshot(-117, "a", "b"))) == ["6:01 poll: opened b"]
    assert told(stage.feed(snapshot(-115, "a", "b", "c"))) == ["6:01 poll: opened c"]
    assert told(stage.feed(snapshot(6, "a", "b", "c"))) == ["6:05 tick: ongoing a, ongoing b, ongoing c"]


def test_a_clock_two_hours_ahead_crosses_its_ticks_once_and_closes_nothing_by_absence():
    stage = differ()
    stage.feed(snapshot(1, "a"))
    stage.feed(snapshot(2))
    ahead = told(stage.feed(snapshot(121)))
    assert ahead[:2] == ["6:05 tick: ongoing a", "6:10 unobserved tick"]
    assert len(ahead) == 25
    assert ahead[-1] == "8:01 poll: closed a"
    assert told(stage.feed(snapshot(3, "a"))) == []
    assert told(stage.feed(snapshot(127))) == ["8:05 tick"]


def test_a_repeated_header_repeats_the_event_time():
    stage = differ()
    stage.feed(snapshot(1, "a", header=at(1)))
    assert told(stage.feed(snapshot(3, "a", "b", header=at(1)))) == ["6:01 poll: opened b"]


def test_crossed_ticks_come_in_order_each_once_before_the_poll():
    stage = differ()
    stage.feed(snapshot(4, "a"))
    outcome = stage.feed(snapshot(16, "a", "b"))
    assert told(outcome) == [
        "6:05 tick: ongoing a",
        "6:10 unobserved tick",
        "6:15 unobserved tick",
        "6:16 poll: opened b",
    ]
    assert outcome.made == 2


def test_a_poll_at_the_very_tick_belongs_to_it():
    stage = differ()
    stage.feed(snapshot(4, "a"))
    assert told(stage.feed(snapshot(5, "a", "b"))) == ["6:05 poll: opened b"]
    assert told(stage.feed(snapshot(6, "a", "b"))) == ["6:05 tick: ongoing a, ongoing b"]


def test_behind_a_written_tick_the_next_poll_is_a_millisecond_later_at_least():
    stage = differ()
    stage.feed(snapshot(4, "a"))
    assert told(stage.advance(at(5.1))) == ["6:05 tick: ongoing a"]
    assert told(stage.feed(snapshot(5.2, "a", "b", header=at(4.9)))) == ["6:05:00.001 poll: opened b"]


def test_time_alone_writes_ticks():
    stage = differ()
    assert told(stage.advance(at(300))) == []
    stage.feed(snapshot(4, "a"))
    assert told(stage.advance(at(5))) == []
    idle = stage.advance(at(5.01))
    assert (told(idle), idle.verdict, idle.made, idle.cursor) == (["6:05 tick: ongoing a"], "idle", 1, "")
    assert told(stage.advance(at(5.02))) == []
    assert told(stage.advance(at(-100))) == []
    assert told(stage.advance(at(15.5))) == ["6:10 unobserved tick", "6:15 unobserved tick"]


def test_the_clock_opens_and_closes_at_ticks_between_polls():
    stage = differ()
    stage.feed(snapshot(4.9, disruption("a", (-60, 5)), disruption("b", (5, 60))))
    assert told(stage.advance(at(6))) == ["6:05 tick: closed a, opened b, ongoing b"]


@pytest.mark.parametrize(("last_good", "said"), [(5, "6:10 tick"), (4.99, "6:10 unobserved tick")])
def test_a_tick_is_observed_up_to_five_minutes_behind_a_good_poll(last_good, said):
    stage = differ(tick_s=600)
    stage.feed(snapshot(last_good))
    assert told(stage.advance(at(11))) == [said]


@pytest.mark.parametrize(("last_good", "said"), [(-10, "6:10 tick"), (-10.1, "6:10 unobserved tick")])
def test_with_rare_polls_a_tick_is_observed_up_to_two_intervals_behind(last_good, said):
    stage = differ(poll_interval_s=600)
    stage.feed(snapshot(last_good))
    assert told(stage.advance(at(11)))[-1] == said


def test_before_the_first_good_poll_ticks_are_not_observed():
    stage = differ()
    assert told(stage.feed(rejected(1))) == []
    assert told(stage.feed(rejected(6))) == ["6:05 unobserved tick"]
    outcome = stage.feed(snapshot(11, "a"))
    assert told(outcome) == ["6:10 unobserved tick", "6:11 poll: opened a"]
    assert outcome.entries[-1].messages[0].initial


def test_ticks_are_multiples_of_the_step_since_1970():
    stage = differ(tick_s=420)
    stage.feed(snapshot(0))
    (tick, *_) = stage.advance(at(30)).entries
    assert tick.event_time.timestamp() % 420 == 0


def test_another_step_after_a_restart_gives_ticks_on_its_grid():
    stage = differ()
    stage.feed(snapshot(4))
    again = differ(stage.state(), tick_s=420)
    (tick, *_) = again.advance(at(30)).entries
    assert tick.event_time.timestamp() % 420 == 0
    assert tick.event_time > at(4)


def test_a_clock_a_year_ahead_is_not_believed_alone():
    stage = differ(source="live")
    stage.feed(snapshot(1, "a"))
    wrong = 400 * DAY_MIN
    assert told(stage.advance(at(wrong))) == []
    assert told(stage.feed(rejected(wrong))) == []
    outcome = stage.feed(snapshot(wrong, "a", "b", header=at(2)))
    assert (outcome.verdict, outcome.entries) == ("rejected", ())
    assert "our clock says 2027-04-06" in outcome.reason
    assert told(stage.feed(snapshot(6, "a", "b"))) == ["6:05 tick: ongoing a", "6:06 poll: opened b"]


@pytest.mark.parametrize("source", ["live", "recorded"])
def test_a_silence_of_over_a_year_gets_no_ticks(source):
    stage = differ(source=source)
    stage.feed(snapshot(1, "a"))
    endless = disruption("b", (0, None))
    assert told(stage.feed(snapshot(400 * DAY_MIN + 1, endless))) == ["6:01 poll: closed a, opened b"]
    assert told(stage.feed(snapshot(400 * DAY_MIN + 6, endless))) == ["6:05 tick: ongoing b"]


def test_a_silence_of_a_month_gets_all_its_ticks():
    stage = differ()
    stage.feed(snapshot(1))
    entries = stage.feed(snapshot(30 * DAY_MIN + 1)).entries
    assert len(entries) == 30 * DAY_MIN / 5
    steps = {later.event_time - earlier.event_time for earlier, later in itertools.pairwise(entries)}
    assert steps == {timedelta(minutes=5)}
