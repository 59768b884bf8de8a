"""Days that are alike, against the calendars of 2024 and 2026."""

from datetime import UTC, date, datetime

import pytest

from spark_app.derived.alerts.calendar import DayType, ServiceHour, day_type, public_holidays, service_hour


def test_the_public_holidays_of_2024():
    assert sorted(public_holidays(2024)) == [
        date(2024, 1, 1),
        date(2024, 4, 1),
        date(2024, 5, 1),
        date(2024, 5, 8),
        date(2024, 5, 9),
        date(2024, 5, 20),
        date(2024, 7, 14),
        date(2024, 8, 15),
        date(2024, 11, 1),
        date(2024, 11, 11),
        date(2024, 12, 25),
    ]


@pytest.mark.parametrize("day", [date(2026, 4, 6), date(2026, 5, 14), date(2026, 5, 25)])
def test_easter_monday_ascension_and_whit_monday_move(day):
    assert day in public_holidays(2026)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2024, 4, 24), DayType.WORKING),
        (date(2024, 4, 27), DayType.SATURDAY),
        (date(2024, 4, 28), DayType.SUNDAY),
        (date(2024, 5, 1), DayType.SUNDAY),  # a Wednesday
        (date(2026, 8, 15), DayType.SUNDAY),  # a Saturday
    ],
)
def test_kinds_of_days(day, kind):
    assert day_type(day) is kind


@pytest.mark.parametrize(
    ("moment", "hour"),
    [
        (datetime(2024, 4, 24, 16, 5, tzinfo=UTC), ServiceHour(date(2024, 4, 24), 18)),
        (datetime(2024, 4, 25, 1, 59, tzinfo=UTC), ServiceHour(date(2024, 4, 24), 3)),
        (datetime(2024, 4, 25, 2, 0, tzinfo=UTC), ServiceHour(date(2024, 4, 25), 4)),
        (datetime(2024, 1, 15, 17, 0, tzinfo=UTC), ServiceHour(date(2024, 1, 15), 18)),
    ],
)
def test_a_service_day_begins_at_four_in_paris(moment, hour):
    assert service_hour(moment) == hour
