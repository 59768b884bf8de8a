"""One table as files: every format through the same few lines, and a manifest by which they can be checked."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence

from dashboard.files.formats import NOTE, to_csv, to_geojson, to_json, to_parquet
from dashboard.files.html_document import document, table_body
from dashboard.health import data_health
from dashboard.pictures.picture import is_drawn, svg_of
from dashboard.pictures.png import MANIFEST, SCALES, to_png
from dashboard.store import queries
from dashboard.tables.dataset import Asked, Dataset, Found, Parameter, Row
from dashboard.tables.dataset import columns as columns_of
from dashboard.ui.licences import NOT_OFFICIAL, attribution
from dashboard.ui.texts import Words
from dashboard.window.refusals import SelectionError
from dashboard.window.selection import format_utc
from dashboard.window.view_cache import Views
from spark_app.derived.fold_books import read_folds

# 2: any table, observed ticks in each row, missed ones and versions in the manifest; 3: pictures; 4: names beside ids,
# long tables
EXPORT_VERSION = 4
ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows: archives do not differ by the clock
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
    "zip": "application/zip",
    "html": "text/html; charset=utf-8",
    "png": "image/png",
}
OBSERVED = columns_of("""
    ticks_expected  integer  ticks of the window or stretch that the table is of
    ticks_observed  integer  of these, with a good poll shortly before
""")
TABLE_FORMATS = (
    "csv",
    "geojson",
    "parquet",
    "html",
    "png",
    "zip",
)  # GeoJSON of tables with places, PNG of those with a chart
SCALE = Parameter("scale", "pixels a unit of the picture, which is 1440 units wide", SCALES)


class NoSuchFormat(SelectionError):
    """A table cannot be had in this format."""


def formats_of(dataset: Dataset) -> tuple[str, ...]:
    """The formats of the files of a table, the archive left out."""
    left_out = {"zip", *(() if dataset.placed else ("geojson",)), *(() if is_drawn(dataset) else ("png",))}
    return tuple(name for name in TABLE_FORMATS if name not in left_out)


def check_format(dataset: Dataset, format_: str) -> None:
    """Raises NoSuchFormat with those that there are."""
    known = (*formats_of(dataset), "zip")
    if format_ not in known:
        why = " has no chart, so no picture; it" if format_ == "png" else ""
        raise NoSuchFormat(f"no file {dataset.name}.{format_[:20]}: {dataset.name}{why} comes as {', '.join(known)}")


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


def head(views: Views, meta: Mapping[str, str]) -> Row:
    """What every manifest and answer begins with; `meta`: the facts about the store."""
    missing = list(views.store.missing)
    return {
        "status": NOT_OFFICIAL,
        "attribution": attribution(meta),
        "source": meta.get("source", ""),
        "missing_tables": missing,
    }


def versions(views: Views, fold: str = "") -> Row:
    """The versions behind the rows: schema, generation, settings, analyzer, the rule of the fold that wrote them, and
    the first entry that it set aside, if any: from there on they are incomplete."""
    with views.store.reading() as connection:
        said = data_health.versions(connection, queries.read_meta(connection))
        wrote = next((one for one in read_folds(connection) if one.name == fold), None)
    if wrote and wrote.version:
        said[f"fold_{fold}"] = wrote.version
    if wrote and wrote.incomplete_from is not None:
        said[f"fold_{fold}_incomplete_from"] = str(wrote.incomplete_from)
    return said


def table_file(views: Views, dataset: Dataset, query: Mapping[str, str], format_: str) -> tuple[str, bytes]:
    """(name, content) of a table in one of its formats. Raises NoSuchFormat, or as `Dataset.answer` does."""
    check_format(dataset, format_)
    table = Table.answer(views, dataset, query)
    if format_ == "zip":
        return f"{table.name}.zip", zipped(table.name, table.files())
    return f"{table.name}.{format_}", table.file(format_)


class Table:
    """The answer to one question, ready to become files."""

    def __init__(self, views: Views, dataset: Dataset, query: Mapping[str, str], scale: int = 1) -> None:
        self.views, self.dataset, self.query, self.scale = views, dataset, query, scale
        self._asked = dataset.parse_question(views, query)
        self._found = dataset.read(self._asked)
        self._meta, self._made = meta_of(views), dict[str, bytes]()

    @classmethod
    def answer(cls, views: Views, dataset: Dataset, query: Mapping[str, str]) -> Table:
        """The answer to a query that may say how large a picture is. Raises as `Dataset.answer` does."""
        rest = {name: value for name, value in query.items() if name != SCALE.name or not is_drawn(dataset)}
        return cls(views, dataset, rest, int(SCALE.read(query)))

    @property
    def name(self) -> str:
        """A name that says table, moment and choice."""
        return file_name(self.dataset, self._found, self.query)

    def file(self, format_: str) -> bytes:
        """The table in one of its formats, made once."""
        if format_ not in self._made:
            makers = {"html": self._page, "png": self._picture}
            self._made[format_] = makers.get(
                format_, lambda: encode(self.dataset, self._found, attribution(self._meta), format_)
            )()
        return self._made[format_]

    def files(self, formats: Sequence[str] = TABLE_FORMATS) -> dict[str, bytes]:
        """Every one of `formats` by the names of the files, with `manifest.json`."""
        files = self._named(name for name in formats_of(self.dataset) if name in formats)
        return files | {"manifest.json": to_json(self.manifest(files))}

    def manifest(self, files: Mapping[str, bytes] | None = None) -> Row:
        """What the files were made from; with rows, size and hash of those that are given."""
        dataset, found = self.dataset, self._found
        made = {} if files is None else {"files": described(files, dict.fromkeys(files, len(found.rows)))}
        return {
            "pulse_export": EXPORT_VERSION,
            **head(self.views, self._meta),
            "table": dataset.name,
            "title": dataset.title,
            **found.about,
            "versions": versions(self.views, dataset.fold),
            "parameters": dict(sorted(self.query.items())),
            "selection": self._asked.selection.to_plain() if dataset.chosen else {},
            "columns": {column.name: column.doc for column in dataset.columns},
            "long_tables": [f"{dataset.name}-{listed.english}" for listed in dataset.lists],
        } | made

    def _named(self, formats: Iterable[str]) -> dict[str, bytes]:
        return {f"{self.dataset.name}.{name}": self.file(name) for name in formats}

    def _page(self) -> bytes:
        """The table as a page, with the manifest of its files that are data."""
        dataset, found = self.dataset, self._found
        manifest = self.manifest(self._named(name for name in formats_of(dataset) if name not in ("html", "png")))
        said = f"{NOT_OFFICIAL} · {attribution(self._meta)}"
        return document(
            f"Pulse, {dataset.name}",
            "en",
            said,
            table_body(_titled(dataset, found), dataset.columns, found.rows),
            manifest,
        )

    def _picture(self) -> bytes:
        return picture(self.dataset, self._asked, self._found, self.manifest(), self.scale)


def picture(dataset: Dataset, asked: Asked, found: Found, manifest: Row, scale: int = 1) -> bytes:
    """A table as PNG, with the manifest inside."""
    note = manifest["attribution"]
    inside = to_json(manifest | {"rows": len(found.rows)}).decode("utf-8")
    texts = {"Title": f"Pulse, {dataset.name}", "Copyright": note, MANIFEST: inside}
    return to_png(svg_of(dataset, asked, found, note.split(" · ")), scale, texts)


def _titled(dataset: Dataset, found: Found) -> str:
    """The title, and that its window is not whole, if so."""
    told = Words("en")("window.missing", missing=found.missing, of=found.observed.get("ticks_expected", 0))
    return f"{dataset.title}. {told}" if found.missing else dataset.title


def meta_of(views: Views) -> dict[str, str]:
    """The facts about the store: where its data came from among them."""
    with views.store.reading() as connection:
        return queries.read_meta(connection)


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
