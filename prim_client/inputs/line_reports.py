"""Navitia's line reports: which of PRIM's ids IDFM holds under one `disruption_id`.

An `id` of a line report is the id of the bulk answer (Navitia calls it impact), and several ids of one incident
share a `disruption_id`. Pages are of lines: at most 100 whatever is asked, about 11 for the whole network. They have
a daily quota of their own. `read_page` is pure; network, clock and waiting of `LineReports` are arguments.
API page: https://prim.iledefrance-mobilites.fr/en/apis/idfm-navitia-line_reports-v2
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeGuard

import orjson

from prim_client.inputs.api import Answer, Key, Prim
from prim_client.inputs.errors import BadAnswer, PrimError, QuotaError, of_answer
from prim_client.inputs.quota import Quota

LINE_REPORTS_PATH = "/v2/navitia/line_reports/line_reports"
LINES_PER_PAGE = 100  # more is not given
PAGES_MAX = 40  # 4,000 lines: twice the network
PAGE_PAUSE_S = 0.25  # the gateway allows 5 requests a second
ID_MAX_CHARACTERS = 191  # an id is a UUID of 36; longer is none

FetchPage = Callable[[int], Answer]  # number of the page -> its answer


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `disruption_of` maps PRIM's id to IDFM's; `broken` records had no usable ids."""

    disruption_of: dict[str, str]
    broken: int
    is_last: bool


@dataclass(slots=True)
class Reading:
    """What one reading of all pages gave: what was read before a failure is as good as ever."""

    disruption_of: dict[str, str] = field(default_factory=dict)
    broken: int = 0
    requests: int = 0
    error: PrimError | None = None


def read_page(body: bytes) -> Page:
    """The ids of one good answer. Raises BadAnswer if it is no page; a broken record is only counted."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadAnswer(f"a page of line reports is no JSON ({len(body)} bytes, {error})") from None
    records = answer.get("disruptions") if isinstance(answer, dict) else None
    if not isinstance(records, list):
        raise BadAnswer(f"a page of line reports without disruptions ({len(body)} bytes)")
    pairs = [pair for record in records if (pair := _pair(record))]
    return Page(dict(pairs), len(records) - len(pairs), _is_last(answer.get("pagination")))


def _pair(record: Any) -> tuple[str, str] | None:
    if not isinstance(record, dict):
        return None
    id_, disruption = record.get("id"), record.get("disruption_id")
    return (id_, disruption) if _is_id(id_) and _is_id(disruption) else None


def _is_id(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= ID_MAX_CHARACTERS


def _is_last(pages: Any) -> bool:
    """By the page's own numbers, as it may be smaller than asked; a page without them, or an empty one, is the last."""
    names = ("total_result", "start_page", "items_per_page", "items_on_page")
    numbers = (
        [number for name in names if isinstance(number := pages.get(name), int)] if isinstance(pages, dict) else []
    )
    if len(numbers) < len(names):
        return True
    total, page, size, shown = numbers
    return shown == 0 or page * size + shown >= total


def fetch_page(prim: Prim) -> FetchPage:
    """Asks `prim` for pages."""
    return lambda page: prim.get(LINE_REPORTS_PATH, count=LINES_PER_PAGE, start_page=page)


def quota_key(key: Key) -> str:
    """The name of the key's budget for line reports, apart from that for the bulk answer."""
    return f"{key.reveal()} line_reports"


class LineReports:
    """Reads all pages, within the quota.

    Args:
        fetch: one request.
        quota: the budget of the line reports; each request is booked before it is sent.
        clock: UTC now.
        sleep: waits so many seconds between two pages.
    """

    def __init__(
        self,
        fetch: FetchPage,
        quota: Quota,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._fetch, self._quota, self._clock, self._sleep = fetch, quota, clock, sleep

    def read(self) -> Reading:
        """All pages, up to the first failure, which is in `error`. Raises nothing of PRIM's."""
        reading = Reading()
        try:
            for number in range(PAGES_MAX):
                if number:
                    self._sleep(PAGE_PAUSE_S)
                page = self._page(number, reading)
                reading.disruption_of |= page.disruption_of
                reading.broken += page.broken
                if page.is_last:
                    break
        except PrimError as error:
            reading.error = error
        return reading

    def wait_s(self, reading: Reading, interval_s: float) -> float:
        """Seconds from `reading` to the next: the interval, or longer where quota or gateway ask for it."""
        now = self._clock()
        budget = self._quota.budget(now)
        reset_s = (budget.reset_at - now).total_seconds()
        spacing_s = min(budget.spacing_s(now) * max(reading.requests, 1), reset_s)
        asked_s = reading.error.retry_after_s or 0.0 if reading.error else 0.0
        return max(interval_s, spacing_s, asked_s)

    def owed_s(self, interval_s: float) -> float:
        """After a restart: what is still to wait, so that restarts in a loop burn no quota."""
        now = self._clock()
        last = self._quota.budget(now).last_sent_at
        passed_s = (now - last).total_seconds() if last else interval_s
        return max(interval_s - max(passed_s, 0.0), 0.0)

    def _page(self, number: int, reading: Reading) -> Page:
        now = self._clock()
        if not self._quota.spend(now):
            reset_at = self._quota.budget(now).reset_at
            raise QuotaError(f"the day's quota of line reports is spent until {reset_at:%H:%M} UTC")
        reading.requests += 1
        answer = self._fetch(number)
        if answer.requests_left is not None:
            self._quota.note_left(now, answer.requests_left)
        if _is_no_solution(answer):
            return Page({}, 0, is_last=True)
        if error := of_answer(answer.status, answer.headers, answer.body, self._clock()):
            raise error
        return read_page(answer.body)


def _is_no_solution(answer: Answer) -> bool:
    """Navitia's way to say that nothing is wrong anywhere, or that the pages are at their end."""
    return answer.status == 404 and b'"no_solution"' in answer.body
