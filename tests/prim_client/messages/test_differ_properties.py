"""What holds for every stream of polls: made-up hours, stops at every poll, time passing alone."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
import zstandard

from prim_client.messages.differ import Differ, Outcome
from prim_client.messages.filters import Filter
from prim_client.messages.message import Body, Entry
from prim_client.messages.parse import Parser
from prim_client.messages.polls import Rejected, Snapshot
from tests.made.stage import at, differ, disruption, snapshot, told
from tests.made.synthetic_polls import make_polls

SEEDS = (1, 2, 3, 4)
HOURS = 6
TICK = timedelta(minutes=5)
BEFORE = {  # kind -> the states of an id in which it may be told
    "announced": {"", "closed"},
    "opened": {"", "announced", "paused", "closed"},
    "updated": {"announced", "opened", "paused"},
    "ongoing": {"opened"},
    "paused": {"", "opened", "closed"},
    "closed": {"announced", "opened", "paused"},
}


@pytest.fixture(scope="module", params=SEEDS)
def answers(request) -> list[Snapshot | Rejected]:
    parser = Parser()
    return [parser.parse(poll) for poll in make_polls(HOURS, request.param)]


def fed(stage: Differ, answers: Iterable[Snapshot | Rejected]) -> list[Outcome]:
    return [stage.feed(answer) for answer in answers]


def fed_with_restarts(answers: Iterable[Snapshot | Rejected], **changes) -> list[Outcome]:
    """Every poll by a new differ, from the state and the logged bodies of the one before."""
    bodies: dict[tuple[str, str], Body] = {}
    state, outcomes = None, []
    for answer in answers:
        stage = differ(state, body_of=lambda id, revision, of=bodies: of[id, revision], **changes)
        outcome = stage.feed(answer)
        outcomes.append(outcome)
        state = stage.state()
        bodies |= {(m.id, m.revision): m.body for entry in outcome.entries for m in entry.messages}
    return outcomes


def entries_of(outcomes: Iterable[Outcome]) -> list[Entry]:
    return [entry for outcome in outcomes for entry in outcome.entries]


@pytest.mark.parametrize("keep", [None, Filter(["panne", "Période"])])
def test_a_restart_at_every_poll_gives_the_same_entries(answers, keep):
    assert fed_with_restarts(answers, keep=keep) == fed(differ(keep=keep), answers)


def test_event_times_never_go_back_and_polls_lie_in_unwritten_panes(answers):
    written = None
    previous = None
    for entry in entries_of(fed(differ(), answers)):
        assert previous is None or entry.event_time >= previous
        previous = entry.event_time
        if entry.tick:
            written = entry.event_time
        else:
            assert written is None or entry.event_time >= written + timedelta(milliseconds=1)


def test_ticks_follow_each_other_without_a_gap(answers):
    ticks = [entry.event_time for entry in entries_of(fed(differ(), answers)) if entry.tick]
    assert abs(len(ticks) - HOURS * 12) <= 1  # the first and the last header may lie on either side of a tick
    assert [later - earlier for earlier, later in itertools.pairwise(ticks)] == [TICK] * (len(ticks) - 1)


def test_the_books_balance(answers):
    outcomes = fed(differ(keep=Filter(["panne"])), answers)
    logged = sum(len(entry.messages) for entry in entries_of(outcomes))
    assert sum(outcome.made for outcome in outcomes) == logged + sum(outcome.filtered for outcome in outcomes)
    assert logged > 20
    assert sum(outcome.filtered for outcome in outcomes) > 100
    verdicts = Counter(outcome.verdict for outcome in outcomes)
    assert set(verdicts) == {"changed", "unchanged", "rejected"}


def test_every_id_goes_through_its_states_in_order_and_is_active_or_not(answers):
    state: dict[str, str] = defaultdict(str)
    opened, ended = defaultdict(int), defaultdict(int)
    for message in (message for entry in entries_of(fed(differ(), answers)) for message in entry.messages):
        kind, id_ = message.kind.value, message.id
        assert state[id_] in BEFORE[kind], f"{kind} of {id_} when {state[id_] or 'new'}"
        opened[id_] += kind == "opened"
        ended[id_] += kind in ("paused", "closed") and state[id_] == "opened"
        assert opened[id_] - ended[id_] in (0, 1)
        if kind not in ("updated", "ongoing"):
            state[id_] = kind
    assert {"opened", "closed"} <= set(state.values())


def test_at_an_observed_tick_all_that_is_active_goes_on_and_nothing_else(answers):
    active: set[str] = set()
    for entry in entries_of(fed(differ(), answers)):
        for message in entry.messages:
            if message.kind == "opened":
                active.add(message.id)
            elif message.kind in ("paused", "closed"):
                active.discard(message.id)
        ongoing = [message.id for message in entry.messages if message.kind == "ongoing"]
        assert ongoing == (sorted(active) if entry.tick and entry.observed else [])


def test_everything_published_was_told(answers):
    published = {id_ for answer in answers if isinstance(answer, Snapshot) for id_ in answer.disruptions}
    messages = [message for entry in entries_of(fed(differ(), answers)) for message in entry.messages]
    assert {message.id for message in messages} == published
    assert {message.kind for message in messages} == set(BEFORE)


def test_time_passing_between_polls_moves_no_tick_and_loses_none(answers):
    rng = random.Random(7)
    stage, entries = differ(), []
    for answer in answers:
        entries += stage.advance(answer.clock - timedelta(seconds=rng.randint(0, 90))).entries
        entries += stage.feed(answer).entries
    ticks = [entry.event_time for entry in entries if entry.tick]
    assert ticks == [entry.event_time for entry in entries_of(fed(differ(), answers)) if entry.tick]
    assert [entry.event_time for entry in entries] == sorted(entry.event_time for entry in entries)


def test_the_same_polls_give_the_same_state_and_it_is_small(answers):
    one, other = differ(), differ()
    fed(one, answers)
    fed(other, answers)
    assert one.state() == other.state()
    assert differ(one.state()).state() == one.state()
    assert len(one.state()) < 20_000


def test_the_state_of_a_large_network_is_small_however_many_periods_it_has():
    many = [(day * 1440.0, day * 1440.0 + 300) for day in range(-100, 650)]
    stage = differ()
    stage.feed(snapshot(1, *(disruption(f"{n:036d}", *many) for n in range(836))))
    assert len(zstandard.decompress(stage.state())) < 300_000


def test_a_broken_record_is_told_once_over_restarts_too():
    broken = (("x", "why"),)
    outcomes = fed_with_restarts([snapshot(1, "a", invalid=broken), snapshot(3, "a", invalid=broken)])
    assert [outcome.made for outcome in outcomes] == [2, 0]


def test_of_one_revision_the_body_that_was_logged_first_counts_over_restarts_too():
    retagged = replace(disruption("a").body, tags=("autre",))
    polls = [snapshot(4, "a"), snapshot(4.5, replace(disruption("a"), body=retagged)), snapshot(6, "a")]
    assert fed_with_restarts(polls) == fed(differ(), polls)
    (tick,) = entries_of(fed(differ(), polls))[1:]
    assert tick.messages[0].body.tags == ()


def test_far_periods_are_reached_through_later_polls():
    nights = [(day * 1440.0, day * 1440.0 + 2) for day in range(1, 30)]
    stage = differ()
    stage.feed(snapshot(0, disruption("a", *nights)))
    said = [told(stage.feed(snapshot(day * 1440 + 1, disruption("a", *nights))))[-1] for day in range(1, 30)]
    assert all(line.endswith("opened a") for line in said)


@pytest.mark.parametrize("garbage", [b"", b"{}", b"garbage", differ().state()[:-3]])
def test_a_state_that_is_none_says_so(garbage):
    with pytest.raises(ValueError, match="not a state of the differ"):
        differ(garbage)


def test_a_restart_without_the_logs_bodies_says_what_is_missing():
    stage = differ()
    stage.feed(snapshot(4, "a"))
    with pytest.raises(LookupError, match="the body of a at revision 0000000000000001"):
        differ(stage.state()).advance(at(6))
