"""Window snapshots: the files of one window through one choice, and the manifest by which they can be checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from dashboard.files.formats import to_json
from dashboard.files.table_files import (
    EXPORT_VERSION,
    TABLE_FORMATS,
    Table,
    described,
    encode,
    formats_of,
    head,
    picture,
    versions,
    zipped,
)
from dashboard.files.window_document import to_html
from dashboard.tables.catalogue import all_datasets
from dashboard.tables.dataset import AskedOfView, Dataset, Row, span_facts
from dashboard.window.selection import Selection, format_utc
from dashboard.window.view import View
from dashboard.window.view_cache import Views
from spark_app.store.tables import MEASURES

ARCHIVE = "snapshot.zip"

SNAPSHOT = ("hits", "clusters")  # the tables of a window snapshot

FILE_NAMES = (
    "hits.csv",
    "hits.geojson",
    "hits.parquet",
    "clusters.csv",
    "clusters.geojson",
    "clusters.parquet",
    "clusters.png",
    "manifest.json",
    "report.html",
    ARCHIVE,
)

_ALONE = ("csv", "geojson", "parquet", "png")  # formats of files that say nothing of the others


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files of one export by name, `manifest.json` among them, and a name for the whole."""

    name: str
    files: Mapping[str, bytes]

    def file(self, name: str) -> bytes | None:
        """The file `name` of FILE_NAMES; None for any other name."""
        return self.zip() if name == ARCHIVE else self.files.get(name)

    def zip(self) -> bytes:
        """All files in one archive, always the same bytes."""
        return zipped(self.name, self.files)


def make_snapshot(views: Views, selection: Selection, formats: Sequence[str] = TABLE_FORMATS) -> Snapshot:
    """Export one window through one choice. Raises NoSuchWindow or StoreUnavailable."""
    view = views.get(selection)
    facts, files, rows = _facts(views, view), {}, {}
    for name in SNAPSHOT:
        dataset, asked = all_datasets()[name], AskedOfView(views, view)
        found = dataset.read(asked)
        for format_ in (each for each in formats_of(dataset) if each != "html" and each in formats):
            file, is_picture = f"{name}.{format_}", format_ == "png"
            files[file] = (
                picture(dataset, asked, found, facts)
                if is_picture
                else encode(dataset, found, facts["attribution"], format_)
            )
            rows[file] = len(found.rows)
    manifest = facts | {"files": described(files, rows)}
    # the report shows the manifest, so the manifest cannot know the report
    report = {"report.html": to_html(view, manifest)} if "html" in formats else {}
    return Snapshot(_name(view), files | {"manifest.json": to_json(manifest)} | report)


def make_for(views: Views, selection: Selection, name: str) -> Snapshot:
    """As much of the snapshot as one of FILE_NAMES needs: nobody who wants rows waits for the map."""
    format_ = name.rsplit(".", 1)[-1]
    return make_snapshot(views, selection, (format_,) if format_ in _ALONE else TABLE_FORMATS)


def _facts(views: Views, view: View) -> Row:
    """What the manifest says besides the files."""
    span = span_facts(view)
    log = {name: span.pop(name) for name in ("first_entry", "last_entry")}
    return {
        "pulse_export": EXPORT_VERSION,
        **head(views, view.meta),
        "model_generation": span.pop("model_generation"),
        "window": span,
        "log": log,
        "config_sha256": view.meta.get("config_sha256", ""),
        "versions": versions(views),
        "selection": view.selection.to_plain(),
        "totals": {name: sum(m[name] for m in view.measures.values()) for name in MEASURES if name != "stations"},
    }


def _name(view: View) -> str:
    moment = format_utc(view.span.end_us).replace(":", "")
    s = view.selection
    what = "-".join(s.lines) if s.lines else "-".join(s.modes) or "all"
    more = f"_{sha256(s.to_query().encode()).hexdigest()[:8]}" if s.narrowed else ""
    return f"pulse_{moment}_{'-'.join(s.channels)}_{what[:60]}{more}"


def make_table(
    views: Views, dataset: Dataset, query: Mapping[str, str], formats: Sequence[str] = TABLE_FORMATS
) -> Snapshot:
    """Export one table. Raises SelectionError or StoreUnavailable."""
    table = Table.answer(views, dataset, query)
    return Snapshot(table.name, table.files(formats))
