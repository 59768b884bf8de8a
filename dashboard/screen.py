"""What the page shows for a choice: the value of each of its parts, from one moment of the store."""

from __future__ import annotations

from typing import Any

from dashboard import filters, map_layers, observation, sections, table, timeline
from dashboard.geojson import collection
from dashboard.selection import Selection, SelectionError
from dashboard.store import StoreUnavailable
from dashboard.texts import LANGUAGES, Words
from dashboard.view import View
from dashboard.views import Views
from spark_app.tables import WEIGHT_E9

PARTS = ("view", "clusters", "stations", "hits", "table", "timeline")


def screen(views: Views, query: dict[str, Any]) -> list[Any]:
    """The value of each of `PARTS`."""
    try:
        selection = views.selection(query)
        view, chart = views.of(selection), timeline.data(views, selection)
    except (SelectionError, StoreUnavailable) as error:
        return _nothing(str(error))
    if view is None:
        return _nothing(Words(_language(query))(_why_nothing(selection)))
    return views.painted.get_from(selection, (view, chart), lambda: _painted(view, chart))


def _painted(view: View, chart: dict[str, Any] | None) -> list[Any]:
    return [
        summary(view),
        map_layers.cluster_features(view),
        map_layers.station_features(view),
        {"lines": map_layers.hit_lines(view), "sections": sections.hit_sections(view)},
        table.rows(view),
        chart,
    ]


def _why_nothing(selection: Selection) -> str:
    if selection.end_us is None:
        return "screen.empty"
    return "screen.no_window"


def _language(query: dict[str, Any]) -> str:
    language = query.get("lang", "")
    return language if language in LANGUAGES else LANGUAGES[0]


def _nothing(why: str) -> list[Any]:
    empty = collection(())
    return [{"error": why}, empty, empty, {"lines": {}, "sections": {}}, [], None]


def summary(view: View) -> dict[str, Any]:
    """What the browser paints from: the window, the figures, the counts, and what the popups say."""
    span, last = view.span, view.last_observed
    return {
        "span": {
            "begin_ms": span.begin_us // 1000,
            "end_ms": span.end_us // 1000,
            "expected": span.ticks_expected,
            "observed": span.ticks_observed,
            "missing": observation.missing_ticks(view),
            "closed": span.closed,
            "first_entry": span.first_entry,
            "last_entry": span.last_entry,
        },
        "seen_ms": last.at_us // 1000 if last else None,
        "awaited_ms": view.awaited_us // 1000 if view.awaited_us else None,
        "live": view.selection.end_us is None,
        "query": view.selection.to_query(),
        "size": view.selection.size,
        "unit_px": round(map_layers.unit_px(view), 3),
        "figures": {
            "ongoing": view.counts.total,
            "placed": view.counts.placed,
            "stations": len(view.stations),
            "opened": _total(view, "opened_e9"),
            "closed": _total(view, "closed_e9"),
            "window": len(view.disruptions),
            "clusters": len(view.clusters),
        },
        "counts": filters.counts(view),
        "clusters": map_layers.cluster_details(view),
        "disruptions": map_layers.disruption_details(view),
        "lines": map_layers.line_badges(view),
    }


def _total(view: View, measure: str) -> float:
    """A sum of weights over all clusters and what has no place, in disruptions."""
    return round(sum(measures[measure] for measures in view.measures.values()) / WEIGHT_E9, 3)
