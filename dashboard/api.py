"""`/api/v1/…`: what is on the screen, for programs. Described by itself at `/api/v1/openapi.json`.

Every answer is read from one moment of the store and says which, whose data they are, and that it is not official.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Flask, Response, request

from dashboard import api_description, books, queries
from dashboard.api_description import PREFIX
from dashboard.choosing import cause_of, severity
from dashboard.export import FILE_NAMES, cluster_row, hit_rows, make_snapshot
from dashboard.export_formats import to_json
from dashboard.export_page import TYPES
from dashboard.health import gaps
from dashboard.licences import NOT_OFFICIAL, attribution
from dashboard.records import Span
from dashboard.selection import (
    NoSuchWindow,
    Selection,
    SelectionError,
    format_utc,
    parse_selection,
    utc_or_none,
)
from dashboard.store import StoreUnavailable
from dashboard.timeline import data as timeline_data
from dashboard.view import Active, View
from dashboard.views import Views

Answer = dict[str, Any]


def register(server: Flask, views: Views) -> None:
    """Serve the API over `views`."""
    api = Blueprint("api", __name__, url_prefix=PREFIX)
    answers: Mapping[str, Callable[[], Answer]] = {
        "window": lambda: window(views, _selection()),
        "clusters": lambda: clusters(views, _selection()),
        "disruptions": lambda: disruptions(views, _selection()),
        "hits": lambda: hits(views, _selection()),
        "timeline": lambda: timeline(views, _selection()),
        "lines": lambda: lines(views, _selection()),
        "books": lambda: all_books(views),
    }
    for name, make in answers.items():
        api.add_url_rule(f"/{name}", name, lambda make=make: _told(make))
    api.add_url_rule("/files/<name>", "files", lambda name: _file(views, name))
    api.add_url_rule("/openapi.json", "openapi", lambda: _json(api_description.document()))
    server.register_blueprint(api)


def window(views: Views, selection: Selection) -> Answer:
    """The window itself, with the totals of the choice."""
    view = views.shown(selection)
    counts = view.counts
    return _answer(view, {
        "disruptions_ongoing": counts.total, "disruptions_placed": counts.placed, "stations_hit": len(view.stations),
        "clusters": len(view.clusters), "by_channel": dict(counts.channels), "by_mode": dict(counts.modes),
    })  # fmt: skip


def clusters(views: Views, selection: Selection) -> Answer:
    """The clusters of the window, as the map draws them."""
    view = views.shown(selection)
    return _answer(view, {"clusters": [_without_note(cluster_row(c, view, "")) for c in view.clusters]})


def disruptions(views: Views, selection: Selection) -> Answer:
    """The disruptions of the window, in the order of the table."""
    view = views.shown(selection)
    return _answer(view, {"disruptions": [_disruption(active) for active in view.disruptions]})


def hits(views: Views, selection: Selection) -> Answer:
    """One row a (disruption, line, station), as in the export."""
    view = views.shown(selection)
    return _answer(view, {"hits": [_without_note(row) for row in hit_rows(view, "")]})


def timeline(views: Views, selection: Selection) -> Answer:
    """Sizes of the clusters over the windows, oldest first."""
    view = views.shown(selection)
    return _answer(view, {"timeline": timeline_data(views, selection)})


def lines(views: Views, selection: Selection) -> Answer:
    """Disruptions ongoing by line."""
    view = views.shown(selection)
    return _answer(view, {"lines": [{"line": line, "disruptions": n} for line, n in sorted(view.counts.lines.items())]})


def all_books(views: Views) -> Answer:
    """The books, the last word of each part, and whether everything balances."""
    balances, book, status = books.read(views.store)
    with views.store.reading() as connection:
        source = queries.read_meta(connection).get("source", "")
        newest = queries.newest_tick(connection)
        unobserved = gaps(connection, newest.at_us) if newest else []
    return {
        "status": NOT_OFFICIAL, "attribution": attribution(source), "source": source,
        "balances": [{"name": b.name, "total": b.total, "parts": dict(b.parts), "holds": b.holds} for b in balances],
        "completeness": books.completeness(status.get("log", {})),
        "gaps": [{"begin_utc": format_utc(gap.begin_us), "end_utc": format_utc(gap.end_us), "ticks": gap.ticks} for gap in unobserved],
        "counters": book, "parts": status,
    }  # fmt: skip


def _selection() -> Selection:
    return parse_selection(request.args)


def _answer(view: View, content: Answer) -> Answer:
    source = view.meta.get("source", "")
    head = {"status": NOT_OFFICIAL, "attribution": attribution(source), "source": source, "window": _span(view.span)}
    return head | {"selection": view.selection.to_query()} | content


def _span(span: Span) -> Answer:
    return {
        "begin_utc": format_utc(span.begin_us), "end_utc": format_utc(span.end_us), "closed": span.closed,
        "ticks_expected": span.ticks_expected, "ticks_observed": span.ticks_observed,
        "first_entry": span.first_entry, "last_entry": span.last_entry, "model_generation": span.generation,
    }  # fmt: skip


def _disruption(active: Active) -> Answer:
    r = active.revision
    return {
        "id": r.id, "revision": r.revision, "channel": r.channel, "severity": r.severity, "cause": r.cause,
        "wording": severity(r), "named_cause": cause_of(r.title, r.text),
        "title": r.title, "text": r.text, "polarity": r.polarity, "state": active.state,
        "begin_utc": utc_or_none(active.begin_us), "end_utc": utc_or_none(active.end_us), "published_utc": utc_or_none(r.published_at_us),
        "lines": sorted({hit.line for hit, _ in active.hits if hit.line}), "stations": active.stations,
        "ticks_active": active.ticks, "unplaced": r.unplaced,
    }  # fmt: skip


def _without_note(row: Answer) -> Answer:
    return {name: value for name, value in row.items() if name != "attribution"}


def _told(make: Callable[[], Answer]) -> Response:
    try:
        return _json(make())
    except (SelectionError, StoreUnavailable) as error:
        return _refusal(error)


def _file(views: Views, name: str) -> Response:
    if name not in FILE_NAMES:
        return _json({"error": f"no file {name!r}; there are {', '.join(FILE_NAMES)}"}, 404)
    try:
        snapshot = make_snapshot(views, _selection())
    except (SelectionError, StoreUnavailable) as error:
        return _refusal(error)
    return Response(snapshot.file(name), content_type=TYPES[name.rsplit(".", 1)[-1]], headers={"Cache-Control": "no-store"})


def _refusal(error: Exception) -> Response:
    code = 503 if isinstance(error, StoreUnavailable) else 404 if isinstance(error, NoSuchWindow) else 400
    return _json({"error": str(error)}, code)


def _json(value: Any, code: int = 200) -> Response:
    return Response(to_json(value), code, content_type="application/json", headers={"Cache-Control": "no-store"})
