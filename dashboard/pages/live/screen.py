"""The parts of the live page for a selection, all computed from one moment of the store."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dashboard.frame import filter_panel
from dashboard.map import hulls, line_edges, map_layers, trails
from dashboard.pages.live import cluster_list, table, timeline, wrong_address
from dashboard.pages.live.wrong_address import nothing
from dashboard.store.reader import StoreUnavailable
from dashboard.ui.texts import LANGUAGES, Words
from dashboard.window import gaps
from dashboard.window.refusals import SelectionError
from dashboard.window.view import View
from dashboard.window.view_cache import Views

PARTS = ("view", "clusters", "stations", "hulls", "trails", "hits", "table", "list", "timeline")


def screen(views: Views, query: dict[str, Any]) -> list[Any]:
    """The value of each of `PARTS`."""
    try:
        selection = replace(views.selection(query), cluster="")  # the browser shows it; no value depends on it
        view = views.find(selection)
        if view is None:
            return wrong_address.of_window(views, selection, _words(query))
        chart = timeline.data(views, selection)
        return views.painted.get_from(selection, (view, chart), lambda: _painted(views, view, chart))
    except SelectionError:
        return wrong_address.of_choices(views, query, _words(query))
    except StoreUnavailable as error:
        return nothing({"error": str(error)}, None)


def _painted(views: Views, view: View, chart: dict[str, Any] | None) -> list[Any]:
    return [
        summary(view),
        map_layers.badge_features(view),
        map_layers.station_features(view),
        hulls.hull_features(view),
        trails.trail_features(view),
        {"lines": map_layers.chosen_lines(view), "sections": line_edges.hit_sections(view)},
        table.rows(view),
        cluster_list.data(views, view),
        chart,
    ]


def _words(query: dict[str, Any]) -> Words:
    language = query.get("lang", "")
    return Words(language if language in LANGUAGES else LANGUAGES[0])


def summary(view: View) -> dict[str, Any]:
    """What the browser paints from: the window, the figures, the counts, and what the popups say."""
    span, last = view.span, view.last_observed
    return {
        "span": {
            "begin_ms": span.begin_us // 1000,
            "end_ms": span.end_us // 1000,
            "expected": span.ticks_expected,
            "observed": span.ticks_observed,
            "missing": gaps.missing_ticks(view),
            "closed": span.closed,
            "first_entry": span.first_entry,
            "last_entry": span.last_entry,
        },
        "seen_ms": last.at_us // 1000 if last else None,
        "awaited_ms": view.awaited_us // 1000 if view.awaited_us else None,
        "live": view.selection.end_us is None,
        "query": view.selection.to_query(),
        "size": view.selection.size,
        "figures": {
            "ongoing": view.counts.total,
            "placed": view.counts.placed,
            "stations": len(view.stations),
            "opened": sum(active.opened for active in view.disruptions),
            "over": sum(active.state == "over" for active in view.disruptions),
            "window": len(view.disruptions),
            "clusters": len(view.clusters),
        },
        "counts": filter_panel.counts(view),
        "clusters": map_layers.cluster_details(view),
        "disruptions": map_layers.disruption_details(view),
        "lines": map_layers.line_badges(view),
    }
