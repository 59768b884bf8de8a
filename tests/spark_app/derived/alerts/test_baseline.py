"""What is usual: by kind of day and hour, robust, hidden while days are few."""

from datetime import date, timedelta

import pytest

from spark_app.derived.alerts.baseline import History, Usual, times_usual
from spark_app.derived.alerts.calendar import DayType, ServiceHour, day_type

MONDAY = date(2026, 9, 7)


def working_days(count):
    days = (MONDAY + timedelta(days=n) for n in range(200))
    return [day for day in days if day_type(day) is DayType.WORKING][:count]


def history(levels, hour=18, line="L"):
    """One working day a level (1e-6), the same in the hours around."""
    made = History()
    for day, level in zip(working_days(len(levels)), levels, strict=True):
        for around in (hour - 1, hour, hour + 1):
            made.add(ServiceHour(day, around), 12, {line: level * 12} if level else {})
    return made, ServiceHour(working_days(len(levels) + 1)[-1], hour)


def test_ten_like_days_make_it_known():
    made, at = history([100_000] * 10)
    usual = made.usual("L", at)
    assert (usual.level_e6, usual.days, usual.is_known) == (100_000, 10, True)
    assert times_usual(310_000, usual) == 3.1


def test_nine_days_are_not_enough():
    made, at = history([100_000] * 9)
    assert not made.usual("L", at).is_known
    assert times_usual(310_000, made.usual("L", at)) is None


def test_one_strike_does_not_become_usual():
    made, at = history([0] * 9 + [1_000_000])
    assert made.usual("L", at).level_e6 == 0


def test_quiet_days_count_as_observed():
    made, at = history([300_000, 0, 0] * 4)
    assert made.usual("L", at).level_e6 == 300_000 * 3 // 11  # the highest of twelve is left out


def test_a_saturday_is_not_compared_with_working_days():
    made, _ = history([100_000] * 10)
    assert made.usual("L", ServiceHour(date(2026, 9, 26), 18)).days == 0


def test_the_hours_beside_count_half():
    made = History()
    for day in working_days(10):
        made.add(ServiceHour(day, 17), 12, {"L": 12 * 400_000})
        made.add(ServiceHour(day, 18), 12, {})
    assert made.usual("L", ServiceHour(working_days(11)[-1], 18)).level_e6 == 400_000 // 3


def test_later_days_and_the_day_itself_say_nothing():
    made, at = history([100_000] * 10)
    before = made.usual("L", at)
    made.add(at, 12, {"L": 12 * 900_000})
    assert made.usual("L", at) == before
    assert made.usual("L", ServiceHour(MONDAY, 18)).days == 0


def test_an_hour_observed_less_than_half_is_no_observation():
    made, at = history([100_000] * 10)
    other = History()
    for day in working_days(10):
        other.add(ServiceHour(day, 18), 5, {"L": 5 * 100_000})
    assert (made.usual("L", at).days, other.usual("L", at).days) == (10, 0)


def test_while_days_are_few_the_lines_mean_stands_in():
    made, _ = history([200_000] * 5)
    saturday = ServiceHour(date(2026, 9, 12), 18)
    assert made.usual("L", saturday).expected_e6 == 200_000  # no Saturday yet: the mean over all hours
    assert made.usual("M", saturday).expected_e6 == 0


def test_old_days_are_forgotten():
    made, _ = history([100_000] * 10)
    late = MONDAY + timedelta(days=150)
    made.add(ServiceHour(late, 4), 12, {})
    assert made.usual("L", ServiceHour(late, 18)).days == 0


@pytest.mark.parametrize(("level", "days"), [(0, 20), (500_000, 9)])
def test_no_factor_without_a_usual_level_or_history(level, days):
    assert times_usual(300_000, Usual(level, level, days)) is None


def test_the_night_after_is_not_beside_the_morning():
    made = History()
    for day in working_days(10):
        made.add(ServiceHour(day, 3), 12, {"L": 12 * 900_000})  # the end of that service day
        made.add(ServiceHour(day, 4), 12, {"L": 12 * 100_000})  # its begin
    at = working_days(11)[-1]
    assert made.usual("L", ServiceHour(at, 4)).level_e6 == 100_000
    assert made.usual("L", ServiceHour(at, 3)).level_e6 == 900_000
