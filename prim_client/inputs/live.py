"""The live input: PRIM asked every so often, within its quota, whatever happens to the network.

A poll is one or more requests: a transient failure is tried again after a growing pause, if the day's
quota has requests to spare; at its end stands one RawPoll, with a body or with the error. Between
requests, and while one is under way, an Idle about every second lets the caller write what the clock
makes due, and stop. Network, clock, waiting and chance are arguments: a test states every second.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, wait
from dataclasses import replace
from datetime import UTC, datetime

from prim_client.inputs.api import Answer
from prim_client.inputs.errors import AuthError, PrimError, QuotaError, Transient, of_answer
from prim_client.inputs.quota import Quota
from prim_client.messages.poll_schedule import Slot
from prim_client.messages.polls import Idle, RawPoll, Rejection

IDLE_S = 1.0
CLOCK_STEP_S = 0.001  # a shorter wait may not move the clock at all
BACKOFF_S = 2.0  # before the first retry; doubles
BACKOFF_MAX_S = 60.0
QUOTA_PAUSE_S = 900.0  # after a 429 that does not say how long
AUTH_FAILURES = 3  # a key that worked before is believed refused after so many polls in a row

Fetch = Callable[[], Answer]


def in_thread(fetch: Fetch) -> Future[Answer]:
    """Run `fetch` in a thread that a stopping process need not wait for."""
    future: Future[Answer] = Future()

    def run() -> None:
        try:
            future.set_result(fetch())
        except BaseException as error:  # noqa: BLE001 - handed over whole: `_ask` raises it again
            future.set_exception(error)

    threading.Thread(target=run, name="prim-request", daemon=True).start()
    return future


class Live:
    """PRIM as an input.

    Args:
        fetch: one request (`Prim.disruptions`).
        quota: the key's budget.
        interval_s: time between two polls; longer when the quota asks for it.
        retries: further requests after a transient failure.
        timeout_s: a request without an end after this and a little more is given up.
        clock: UTC now.
        sleep: waits so many seconds; None: waits, and wakes at once when `stop` is called.
        chance: uniform in [0, 1).
        background: starts `fetch` beside us.
        source: what the messages say about where they come from.

    Raises from `polls`: AuthError when the key is refused (and worked never, or not for 3 polls).
    """

    def __init__(
        self,
        fetch: Fetch,
        quota: Quota,
        *,
        interval_s: float,
        retries: int,
        timeout_s: float,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], object] | None = None,
        chance: Callable[[], float] = random.random,
        background: Callable[[Fetch], Future[Answer]] = in_thread,
        source: str = "live",
    ) -> None:
        self.source = source
        self._fetch = fetch
        self._quota = quota
        self._interval_s = interval_s
        self._retries = retries
        self._give_up_s = 2 * timeout_s + 5  # name look-ups have no time limit of their own
        self._clock = clock
        self._stopping = threading.Event()
        self._sleep = sleep or self._stopping.wait
        self._chance = chance
        self._background = background
        self._worked = False
        self._refused = 0
        self._every_s = max(interval_s, quota.spacing_s)  # its schedule, whatever was spent or refused today

    def stop(self) -> None:
        """End `polls` within a second, from any thread."""
        self._stopping.set()

    def polls(self, after: str = "") -> Generator[RawPoll | Idle, None, None]:
        """Polls for ever; `after` changes nothing: what PRIM no longer says cannot be had again."""
        yield from self._pause(self._owed_s())
        while not self._stopping.is_set():
            started = self._clock()
            poll, wait_s = yield from self._poll()
            if self._stopping.is_set():
                return
            yield replace(poll, slot=Slot(started, self._every_s))
            wait_s = max(wait_s, self._interval_s, self._quota.budget(started).spacing_s(started))
            yield from self._pause(wait_s - (self._clock() - started).total_seconds())

    def _owed_s(self) -> float:
        """After a restart: what is still to wait, so that restarts in a loop burn no quota."""
        now = self._clock()
        budget = self._quota.budget(now)
        if budget.last_sent_at is None or budget.left == 0:  # nothing left: say so at once
            return 0.0
        passed_s = max((now - budget.last_sent_at).total_seconds(), 0.0)  # a clock set back is no debt
        return budget.spacing_s(now) - passed_s

    def _poll(self) -> Generator[Idle, None, tuple[RawPoll, float]]:
        """One poll and the least time in seconds from its start to the next."""
        for attempt in range(self._retries + 1):
            now = self._clock()
            if not self._quota.spend(now):
                return self._spent(now)
            try:
                body = yield from self._ask()
            except AuthError as error:
                return self._refusal(error)
            except PrimError as error:
                pause_s = max(self._backoff_s(attempt), error.retry_after_s or 0.0)
                if not self._worth_a_retry(error, attempt, pause_s):
                    return self._failed(error), self._wait_s(error)
                yield from self._pause(pause_s)
            else:
                self._worked, self._refused = True, 0
                return self._raw(body), 0.0
            if self._stopping.is_set():
                break
        return self._raw(b"", "stopped"), 0.0

    def _ask(self) -> Generator[Idle, None, bytes]:
        """The body of one request. Raises PrimError."""
        started = self._clock()
        future = self._background(self._fetch)
        while not future.done():
            wait([future], timeout=IDLE_S)
            if future.done():
                break
            if self._stopping.is_set() or (self._clock() - started).total_seconds() > self._give_up_s:
                raise Transient(f"no answer after {(self._clock() - started).total_seconds():.0f} s")
            yield Idle(self._clock())
        answer = future.result()
        if answer.requests_left is not None:
            self._quota.note_left(started, answer.requests_left)
        error = of_answer(answer.status, answer.headers, answer.body, self._clock())
        if error:
            raise error
        return answer.body

    def _worth_a_retry(self, error: PrimError, attempt: int, pause_s: float) -> bool:
        """A retry is for what passes, soon, and out of what the day's regular polls leave over."""
        if not isinstance(error, Transient) or attempt == self._retries or pause_s >= self._interval_s:
            return False
        now = self._clock()
        budget = self._quota.budget(now)
        return budget.left - 1 >= (budget.reset_at - now).total_seconds() / self._interval_s

    def _backoff_s(self, attempt: int) -> float:
        return min(BACKOFF_S * 2.0**attempt, BACKOFF_MAX_S) * (0.5 + self._chance() / 2)

    def _wait_s(self, error: PrimError) -> float:
        default_s = QUOTA_PAUSE_S if isinstance(error, QuotaError) else 0.0
        return default_s if error.retry_after_s is None else error.retry_after_s

    def _spent(self, now: datetime) -> tuple[RawPoll, float]:
        reset_at = self._quota.budget(now).reset_at
        error = f"the day's quota of the key is spent: next request at {reset_at:%H:%M} UTC"
        return self._raw(b"", error), (reset_at - now).total_seconds()

    def _refusal(self, error: AuthError) -> tuple[RawPoll, float]:
        self._refused += 1
        if not self._worked or self._refused >= AUTH_FAILURES:
            raise error
        return self._failed(error), 0.0

    def _failed(self, error: PrimError) -> RawPoll:
        return self._raw(b"", str(error), error.rejection)

    def _raw(self, body: bytes, error: str = "", rejection: Rejection = Rejection.FAILED) -> RawPoll:
        now = self._clock()
        return RawPoll(clock=now, body=body, cursor=now.isoformat(), error=error, rejection=rejection)

    def _pause(self, seconds: float) -> Iterator[Idle]:
        """Wait, an Idle a second. A clock set back begins the wait anew, a machine woken up ends it."""
        started = self._clock()
        while not self._stopping.is_set():
            passed_s = (self._clock() - started).total_seconds()
            if passed_s >= seconds:
                return
            if passed_s < 0:
                started, passed_s = self._clock(), 0.0
            self._sleep(min(IDLE_S, max(seconds - passed_s, CLOCK_STEP_S)))
            yield Idle(self._clock())
