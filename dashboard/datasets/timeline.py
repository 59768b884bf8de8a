"""The timeline as rows: its windows, and the parts that each bar is stacked of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dashboard import queries
from dashboard.datasets import Asked, Dataset, Found, Offer, Row, columns, of_window
from dashboard.selection import format_utc
from dashboard.timeline import data
from spark_app.tables import ALL_LINES, NAMED_SCOPES

OTHER_LINES = "all other lines"
Titles = dict[str, list[tuple[int, str]]]  # cluster -> (moment in microseconds, title from then on), oldest first

WINDOW_COLUMNS = columns("""
    begin_utc       moment   begin of the window, exclusive
    end_utc         moment   end of the window, inclusive
    ticks_expected  integer  ticks that the window has
    ticks_observed  integer  of these, with a good poll shortly before; 0: nothing is known
    closed          boolean  it will not change any more
    size            number?  the whole bar: disruptions, mean over observed ticks, summed by cluster; null: not observed
    polarity        number?  mean over disruptions, -1 to 1
    largest         text     what its largest cluster was about
""")
PART_COLUMNS = columns("""
    end_utc  moment   end of the window
    part     text     cluster (channel and index) or line id; empty: all other lines
    name     text     what it is called: a cluster by what it was about then, a line by mode and name
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
    lines = {one["id"]: one["label"] for one in chart["series"] if isinstance(one, dict)} | {"": OTHER_LINES}
    parts = [one["id"] if isinstance(one, dict) else one for one in chart["series"]] + [""]
    titles = _titles(asked, chart) if chart["windows"] and asked.selection.stack == "cluster" else {}
    return of_window(asked.view, list(_part_rows(chart["windows"], parts, lines, titles)))


def _titles(asked: Asked, chart: dict[str, Any]) -> Titles:
    """What each cluster was about, from which moment on; of a choice that has no names of its own,
    that of everything."""
    chosen = asked.selection
    scope = chosen.scope() if chosen.scope() in NAMED_SCOPES else ALL_LINES
    with asked.reading() as connection:
        found = queries.cluster_title_changes(
            connection, chart["after_ms"] * 1000, chart["until_ms"] * 1000, chosen.channels, scope
        )
    return {f"{channel}:{index}": changes for (channel, index), changes in found.items()}


def _part_rows(
    windows: Iterable[list[Any]], parts: list[str], lines: Mapping[str, str], titles: Titles
) -> Iterable[Row]:
    for end_ms, _, _, _, bars, *_ in windows:
        for position, size, _ in bars:
            part = parts[position]
            told = (title for at_us, title in reversed(titles.get(part, [])) if at_us <= end_ms * 1000)
            yield {"end_utc": _utc(end_ms), "part": part, "name": lines.get(part) or next(told, part), "size": size}


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
