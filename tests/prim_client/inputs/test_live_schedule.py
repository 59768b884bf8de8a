"""When the live input asks, how often, and what it says about it: every second stated, none waited."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from prim_client.inputs.api import Answer
from prim_client.inputs.errors import AuthError, Transient
from prim_client.inputs.live import Live
from prim_client.inputs.quota import Quota
from prim_client.messages.poll_schedule import Slot
from prim_client.messages.polls import Idle, RawPoll

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
GOOD = Answer(200, {}, b'{"disruptions":[],"lines":[],"lastUpdatedDate":"2026-10-05T12:00:00.000Z"}')
NO_NEWS = Answer(404, {}, b'{"statusCode":404,"error":"Not Found","message":"NO_NEWS_FOUND"}')


class Rig:
    """A clock that only waiting moves, and a network that follows a script."""

    def __init__(self, script: Iterable[Any], start: datetime = NOON) -> None:
        self.now = start
        self.start = start
        self.script = iter(script)
        self.asked_s: list[float] = []

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def fetch(self) -> Answer:
        self.asked_s.append(round((self.now - self.start).total_seconds(), 3))
        answer = next(self.script)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def live(self, quota: Quota, **kwargs: float) -> Live:
        settings: dict[str, Any] = {"interval_s": 120, "retries": 3, "timeout_s": 30} | kwargs
        return Live(
            self.fetch,
            quota,
            clock=self.clock,
            sleep=self.sleep,
            chance=lambda: 1.0,
            background=inline,
            **settings,
        )


def inline(fetch) -> Future:
    future: Future = Future()
    try:
        future.set_result(fetch())
    except Exception as error:  # noqa: BLE001 - as the real thread does
        future.set_exception(error)
    return future


def polls(live: Live, count: int) -> list[RawPoll]:
    return list(islice((item for item in live.polls() if isinstance(item, RawPoll)), count))


def forever(answer: Answer | Exception) -> Iterator[Answer | Exception]:
    while True:
        yield answer


@pytest.fixture
def quota(tmp_path) -> Quota:
    return Quota(tmp_path / "quota.sqlite", "a-key", per_day=1000)


def test_polls_at_the_interval(quota):
    rig = Rig(forever(GOOD))
    found = polls(rig.live(quota), 4)
    assert rig.asked_s == [0, 120, 240, 360]
    assert [poll.error for poll in found] == [""] * 4
    assert found[2].clock == NOON + timedelta(seconds=240)
    assert found[2].body == GOOD.body


def test_the_caller_gets_the_word_every_second_between_two_polls(quota):
    rig = Rig(forever(GOOD))
    items = list(islice(rig.live(quota).polls(), 122))
    assert isinstance(items[0], RawPoll) and isinstance(items[121], RawPoll)
    assert [item.clock for item in items[1:121]] == [NOON + timedelta(seconds=s) for s in range(1, 121)]
    assert all(isinstance(item, Idle) for item in items[1:121])


def test_a_transient_failure_is_tried_again_after_growing_pauses(quota):
    rig = Rig([NO_NEWS, Transient("connection reset"), GOOD, GOOD])
    found = polls(rig.live(quota), 2)
    assert rig.asked_s == [0, 2, 6, 120]
    assert [poll.error for poll in found] == ["", ""]


def test_jitter_halves_a_pause_at_most(quota):
    rig = Rig([NO_NEWS, GOOD])
    live = Live(
        rig.fetch,
        quota,
        interval_s=120,
        retries=3,
        timeout_s=30,
        clock=rig.clock,
        sleep=rig.sleep,
        chance=lambda: 0.0,
        background=inline,
    )
    polls(live, 1)
    assert rig.asked_s == [0, 1]


def test_a_poll_that_fails_to_the_end_says_so_and_the_next_comes_in_time(quota):
    rig = Rig([NO_NEWS] * 4 + [GOOD])
    failed, good = polls(rig.live(quota), 2)
    assert rig.asked_s == [0, 2, 6, 14, 120]
    assert failed.body == b"" and "404" in failed.error and "NO_NEWS_FOUND" in failed.error
    assert good.error == ""


@pytest.mark.parametrize(
    "answer", [Answer(200, {}, b""), Answer(200, {}, b'{"disruptions":null}'), Answer(503, {}, b"x")]
)
def test_empty_null_and_5xx_are_transient(quota, answer):
    rig = Rig([answer, GOOD])
    assert polls(rig.live(quota), 1)[0].error == ""
    assert rig.asked_s == [0, 2]


def test_retry_after_in_seconds_is_honoured(quota):
    rig = Rig([Answer(503, {"retry-after": "17"}, b""), GOOD])
    polls(rig.live(quota), 1)
    assert rig.asked_s == [0, 17]


def test_retry_after_as_a_date_is_honoured(quota):
    rig = Rig([Answer(503, {"retry-after": "Mon, 05 Oct 2026 12:00:40 GMT"}, b""), GOOD])
    polls(rig.live(quota), 1)
    assert rig.asked_s == [0, 40]


def test_a_long_retry_after_fails_the_poll_and_delays_the_next_one_by_an_hour_at_most(quota):
    rig = Rig([Answer(503, {"retry-after": "86400"}, b""), GOOD])
    found = polls(rig.live(quota), 2)
    assert rig.asked_s == [0, 3600]
    assert found[0].error


def test_a_blocked_request_is_not_repeated_for_ten_minutes(quota):
    rig = Rig([Answer(403, {}, b"<html>Sorry, you have been blocked</html>"), GOOD])
    found = polls(rig.live(quota), 2)
    assert rig.asked_s == [0, 600]
    assert "blocks us" in found[0].error


def test_a_bad_answer_is_not_repeated_within_the_poll(quota):
    rig = Rig([Answer(400, {}, b'{"message":"Bad Request"}'), GOOD])
    found = polls(rig.live(quota), 2)
    assert rig.asked_s == [0, 120]
    assert "400" in found[0].error


def test_a_redirect_is_a_bad_answer_that_names_the_other_address(quota):
    rig = Rig([Answer(302, {"location": "https://elsewhere.example/"}, b""), GOOD])
    assert "elsewhere.example" in polls(rig.live(quota), 1)[0].error


def test_429_waits_a_quarter_of_an_hour_if_it_does_not_say_how_long(quota):
    rig = Rig([Answer(429, {}, b'{"message":"API rate limit exceeded"}'), GOOD])
    found = polls(rig.live(quota), 2)
    assert rig.asked_s == [0, 900]
    assert "quota" in found[0].error


def test_429_with_nothing_left_today_waits_for_the_next_day(quota):
    rig = Rig([Answer(429, {"x-ratelimit-remaining-day": "0"}, b""), GOOD])
    polls(rig.live(quota), 2)
    assert rig.asked_s == [0, 12 * 3600]


def test_a_refused_key_stops_at_once_and_names_the_variable(quota):
    rig = Rig([Answer(401, {}, b'{"message":"Unauthorized"}')])
    with pytest.raises(AuthError, match="PRIM_API_KEY"):
        polls(rig.live(quota), 1)
    assert rig.asked_s == [0]


def test_a_key_that_worked_is_given_three_polls(quota):
    rig = Rig([GOOD] + [Answer(401, {}, b'{"message":"Unauthorized"}')] * 3)
    seen: list[str] = []
    with pytest.raises(AuthError):
        seen.extend(item.error for item in rig.live(quota).polls() if isinstance(item, RawPoll))
    assert rig.asked_s == [0, 120, 240, 360]
    assert len(seen) == 3 and seen[0] == "" and "PRIM_API_KEY" in seen[1]


def test_the_quota_stretches_the_interval(tmp_path):
    quota = Quota(tmp_path / "quota.sqlite", "a-key", per_day=145)
    rig = Rig(forever(GOOD))  # noon: 43,200 s left for 144 further requests
    polls(rig.live(quota), 3)
    assert rig.asked_s[:2] == [0, 300]
    assert rig.asked_s[2] == pytest.approx(600, abs=3)


def test_less_left_on_the_server_counts(quota):
    answer = Answer(200, {"x-ratelimit-remaining-day": "36"}, GOOD.body)
    rig = Rig([answer, GOOD])
    polls(rig.live(quota), 2)
    assert rig.asked_s == [0, 1200]


def test_more_left_on_the_server_does_not_count(tmp_path):
    quota = Quota(tmp_path / "quota.sqlite", "a-key", per_day=145)
    rig = Rig(forever(Answer(200, {"x-ratelimit-remaining-day": "900"}, GOOD.body)))
    polls(rig.live(quota), 2)
    assert rig.asked_s == [0, 300]


def test_a_spent_quota_is_said_at_once_and_the_next_day_goes_on(tmp_path):
    quota = Quota(tmp_path / "quota.sqlite", "a-key", per_day=2)
    rig = Rig(forever(GOOD), start=datetime(2026, 10, 5, 23, 50, tzinfo=UTC))
    quota.spend(rig.now - timedelta(hours=1))
    quota.spend(rig.now - timedelta(hours=1))
    spent, good = polls(rig.live(quota), 2)
    assert "next request at 00:00 UTC" in spent.error and spent.clock == rig.start
    assert good.error == "" and rig.asked_s == [600]


def test_a_quota_that_another_process_spends_is_an_error_not_a_request(tmp_path):
    quota = Quota(tmp_path / "quota.sqlite", "a-key", per_day=3)
    rig = Rig(forever(GOOD))
    stream = rig.live(quota).polls()
    assert isinstance(next(stream), RawPoll) and isinstance(next(stream), Idle)
    other_process = Quota(tmp_path / "quota.sqlite", "a-key", per_day=3)
    assert [other_process.spend(rig.now) for _ in range(3)] == [True, True, False]
    spent, good = islice((item for item in stream if isinstance(item, RawPoll)), 2)
    assert "next request at 00:00 UTC" in spent.error and spent.body == b""
    assert good.error == ""
    assert rig.asked_s == [0, 12 * 3600]


def test_retries_never_eat_what_the_regular_polls_of_the_day_need(tmp_path):
    quota = Quota(tmp_path / "quota.sqlite", "a-key", per_day=362)  # 360 polls to midnight, and two over
    rig = Rig(forever(NO_NEWS))
    found = polls(rig.live(quota), 4)
    assert all(poll.error for poll in found)
    assert rig.asked_s == [0, 2, 120, 240, 360]


def test_restarts_in_a_loop_do_not_burn_the_quota(quota):
    rig = Rig(forever(GOOD))
    for _ in range(3):
        polls(rig.live(quota), 1)
    # 43,200 s for the 999 and then 998 requests left: the sustainable pace, not one a restart
    assert rig.asked_s == pytest.approx([0, 43.2, 86.4], abs=0.2)


def test_a_clock_set_back_an_hour_costs_one_interval_not_an_hour(quota):
    rig = Rig(forever(GOOD))
    stream = rig.live(quota).polls()
    next(stream), next(stream)
    rig.now -= timedelta(hours=1)
    waited = sum(1 for _ in iter(lambda: isinstance(next(stream), Idle), False))
    assert 118 <= waited <= 122


def test_a_machine_that_slept_polls_at_once(quota):
    rig = Rig(forever(GOOD))
    stream = rig.live(quota).polls()
    next(stream), next(stream)
    rig.now += timedelta(hours=3)
    assert isinstance(next(stream), RawPoll)


def test_stop_ends_the_stream(quota):
    rig = Rig(forever(GOOD))
    live = rig.live(quota)
    stream = live.polls()
    next(stream), next(stream)
    live.stop()
    assert list(stream) == []


def test_each_poll_says_when_it_began_and_when_the_next_one_is_due(quota):
    rig = Rig([NO_NEWS, GOOD] + [NO_NEWS] * 4 + [GOOD])
    found = polls(rig.live(quota), 3)
    assert [poll.slot for poll in found] == [Slot(NOON + timedelta(seconds=s), 120) for s in (0, 120, 240)]


def test_the_schedule_is_what_a_day_of_the_quota_allows_not_what_is_left_of_it(tmp_path):
    quota = Quota(tmp_path / "quota.sqlite", "a-key", per_day=144)
    live = Rig(forever(Answer(200, {"x-ratelimit-remaining-day": "10"}, GOOD.body))).live(quota)
    assert {poll.slot.every_s for poll in polls(live, 3)} == {600}


@pytest.mark.parametrize(
    ("answer", "rejection"),
    [
        (Transient("timed out"), "failed"),
        (Answer(503, {}, b""), "failed"),
        (NO_NEWS, "failed"),
        (Answer(429, {}, b""), "failed"),
        (Answer(200, {}, b""), "empty"),
        (Answer(200, {}, b"null"), "empty"),
        (Answer(200, {}, b'{"disruptions":null}'), "empty"),
        (Answer(200, {}, b'{"disruptions":['), "other"),
        (Answer(200, {}, b"<html>"), "other"),
    ],
)
def test_no_answer_is_told_from_an_empty_and_from_a_broken_one(quota, answer, rejection):
    assert polls(Rig([answer] * 4).live(quota), 1)[0].rejection == rejection
