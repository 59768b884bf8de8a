"""The timeline: sizes of the clusters over the sliding windows, with every gap shown as a gap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from dashboard.pages.live import timeline_lines
from dashboard.store import queries
from dashboard.store.lives import Key, Lives, births, cluster_id, key_of
from dashboard.store.measures import Measures
from dashboard.store.records import Span
from dashboard.ui.theme import badge, cluster_colour
from dashboard.window.clusters import polarity_of
from dashboard.window.selection import RANGES_H, Selection
from dashboard.window.view_cache import Views
from dashboard.window.window_facts import distinct_disruptions, slide_us, window_facts
from prim_client.messages.time_units import HOUR_US
from spark_app.derived.clusters.signs import hue_of, letter_of, pattern_of
from spark_app.store.tables import NO_CLUSTER, WEIGHT_E9

WINDOWS_MAX = 300  # bars that a screen can tell apart; a longer range shows every n-th window
SHORTEST_H = 2  # a store younger than this shows the time before it as a gap


def data(views: Views, selection: Selection) -> dict[str, Any] | None:
    """What the chart draws: windows oldest first, each with its clusters; None in an empty store.

    A window that the store does not have, or whose ticks were not observed, is there with what is missing,
    so that a gap looks like a gap. Raises StoreUnavailable.
    """
    with views.store.reading() as connection:
        version = queries.read_version(connection).data()
        return views.charts.get((version, selection), lambda: _of_stretch(connection, views, selection, version))


def _of_stretch(connection: Connection, views: Views, selection: Selection, version: str) -> dict[str, Any] | None:
    """The chart of the stretch around the chosen window: the windows of one stretch have the same."""
    newest = queries.live_span(connection)
    if newest is None:
        return None
    slide = slide_us(queries.read_meta(connection), newest)
    until_us, after_us = _range(newest, selection, queries.first_span_end(connection) - slide)
    key = (version, selection.live(), after_us, until_us)
    return views.charts.get(key, lambda: _chart(connection, views, selection, newest, after_us, until_us))


def _chart(
    connection: Connection, views: Views, selection: Selection, newest: Span, after_us: int, until_us: int
) -> dict[str, Any] | None:
    slide = slide_us(queries.read_meta(connection), newest)
    step_us = slide * max(-(-(until_us - after_us) // slide // WINDOWS_MAX), 1)
    spans = queries.spans_between(connection, after_us, until_us, step_us)
    if newest.end_us <= until_us and newest not in spans:  # between two steps of a long range
        spans.append(newest)
    if not spans:
        return None
    facts, lives = window_facts(connection, views, selection, spans, after_us, until_us, step_us)
    series, bars = _series(connection, views, selection, spans, facts, lives)
    return {
        "after_ms": after_us // 1000,
        "until_ms": until_us // 1000,
        "step_ms": step_us // 1000,
        "width_ms": (newest.end_us - newest.begin_us) // 1000,
        "size": selection.size,
        "stack": selection.stack,
        "series": series,
        "marks": _marks(connection, selection, after_us, until_us),
        "counts": _counts(connection, views, selection, spans, bars, series, lives),
        "windows": [
            _window(span, bars.get(span.end_us, []), found, _largest(span, found, lives, selection.size))
            for span, found in ((span, facts.get(span.end_us, {})) for span in spans)
        ],
    }


def _counts(
    connection: Connection,
    views: Views,
    selection: Selection,
    spans: list[Span],
    bars: dict[int, list[Any]],
    series: list[Any],
    lives: Lives,
) -> list[list[int]]:
    """Of each window the disruptions of each part of its bar that can be counted in it; empty for bars of lines."""
    if selection.stack == "line":
        return []
    found = distinct_disruptions(connection, views, selection, spans, lives)
    keys = [key_of(each["id"]) for each in series]
    return [[found[span.end_us].get(keys[position], 0) for position, *_ in bars.get(span.end_us, [])] for span in spans]


def _largest(span: Span, facts: Measures, lives: Lives, size: str) -> str:
    """What the largest cluster of a window was called at its end; empty where nobody knows."""
    measure = "stations" if size == "stations" else "disruptions_e9"
    sizes = {key: measures[measure] for key, measures in facts.items() if key[1] != NO_CLUSTER}
    if not any(sizes.values()):
        return ""
    return lives.name(max(sizes, key=lambda key: (sizes[key], key)), span.end_us)


def _series(
    connection: Connection,
    views: Views,
    selection: Selection,
    spans: list[Span],
    facts: dict[int, Measures],
    lives: Lives,
) -> tuple[list[Any], dict[int, list[Any]]]:
    """What the bars are made of, and the parts of each window's: [position, size, colour]."""
    if selection.stack == "line":
        store = queries.read_version(connection).store
        return timeline_lines.stacked(timeline_lines.sizes(connection, views, selection, store, spans), spans)
    keys = {key for found in facts.values() for key in found if key[1] != NO_CLUSTER}
    born_us = births(connection, selection.channels, spans[-1].end_us)
    order = [(key, cluster_colour(hue_of(lives.sign(key)))) for key in _stacking_order(keys, born_us)]
    bars = {span.end_us: _bars(span, facts.get(span.end_us, {}), order, selection.size) for span in spans}
    return [_series_of(key, lives, spans[-1].end_us) for key, _ in order], bars


def _series_of(key: Key, lives: Lives, at_us: int) -> dict[str, Any]:
    """A cluster as a part of the bars: its identity, letter, hue, pattern, name, and from when on it had which name."""
    sign = lives.sign(key)
    return {
        "id": cluster_id(*key),
        "letter": letter_of(sign),
        "hue": hue_of(sign),
        "pattern": pattern_of(sign),
        "label": lives.name(key, at_us),
        "names": [[tick_us // 1000, name] for tick_us, name in lives.names(key) if tick_us <= at_us],
    }


def _marks(connection: Connection, selection: Selection, after_us: int, until_us: int) -> list[list[Any]]:
    """[moment in ms, line, its name] of each alert that was raised on a chosen line in the range."""
    found = queries.alerts_between(connection, after_us, until_us)
    return [[at_us // 1000, line, badge(line).label] for at_us, line in found if selection.holds_line(line)]


def _range(newest: Span, selection: Selection, first_us: int) -> tuple[int, int]:
    """(until, after): up to the live window, or around an older one; a young store fills its chart."""
    length_us = RANGES_H[selection.span] * HOUR_US
    until_us = newest.end_us
    if selection.end_us is not None and selection.end_us <= until_us - length_us:
        until_us = min(until_us, selection.end_us + length_us // 4)
    began_us = min(first_us, until_us - SHORTEST_H * HOUR_US)
    return until_us, max(until_us - length_us, began_us)


def _stacking_order(keys: Iterable[Key], born_us: Mapping[Key, int]) -> list[Key]:
    """The oldest cluster at the bottom, one without a life at the top: an order that never changes."""
    return sorted(keys, key=lambda key: (key not in born_us, born_us.get(key, 0), key))


def _bars(span: Span, facts: Measures, order: list[tuple[Key, str]], size: str) -> list[Any]:
    ticks, bars = max(span.ticks_observed, 1), []
    for position, (key, colour) in enumerate(order):
        if key in facts:
            value = facts[key]["stations"] if size == "stations" else facts[key]["disruptions_e9"] / WEIGHT_E9
            if value:
                bars.append([position, round(value / ticks, 3), colour])
    return bars


def _window(span: Span, bars: list[Any], facts: Measures, largest: str) -> list[Any]:
    """[end_ms, expected, observed, closed, [[position, size, colour] …], mean polarity or None, largest cluster]."""
    scored = {name: sum(m[name] for m in facts.values()) for name in ("scored_e9", "polarity_e12")}
    polarity = polarity_of(scored | {"polarity_sq_e12": 0})[0]
    shown = None if polarity is None else round(polarity, 3)
    return [span.end_us // 1000, span.ticks_expected, span.ticks_observed, span.closed, bars, shown, largest]
