"""One table as files: every format through the same few lines, and a manifest by which they can be checked."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping

from dashboard import health, queries
from dashboard.datasets import Dataset, Found, Row
from dashboard.datasets import columns as columns_of
from dashboard.export_document import document, table_body
from dashboard.export_formats import NOTE, to_csv, to_geojson, to_json, to_parquet
from dashboard.licences import NOT_OFFICIAL, attribution
from dashboard.selection import format_utc, parse_selection
from dashboard.texts import Words
from dashboard.views import Views

EXPORT_VERSION = 2  # 2: any table, clusters as GeoParquet, observed ticks in each row, missed ones and versions in the manifest
ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows: archives do not differ by the clock
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
    "zip": "application/zip",
    "html": "text/html; charset=utf-8",
}
OBSERVED = columns_of("""
    ticks_expected  integer  ticks of the window or stretch that the table is of
    ticks_observed  integer  of these, with a good poll shortly before
""")
TABLE_FORMATS = ("csv", "geojson", "parquet", "html", "zip")  # that any table can be had in; GeoJSON with places only


def formats_of(dataset: Dataset) -> tuple[str, ...]:
    """The formats of the files of a table, the archive left out."""
    return tuple(name for name in TABLE_FORMATS[:-1] if name != "geojson" or dataset.placed)


def encode(dataset: Dataset, found: Found, note: str, format_: str) -> bytes:
    """The rows of a table as CSV, GeoJSON or (Geo)Parquet; each row says whose data it is, and how much of its window
    was observed: a file has no head."""
    own = {column.name for column in dataset.columns}
    same = {name: value for name, value in found.observed.items() if name not in own} | {NOTE.name: note}
    rows = [row | same for row in found.rows]
    columns = (*dataset.columns, *(column for column in (*OBSERVED, NOTE) if column.name in same))
    makers: Mapping[str, Callable[[], bytes]] = {
        "csv": lambda: to_csv(rows, columns),
        "geojson": lambda: to_geojson(rows, same, found.about),
        "parquet": lambda: to_parquet(rows, columns),
    }
    return makers[format_]()


def described(files: Mapping[str, bytes], rows: Mapping[str, int]) -> Row:
    """Rows, size and hash of each file, for a manifest."""
    return {
        name: {"rows": rows[name], "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
    }


def head(views: Views, source: str) -> Row:
    """What every manifest and answer begins with."""
    missing = list(views.store.missing)
    return {"status": NOT_OFFICIAL, "attribution": attribution(source), "source": source, "missing_tables": missing}


def versions(views: Views, fold: str = "") -> Row:
    """The versions behind the rows: schema, generation, settings, analyzer, and the rule of the fold that wrote them."""
    with views.store.reading() as connection:
        said = health.versions(connection, queries.read_meta(connection))
        rules = {one.name: one.version for one in health.followers(connection)} if fold else {}
    return said | ({f"fold_{fold}": rules[fold]} if fold in rules else {})


def table_file(views: Views, dataset: Dataset, query: Mapping[str, str], format_: str) -> tuple[str, bytes]:
    """(name, content) of a table in one of TABLE_FORMATS. Raises as `Dataset.answer` does."""
    found = dataset.answer(views, query)
    name = file_name(dataset, found, query)
    if format_ not in ("html", "zip"):
        return f"{name}.{format_}", encode(dataset, found, attribution(source_of(views)), format_)
    files = table_files(views, dataset, query, found)
    return f"{name}.{format_}", zipped(name, files) if format_ == "zip" else files[f"{dataset.name}.html"]


def table_files(views: Views, dataset: Dataset, query: Mapping[str, str], found: Found) -> dict[str, bytes]:
    """Every format of a table by the names of the files, with `manifest.json`."""
    source = source_of(views)
    plain = [name for name in formats_of(dataset) if name != "html"]
    files = {f"{dataset.name}.{name}": encode(dataset, found, attribution(source), name) for name in plain}
    manifest = {
        "pulse_export": EXPORT_VERSION, **head(views, source), "table": dataset.name,
        "title": dataset.title, **found.about, "versions": versions(views, dataset.fold),
        "parameters": dict(sorted(query.items())), "selection": parse_selection(query).to_plain() if dataset.chosen else {},
        "columns": {column.name: column.doc for column in dataset.columns},
        "files": described(files, dict.fromkeys(files, len(found.rows))),
    }  # fmt: skip
    said, body = f"{NOT_OFFICIAL} · {attribution(source)}", table_body(_titled(dataset, found), dataset.columns, found.rows)
    page = document(f"Pulse, {dataset.name}", "en", said, body, manifest)
    return files | {"manifest.json": to_json(manifest), f"{dataset.name}.html": page}


def _titled(dataset: Dataset, found: Found) -> str:
    """The title, and that its window is not whole, if so."""
    expected, observed = found.observed.get("ticks_expected", 0), found.observed.get("ticks_observed", 0)
    window = found.about.get("window", {})
    missing = expected - observed if window.get("closed", True) else len(window["ticks_missed_utc"])
    told = Words("en")("window.missing", missing=missing, of=expected)
    return f"{dataset.title}. {told}" if missing else dataset.title


def source_of(views: Views) -> str:
    """Where the data came from: live, simulated, recorded or file."""
    with views.store.reading() as connection:
        return queries.read_meta(connection).get("source", "")


def file_name(dataset: Dataset, found: Found, query: Mapping[str, str]) -> str:
    """A name that says table, moment and, by a hash, the choice; without an extension."""
    moment = "" if found.until_us is None else f"_{format_utc(found.until_us)[:19].replace(':', '')}Z"
    narrowed = "&".join(f"{name}={value}" for name, value in sorted(query.items()) if name != "window")
    choice = f"_{hashlib.sha256(narrowed.encode()).hexdigest()[:8]}" if narrowed else ""
    return f"pulse_{dataset.name}{moment}{choice}"


def zipped(folder: str, files: Mapping[str, bytes]) -> bytes:
    """The files in one archive, always the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"{folder}/{name}", ZIP_MOMENT), content)
    return out.getvalue()
