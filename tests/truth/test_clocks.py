"""Clocks that jump, dates in the future and the two nights of the year: time in the store never goes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from sqlalchemy import Engine, select

from prim_client.inputs.recorded.recorded import Recorded
from prim_client.messages.polls import RawPoll
from spark_app.store.tables import entry, message, revision, window_span
from tests.made.synthetic_polls import make_polls, write_folder
from tests.truth.road import Polls, Road, result_of, serving
from tests.truth.tables import differences, tables_of

pytestmark = pytest.mark.spark
TICK_US, SPAN_US = 300_000_000, 1_800_000_000
TWO_HOURS = timedelta(hours=2)
NIGHTS = {
    "autumn": datetime(2025, 10, 25, 23, 30, 7, tzinfo=UTC),
    "spring": datetime(2026, 3, 29, 0, 15, 7, tzinfo=UTC),
}


def with_header_off(poll: RawPoll, offset: timedelta) -> RawPoll:
    """`poll` with PRIM's own time moved."""
    answer = orjson.loads(poll.body)
    header = datetime.fromisoformat(answer["lastUpdatedDate"]) + offset
    return replace(poll, body=orjson.dumps(answer | {"lastUpdatedDate": f"{header:%Y-%m-%dT%H:%M:%S}.000Z"}))


def with_clock_off(poll: RawPoll, offset: timedelta) -> RawPoll:
    """`poll` with the time of our machine moved."""
    return replace(poll, clock=poll.clock + offset)


def published_in_the_future(poll: RawPoll) -> RawPoll:
    answer = orjson.loads(poll.body)
    for record in answer["disruptions"]:
        record["lastUpdate"] = "20990101T000000"
    return replace(poll, body=orjson.dumps(answer))


def changed_at(polls: Sequence[RawPoll], numbers: Sequence[int], change) -> list[RawPoll]:
    return [change(poll) if number in numbers else poll for number, poll in enumerate(polls)]


def assert_time_is_sound(engine: Engine) -> None:
    """What must hold of any store, whatever its polls."""
    with engine.connect() as connection:
        entries = connection.execute(select(entry).order_by(entry.c.entry)).mappings().all()
        spans = connection.execute(select(window_span)).mappings().all()
        happened = (
            connection.execute(
                select(entry.c.event_time_us, message, revision.c.id)
                .join(message, message.c.entry == entry.c.entry)
                .join(revision, revision.c.rev == message.c.rev)
                .order_by(message.c.entry, message.c.part)
            )
            .mappings()
            .all()
        )
    assert_entries_are_sound(entries)
    for span in spans:
        assert span["end_us"] - span["begin_us"] == SPAN_US
        assert 0 <= span["first_entry"] <= span["last_entry"]
        assert 0 <= span["ticks_observed"] <= span["ticks_expected"] == 6
    assert_durations_are_not_negative(happened)


def assert_entries_are_sound(entries) -> None:
    times = [one["event_time_us"] for one in entries]
    assert [one["entry"] for one in entries] == list(range(len(entries)))
    assert times == sorted(times), "event time went back"
    ticks = [one["event_time_us"] for one in entries if one["tick"]]
    assert all(tick % TICK_US == 0 for tick in ticks)
    assert ticks == list(range(ticks[0], ticks[-1] + 1, TICK_US)), "a tick is missing or doubled"
    last_tick = 0
    for one in entries:
        assert one["tick"] or one["event_time_us"] > last_tick, f"entry {one['entry']} is late for a written tick"
        last_tick = one["event_time_us"] if one["tick"] else last_tick


def assert_durations_are_not_negative(happened) -> None:
    opened: dict[str, int] = {}
    for one in happened:
        if one["begin_us"] is not None and one["end_us"] is not None:
            assert one["begin_us"] <= one["end_us"], one
        if one["kind"] == "opened":
            opened[one["id"]] = one["event_time_us"]
        if one["kind"] == "closed":
            assert one["last_seen_us"] <= one["event_time_us"], one
            assert opened.get(one["id"], 0) <= one["event_time_us"], one
            assert one["id"] not in opened or one["last_seen_us"] >= opened[one["id"]] or was_missed(one), one


def was_missed(one) -> bool:
    """It began by the clock while it was absent from the polls, and was not seen again."""
    return one["last_seen_us"] < one["begin_us"]


def travel(spark, folder, input_):
    """The store and the books of `input_`."""
    with serving(folder / "log.db", input_) as server:
        road = Road(spark, server.port, folder)
        road.go()
        return road.engine, result_of(road.engine, server)


JUMPS = {
    "PRIM's clock two hours behind": ([9, 10, 17], lambda poll: with_header_off(poll, -TWO_HOURS)),
    "PRIM's clock two hours ahead": ([9, 10, 17], lambda poll: with_header_off(poll, TWO_HOURS)),
    "our clock two hours behind": ([9, 10, 17], lambda poll: with_clock_off(poll, -TWO_HOURS)),
    "our clock two hours ahead": ([12, 13], lambda poll: with_clock_off(poll, TWO_HOURS)),
}
AT_NIGHT = pytest.mark.nightly("our clock, here; PRIM's in tests/prim_client/messages/test_differ_clock.py")


@pytest.mark.parametrize("jump", [pytest.param(jump, marks=AT_NIGHT) if "PRIM" in jump else jump for jump in JUMPS])
def test_time_in_the_store_never_goes_back(spark, tmp_path, jump):
    polls = make_polls(1, seed=4, failures=False)
    engine, result = travel(spark, tmp_path, Polls(changed_at(polls, *JUMPS[jump])))
    assert_time_is_sound(engine)
    assert result["polls"]["rejected"] == 0 and result["messages"]["opened"] > 10
    ahead = 24 if jump == "our clock two hours ahead" else 12
    assert ahead - 1 <= result["ticks"]["expected"] <= ahead + 8


def test_what_prim_says_of_its_own_clock_and_of_publication_moves_no_window(spark, tmp_path):
    """Within the tolerance our clock steps in for a header that jumps; `published_at` is shown only."""
    polls = make_polls(1, seed=4, failures=False)
    future, _ = travel(spark, tmp_path / "future", Polls(map(published_in_the_future, polls)))
    plain, _ = travel(spark, tmp_path / "plain", Polls(polls))
    one, other = tables_of(future), tables_of(plain)
    assert one["window"] == other["window"] and one["message"] == other["message"]
    assert one["revision"] != other["revision"]
    assert_time_is_sound(future)


@pytest.mark.parametrize("night", NIGHTS)
def test_a_night_when_the_clocks_change_is_like_any_other(spark, tmp_path, night, thorough):
    """File names and periods are Paris wall clock, of which an hour is doubled or missing."""
    polls = make_polls(1.75, seed=5, start=NIGHTS[night], failures=False)
    # two polls an hour apart may have the same name in autumn, and one file would hide the other
    polls = [replace(poll, cursor=poll.cursor.replace(".json", f"{n}.json")) for n, poll in enumerate(polls)]
    recording = write_folder(tmp_path / "recording", polls)
    engine, result = travel(spark, tmp_path / "named", Recorded(recording))
    assert_time_is_sound(engine)
    ticks = result["ticks"]
    assert ticks == {"expected": 21, "observed": 21}
    if thorough or night == "autumn":  # when an hour has two names
        told, _ = travel(spark, tmp_path / "told", Polls(polls))
        assert differences(tables_of(engine), tables_of(told)) == []
