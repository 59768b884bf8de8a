"""The timeline as rows: its windows, and the parts that each bar is stacked of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dashboard.pages.live.timeline import data
from dashboard.store.lives import Lives, key_of, read_lives
from dashboard.tables.dataset import Asked, Dataset, Found, Offer, Row, columns, of_window
from dashboard.window.selection import format_utc

OTHER_LINES = "all other lines"

WINDOW_COLUMNS = columns("""
    begin_utc       moment   begin of the window, exclusive
    end_utc         moment   end of the window, inclusive
    ticks_expected  integer  ticks that the window has
    ticks_observed  integer  of these, with a good poll shortly before; 0: nothing is known
    closed          boolean  it will not change any more
    size            number?  the whole bar: disruptions, mean over observed ticks, summed by cluster; null: not observed
    polarity        number?  mean over disruptions, -1 to 1
    largest         text     what its largest cluster was called; empty: none, or not known yet
""")
PART_COLUMNS = columns("""
    end_utc  moment   end of the window
    part     text     cluster (channel and number of its life) or line id; empty: all other lines
    name     text     what it is called: a cluster by its place, a line by mode and name
    size     number   disruptions or stations, mean over the observed ticks
""")


def _chart(asked: Asked) -> dict[str, Any]:
    found = data(asked.views, asked.selection)
    return found or {"windows": [], "series": [], "width_ms": 0}


def _utc(ms: int) -> str:
    return format_utc(ms * 1000)


def timeline(asked: Asked) -> Found:
    """One row a window of the chart, oldest first; a window that was not observed is there without a size."""
    chart = _chart(asked)
    return of_window(asked.view, [_window_row(window, chart["width_ms"]) for window in chart["windows"]])


def _window_row(window: list[Any], width_ms: int) -> Row:
    end_ms, expected, observed, closed, parts, polarity, largest = window
    return {
        "begin_utc": _utc(end_ms - width_ms),
        "end_utc": _utc(end_ms),
        "ticks_expected": expected,
        "ticks_observed": observed,
        "closed": bool(closed),
        "size": round(sum(part[1] for part in parts), 3) if observed else None,
        "polarity": polarity,
        "largest": largest,
    }


def timeline_parts(asked: Asked) -> Found:
    """One row a part of a bar."""
    chart = _chart(asked)
    series = [(one["id"], one["label"]) for one in chart["series"]] + [("", OTHER_LINES)]
    lives = _lives(asked, chart) if chart["windows"] and asked.selection.stack == "cluster" else None
    return of_window(asked.view, list(_part_rows(chart["windows"], series, lives)))


def _lives(asked: Asked, chart: dict[str, Any]) -> Lives:
    with asked.reading() as connection:
        after_us = (chart["after_ms"] - chart["width_ms"]) * 1000
        return read_lives(connection, asked.selection.channels, after_us, chart["until_ms"] * 1000)


def _part_rows(windows: Iterable[list[Any]], series: list[tuple[str, str]], lives: Lives | None) -> Iterable[Row]:
    for end_ms, _, _, _, bars, *_ in windows:
        for position, size, _ in bars:
            part, name = series[position]
            if lives is not None:
                name = lives.name(key_of(part), end_ms * 1000)  # a window says what its clusters were called then
            yield {"end_utc": _utc(end_ms), "part": part, "name": name or part, "size": size}


DATASETS = (
    Dataset(
        "timeline",
        Offer("live", "Frise : fenêtres", "Timeline: windows"),
        "The windows of the timeline, oldest first, with the size of each bar",
        WINDOW_COLUMNS,
        timeline,
    ),
    Dataset(
        "timeline-parts",
        Offer("live", "Frise : parts", "Timeline: parts"),
        "What the bars of the timeline are stacked of",
        PART_COLUMNS,
        timeline_parts,
    ),
)
