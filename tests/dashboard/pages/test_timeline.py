"""The timeline: windows with their gaps, and unions of lines."""

from dataclasses import replace

import pytest

from dashboard.pages.live import timeline
from dashboard.store.reader import Store
from dashboard.window.selection import Selection
from dashboard.window.view_cache import Views
from prim_client.messages.message import CHANNELS, to_epoch_us
from spark_app.store import tables
from tests.dashboard.conftest import NOON
from tests.made.filled_store import fill_store
from tests.made.network import TICK, Plan

SIX_HOURS = Selection(span="6h")


def test_each_window_of_the_range_is_there_oldest_first(views):
    chart = timeline.data(views, SIX_HOURS)
    ends = [window[0] for window in chart["windows"]]
    last = to_epoch_us(NOON + TICK) // 1000
    assert ends == [last - 300_000 * n for n in range(len(ends) - 1, -1, -1)]
    assert chart["until_ms"] - chart["after_ms"] == 6 * 3_600_000  # the store is a little older than that
    assert ends[0] == chart["after_ms"] + 300_000


def test_unobserved_ticks_show_in_the_windows_that_hold_them(views, plan):
    chart = timeline.data(views, SIX_HOURS)
    observed = {window[0]: window[2] for window in chart["windows"]}
    last_gap_ms = to_epoch_us(max(plan.unobserved)) // 1000
    assert observed[last_gap_ms] == 2  # four of its six ticks are missing
    assert observed[last_gap_ms - 4 * 300_000] == 6
    assert chart["windows"][-1][3] is False  # open


def test_a_window_without_observation_has_no_bar(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    gap = frozenset(NOON - n * TICK for n in range(6))
    fill_store(url, Plan(NOON - 12 * TICK, NOON, [], gap, open_window=False)).dispose()
    chart = timeline.data(Views(Store(url)), SIX_HOURS)
    end_ms = to_epoch_us(NOON) // 1000
    assert chart["windows"][-2:] == [
        [end_ms, 6, 0, True, [], None, ""],
        [end_ms + 300_000, 6, 0, False, [], None, ""],
    ]


def test_bars_are_the_means_of_the_window_table(views):
    chart = timeline.data(views, SIX_HOURS)
    chosen = to_epoch_us(NOON) // 1000
    window = next(w for w in chart["windows"] if w[0] == chosen)
    view = views.find(replace(SIX_HOURS, end_us=to_epoch_us(NOON)))
    expected = {c.key: round(c.disruptions, 3) for c in view.clusters}
    assert {chart["series"][position]["id"]: size for position, size, _ in window[4]} == expected


@pytest.mark.parametrize("size", ["disruptions", "stations"])
@pytest.mark.parametrize("modes", [("metro",), Selection().modes])
def test_a_union_counted_tick_by_tick_is_the_scopes_timeline(views, modes, size, monkeypatch):
    selection = replace(SIX_HOURS, channels=CHANNELS, modes=modes, size=size)
    written = timeline.data(views, selection)
    monkeypatch.setattr(Selection, "scope", lambda self: None)
    counted = timeline.data(views, selection)
    assert [w[:4] for w in counted["windows"]] == [w[:4] for w in written["windows"]]
    assert bars(counted) == bars(written)
    assert sum(len(w) for w in bars(written)) > 100


def test_a_union_over_a_long_range_counts_only_the_ticks_of_the_windows_shown(views, monkeypatch):
    monkeypatch.setattr(timeline, "WINDOWS_MAX", 3)  # half an hour every two hours
    written = timeline.data(views, SIX_HOURS)
    monkeypatch.setattr(Selection, "scope", lambda self: None)
    assert bars(timeline.data(Views(views.store), SIX_HOURS)) == bars(written)


def bars(chart) -> list[dict]:
    return [{chart["series"][i]["id"]: (value, colour) for i, value, colour in w[4]} for w in chart["windows"]]


def test_a_long_range_shows_every_nth_window_and_ends_with_the_newest(views, monkeypatch):
    monkeypatch.setattr(timeline, "WINDOWS_MAX", 20)
    chart = timeline.data(views, SIX_HOURS)
    assert chart["step_ms"] == 4 * 300_000  # 72 windows in at most 20 bars
    ends = [window[0] for window in chart["windows"]]
    assert 18 <= len(ends) <= 20
    assert ends[-1] == to_epoch_us(NOON + TICK) // 1000
    assert all(end % chart["step_ms"] == 0 for end in ends[:-1])


def test_a_store_younger_than_the_range_fills_its_chart(views):
    chart = timeline.data(views, replace(SIX_HOURS, span="30j"))
    assert chart["windows"][0][0] - chart["after_ms"] == chart["step_ms"]
    assert len(chart["windows"]) == 74  # every window of the six hours, the first and the open one


def test_an_old_window_is_shown_in_its_own_range(views):
    old = to_epoch_us(NOON - 66 * TICK)
    chart = timeline.data(views, replace(SIX_HOURS, end_us=old))
    assert chart["after_ms"] < old // 1000 <= chart["until_ms"]


def test_an_empty_store_has_no_timeline(tmp_path):
    from sqlalchemy import create_engine

    url = f"sqlite:///{tmp_path}/empty.db"
    tables.metadata.create_all(create_engine(url))
    assert timeline.data(Views(Store(url)), SIX_HOURS) is None
