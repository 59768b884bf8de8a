"""What the back-test calls an episode, large, in time and false."""

import pytest

from benchmarks.derived import _alert_backtest as backtest
from benchmarks.derived._alert_backtest import episodes_of, false_alerts
from benchmarks.derived._long_history import Planted as Hidden
from benchmarks.derived._long_history import Spell, entries, planted_found
from spark_app.derived.alerts.rule import Alert
from tests.made.alert_entries import LINE, MINUTE_US, NOON_US, OTHER, SIZES, entry, revision, tick


@pytest.fixture(autouse=True)
def sizes(monkeypatch):
    monkeypatch.setattr(backtest, "stations_of_line", SIZES.__getitem__)
    monkeypatch.setattr(backtest, "Active", lambda: backtest_active(SIZES.__getitem__))


def backtest_active(size_of):
    from spark_app.derived.alerts.levels import Active

    return Active(size_of)


def alert(minute, line=LINE, cleared=None):
    at_us = NOON_US + minute * MINUTE_US
    return Alert(line, at_us, at_us, 300_000, 300_000, 300_000, 0, 0, (), "", cleared and NOON_US + cleared * MINUTE_US)


def story(minutes=70, hours_before=4):
    """From 8 o'clock on: one station, then three more under another id of the same event."""
    shift = -hours_before * 60
    first, second = revision("a", "x"), revision("b", "abc")
    return [
        entry(shift, first),
        entry(shift + 10, second),
        *[tick(shift + m, first, second) for m in range(15, minutes, 5)],
        entry(shift + minutes, ("closed", first), ("closed", second)),
    ]


def test_ids_of_one_event_are_one_episode_with_all_their_stations():
    (episode,) = episodes_of(story(), {"a": "a", "b": "a"})
    assert episode.stations == {"x", "a", "b", "c"}
    assert episode.end_us - episode.begin_us == 70 * MINUTE_US
    assert episode.large_us - episode.published_us == 10 * MINUTE_US
    assert episode.is_large


@pytest.mark.parametrize(
    "made",
    [
        story(minutes=60),
        story(hours_before=1),
        [entry(-240, revision("a", "ab")), entry(-100, ("closed", revision("a", "ab")))],
    ],
)
def test_short_at_noon_or_small_is_not_large(made):
    assert not any(episode.is_large for episode in episodes_of(made, {"b": "a"}))


def test_what_only_disturbs_is_no_episode():
    assert episodes_of([entry(0, revision("a", "abc", "PERTURBEE"))], {}) == []


def test_time_to_the_alert_counts_from_the_publication():
    (episode,) = episodes_of(story(), {"b": "a"})
    since_us = episode.published_us
    assert episode.alerted_after_us([alert(-232)], since_us) == 8 * MINUTE_US
    assert episode.alerted_after_us([alert(-250)], since_us) == 0  # open already
    assert episode.alerted_after_us([alert(-250, cleared=-245)], since_us) is None
    assert episode.alerted_after_us([alert(-232, OTHER)], since_us) is None


def test_an_alert_is_false_without_a_blocking_episode_of_its_line_within_a_quarter_of_an_hour():
    episodes = episodes_of([entry(0, revision("a", "x")), entry(10, ("closed", revision("a", "x")))], {})
    near, far, other = alert(25), alert(26), alert(5, OTHER)
    assert false_alerts([near, far, other], episodes) == [far, other]
    assert false_alerts([alert(-15), alert(-16)], episodes) == [alert(-16)]


def test_planted_trouble_is_found_by_an_alert_that_is_raised_in_time_or_open():
    hidden = Hidden(LINE, None, NOON_US)
    raised = [(LINE, NOON_US + 9 * MINUTE_US, None)]
    assert planted_found(hidden, raised)
    assert not planted_found(hidden, [(LINE, NOON_US + 11 * MINUTE_US, None)])
    assert not planted_found(hidden, [(OTHER, NOON_US, None)])
    assert not planted_found(hidden, [(LINE, NOON_US - 60 * MINUTE_US, NOON_US)])


def test_made_entries_open_and_close_what_they_were_made_of():
    begin_s = 1_789_000_200  # within the eight weeks
    spell = Spell(begin_s, begin_s + 1_200, revision("a", "abc"))
    said = [(e.event_time_us, e.tick, m.kind) for e in entries([spell]) for m in e.messages]
    assert [kind for _, is_tick, kind in said if not is_tick] == ["opened", "closed"]
    assert len([kind for _, is_tick, kind in said if is_tick]) == 4
    assert [at for at, *_ in said] == sorted(at for at, *_ in said)
