"""`/api/v1/…`: what is on the screen, for programs. Described by itself at `/api/v1/openapi.json`.

Every answer says whose data they are, that it is not official, and of which moment it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, request

from dashboard import api_description, books, health, queries
from dashboard.api_description import LIMIT, PREFIX
from dashboard.datasets import Dataset, Found, NoSuchRow, all_datasets, span_facts
from dashboard.datasets.incidents import life_answer
from dashboard.export import FILE_NAMES, make_snapshot
from dashboard.export_formats import to_short_json
from dashboard.selection import (
    NoSuchWindow,
    Selection,
    SelectionError,
    format_utc,
    parse_selection,
)
from dashboard.store import StoreUnavailable
from dashboard.table_files import TABLE_FORMATS, TYPES, formats_of, head, source_of, table_file
from dashboard.views import Views

Answer = dict[str, Any]
Query = Mapping[str, str]


class NoSuchFile(SelectionError):
    """There is no file of this name."""


def register(server: Flask, views: Views) -> None:
    """Serve the API over `views`."""
    api = Blueprint("api", __name__, url_prefix=PREFIX)
    answers: Mapping[str, Callable[[], Answer]] = {
        "window": lambda: window(views, parse_selection(_query())),
        "books": lambda: all_books(views),
        **{name: lambda dataset=dataset: table(views, dataset, _query()) for name, dataset in all_datasets().items()},
    }
    for name, make in answers.items():
        api.add_url_rule(f"/{name}", name, lambda make=make: _told(lambda: _json(make())))
    api.add_url_rule(
        "/incidents/<incident>", "incident",
        lambda incident: _told(lambda: _json(head(views, source_of(views)) | life_answer(views, {"incident": incident}))),
    )  # fmt: skip
    api.add_url_rule("/<name>.<extension>", "table", lambda name, extension: _told(lambda: _file(views, name, extension)))
    api.add_url_rule("/files/<name>", "files", lambda name: _told(lambda: _snapshot_file(views, name)))
    api.add_url_rule("/openapi.json", "openapi", lambda: _told(lambda: _json(api_description.document())))
    api.add_url_rule("/<path:name>", "nothing", lambda name: _told(lambda: _nothing(name)))
    server.register_blueprint(api)


def window(views: Views, selection: Selection) -> Answer:
    """The window itself, with the totals of the choice."""
    view = views.shown(selection)
    counts = view.counts
    return head(views, view.meta.get("source", "")) | {
        "window": span_facts(view), "selection": selection.to_query(),
        "disruptions_ongoing": counts.total, "disruptions_placed": counts.placed, "stations_hit": len(view.stations),
        "clusters": len(view.clusters), "by_channel": dict(counts.channels), "by_mode": dict(counts.modes),
    }  # fmt: skip


def table(views: Views, dataset: Dataset, query: Query) -> Answer:
    """The rows of a table, `limit` of them from `offset` on, with the address of the next ones."""
    asked = {name: value for name, value in query.items() if name not in ("limit", "offset")}
    limit, offset = _count(query, "limit", LIMIT, 1, LIMIT), _count(query, "offset", 0, 0, 10**9)
    found = dataset.answer(views, asked)
    return head(views, source_of(views)) | found.about | {
        "selection": parse_selection(asked).to_query() if dataset.chosen else "",
        "total": len(found.rows), "offset": offset, "next": _next(dataset, found, asked, limit, offset),
        "rows": list(found.rows[offset : offset + limit]),
    }  # fmt: skip


def _next(dataset: Dataset, found: Found, asked: Query, limit: int, offset: int) -> str | None:
    """The address of the rows behind these, of the same moment; None behind the last."""
    if offset + limit >= len(found.rows):
        return None
    pinned = {"window": format_utc(found.until_us)} if found.until_us is not None and dataset.chosen else {}
    query = dict(asked) | pinned | {"limit": limit, "offset": offset + limit}
    return f"{PREFIX}/{dataset.name}?{urlencode(query, safe=',:')}"


def _count(query: Query, name: str, default: int, least: int, most: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and least <= int(text) <= most):
        raise SelectionError(f"{name} = {text[:40]!r}: expected a whole number from {least} to {most}")
    return int(text)


def all_books(views: Views) -> Answer:
    """The books, the last word of each part, and whether everything balances."""
    balances, book, status = books.read(views.store)
    with views.store.reading() as connection:
        source, newest = queries.read_meta(connection).get("source", ""), queries.newest_tick(connection)
        unobserved = health.gaps(connection, newest.at_us) if newest else []
    return head(views, source) | {
        "balances": [{"name": b.name, "total": b.total, "parts": dict(b.parts), "holds": b.holds} for b in balances],
        "completeness": books.completeness(status.get("log", {})),
        "gaps": [{"begin_utc": format_utc(gap.begin_us), "end_utc": format_utc(gap.end_us), "ticks": gap.ticks} for gap in unobserved],
        "counters": book, "parts": status,
    }  # fmt: skip


def _query() -> Query:
    """The parameters of the request, each once."""
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        raise SelectionError(f"{twice[0][:80]!r} stands there twice: expected each parameter once, values with commas between")
    return request.args.to_dict()


def _file(views: Views, name: str, extension: str) -> Response:
    dataset = all_datasets().get(name)
    if dataset is None:
        return _nothing(f"{name}.{extension}")
    if extension not in (*formats_of(dataset), TABLE_FORMATS[-1]):
        known = ", ".join((*formats_of(dataset), TABLE_FORMATS[-1]))
        raise NoSuchFile(f"no file {name}.{extension[:20]}: {name} comes as {known}, or without an extension as JSON")
    file_name, content = table_file(views, dataset, _query(), extension)
    return _answer(content, TYPES[extension], file_name)


def _snapshot_file(views: Views, name: str) -> Response:
    if name not in FILE_NAMES:
        raise NoSuchFile(f"no file {name[:80]!r}; there are {', '.join(FILE_NAMES)}")
    snapshot = make_snapshot(views, parse_selection(_query()))
    return _answer(snapshot.file(name) or b"", TYPES[name.rsplit(".", 1)[-1]])


def _nothing(name: str) -> Response:
    known = ", ".join(("window", "books", *all_datasets(), "incidents/ID", "files/NAME", "openapi.json"))
    raise NoSuchFile(f"no table {name[:80]!r}; there are {known}")


def _told(make: Callable[[], Response]) -> Response:
    try:
        return make()
    except (NoSuchWindow, NoSuchRow, NoSuchFile) as error:
        return _refusal(error, 404)
    except SelectionError as error:
        return _refusal(error, 400)
    except StoreUnavailable as error:
        return _refusal(error, 503)


def _refusal(error: Exception, code: int) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(to_short_json({"error": str(error)}), code, content_type="application/json", headers=headers)


def _json(value: Answer) -> Response:
    return _answer(to_short_json(value), TYPES["json"])


def _answer(content: bytes, content_type: str, file_name: str = "") -> Response:
    """The content with a tag of it: who has it already is told so, and gets no body."""
    response = Response(content, content_type=content_type, headers={"Cache-Control": "private, no-cache"})
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    if file_name:
        response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response.make_conditional(request)
