"""The chain on real recordings: 13 days of rail, and one answer with all modes. Its twin on made-up polls is
`test_differ_properties`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import zstandard

from prim_client.inputs.recorded.recorded import Recorded
from prim_client.messages.differ import Differ
from prim_client.messages.message import Body, Entry
from prim_client.messages.parse import Parser
from prim_client.messages.polls import Snapshot

RAIL = "rail-2024-04-23_05-05.tar.zst"
ALL_MODES = "bulk-all-modes-2025-02-04T1358.json.gz"

pytestmark = pytest.mark.recording


@dataclass
class Run:
    """What playing a recording came to."""

    verdicts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    ticks: Counter[bool] = field(default_factory=Counter)
    entries: list[Entry] = field(default_factory=list, repr=False)
    invalid: int = 0
    state_bytes: int = 0


def play(path: Path, day: date | None = None, *, restart_every: int = 0) -> Run:
    run, parser, bodies = Run(), Parser(), {}
    differ = Differ(300, 600, 600, "recorded")
    for number, poll in enumerate(Recorded(path, day).polls(), 1):
        parsed = parser.parse(poll)
        outcome = differ.feed(parsed)
        run.verdicts[outcome.verdict] += 1
        run.reasons[outcome.reason] += bool(outcome.reason)
        run.entries += outcome.entries
        run.invalid += len(parsed.invalid) if isinstance(parsed, Snapshot) else 0
        if restart_every and number % restart_every == 0:
            differ = restarted(differ, outcome.entries, bodies)
        elif restart_every:
            remember(outcome.entries, bodies)
    run.state_bytes = len(zstandard.decompress(differ.state()))
    run.kinds = Counter(message.kind.value for entry in run.entries for message in entry.messages)
    run.ticks = Counter(entry.observed for entry in run.entries if entry.tick)
    return run


def remember(entries: tuple[Entry, ...], bodies: dict[tuple[str, str], Body]) -> None:
    bodies |= {(m.id, m.revision): m.body for entry in entries for m in entry.messages}


def restarted(differ: Differ, entries: tuple[Entry, ...], bodies: dict[tuple[str, str], Body]) -> Differ:
    remember(entries, bodies)
    return Differ(300, 600, 600, "recorded", differ.state(), body_of=lambda id, revision: bodies[id, revision])


@pytest.fixture(scope="module")
def rail(shared_data) -> Run:
    return play(shared_data / "prim" / RAIL)


def test_the_books_of_thirteen_days_of_rail(rail):
    assert rail.verdicts == {"changed": 2976, "unchanged": 6375, "rejected": 10}
    assert sum(rail.verdicts.values()) == 9_361
    assert +rail.reasons == {"PRIM answers: NO_NEWS_FOUND": 10}
    assert rail.invalid == 0
    assert rail.ticks == {True: 13 * 288}
    assert rail.kinds == {
        "ongoing": 56_719,
        "opened": 3_131,
        "closed": 3_116,
        "announced": 411,
        "paused": 3,
        "updated": 16,
    }


def test_the_state_of_the_differ_stays_small(rail):
    assert rail.state_bytes < 50_000


def test_event_times_never_go_back_and_ticks_leave_no_gap(rail):
    assert all(earlier.event_time <= later.event_time for earlier, later in pairwise(rail.entries))
    ticks = [entry.event_time for entry in rail.entries if entry.tick]
    assert all(later - earlier == timedelta(minutes=5) for earlier, later in pairwise(ticks))


def test_every_id_is_opened_and_ended_in_turn(rail):
    active: set[str] = set()
    for message in (message for entry in rail.entries for message in entry.messages):
        if message.kind == "opened":
            assert message.id not in active
            active.add(message.id)
        elif message.kind in ("paused", "closed"):
            active.discard(message.id)
        elif message.kind in ("ongoing", "updated"):
            assert message.kind == "updated" or message.id in active
        else:
            assert message.id not in active
    assert len(active) == 16


def test_stops_are_placed(rail):
    bodies = {(m.id, m.revision): m.body for entry in rail.entries for m in entry.messages}
    placed = sum(len(line.stations) for body in bodies.values() for line in body.lines)
    unplaced = sum(len(line.unresolved) for body in bodies.values() for line in body.lines)
    assert placed > 15_000
    assert unplaced < 0.001 * placed
    assert not any(body.text != body.text.strip() or "&#" in body.text for body in bodies.values())


def test_a_day_with_a_restart_every_seven_polls_gives_the_same_entries(shared_data):
    path, day = shared_data / "prim" / RAIL, date(2024, 4, 25)
    straight = play(path, day)
    assert sum(straight.verdicts.values()) in range(700, 730)
    assert play(path, day, restart_every=7).entries == straight.entries


def test_all_modes_three_ticks(shared_data):
    run = play(shared_data / "prim" / ALL_MODES)
    assert run.verdicts == {"changed": 1, "unchanged": 3}
    assert run.ticks == {True: 3}
    (first, *rest) = run.entries
    opening = Counter(message.kind.value for message in first.messages)
    assert len({message.id for message in first.messages}) == 836
    assert opening == {"opened": 476, "announced": 312, "paused": 48, "closed": 14}
    assert [len([m for m in entry.messages if m.kind == "ongoing"]) for entry in rest] == [458, 458, 457]
    assert run.state_bytes < 300_000
