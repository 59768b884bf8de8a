"""When polls are due, which slots are missed, and what is late."""

from datetime import UTC, datetime, timedelta

import pytest

from prim_client.messages.poll_schedule import Slot

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)


def at(seconds):
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("began_s", "missed"),
    [
        (120, 0),
        (120.4, 0),  # a poll begins a little after it is due
        (239, 0),  # still in its slot
        (240, 1),  # a whole slot without a poll
        (43, 0),  # a restart asks early: it takes no slot away
        (3_600, 29),  # an hour down: 30 slots, the last one has this poll
        (-3_600, 0),  # a clock set back
        (400 * 86_400, 0),  # a wrong clock
    ],
)
def test_slots_in_which_no_poll_began_are_missed(began_s, missed):
    assert Slot(at(began_s), 120).missed_since(Slot(NOON, 120)) == missed


def test_the_first_poll_has_missed_nothing():
    assert Slot(NOON, 120).missed_since(None) == 0


def test_a_gap_is_measured_by_the_schedule_that_was_in_force():
    assert Slot(at(100), 10).missed_since(Slot(NOON, 120)) == 0
    assert Slot(at(100), 120).missed_since(Slot(NOON, 10)) == 9


@pytest.mark.parametrize(
    ("began_s", "answered_s", "late"),
    [
        (120, 121, False),
        (120, 239, False),  # tried again for two minutes, and in time for its slot
        (120, 240, True),  # the next one was due
        (150, 241, True),  # begun late: its slot ends when it would have ended
        (250, 300, False),  # one slot is missed; this poll is in the next one
        (43, 162, False),  # before it was due: a slot of its own
        (43, 163, True),
    ],
)
def test_an_answer_is_late_when_the_next_poll_is_due_already(began_s, answered_s, late):
    assert Slot(at(began_s), 120).is_late(at(answered_s), Slot(NOON, 120)) is late


def test_a_slot_comes_back_from_its_text():
    slot = Slot(at(0.25), 86.4)
    assert Slot.parse(str(slot)) == slot
