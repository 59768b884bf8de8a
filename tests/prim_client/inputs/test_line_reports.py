"""Navitia's line reports: every id with IDFM's own, within a quota of their own, whatever is broken."""

import gzip
from datetime import UTC, datetime, timedelta
from functools import partial

import orjson
import pytest

from prim_client.inputs.api import Answer, Key, Prim
from prim_client.inputs.errors import AuthError, BadAnswer, QuotaError, Transient
from prim_client.inputs.line_reports import LineReports, fetch_page, quota_key, read_page
from prim_client.inputs.quota import Quota
from prim_client.simulated.line_reports import line_reports
from prim_client.simulated.server import SIMULATED_KEY, Simulator
from prim_client.simulated.world.world import World

NOW = datetime(2026, 10, 5, 16, tzinfo=UTC)


def body(*pairs, page=0, size=2, total=None):
    records = [{"id": id_, "disruption_id": disruption, "status": "active"} for id_, disruption in pairs]
    total = size if total is None else total
    shown = max(min(size, total - page * size), 0)
    pages = {"total_result": total, "start_page": page, "items_per_page": size, "items_on_page": shown}
    return orjson.dumps({"pagination": pages, "disruptions": records, "line_reports": []})


def answer(content, status=200, **headers):
    return Answer(status, headers, content)


@pytest.fixture
def quota(tmp_path):
    return Quota(tmp_path / "quota.sqlite", quota_key(Key("a-key")), 4000)


class Observed(LineReports):
    """Line reports with what they asked and how long they slept."""

    asked: list[int]
    slept: list[float]


def reader(pages, quota, now=NOW):
    """Reads `pages` one after the other; what is asked is in its `asked`."""
    asked, slept = [], []

    def fetch(number):
        asked.append(number)
        page = pages[number]
        if isinstance(page, Exception):
            raise page
        return page

    reports = Observed(fetch, quota, clock=lambda: now, sleep=slept.append)
    reports.asked, reports.slept = asked, slept
    return reports


def test_ids_come_with_idfms_own():
    page = read_page(body(("a", "D1"), ("b", "D1"), ("c", "D2")))
    assert (page.disruption_of, page.broken, page.is_last) == ({"a": "D1", "b": "D1", "c": "D2"}, 0, True)


def test_broken_records_are_counted_and_the_others_read():
    records = [
        {"id": "a", "disruption_id": "D1"},
        None,
        7,
        {},
        {"id": "b"},
        {"id": "", "disruption_id": "D1"},
        {"id": "c", "disruption_id": None},
        {"id": ["d"], "disruption_id": "D1"},
        {"id": "e" * 192, "disruption_id": "D1"},
    ]
    page = read_page(orjson.dumps({"disruptions": records}))
    assert (page.disruption_of, page.broken, page.is_last) == ({"a": "D1"}, 8, True)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"7", b"null", b"{}", b'{"disruptions":null}', b'{"disruptions":{}}']
)
def test_what_is_no_page_is_an_error(content):
    with pytest.raises(BadAnswer):
        read_page(content)


@pytest.mark.parametrize("pages", [None, [], {}, {"total_result": "1048"}, {"total_result": 9, "start_page": None}])
def test_a_page_that_does_not_number_itself_is_the_last(pages):
    assert read_page(orjson.dumps({"disruptions": [], "pagination": pages})).is_last


def test_the_recorded_page(shared_data):
    page = read_page(gzip.decompress((shared_data / "prim/navitia-line-reports-2024-04-30-page0.json.gz").read_bytes()))
    assert (len(page.disruption_of), len(set(page.disruption_of.values())), page.broken) == (19, 19, 0)
    assert not page.is_last  # 25 of 1,048 lines
    assert not set(page.disruption_of) & set(page.disruption_of.values())


def test_all_pages_are_read_with_pauses_and_no_more(quota):
    pages = [answer(body((f"i{n}", f"D{n // 2}"), page=n, total=5)) for n in range(4)]
    reports = reader(pages, quota)
    reading = reports.read()
    assert reading.disruption_of == {"i0": "D0", "i1": "D0", "i2": "D1"}
    assert (reports.asked, len(reports.slept), reading.requests, reading.error) == ([0, 1, 2], 2, 3, None)


def test_a_failing_page_keeps_what_was_read_before(quota):
    reading = reader([answer(body(("a", "D1"), total=9)), Transient("no answer")], quota).read()
    assert reading.disruption_of == {"a": "D1"}
    assert isinstance(reading.error, Transient) and reading.requests == 2


def test_nothing_wrong_anywhere_is_no_error(quota):
    nothing = answer(orjson.dumps({"error": {"id": "no_solution"}, "disruptions": []}), 404)
    reading = reader([nothing], quota).read()
    assert (reading.disruption_of, reading.error) == ({}, None)
    assert isinstance(reader([answer(b'{"message":"NO_NEWS_FOUND"}', 404)], quota).read().error, Transient)


def test_a_request_is_booked_before_it_is_sent_and_none_is_sent_without_quota(tmp_path):
    quota = Quota(tmp_path / "quota.sqlite", "k", 2)
    left = []

    def fetch(number):
        left.append(quota.budget(NOW).left)
        return answer(body((f"i{number}", "D"), page=number, total=99))

    reports = LineReports(fetch, quota, clock=lambda: NOW, sleep=lambda _: None)
    reading = reports.read()
    assert left == [1, 0]
    assert isinstance(reading.error, QuotaError) and "00:00 UTC" in str(reading.error)
    assert reports.wait_s(reading, 900) == 8 * 3600  # until midnight
    assert reports.read().requests == 0 and left == [1, 0]


def test_what_the_gateway_says_is_left_counts(quota):
    reports = reader([answer(body(("a", "D"), total=99), **{"x-ratelimit-remaining-day": "0"})] * 2, quota)
    assert reports.read().requests == 1
    assert quota.budget(NOW).left == 0


def test_the_time_to_the_next_reading_is_the_interval_or_what_is_asked(quota):
    reports = reader([answer(body(), 429, **{"retry-after": "1800"})], quota)
    reading = reports.read()
    assert isinstance(reading.error, QuotaError)
    assert reports.wait_s(reading, 900) == 1800
    assert reports.wait_s(reader([answer(body())], quota).read(), 900) == 900


def test_restarts_in_a_loop_burn_no_quota(quota):
    assert reader([], quota).owed_s(900) == 0
    reader([answer(body())], quota).read()
    assert reader([], quota, NOW + timedelta(minutes=5)).owed_s(900) == 600
    assert reader([], quota, NOW + timedelta(minutes=20)).owed_s(900) == 0


def test_the_budget_is_not_that_of_the_bulk_answer(tmp_path):
    key, path = Key("a-key"), tmp_path / "quota.sqlite"
    Quota(path, quota_key(key), 1).spend(NOW)
    assert Quota(path, key.reveal(), 1).budget(NOW).left == 1
    assert b"a-key" not in path.read_bytes()


@pytest.fixture(scope="module")
def world():
    return World(1, rail_only=True)


@pytest.fixture(scope="module")
def simulator(world):
    with Simulator(world.answer_at, clock=lambda: NOW, pages=partial(line_reports, world)) as server:
        yield server


@pytest.fixture
def reports(simulator, quota):
    prim = Prim(Key(SIMULATED_KEY), simulator.base_url, timeout_s=10, contact="https://example.org/pulse")
    return LineReports(fetch_page(prim), quota, clock=lambda: NOW, sleep=lambda _: None)


def test_the_simulator_knows_which_ids_are_one_incident(world, reports):
    reading = reports.read()
    published = [one for one in world.published_at(NOW) if one.content.links]
    assert reading.error is None and reading.broken == 0
    assert reading.disruption_of == {one.id: one.disruption_id for one in published}
    # all that an episode publishes in a day has one disruption_id, but for trains told one by one
    day = world._day(NOW.date())
    assert len({one.disruption_id for one in day}) < len({one.id for one in day})


def test_pages_of_any_size_tell_the_same(world):
    def read(count):
        found, number = {}, 0
        while True:
            page = read_page(line_reports(world, NOW, count, number))
            found |= page.disruption_of
            if page.is_last:
                return found, number
            number += 1

    assert read(3)[0] == read(100)[0] == read(5_000)[0]
    assert read(3)[1] > 1


def test_a_fault_of_the_simulator_is_an_error_and_the_bulk_answer_knows_nothing_of_it(simulator, reports):
    for kind, expected in (
        ("unauthorized", AuthError),
        ("no_news", Transient),
        ("bad_request", BadAnswer),
        ("too_many", QuotaError),
    ):
        simulator.fault(kind, api="line_reports")
        assert simulator.bulk(SIMULATED_KEY).status != 401
        assert isinstance(reports.read().error, expected)
    assert reports.read().error is None
    with pytest.raises(ValueError, match="api"):
        simulator.fault("no_news", api="else")


def test_a_refused_key_is_in_no_error(simulator, quota):
    secret = "not-to-be-told-7"
    prim = Prim(Key(secret), simulator.base_url, timeout_s=10, contact="https://example.org/pulse")
    error = LineReports(fetch_page(prim), quota, clock=lambda: NOW).read().error
    assert isinstance(error, AuthError) and error.__cause__ is None
    assert secret not in str(error) + repr(error)
