"""What the first page shows for an address that asks for what does not exist: a sentence, and a choice that does.

The map and the table stay empty, since nobody knows what was meant; the timeline is there, so that a window can be
chosen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dashboard.map.geojson import collection
from dashboard.pages.live import cluster_list, timeline
from dashboard.store import queries
from dashboard.store.records import Span
from dashboard.ui.texts import Words
from dashboard.window.refusals import SelectionError
from dashboard.window.selection import Selection, format_utc
from dashboard.window.view_cache import Views


def of_window(views: Views, selection: Selection, words: Words) -> list[Any]:
    """For a window that the store does not have: the nearest one is offered, up to the live one."""
    with views.store.reading() as connection:
        live = queries.live_span(connection)
        if live is None or selection.end_us is None:
            return nothing({"error": words("screen.empty")}, None)
        span = queries.nearest_span(connection, min(selection.end_us, live.end_us)) or live
    near = replace(selection, end_us=None if span == live and not span.closed else span.end_us)
    asked = words.moment(selection.end_us, span.end_us)
    said = {"error": words("screen.no_window", asked=asked), "offers": [_nearest(span, near, words)]}
    return nothing(said, timeline.data(views, near))


def of_choices(views: Views, query: dict[str, Any], words: Words) -> list[Any]:
    """For options that do not exist: each is named, and can be given up."""
    bad = [name for name, value in query.items() if not _is_readable(views, name, value)]
    selection = views.selection({name: value for name, value in query.items() if name not in bad})
    said = [words("screen.no_choice", name=name, value=str(query[name])[:60]) for name in bad]
    offers = [{"choice": f"forget:{name}", "label": words("screen.forget", name=name)} for name in bad]
    return nothing({"error": " ".join(said), "offers": offers}, timeline.data(views, selection))


def nothing(said: dict[str, Any], chart: dict[str, Any] | None) -> list[Any]:
    """The parts of the screen without anything to show but a sentence and a timeline."""
    empty = collection(())
    return [said, empty, empty, empty, empty, {"lines": {}, "sections": {}}, [], cluster_list.nothing(), chart]


def _is_readable(views: Views, name: str, value: Any) -> bool:
    try:
        views.selection({name: value})
    except SelectionError:
        return False
    return True


def _nearest(span: Span, near: Selection, words: Words) -> dict[str, str]:
    begin, end = words.moment(span.begin_us, span.end_us), words.moment(span.end_us, span.end_us)
    day = words.moment(span.end_us, 0)  # with its year
    window = "" if near.end_us is None else format_utc(near.end_us)
    return {"choice": f"window:{window}", "label": words("screen.nearest", day=day, begin=begin, end=end)}
