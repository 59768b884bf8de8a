"""The export button: links to the files of the window on screen."""

from __future__ import annotations

from collections import defaultdict

import orjson
from dash import html
from dash.development.base_component import Component
from flask import Flask, Response, request

from dashboard.files.snapshot import ARCHIVE, Snapshot, make_for
from dashboard.files.table_files import TYPES, formats_of
from dashboard.pictures.png import NotDrawn
from dashboard.store.reader import StoreUnavailable
from dashboard.tables.catalogue import all_datasets
from dashboard.ui.attributes import attributes
from dashboard.ui.static_html import as_static
from dashboard.ui.texts import Words
from dashboard.window.refusals import SelectionError
from dashboard.window.selection import check_address
from dashboard.window.view_cache import Views

_OFFERED = {
    "snapshot.zip": "export.snapshot",
    "report.html": "export.report",
    "hits.csv": "export.hits.csv",
    "hits.geojson": "export.hits.geojson",
    "hits.parquet": "export.hits.parquet",
    "clusters.csv": "export.clusters.csv",
    "clusters.geojson": "export.clusters.geojson",
    "clusters.parquet": "export.clusters.parquet",
    "clusters.png": "export.clusters.png",
    "manifest.json": "export.manifest",
}


def layout(words: Words) -> html.Details:
    """A menu of links; `assets/common/figures.js` points them at the window on screen."""
    return html.Details(
        className="menu",
        id="export",
        children=[
            html.Summary(words("export.button"), className="button primary"),
            as_static(html.Div(_entries(words), className="menu-list")),
        ],
    )


def _entries(words: Words) -> list[Component]:
    links = [
        html.A(words(key), href="#", className="menu-item", download="", **attributes(data_export=name))
        for name, key in _OFFERED.items()
    ]
    tables = html.Div(id="page-tables", **attributes(data_offered=_offered(words)))
    return [*links, tables, html.P(words("export.note"), className="small")]


def _offered(words: Words) -> str:
    """JSON of {page: [[table, its name on the screen, its formats]]}, of which `assets/frame/take_away.js` makes
    links."""
    found = defaultdict(list)
    for each in all_datasets().values():
        if each.offer:
            found[each.offer.page].append([each.name, each.offer.translate(words.language), [*formats_of(each), "zip"]])
    return orjson.dumps(found).decode()


def register(server: Flask, views: Views) -> None:
    """Serve `/export/<file>?<selection>`."""

    @server.get("/export/<name>")
    def export(name: str) -> Response:
        try:
            query = request.args.to_dict()
            check_address(query, f"export/{name}"[:80])
            snapshot = make_for(views, views.selection(query), name)
        except SelectionError as error:
            return Response(f"{error}\n", 400, mimetype="text/plain")
        except (StoreUnavailable, NotDrawn) as error:
            return Response(f"{error}\n", 503, mimetype="text/plain")
        content = snapshot.file(name)
        if content is None:
            return Response(f"no file {name!r} in an export\n", 404, mimetype="text/plain")
        return Response(
            content,
            content_type=TYPES[name.rsplit(".", 1)[-1]],
            headers={
                "Content-Disposition": f'attachment; filename="{_file_name(snapshot, name)}"',
                "Cache-Control": "no-store",
            },
        )


def _file_name(snapshot: Snapshot, name: str) -> str:
    return f"{snapshot.name}.zip" if name == ARCHIVE else f"{snapshot.name}_{name}"
