"""Files that can be checked: a window snapshot, or any table of a page; the same question gives the same bytes.

    ./pulse export --window 2024-04-24T12:00:00Z --lines C01742 --out DIR
    ./pulse export --table incidents --span 30j --out DIR

`hits` has one row a (disruption, line, station) of the window, `clusters` one a cluster with the sums it is
made of, `clusters.png` is the map; `manifest.json` says what they were made from and carries the sha256 of each file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from dashboard.datasets import AskedOfView, Dataset, Row, all_datasets, span_facts
from dashboard.export_formats import to_json
from dashboard.export_html import to_html
from dashboard.pictures.png import NotDrawn
from dashboard.refusals import SelectionError
from dashboard.selection import Selection, format_utc
from dashboard.store import Store, StoreUnavailable
from dashboard.table_files import (
    EXPORT_VERSION,
    TABLE_FORMATS,
    Table,
    check_format,
    described,
    encode,
    formats_of,
    head,
    picture,
    versions,
    zipped,
)
from dashboard.view import View
from dashboard.views import Views
from geo.command_line import (
    DONE,
    ENVIRONMENT,
    FAILED,
    USAGE,
    add_config_argument,
    add_store_argument,
    complain,
    run_command,
)
from prim_client.settings import SettingsError, load
from spark_app.language.topic_files import topics_folder
from spark_app.tables import MEASURES
from spark_app.workspace import workspace

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
    view = views.shown(selection)
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
    table = Table.of(views, dataset, query)
    return Snapshot(table.name, table.files(formats))


def write_files(snapshot: Snapshot, folder: Path) -> Path:
    """Write the files of `snapshot` into a folder of its name below `folder`; returns it."""
    target = folder / snapshot.name
    target.mkdir(parents=True, exist_ok=True)
    for name, content in snapshot.files.items():
        (target / name).write_bytes(content)
    return target


def main(argv: Sequence[str]) -> int:
    """`pulse export`; returns the exit code: 0 done, 1 failed, 2 no such choice, 3 environment."""
    given = _arguments(argv)
    try:
        place = workspace(load(given.config), store_url=given.store)
        views = Views(Store(place.store_url), topics_folder(place.store_url, place.folder))
        query = {name: value for name in ("window", *_CHOICES) if (value := getattr(given, name))}
        print(write_files(_made(views, given, query | dict(map(_pair, given.set))), given.out))
    except SelectionError as error:
        return complain(error, USAGE)
    except (SettingsError, OSError) as error:
        return complain(error, ENVIRONMENT)
    except (StoreUnavailable, NotDrawn) as error:
        return complain(error, FAILED)
    return DONE


def _made(views: Views, given: argparse.Namespace, query: Mapping[str, str]) -> Snapshot:
    formats = (given.format,) if given.format else TABLE_FORMATS
    if given.table is None:
        return make_snapshot(views, views.selection(query), formats)
    dataset = all_datasets()[given.table]
    check_format(dataset, given.format or "csv")
    return make_table(views, dataset, query, formats)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise SelectionError(f"--set {text!r}: expected NAME=VALUE, as by=cause")
    return name, value


_CHOICES = {
    "lines": ("", "lines with commas between, by id or name, as C01742 or RER B; empty: by mode"),
    "modes": ("all", "modes with commas between, or all"),
    "channel": ("incident,works,information", "channels with commas between"),
    "severity": ("", "wordings of severity with commas between, as interruption,blocking"),
    "cause": ("", "causes that the text names, with commas between, as passenger_ill"),
    "zone": ("", "départements and communes by INSEE code, as 75,94080"),
    "text": ("", "words that title or text hold"),
    "area": ("", "corners of an area as latitude,longitude,latitude,longitude…"),
    "span": ("", "stretch of timeline and incidents, up to the window: 6h, 24h, 7j or 30j"),
}


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="pulse export", description="Write a window snapshot, or a table, with its manifest."
    )
    add_config_argument(parser)
    add_store_argument(parser)
    parser.add_argument(
        "--table", choices=tuple(all_datasets()), help="one table, as the API has it, instead of the snapshot"
    )
    parser.add_argument(
        "--format",
        choices=TABLE_FORMATS[:-1],
        help="this format only, with the manifest (default: all; png: of a chart)",
    )
    parser.add_argument("--window", default="latest", help="end of the window, as 2024-04-24T12:00:00Z, or latest")
    for name, (default, what) in _CHOICES.items():
        parser.add_argument(f"--{name}", default=default, help=what)
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the table, as by=cause"
    )
    parser.add_argument("--out", type=Path, default=Path(), help="folder to write into")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
