"""The timeline as rows: its windows, and the parts that each bar is stacked of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dashboard.datasets import Asked, Dataset, Found, Offer, Row, columns, of_window
from dashboard.selection import format_utc
from dashboard.timeline import data

WINDOW_COLUMNS = columns("""
    begin_utc       moment   begin of the window, exclusive
    end_utc         moment   end of the window, inclusive
    ticks_expected  integer  ticks that the window has
    ticks_observed  integer  of these, with a good poll shortly before; 0: nothing is known
    closed          boolean  it will not change any more
    size            number?  the whole bar: disruptions or stations; null: not observed
    polarity        number?  mean over disruptions, -1 to 1
    largest         text     what its largest cluster was about
""")
PART_COLUMNS = columns("""
    end_utc  moment   end of the window
    part     text     cluster (channel and index) or line id; empty: all other lines
    name     text     what it is called; of a cluster, the same
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
        "begin_utc": _utc(end_ms - width_ms), "end_utc": _utc(end_ms), "ticks_expected": expected, "ticks_observed": observed,
        "closed": bool(closed), "size": round(sum(part[1] for part in parts), 3) if observed else None,
        "polarity": polarity, "largest": largest,
    }  # fmt: skip


def timeline_parts(asked: Asked) -> Found:
    """One row a part of a bar."""
    chart = _chart(asked)
    names = [_named(one) for one in chart["series"]] + [("", "")]
    return of_window(asked.view, list(_part_rows(chart["windows"], names)))


def _named(series: Any) -> tuple[str, str]:
    return (series["id"], series["label"]) if isinstance(series, dict) else (series, series)


def _part_rows(windows: Iterable[list[Any]], names: list[tuple[str, str]]) -> Iterable[Row]:
    for end_ms, _, _, _, parts, *_ in windows:
        for position, size, _ in parts:
            part, name = names[position]
            yield {"end_utc": _utc(end_ms), "part": part, "name": name, "size": size}


DATASETS = (
    Dataset("timeline", Offer("live", "Frise : fenêtres", "Timeline: windows"), "The windows of the timeline, oldest first, with the size of each bar", WINDOW_COLUMNS, timeline),
    Dataset("timeline-parts", Offer("live", "Frise : parts", "Timeline: parts"), "What the bars of the timeline are stacked of", PART_COLUMNS, timeline_parts),
)
