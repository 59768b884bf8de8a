"""The list of clusters: all of the window, the largest first, each with its size over the last two hours."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dash import html

from dashboard.map.map_layers import line_badges
from dashboard.store import queries
from dashboard.store.lives import Key
from dashboard.store.records import is_placed
from dashboard.ui.attributes import attributes
from dashboard.ui.static_html import as_static
from dashboard.ui.texts import Words
from dashboard.ui.theme import reading_key
from dashboard.window.clusters import Cluster
from dashboard.window.hit_filter import severity
from dashboard.window.view import View
from dashboard.window.view_cache import Views
from dashboard.window.window_facts import slide_us, window_facts
from spark_app.language.severities import rank
from spark_app.store.tables import WEIGHT_E9

ORDERS = ("size", "growth", "severity")  # the first is how the list opens; assets/clusters/cluster_list.js sorts
WINDOWS = 24  # of a sparkline
LINES_SHOWN = 4
Sizes = list[float | None]  # of a cluster in each window, oldest first; None: not observed


def layout(words: Words) -> html.Section:
    """The frame of the list; `assets/clusters/cluster_list.js` fills it."""
    head = html.Div(
        className="card-head",
        children=[
            html.H2(words("clusters.title"), id="cluster-count"),
            html.Div(
                [_order(words, name) for name in ORDERS],
                className="segments",
                role="group",
                **attributes(aria_label=words("clusters.order")),
            ),
        ],
    )
    return html.Section(
        className="list-card card",
        **attributes(aria_label=words("clusters.label")),
        children=[as_static(head), html.Ol(id="cluster-list", className="cluster-list")],
    )


def _order(words: Words, name: str) -> html.Button:
    marks = attributes(data_choice=f"order-of-clusters:{name}", aria_pressed=str(name == ORDERS[0]).lower())
    return html.Button(words(f"clusters.by.{name}"), type="button", className="segment", **marks)


def nothing() -> dict[str, Any]:
    """The list where no window is on screen."""
    return {"clusters": [], "unplaced": 0, "observed": None}


def data(views: Views, view: View) -> dict[str, Any]:
    """What the list shows: its clusters, the largest first, and how many disruptions have no place.

    Raises StoreUnavailable.
    """
    sizes, badges = window_sizes(views, view), line_badges(view)
    ranked = sorted(view.clusters, key=lambda c: (-c.count(view.selection.size), -c.count("disruptions"), c.key))
    return {
        "clusters": [
            _row(cluster, view, sizes.get((cluster.channel, cluster.number), []), badges) for cluster in ranked
        ],
        "unplaced": sum(not any(is_placed(hit) for hit, _ in active.hits) for active in view.disruptions),
        "observed": bool(view.span.ticks_observed),
        "sizes_ms": [
            (view.span.end_us - (WINDOWS - 1) * slide_us(view.meta, view.span)) // 1000,
            view.span.end_us // 1000,
        ],
    }


def _row(cluster: Cluster, view: View, sizes: Sizes, badges: dict[str, Any]) -> dict[str, Any]:
    lines = _lines(cluster, badges)
    worst = min((severity(a.revision) for a in view.disruptions if a.revision.id in set(cluster.ids)), key=rank)
    return {
        "key": cluster.key,
        "letter": cluster.letter,
        "hue": cluster.hue,
        "pattern": cluster.pattern,
        "name": cluster.name,
        "disruptions": cluster.count("disruptions"),
        "stations": cluster.count("stations"),
        "trend": cluster.trend,
        "growth": None if cluster.before is None else round(cluster.disruptions - cluster.before, 3),
        "severity": worst,
        "rank": rank(worst),
        "lines": [badges[line] for line in lines[:LINES_SHOWN]],
        "more_lines": [badges[line]["label"] for line in lines[LINES_SHOWN:]],
        "cause": cluster.cause,
        "sizes": sizes,
    }


def _lines(cluster: Cluster, badges: dict[str, Any]) -> list[str]:
    """Its lines, those of the most disruptions first."""
    held = Counter(line for hits in cluster.territory for line in {hit.line for hit in hits if hit.line})
    return sorted(held, key=lambda line: (-held[line], reading_key(badges[line]["name"]), line))


def window_sizes(views: Views, view: View) -> dict[Key, Sizes]:
    """The mean size of each cluster of the window in the last windows up to it. Raises StoreUnavailable."""
    until_us, step_us = view.span.end_us, slide_us(view.meta, view.span)
    after_us = until_us - WINDOWS * step_us
    ends = range(after_us + step_us, until_us + step_us, step_us)
    with views.store.reading() as connection:
        spans = {span.end_us: span for span in queries.spans_between(connection, after_us, until_us, step_us)}
        spans[until_us] = view.span  # an open one may have grown since the view was made
        shown = [spans[end] for end in ends if end in spans]
        found, _ = window_facts(connection, views, view.selection, shown, after_us, until_us, step_us)
    ticks = {span.end_us: span.ticks_observed for span in shown}
    size = view.selection.size
    keys = [(cluster.channel, cluster.number) for cluster in view.clusters]
    return {key: [_mean(found.get(end, {}).get(key), ticks.get(end, 0), size) for end in ends] for key in keys}


def _mean(sums: dict[str, int] | None, ticks: int, size: str) -> float | None:
    if not ticks:
        return None
    if sums is None:
        return 0.0
    return round((sums["stations"] if size == "stations" else sums["disruptions_e9"] / WEIGHT_E9) / ticks, 2)
