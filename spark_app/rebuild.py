"""`./pulse rebuild`: make the store anew from the whole log, with the settings of today, and swap it in at the end.

For a store and a checkpoint that no longer agree, and after a change of windows or clusters. `./pulse up` must be
stopped. A SQLite store is built beside the old one and takes its place at the end; another database is emptied
first. Exit codes: 0 done, 1 failed, 3 environment.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from prim_client.settings import Settings, SettingsError, load
from spark_app.derive import make_folds
from spark_app.derived import Runner
from spark_app.incidents import evidence
from spark_app.store import StoreError, connect, exists, open_store, parse_url, shown, sqlite_url
from spark_app.tables import metadata
from spark_app.workspace import SOURCES, Workspace, workspace
from stream_server.parts import pass_on, python
from stream_server.ports import free_port, listens
from stream_server.socket_token import token_file
from stream_server.store_url import add_store_argument, for_part
from stream_server.supervisor import Part, run
from stream_server.threads import end_with_any_thread


def main(argv: Sequence[str]) -> int:
    """Rebuild what `argv` names; returns the exit code."""
    options = _arguments(argv)
    try:
        settings = load(options.config)
        pass_on(options.config)
        place = workspace(settings, options.source, options.store)
        if options.folder:
            place = replace(place, folder=options.folder.resolve(), source=options.source or "recorded")
            place = place if options.store else replace(place, store_url=sqlite_url(place.folder / "store.db"))
        if not place.log.is_file():
            raise StoreError(f"there is no log at {place.log}: nothing to rebuild from")
        return rebuild(place, settings)
    except SettingsError as error:
        return _complain(error, 3)
    except (StoreError, OSError) as error:
        return _complain(error, 1)


def rebuild(place: Workspace, settings: Settings) -> int:
    """Replay the log of `place` into a new store and swap it in; the old one stays until then."""
    url = parse_url(place.store_url)
    beside = Path(f"{url.database}.new") if url.get_backend_name() == "sqlite" else None
    checkpoint = place.folder / "rebuild"
    told = evidence_of(place.store_url)
    shutil.rmtree(checkpoint, ignore_errors=True)
    if beside:
        _remove_sqlite(beside)
    else:
        empty(place.store_url)
    target = sqlite_url(beside) if beside else place.store_url
    _write_evidence(target, told)
    print(f"rebuilding {shown(place.store_url)} from {place.log}", flush=True)
    code = run(_parts(place, settings, checkpoint, target), lambda line: print(line, flush=True))
    if code or not (checkpoint / "checkpoint").is_dir():
        return _complain("the rebuild did not finish; the old store is as it was" if beside else "run it again", 1)
    engine = open_store(target)
    Runner(engine, make_folds(settings)).catch_up()
    engine.dispose()
    swap(place, beside, checkpoint)
    print(f"{shown(place.store_url)} is rebuilt", flush=True)
    return 0


def evidence_of(url: str) -> list[dict[str, Any]]:
    """IDFM's own ids, which no log holds: the old store's go over into the new one. A broken store has none to give."""
    try:
        if not exists(url):
            return []
        engine = connect(url)
        with engine.connect() as connection:
            rows = evidence.rows(connection)
        engine.dispose()
        return rows
    except (StoreError, SQLAlchemyError) as error:
        print(f"pulse: IDFM's own ids of incidents are lost, incidents go by the rules: {error}", file=sys.stderr)
        return []


def _write_evidence(url: str, rows: list[dict[str, Any]]) -> None:
    """At once, so that a rebuild that does not finish loses none."""
    if rows:
        engine = open_store(url)
        with engine.begin() as connection:
            evidence.write(connection, rows)
        engine.dispose()


def swap(place: Workspace, beside: Path | None, checkpoint: Path) -> None:
    """Put the new store and the new checkpoint in the place of the old ones."""
    if beside:
        final = Path(str(parse_url(place.store_url).database))
        _fold_wal(beside)
        _remove_sqlite(final)
        beside.rename(final)
    shutil.rmtree(place.checkpoint, ignore_errors=True)
    (checkpoint / "checkpoint").rename(place.checkpoint)
    shutil.rmtree(checkpoint, ignore_errors=True)


def empty(url: str) -> None:
    """Drop our tables from the store at `url`."""
    if exists(url):
        engine = connect(url)
        with engine.begin() as connection:
            metadata.drop_all(connection)
        engine.dispose()


def _parts(place: Workspace, settings: Settings, checkpoint: Path, target: str) -> list[Part]:
    host, port = settings.log.host, free_port(settings.log.host)
    to_store, environment = for_part(target)
    spark = ["--until", "log", "--port", str(port), "--state", str(checkpoint), *to_store, "--source", place.source]
    spark += ["--token-file", str(token_file(place.log))]
    return [
        Part("log", python("stream_server.serve_log", "--log", str(place.log), "--port", str(port)), listens(host, port)),
        Part("spark", python("spark_app.app", *spark), stop_wait_s=60, job=True, environment=environment),
    ]


def _fold_wal(path: Path) -> None:
    """Write SQLite's side files back into `path`, so that one rename moves the whole store."""
    engine = open_store(sqlite_url(path))
    with engine.connect() as connection:
        connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
    engine.dispose()


def _remove_sqlite(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _complain(error: Exception | str, code: int) -> int:
    print(f"pulse: {error}", file=sys.stderr)
    return code


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse rebuild", description=__doc__.splitlines()[0])
    parser.add_argument("--source", choices=SOURCES, help="default: live with a key, else simulated")
    parser.add_argument("--folder", type=Path, help="another folder with a log.db, as that of a replay")
    add_store_argument(parser)
    parser.add_argument("--config", type=Path, help="configuration file")
    return parser.parse_args(argv)


if __name__ == "__main__":
    end_with_any_thread()
    sys.exit(main(sys.argv[1:]))
