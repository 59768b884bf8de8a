"""What is said about a disruption from its publication to its end."""

import pytest

from prim_client.messages.filters import Filter
from tests.made.stage import at, differ, disruption, rejected, snapshot, told

HOUR_MIN = 60


def test_the_first_poll_of_a_log_is_initial_and_the_second_is_not():
    stage = differ()
    first = stage.feed(snapshot(1, "a", disruption("b", (30, 60))))
    assert told(first) == ["6:01 poll: opened a, announced b"]
    assert all(message.initial for message in first.entries[0].messages)
    second = stage.feed(snapshot(3, "a", disruption("b", (30, 60)), "c"))
    assert told(second) == ["6:03 poll: opened c"]
    assert not second.entries[0].messages[0].initial


def test_a_message_carries_what_was_published_and_when():
    (entry,) = differ(source="live").feed(snapshot(1, disruption("a", (-60, -30), (-10, 20), (50, 60)))).entries
    (message,) = entry.messages
    assert (message.event_time, message.published_at, message.last_seen_at) == (at(1), at(-61), None)
    assert (message.begin, message.end, message.source) == (at(-10), at(20), "live")
    assert message.body.title == "a 1"


def test_a_poll_without_change_writes_nothing():
    stage = differ()
    stage.feed(snapshot(1, "a"))
    outcome = stage.feed(snapshot(3, "a"))
    assert (outcome.verdict, outcome.entries, outcome.made, outcome.cursor) == ("unchanged", (), 0, "c3")


@pytest.mark.parametrize(
    ("begin", "said"),
    [
        (4.5, ["6:05 tick: opened a, ongoing a"]),
        (5, ["6:05 tick: opened a, ongoing a"]),
        (5.5, ["6:05 tick", "6:06 poll: opened a"]),
    ],
)
def test_an_announced_one_opens_at_the_first_tick_or_poll_behind_its_begin(begin, said):
    stage = differ()
    stage.feed(snapshot(1, disruption("a", (begin, 60))))
    stage.feed(snapshot(4, disruption("a", (begin, 60))))
    assert told(stage.feed(snapshot(6, disruption("a", (begin, 60))))) == said


def test_it_closes_by_the_clock_once_though_still_served():
    stage = differ()
    served = disruption("a", (-60, 7))
    stage.feed(snapshot(1, served))
    assert told(stage.feed(snapshot(6, served))) == ["6:05 tick: ongoing a"]
    closing = stage.feed(snapshot(8, served))
    assert told(closing) == ["6:08 poll: closed a"]
    (message,) = closing.entries[0].messages
    assert (message.end, message.last_seen_at) == (at(7), at(8))
    assert told(stage.feed(snapshot(9, served))) == []
    assert told(stage.feed(snapshot(11, served))) == ["6:10 tick"]
    assert told(stage.feed(snapshot(26))) == ["6:15 tick", "6:20 unobserved tick", "6:25 unobserved tick"]


def test_between_two_periods_it_pauses():
    stage = differ()
    served = disruption("a", (-60, 2), (7, 9))
    stage.feed(snapshot(1, served))
    paused = stage.feed(snapshot(3, served))
    assert told(paused) == ["6:03 poll: paused a"]
    assert paused.entries[0].messages[0].begin == at(7)
    assert told(stage.feed(snapshot(8, served))) == ["6:05 tick", "6:08 poll: opened a"]
    assert told(stage.feed(snapshot(9, served))) == ["6:09 poll: closed a"]


def test_first_seen_between_two_periods_it_is_paused():
    stage = differ()
    assert told(stage.feed(snapshot(1, disruption("a", (-60, -2), (7, 9))))) == ["6:01 poll: paused a"]


def test_a_first_period_that_nobody_saw_opens_and_pauses_at_once():
    stage = differ()
    stage.feed(snapshot(1, disruption("a", (2, 3), (20, 30))))
    assert told(stage.feed(snapshot(4, disruption("a", (2, 3), (20, 30))))) == ["6:04 poll: opened a, paused a"]


def test_moved_into_the_future_while_it_is_active_it_pauses():
    stage = differ()
    stage.feed(snapshot(1, "a"))
    moved = disruption("a", (30, 60), revision="2")
    assert told(stage.feed(snapshot(3, moved))) == ["6:03 poll: updated a, paused a"]


def test_closed_by_absence_it_returns_announced_or_paused():
    stage = differ()
    stage.feed(snapshot(1, "a", "b"))
    stage.feed(snapshot(2))
    stage.feed(snapshot(12))
    again = [disruption("a", (30, 60), revision="2"), disruption("b", (0, 5), (30, 60), revision="2")]
    assert told(stage.feed(snapshot(13, *again))) == ["6:13 poll: announced a, paused b"]


def test_a_period_that_follows_at_once_is_no_pause():
    stage = differ()
    stage.feed(snapshot(1, disruption("a", (-60, 2), (2, 9))))
    assert told(stage.feed(snapshot(3, disruption("a", (-60, 2), (2, 9))))) == []


def test_without_periods_it_is_active_while_it_is_published():
    stage = differ()
    forever = disruption("a")
    forever = type(forever)(forever.id, forever.revision, None, (), forever.body)
    assert told(stage.feed(snapshot(1, forever))) == ["6:01 poll: opened a"]
    assert told(stage.feed(snapshot(6))) == ["6:05 tick: ongoing a"]
    assert told(stage.feed(snapshot(16)))[-1] == "6:16 poll: closed a"


@pytest.mark.parametrize("before", ["new", "announced"])
def test_a_period_that_nobody_saw_opens_and_closes_at_once(before):
    stage = differ()
    stage.feed(snapshot(1, *([disruption("a", (2, 3))] if before == "announced" else [])))
    assert told(stage.feed(snapshot(4, disruption("a", (2, 3))))) == ["6:04 poll: opened a, closed a"]
    assert told(stage.feed(snapshot(4.5, disruption("a", (2, 3))))) == []


def test_an_open_end_never_ends():
    stage = differ()
    stage.feed(snapshot(1, disruption("a", (-60, None))))
    assert told(stage.feed(snapshot(600, disruption("a", (-60, None)))))[-1] == "15:55 unobserved tick"


# Absence


def test_an_absence_within_the_grace_is_silent_and_goes_on_counting():
    stage = differ()
    stage.feed(snapshot(1, "a"))
    assert told(stage.feed(snapshot(3))) == []
    assert told(stage.feed(snapshot(6))) == ["6:05 tick: ongoing a"]
    assert told(stage.feed(snapshot(12.9))) == ["6:10 tick: ongoing a"]
    assert told(stage.feed(snapshot(12.95, "a"))) == []
    assert told(stage.feed(snapshot(20))) == ["6:15 tick: ongoing a"]


def test_absent_for_the_grace_time_it_is_closed_and_says_when_it_was_last_seen():
    stage = differ()
    stage.feed(snapshot(1, "a"))
    stage.feed(snapshot(2, "a"))
    stage.feed(snapshot(4))
    closing = stage.feed(snapshot(14))
    assert told(closing)[-1] == "6:14 poll: closed a"
    (message,) = closing.entries[-1].messages
    assert (message.last_seen_at, message.end) == (at(2), at(120))
    assert told(stage.feed(snapshot(15))) == []


def test_after_an_outage_one_poll_without_it_does_not_close_it():
    stage = differ()
    stage.feed(snapshot(1, "a"))
    assert told(stage.feed(snapshot(58)))[-1] == "6:55 unobserved tick"
    assert told(stage.feed(snapshot(59, "a"))) == []


def test_a_return_after_the_grace_opens_it_again():
    stage = differ()
    stage.feed(snapshot(1, "a"))
    stage.feed(snapshot(2))
    stage.feed(snapshot(12))
    assert told(stage.feed(snapshot(14, "a"))) == ["6:14 poll: opened a"]


def test_what_was_closed_by_absence_is_not_opened_by_the_clock():
    stage = differ()
    planned = disruption("a", (-60, 5), (20, 60))
    stage.feed(snapshot(1, planned))
    stage.feed(snapshot(2))
    assert told(stage.feed(snapshot(12)))[-1] == "6:12 poll: closed a"
    said = told(stage.feed(snapshot(21))) + told(stage.feed(snapshot(26)))
    assert said == ["6:15 tick", "6:20 unobserved tick", "6:25 tick"]


def test_what_is_withdrawn_before_it_begins_is_closed():
    stage = differ()
    stage.feed(snapshot(1, disruption("a", (60, 90))))
    stage.feed(snapshot(2))
    closing = stage.feed(snapshot(12))
    assert told(closing)[-1] == "6:12 poll: closed a"
    assert closing.entries[-1].messages[0].begin == at(60)


def test_a_rejected_poll_opens_and_closes_nothing():
    stage = differ()
    stage.feed(snapshot(1, "a"))
    outcome = stage.feed(rejected(30))
    assert (outcome.verdict, outcome.reason, outcome.cursor) == (
        "rejected",
        "PRIM answers: NO_NEWS_FOUND",
        "c30",
    )
    assert told(outcome) == ["6:05 tick: ongoing a", *(f"6:{m} unobserved tick" for m in (10, 15, 20, 25))]
    assert told(stage.feed(snapshot(31, "a"))) == ["6:30 unobserved tick"]


def test_polls_of_a_part_of_the_network_close_nothing_by_absence():
    stage = differ()
    stage.feed(snapshot(1, "a", complete=False))
    stage.feed(snapshot(2, "b", complete=False))
    assert told(stage.feed(snapshot(60, complete=False)))[0] == "6:05 tick: ongoing a, ongoing b"
    assert told(stage.feed(snapshot(121, complete=False)))[-1] == "8:01 poll: closed a, closed b"


def test_a_closed_id_is_new_again_after_a_day():
    stage = differ()
    over = disruption("a", (-60, 2))
    stage.feed(snapshot(1, over))
    stage.feed(snapshot(3, over))
    stage.feed(snapshot(4))
    assert "opened a" not in str(told(stage.feed(snapshot(23 * HOUR_MIN, over))))
    stage.feed(snapshot(47.1 * HOUR_MIN))
    assert told(stage.feed(snapshot(47.2 * HOUR_MIN, over)))[-1].endswith("poll: opened a, closed a")


# Revisions


def test_an_edit_is_an_update():
    stage = differ()
    stage.feed(snapshot(1, "a", disruption("b", (30, 60))))
    edited = stage.feed(snapshot(3, disruption("a", revision="2"), disruption("b", (31, 60), revision="2")))
    assert told(edited) == ["6:03 poll: updated a, updated b"]
    assert [message.body.title for message in edited.entries[0].messages] == ["a 2", "b 2"]


def test_an_edit_that_opens_is_told_before_the_step():
    stage = differ()
    stage.feed(snapshot(1, disruption("a", (30, 60))))
    assert told(stage.feed(snapshot(3, disruption("a", (2, 60), revision="2")))) == ["6:03 poll: updated a, opened a"]


def test_an_edit_of_what_is_over_is_silent():
    stage = differ()
    stage.feed(snapshot(1, disruption("a", (-60, 2))))
    stage.feed(snapshot(3, disruption("a", (-60, 2))))
    assert told(stage.feed(snapshot(4, disruption("a", (-60, 2), revision="2")))) == []
    assert told(stage.feed(snapshot(4.5, disruption("a", (-60, 9), revision="3")))) == ["6:04:30 poll: opened a"]


def test_a_return_within_the_grace_with_another_text_is_an_update():
    stage = differ()
    stage.feed(snapshot(1, "a"))
    stage.feed(snapshot(2))
    assert told(stage.feed(snapshot(3, disruption("a", revision="2")))) == ["6:03 poll: updated a"]


def test_an_edit_there_and_back_is_two_updates():
    stage = differ()
    stage.feed(snapshot(1, "a"))
    said = [told(stage.feed(snapshot(2 + n, disruption("a", revision=r)))) for n, r in enumerate("212")]
    assert said == [["6:02 poll: updated a"], ["6:03 poll: updated a"], ["6:04 poll: updated a"]]


def test_periods_that_move_without_a_revision_are_followed_silently():
    """A trimmed recording lists other periods at each poll; the end of the list is no end."""
    stage = differ()
    stage.feed(snapshot(1, disruption("a", (-60, 61))))
    assert told(stage.feed(snapshot(3, disruption("a", (-60, 63))))) == []
    assert told(stage.feed(snapshot(62, disruption("a", (-60, 122)))))[-1] == "7:00 unobserved tick"
    assert told(stage.feed(snapshot(66, disruption("a", (-60, 126))))) == ["7:05 tick: ongoing a"]


# Filters


def test_what_a_filter_drops_is_made_and_counted():
    stage = differ(keep=Filter(["grève"]))
    strike = disruption("b", text="Une grève")
    outcome = stage.feed(snapshot(1, "a", strike))
    assert told(outcome) == ["6:01 poll: opened b"]
    assert (outcome.made, outcome.filtered, outcome.verdict) == (2, 1, "changed")
    tick = stage.feed(snapshot(6, "a", strike))
    assert told(tick) == ["6:05 tick: ongoing b"]
    assert (tick.made, tick.filtered, tick.verdict) == (2, 1, "unchanged")


def test_a_poll_whose_messages_were_all_dropped_changed_something_but_writes_nothing():
    outcome = differ(keep=Filter(["grève"])).feed(snapshot(1, "a"))
    assert (outcome.verdict, outcome.entries, outcome.made, outcome.filtered) == ("changed", (), 1, 1)


def test_what_was_shown_is_shown_to_its_end_whatever_its_later_text():
    stage = differ(keep=Filter(["grève"]))
    stage.feed(snapshot(1, disruption("a", (-60, 3), text="Une grève")))
    edited = disruption("a", (-60, 3), revision="2", text="Reprise")
    assert told(stage.feed(snapshot(2, edited))) == ["6:02 poll: updated a"]
    assert told(stage.feed(snapshot(4, edited))) == ["6:04 poll: closed a"]
    again = disruption("a", (-60, 30), revision="3", text="Reprise")
    assert told(stage.feed(snapshot(4.5, again))) == []


# Broken records


def test_a_broken_record_is_told_once():
    stage = differ()
    broken = (('{"id": "x"}', "title = 7: expected a text"),)
    first = stage.feed(snapshot(1, "a", invalid=broken))
    (invalid, _) = first.entries[0].messages
    assert (invalid.kind, invalid.body.title, invalid.body.text) == (
        "invalid",
        "title = 7: expected a text",
        '{"id": "x"}',
    )
    assert told(stage.feed(snapshot(3, "a", invalid=broken))) == []
    other = stage.feed(snapshot(4, "a", invalid=(("y", "why"),)))
    assert [message.body.text for message in other.entries[0].messages] == ["y"]
    assert other.made == 1


def test_a_long_broken_record_is_cut():
    outcome = differ().feed(snapshot(1, "a", invalid=(("x" * 1_000_000, "why"),)))
    assert len(outcome.entries[0].messages[0].body.text) == 10_000


def test_a_broken_record_of_a_known_id_keeps_it_open():
    stage = differ()
    stage.feed(snapshot(1, "a", "b"))
    for minutes in range(2, 30):
        stage.feed(snapshot(minutes, "b", held=frozenset({"a"})))
    assert told(stage.feed(snapshot(31, "b"))) == ["6:30 tick: ongoing a, ongoing b"]


def test_a_broken_record_ends_an_absence():
    stage = differ()
    stage.feed(snapshot(1, "a"))
    stage.feed(snapshot(2))
    stage.feed(snapshot(11, held=frozenset({"a"})))
    assert "closed" not in str(told(stage.feed(snapshot(13))))


def test_a_broken_record_of_an_unknown_id_opens_nothing():
    assert told(differ().feed(snapshot(1, "a", held=frozenset({"x"})))) == ["6:01 poll: opened a"]


def test_messages_of_an_entry_share_its_time_and_are_ordered_by_id():
    stage = differ()
    outcome = stage.feed(snapshot(1, "c", "a", "b"))
    assert told(outcome) == ["6:01 poll: opened a, opened b, opened c"]
    (entry,) = outcome.entries
    assert {message.event_time for message in entry.messages} == {entry.event_time}
    assert entry.event_time == at(1)
