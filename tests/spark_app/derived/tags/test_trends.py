"""Unusual tags, with counts small enough to check by hand."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from spark_app.derived.tags.trends import Sighting, chained, surprise, trends

END = datetime(2024, 4, 30, 12, tzinfo=UTC)
WORKS, FIRE, NORD, SUD = ("cause", "works"), ("cause", "fire"), ("station", "1"), ("station", "2")


def sighting(hours_ago: float, disruption: str, *tags: tuple[str, str]) -> Sighting:
    return Sighting(END - timedelta(hours=hours_ago), disruption, tags)


def test_surprise_is_the_log_likelihood_ratio() -> None:
    assert surprise(4, 0.5) == pytest.approx(4 * math.log(8) - 3.5)
    assert surprise(2, 2.0) == 0.0
    assert surprise(0, 2.0) == 0.0


def test_what_is_always_busy_is_no_news() -> None:
    busy = [sighting(hours, f"w{hours}", WORKS) for hours in range(150)]
    found = trends([*busy, sighting(1, "f", FIRE)], END)
    assert [t.tag for t in found.unusual] == [FIRE, WORKS]
    assert [t.tag for t in found.frequent] == [WORKS, FIRE]


def test_counts_and_expectations() -> None:
    week = [sighting(2 + 16.8 * n + 0.1, f"w{n}", WORKS) for n in range(10)]
    [trend] = trends([*week, sighting(1, "now", WORKS)], END).unusual
    assert trend.count == 1
    assert trend.expected == pytest.approx(10.5 * 2 / 168)


def test_each_disruption_counts_once() -> None:
    found = trends([sighting(1, "a", FIRE), sighting(0.5, "a", FIRE), sighting(0.2, "b", FIRE)], END)
    assert found.unusual[0].count == 2


def test_the_window_is_half_open_and_the_memory_ends_where_it_begins() -> None:
    sightings = [sighting(0, "end", FIRE), sighting(2, "begin", FIRE), sighting(2.001, "before", FIRE)]
    [trend] = trends(sightings, END).unusual
    assert trend.count == 1
    assert trend.expected == pytest.approx(1.5 * 2 / 168)
    assert trends([sighting(170.001, "old", FIRE), sighting(1, "a", FIRE)], END).unusual[0].expected < 0.01


def test_a_short_history_is_no_quiet_week() -> None:
    week = [sighting(hours + 2.5, f"w{hours}", WORKS) for hours in range(24)]
    here = [*week, sighting(1, "a", WORKS), sighting(1.5, "b", WORKS)]
    assert trends(here, END, since=END - timedelta(hours=26)).unusual[0].surprise == 0.0
    assert trends(here, END).unusual[0].surprise > 1


def test_tags_of_mostly_the_same_disruptions_are_one_trend() -> None:
    ids = "abcdef"
    shared = [sighting(1, name, NORD, SUD) for name in ids] + [sighting(1, "g", NORD)]
    assert [(t.tag, t.also) for t in trends(shared, END).unusual] == [(NORD, (SUD,))]
    apart = [*shared, sighting(1, "h", SUD), sighting(1, "i", SUD), sighting(1, "j", SUD)]
    assert [t.tag for t in trends(apart, END).unusual] == [SUD, NORD]


def test_updates_and_twins_of_one_incident_are_one_disruption() -> None:
    line, other = ("line", "C1"), ("line", "C2")
    seen = [
        sighting(3.0, "first", line, FIRE, NORD),
        sighting(2.6, "update", line, FIRE, SUD),
        sighting(2.5, "twin", line, FIRE),
        sighting(2.5, "elsewhere", other, FIRE),
        sighting(1.9, "later", line, FIRE),
        sighting(1.0, "nameless", NORD),
        sighting(0.9, "nameless too", SUD),
    ]
    assert [s.disruption for s in chained(reversed(seen))] == [
        "first",
        "first",
        "elsewhere",
        "first",
        "later",
        "nameless",
        "nameless too",
    ]


def test_tags_of_the_same_disruptions_are_one_trend() -> None:
    found = trends([sighting(1, "a", NORD, SUD), sighting(1, "b", NORD, SUD), sighting(1, "c", FIRE)], END)
    assert [(t.tag, t.also) for t in found.unusual] == [(NORD, (SUD,)), (FIRE, ())]
    assert [t.tag for t in found.frequent] == [NORD, SUD, FIRE]


def test_the_order_of_sightings_does_not_matter() -> None:
    sightings = [sighting(hours, str(hours), tag) for hours in range(9) for tag in (NORD, SUD, FIRE, WORKS)]
    assert trends(sightings, END) == trends(sightings[::-1], END)


def test_nothing_gives_nothing() -> None:
    assert trends([], END).unusual == trends([], END).frequent == ()
    with pytest.raises(ValueError, match="must be positive"):
        trends([], END, window=timedelta(0))


def test_the_classic_setting_of_five_minutes() -> None:
    sightings = [sighting(n / 60, f"n{n}", ("line", f"L{n % 20}")) for n in range(1, 60)]
    found = trends(
        sightings, END, window=timedelta(minutes=5), memory=timedelta(hours=1), since=END - timedelta(hours=1)
    )
    assert {t.tag[1] for t in found.frequent} == {f"L{n}" for n in range(1, 6)}
    assert len(found.unusual) <= 10
