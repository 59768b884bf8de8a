"""Paris wall clock to UTC, where it is easy to be an hour off."""

from datetime import UTC, date, datetime, timedelta

import pytest

from prim_client.messages.paris_time import parse_begin, parse_end, parse_utc, readings, service_day_bounds


@pytest.mark.parametrize("parse", [parse_begin, parse_end])
def test_summer_and_winter(parse):
    assert parse("20240430T181535") == datetime(2024, 4, 30, 16, 15, 35, tzinfo=UTC)
    assert parse("20240130T181535") == datetime(2024, 1, 30, 17, 15, 35, tzinfo=UTC)


def test_in_the_hour_that_comes_twice_a_begin_is_the_first_and_an_end_the_second():
    assert parse_begin("20241027T023000") == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)
    assert parse_end("20241027T023000") == datetime(2024, 10, 27, 1, 30, tzinfo=UTC)


def test_in_the_hour_that_never_comes_a_begin_is_still_not_after_an_end():
    assert parse_begin("20240331T023000") == datetime(2024, 3, 31, 0, 30, tzinfo=UTC)
    assert parse_end("20240331T023000") == datetime(2024, 3, 31, 1, 30, tzinfo=UTC)


def test_the_hours_beside_are_not_ambiguous():
    assert (
        parse_begin("20241027T015959") == parse_end("20241027T015959") == datetime(2024, 10, 26, 23, 59, 59, tzinfo=UTC)
    )
    assert parse_begin("20241027T030000") == parse_end("20241027T030000") == datetime(2024, 10, 27, 2, 0, tzinfo=UTC)
    assert readings(datetime(2024, 6, 1)) == (datetime(2024, 5, 31, 22, tzinfo=UTC),) * 2


@pytest.mark.parametrize("far", ["19700102T000000", "20160101T000000", "20331231T235959", "99981231T235959"])
def test_far_years_are_times(far):
    assert parse_begin(far).tzinfo is UTC


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "20240430",
        "20240430T1815",
        "2024-04-30T18:15:35",
        "20241301T000000",
        "20240230T000000",
        "20240101T240000",
        "00000101T000000",
        "19691231T235959",
        "99991231T235959",
        "20240430T181535Z",
        "٢٠٢٤0430T181535",
        "x" * 1_000_000,
    ],
)
def test_garbage_is_named_in_the_error(garbage):
    for parse in (parse_begin, parse_end):
        with pytest.raises(ValueError, match="is no Paris time like 20240430T181535") as caught:
            parse(garbage)
        assert garbage[:20] in str(caught.value)
        assert len(str(caught.value)) < 200


def test_utc_header():
    assert parse_utc("2024-04-23T01:17:47.436Z") == datetime(2024, 4, 23, 1, 17, 47, 436000, tzinfo=UTC)
    assert parse_utc("2024-04-23T03:17:47+02:00") == datetime(2024, 4, 23, 1, 17, 47, tzinfo=UTC)


@pytest.mark.parametrize(
    "garbage", ["", "2024-04-23T01:17:47", "yesterday", "0001-01-01T00:00:00+23:00", "9999-01-01T00:00:00Z"]
)
def test_a_header_without_zone_or_sense_is_named(garbage):
    with pytest.raises(ValueError, match="is no time like") as caught:
        parse_utc(garbage)
    assert repr(garbage) in str(caught.value)


def test_a_service_day_is_four_to_four_in_paris():
    assert service_day_bounds(date(2024, 4, 25)) == (
        datetime(2024, 4, 25, 2, tzinfo=UTC),
        datetime(2024, 4, 26, 2, tzinfo=UTC),
    )
    for day, hours in ((date(2024, 3, 30), 23), (date(2024, 10, 26), 25), (date(2024, 6, 1), 24)):
        begin, end = service_day_bounds(day)
        assert end - begin == timedelta(hours=hours)
