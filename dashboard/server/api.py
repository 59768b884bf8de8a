"""The HTTP API `/api/v1`: everything that is on the screen, for programs. `/api/v1/openapi.json` describes it.

Every answer says whose data they are, that it is not official, and of which moment it is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, request

from dashboard.files.formats import to_short_json
from dashboard.files.snapshot import FILE_NAMES, make_for
from dashboard.files.table_files import TYPES, NoSuchFormat, head, meta_of, table_file
from dashboard.health import books, data_health
from dashboard.pages.health.datasets import fold_rows
from dashboard.pages.incidents.datasets import life_answer
from dashboard.pictures.png import NotDrawn
from dashboard.server import openapi
from dashboard.server.openapi import LIMIT, PREFIX
from dashboard.server.response_cache import Answer, may_be_packed
from dashboard.store import queries
from dashboard.store.cache import Cache
from dashboard.store.reader import StoreUnavailable
from dashboard.tables.catalogue import all_datasets
from dashboard.tables.dataset import Dataset, Found, NoSuchRow, span_facts
from dashboard.ui.addresses import link
from dashboard.window.refusals import SelectionError, check_names
from dashboard.window.selection import NoSuchWindow, Selection, check_address, format_utc
from dashboard.window.view_cache import Views
from spark_app.derived.fold_books import read_folds

Content = dict[str, Any]
Query = Mapping[str, str]
Made = tuple[Answer, str]  # and the name of the file, if it is one
KEPT, KEPT_BYTES = 64, 1_000_000  # answers, and the size above which one is made for each who asks


class NoSuchFile(SelectionError):
    """There is no file of this name."""


def register(server: Flask, views: Views, moment: Callable[[], Hashable]) -> None:
    """Serve the API over `views`; `moment()` changes with anything that an answer may tell."""
    api, told = Blueprint("api", __name__, url_prefix=PREFIX), Teller(moment)
    contents: Mapping[str, Callable[[], Content]] = {
        "window": lambda: window(views, views.selection(_address("window"))),
        "books": partial(_books, views),
        **{name: partial(_table, views, dataset) for name, dataset in all_datasets().items()},
    }
    for name, make in contents.items():
        api.add_url_rule(f"/{name}", name, lambda make=make: told(lambda: _json(make())))
    routes: Mapping[str, Callable[..., Made]] = {
        "/incidents/<id:incident>": lambda incident: _json(_life(views, incident)),
        "/<name>.<extension>": lambda name, extension: _file(views, name, extension),
        "/files/<name>": lambda name: _snapshot_file(views, name),
        "/openapi.json": _openapi,
        "/<path:name>": lambda name: _refuse(name),
    }
    for rule, answer in routes.items():
        api.add_url_rule(rule, rule.replace(".", "-"), lambda answer=answer, **parts: told(lambda: answer(**parts)))
    server.register_blueprint(api)


def window(views: Views, selection: Selection) -> Content:
    """The window itself, with the totals of the choice."""
    view = views.get(selection)
    counts = view.counts
    return head(views, view.meta) | {
        "window": span_facts(view),
        "selection": selection.to_query(),
        "disruptions_ongoing": counts.total,
        "disruptions_placed": counts.placed,
        "stations_hit": len(view.stations),
        "clusters": len(view.clusters),
        "by_channel": dict(counts.channels),
        "by_mode": dict(counts.modes),
    }


def _table(views: Views, dataset: Dataset) -> Content:
    return table(views, dataset, _query())


def table(views: Views, dataset: Dataset, query: Query) -> Content:
    """The rows of a table, `limit` of them from `offset` on, with the address of the next ones."""
    asked = {name: value for name, value in query.items() if name not in ("limit", "offset")}
    limit, offset = _count(query, "limit", LIMIT, 1, LIMIT), _count(query, "offset", 0, 0, 10**9)
    found = dataset.answer(views, asked)
    return (
        head(views, meta_of(views))
        | found.about
        | {
            "selection": views.selection(asked).to_query() if dataset.chosen else "",
            "total": len(found.rows),
            "offset": offset,
            "next": _next_page(dataset, found, asked, limit, offset),
            "rows": list(found.rows[offset : offset + limit]),
        }
    )


def _next_page(dataset: Dataset, found: Found, asked: Query, limit: int, offset: int) -> str | None:
    """The address of the rows behind these, of the same moment; None behind the last."""
    if offset + limit >= len(found.rows):
        return None
    pinned = {"window": format_utc(found.until_us)} if found.until_us is not None and dataset.chosen else {}
    query = dict(asked) | pinned | {"limit": str(limit), "offset": str(offset + limit)}
    return link(*PREFIX.strip("/").split("/"), dataset.name, **query)


def _count(query: Query, name: str, default: int, least: int, most: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and least <= int(text) <= most):
        raise SelectionError(f"{name} = {text[:40]!r}: expected a whole number from {least} to {most}")
    return int(text)


def all_books(views: Views) -> Content:
    """The books, the last word of each part, and whether everything balances."""
    balances, book, status = books.read(views.store)
    with views.store.reading() as connection:
        meta, newest = queries.read_meta(connection), queries.newest_tick(connection)
        unobserved = data_health.gaps(connection, newest.at_us) if newest else []
        folds = read_folds(connection)
    return head(views, meta) | {
        "balances": [{"name": b.name, "total": b.total, "parts": dict(b.parts), "holds": b.holds} for b in balances],
        "completeness": books.completeness(status.get("log", {})),
        "gaps": [
            {"begin_utc": format_utc(gap.begin_us), "end_utc": format_utc(gap.end_us), "ticks": gap.ticks}
            for gap in unobserved
        ],
        "folds": fold_rows(folds),
        "counters": book,
        "parts": status,
    }


def _query() -> Query:
    """The parameters of the request, each once."""
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        raise SelectionError(
            f"{twice[0][:80]!r} stands there twice: expected each parameter once, values with commas between"
        )
    return request.args.to_dict()


def _address(what: str) -> Query:
    """The parameters of the request, all of which the page's address may have."""
    query = _query()
    check_address(query, what)
    return query


def _without_parameters(what: str) -> None:
    check_names(_query(), (), what)


def _books(views: Views) -> Content:
    _without_parameters("books")
    return all_books(views)


def _openapi() -> Made:
    _without_parameters("openapi.json")
    return _json(openapi.document())


def _life(views: Views, incident: str) -> Content:
    query = _query()
    check_names(query, ("window",), "incidents/ID")
    return head(views, meta_of(views)) | life_answer(views, dict(query) | {"incident": incident})


def _file(views: Views, name: str, extension: str) -> Made:
    dataset = all_datasets().get(name)
    if dataset is None:
        raise _nothing(f"{name}.{extension}")
    file_name, content = table_file(views, dataset, _query(), extension)
    return Answer(200, TYPES[extension], content), file_name


def _snapshot_file(views: Views, name: str) -> Made:
    if name not in FILE_NAMES:
        raise NoSuchFile(f"no file {name[:80]!r}; there are {', '.join(FILE_NAMES)}")
    snapshot = make_for(views, views.selection(_address(f"files/{name}")), name)
    return Answer(200, TYPES[name.rsplit(".", 1)[-1]], snapshot.file(name) or b""), ""


def _nothing(name: str) -> NoSuchFile:
    known = ", ".join(("window", "books", *all_datasets(), "incidents/ID", "files/NAME", "openapi.json"))
    return NoSuchFile(f"no table {name[:80]!r}; there are {known}")


def _refuse(name: str) -> Made:
    raise _nothing(name)


class Teller:
    """Answers questions: equal ones at one moment of the store once."""

    def __init__(self, moment: Callable[[], Hashable]) -> None:
        self._moment, self._kept = moment, Cache(KEPT)

    def __call__(self, make: Callable[[], Made]) -> Response:
        """The response to the question of this request."""
        try:
            key = (self._moment(), request.full_path)
            answer, file_name = self._kept.get(key, make, lambda made: len(made[0].body) < KEPT_BYTES)
        except (NoSuchWindow, NoSuchRow, NoSuchFile) as error:
            return _refusal(error, 404)
        except NoSuchFormat as error:
            return _refusal(error, 406)
        except SelectionError as error:
            return _refusal(error, 400)
        except (StoreUnavailable, NotDrawn) as error:
            return _refusal(error, 503)
        response = answer.conditional(may_be_packed())
        response.headers["Cache-Control"] = "private, no-cache"
        if file_name:
            response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
        return response


def _refusal(error: Exception, code: int) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(to_short_json({"error": str(error)}), code, content_type="application/json", headers=headers)


def _json(value: Content) -> Made:
    return Answer(200, TYPES["json"], to_short_json(value)), ""
