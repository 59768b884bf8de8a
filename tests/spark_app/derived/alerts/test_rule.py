"""Two thresholds, a wait, quiet hours, and nobody told twice."""

from datetime import UTC, datetime, time

import pytest

from prim_client.messages.message import from_epoch_us, to_epoch_us
from spark_app.derived.alerts.baseline import Usual
from spark_app.derived.alerts.levels import Level
from spark_app.derived.alerts.rule import Rule, Thresholds, end_of_quiet_us

MINUTE_US = 60_000_000
NOTHING = Usual(0, 0, 20)


def run(shares, usual=NOTHING, thresholds=None, step_min=5):
    """One look a step at a line with these shares blocked; the alerts said, as (minute, cleared?, repeats)."""
    rule, said = Rule(thresholds or Thresholds()), []
    for n, share in enumerate(shares):
        level = Level(round(share * 1e6), round(share * 1e6), ("d",))
        alert = rule.look("L", n * step_min * MINUTE_US, level, lambda: usual)
        if alert:
            said.append((n * step_min, alert.cleared_us is not None, alert.repeats))
    return said, rule


def test_a_line_alerts_at_the_upper_threshold_and_not_below():
    assert run([0.24, 0.249])[0] == []
    assert run([0.24, 0.25])[0] == [(5, False, 0)]


def test_it_does_not_flutter_between_the_thresholds():
    assert run([0.25, 0.24, 0.12, 0.24, 0.11])[0] == [(0, False, 0)]


def test_it_is_over_after_staying_low_for_a_while():
    assert run([0.3, 0.05, 0.05, 0.05])[0] == [(0, False, 0), (15, True, 0)]


def test_a_short_dip_is_not_the_end():
    assert run([0.3, 0.05, 0.2, 0.05, 0.2])[0] == [(0, False, 0)]


def test_raised_again_soon_it_is_the_same_alert():
    said, rule = run([0.3, 0, 0, 0, 0.3])
    assert said == [(0, False, 0), (15, True, 0), (20, False, 1)]
    assert rule.lines["L"].alert.id == "L-0"


def test_raised_again_much_later_it_is_another():
    _, rule = run([0.3, 0, 0, *[0] * 7, 0.3])
    assert rule.lines["L"].alert.id == f"L-{50 * MINUTE_US}"


def test_what_comes_back_every_day_is_no_alert_unless_it_is_large():
    usual = Usual(250_000, 250_000, 20)
    assert run([0.29], usual)[0] == []
    assert run([0.3], usual)[0] == [(0, False, 0)]
    assert run([0.29], Usual(145_000, 145_000, 20))[0] == [(0, False, 0)]


def test_a_new_peak_is_said():
    said, rule = run([0.3, 0.5, 0.4])
    assert said == [(0, False, 0), (5, False, 0)]
    assert rule.lines["L"].alert.peak_e6 == 500_000


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2024-04-24T22:59", "2024-04-24T22:59"),
        ("2024-04-24T23:00", "2024-04-25T05:00"),
        ("2024-04-25T04:59", "2024-04-25T05:00"),
        ("2024-04-25T05:00", "2024-04-25T05:00"),
    ],
)
def test_quiet_hours_over_midnight(now, due):
    paris = "+02:00"
    at = to_epoch_us(datetime.fromisoformat(now + paris))
    assert end_of_quiet_us(at, (time(23), time(5))) == to_epoch_us(datetime.fromisoformat(due + paris))


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2024-10-27T00:30+00:00", "2024-10-27T00:45+00:00"),  # 02:30 in summer time
        ("2024-10-27T01:30+00:00", "2024-10-27T01:45+00:00"),  # 02:30 again
        ("2024-03-31T00:30+00:00", "2024-03-31T01:45+00:00"),  # 01:30; 02:45 is 03:45 that night
    ],
)
def test_quiet_hours_that_end_in_the_hour_of_the_clock_change(now, due):
    at = to_epoch_us(datetime.fromisoformat(now))
    assert end_of_quiet_us(at, (time(23), time(2, 45))) == to_epoch_us(datetime.fromisoformat(due))


def test_quiet_hours_within_a_day_and_none():
    at = to_epoch_us(datetime(2024, 4, 24, 10, 30, tzinfo=UTC))  # 12:30 in Paris
    assert from_epoch_us(end_of_quiet_us(at, (time(12), time(14)))) == datetime(2024, 4, 24, 12, 0, tzinfo=UTC)
    assert end_of_quiet_us(at, (time(14), time(15))) == at
    assert end_of_quiet_us(at, None) == at


def test_what_can_no_longer_be_opened_again_is_forgotten():
    _, rule = run([0.3, 0, 0, 0])
    rule.forget(45 * MINUTE_US)
    assert rule.lines
    rule.forget(45 * MINUTE_US + 1)
    assert not rule.lines
