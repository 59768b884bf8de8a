"""Files that can be checked: a window snapshot, or any table of a page; the same question gives the same bytes.

    ./pulse export --window 2024-04-24T12:00:00Z --lines C01742 --out DIR
    ./pulse export --table incidents --span 30j --out DIR
    ./pulse export --day 2024-04-24 --out s3://bucket/prefix

`hits` has one row a (disruption, line, station) of the window, `clusters` one a cluster with the sums it is made of,
`clusters.png` is the map; `manifest.json` says what they were made from and carries the sha256 of each file. `--day`
writes all hits of a service day, with the columns of the archive, as one compressed CSV, into a folder or an S3 store.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from dashboard.files.daily_csv import daily_csv, file_name
from dashboard.files.snapshot import Snapshot, make_snapshot, make_table
from dashboard.files.table_files import (
    TABLE_FORMATS,
    check_format,
)
from dashboard.pictures.png import NotDrawn
from dashboard.store.reader import Store, StoreUnavailable
from dashboard.tables.catalogue import all_datasets
from dashboard.window.refusals import SelectionError
from dashboard.window.view_cache import Views
from deploy.configuration.command_line import (
    DONE,
    ENVIRONMENT,
    FAILED,
    USAGE,
    add_config_argument,
    add_store_argument,
    complain,
    run_command,
)
from deploy.configuration.settings import SettingsError, load
from spark_app.archive.object_store import SCHEME, ObjectStore
from spark_app.store.engine import StoreError, check_whole, connect_to_read, exists, without_password
from spark_app.store.workspace import workspace
from spark_app.topics.files import topics_folder


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
        settings = load(given.config)
        place = workspace(settings, store_url=given.store)
        if given.day:
            print(
                _write_day(
                    given.day,
                    place.store_url,
                    given.out,
                    ObjectStore(settings.archive.endpoint, settings.archive.region),
                )
            )
            return DONE
        views = Views(Store(place.store_url), topics_folder(place.store_url, place.folder))
        query = {name: value for name in ("window", *_CHOICES) if (value := getattr(given, name))}
        print(write_files(_made(views, given, query | dict(map(_pair, given.set))), Path(given.out)))
    except SelectionError as error:
        return complain(error, USAGE)
    except (SettingsError, OSError) as error:
        return complain(error, ENVIRONMENT)
    except (StoreError, StoreUnavailable, NotDrawn) as error:
        return complain(error, FAILED)
    return DONE


def _write_day(day: date, store_url: str, out: str, object_store: ObjectStore) -> str:
    """Write the file of `day` below `out`, whole or not at all; returns its address."""
    if not exists(store_url):
        raise StoreError(f"there is no store at {without_password(store_url)}: start `./pulse up` or `./pulse replay`")
    engine = connect_to_read(store_url)
    check_whole(engine)
    content, name = daily_csv(engine, day), file_name(day)
    if out.startswith(SCHEME):
        address = f"{out.rstrip('/')}/{name}"
        object_store.write(address, content)
        return address
    target = Path(out) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{name}.{os.getpid()}")
    aside.write_bytes(content)
    return str(aside.replace(target))


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
    parser.add_argument("--day", type=date.fromisoformat, help="all hits of this service day, 04:00 to 04:00 in Paris")
    parser.add_argument("--out", default=".", help="folder to write into; with --day also s3://bucket/prefix")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
