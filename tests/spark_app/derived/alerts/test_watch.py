"""The watch over all lines: stopped and taken up anywhere, it says the same."""

import orjson
import pytest

from spark_app.derived.alerts.baseline import History
from spark_app.derived.alerts.rule import Thresholds
from spark_app.derived.alerts.watch import Watch
from tests.made.alert_entries import LINE, MINUTE_US, NOON_US, OTHER, SIZES, entry, revision, tick


def story():
    """Three hours: L blocked for one of them, M half blocked for a moment."""
    blocked, small = revision("a", "abcdef"), revision("b", "xy", line=OTHER)
    return [
        tick(0),
        entry(2, blocked),
        *[tick(m, blocked) for m in range(5, 65, 5)],
        entry(62, ("closed", blocked)),
        tick(65),
        entry(66, small),
        entry(68, ("closed", small)),
        *[tick(m) for m in range(70, 185, 5)],
    ]


def watch():
    return Watch(Thresholds(), History(), SIZES.__getitem__)


@pytest.fixture(scope="module")
def whole():
    return watch().take(story())


def test_the_story_has_two_alerts_that_are_over(whole):
    assert [(a.line, a.level_e6, a.cleared_us is not None, a.title) for a in whole.alerts.values()] == [
        (LINE, 600_000, True, "Titre"),
        (OTHER, 500_000, True, "Titre"),
    ]


def test_an_alert_is_raised_by_the_message_and_not_by_the_next_tick(whole):
    alert = next(a for a in whole.alerts.values() if a.line == LINE)
    assert alert.raised_us == entry(2).event_time_us


def test_an_hour_that_is_over_has_its_level(whole):
    first, second, _ = whole.hours
    # 12:00 to 13:00 in Paris: the tick of 12:00 closes the hour before, so eleven of twelve ticks are blocked
    assert (first.ticks, first.sums_e6) == (1, {})
    assert (second.ticks, second.sums_e6) == (12, {LINE: 12 * 600_000})


@pytest.mark.parametrize("size", [1, 2, 7])
def test_stopped_and_taken_up_after_any_entry_it_says_the_same(whole, size):
    history, alerts, hours, state = History(), {}, [], None
    entries = story()
    for start in range(0, len(entries), size):
        one = Watch(Thresholds(), history, SIZES.__getitem__)
        if state is not None:
            one.restore(orjson.loads(state))
        taken = one.take(entries[start : start + size])
        alerts |= taken.alerts
        hours += taken.hours
        state = orjson.dumps(one.state())
    assert (alerts, hours) == (whole.alerts, whole.hours)


def test_nothing_is_cleared_while_nobody_looks():
    blocked = revision("a", "abcdef")
    taken = watch().take([entry(0, blocked), *[tick(m, observed=False) for m in range(5, 100, 5)]])
    assert [a.cleared_us for a in taken.alerts.values()] == [None]


def test_the_wait_for_the_end_begins_anew_when_somebody_looks_again():
    blocked = revision("a", "abcdef")
    over = [entry(1, ("closed", blocked)), tick(5), *[tick(m, observed=False) for m in range(10, 60, 5)]]
    one = watch()
    blind = one.take([entry(0, blocked), *over])
    assert [a.cleared_us for a in blind.alerts.values()] == [None]
    seen = one.take([tick(60), tick(65), tick(70)])
    assert [a.cleared_us for a in seen.alerts.values()] == [NOON_US + 70 * MINUTE_US]
