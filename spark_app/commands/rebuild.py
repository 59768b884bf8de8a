"""`./pulse rebuild`: make the store anew from the whole log, with the settings of today.

For a store whose log is another, and after a change of windows or clusters. `./pulse up` must be stopped. A SQLite
store is built beside the old one and takes its place at the end; the tables of another database are emptied first.
Stopped or killed, it can be run again. Exit codes: 0 done, 1 failed, 3 environment.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
from sqlalchemy import Engine, func, select

from deploy.configuration.command_line import ENVIRONMENT, FAILED, add_config_argument, add_store_argument, complain
from deploy.configuration.settings import Settings, SettingsError, load
from deploy.configuration.store_url import for_part
from deploy.processes.environment import pass_on, python
from deploy.processes.ports import free_port, listens
from deploy.processes.programs import PROGRAMS
from deploy.processes.socket_token import token_file
from deploy.processes.supervisor import Part, run
from deploy.processes.thread_failure import end_with_any_thread
from prim_client.messages.message import to_epoch_us
from spark_app.commands.derive import make_folds
from spark_app.commands.new_store import NewStore, new_store
from spark_app.derived.runner import Runner
from spark_app.store.engine import (
    StoreError,
    StoreUnavailable,
    connect,
    exists,
    get_meta,
    is_rebuilding,
    open_store,
    parse_url,
    sqlite_url,
    without_password,
)
from spark_app.store.tables import entry
from spark_app.store.workspace import SOURCES, Workspace, workspace
from stream_server.log.log import Log, LogError


def main(argv: Sequence[str]) -> int:
    """Rebuild what `argv` names; returns the exit code."""
    options = _arguments(argv)
    try:
        settings = load(options.config)
        pass_on(options.config)
        place = workspace(settings, options.source, options.store)
        if options.folder:
            place = replace(place, folder=options.folder.resolve())
            place = place if options.store else replace(place, store_url=sqlite_url(place.folder / "store.db"))
        if not place.log.is_file():
            raise StoreError(f"there is no log at {place.log}: nothing to rebuild from")
        with _lock_folder(place.folder):
            return rebuild(place, settings, options.drop_unlogged)
    except SettingsError as error:
        return complain(error, ENVIRONMENT)
    except (StoreError, LogError, OSError) as error:
        return complain(error, FAILED)


def rebuild(place: Workspace, settings: Settings, drop_unlogged: bool) -> int:
    """Play the log of `place` into a new store. Raises StoreError, LogError."""
    new, work = new_store(place.store_url), place.rebuild
    with Log.open(place.log) as log:  # nobody else writes it, and it is whole
        place, unlogged = _compare(place, log)
    keep_as = _keep_as(place.store_url, drop_unlogged) if unlogged else None
    print(f"rebuilding {without_password(place.store_url)} from {place.log}", flush=True)
    shutil.rmtree(work, ignore_errors=True)
    new.begin()
    code = run(_parts(place, settings, work, new.url), lambda line: print(line, flush=True))
    if code or not (work / "checkpoint").is_dir():
        return complain("the rebuild did not finish; run it again", FAILED)
    with Log.open(place.log):  # `./pulse up` waits until the new store is there
        _finish(place, settings, new, keep_as)
    print(
        f"{without_password(place.store_url)} is rebuilt" + (f"; the old one is kept as {keep_as}" if keep_as else ""),
        flush=True,
    )
    return 0


def _finish(place: Workspace, settings: Settings, new: NewStore, keep_as: Path | None) -> None:
    """Make what is derived, then let the new store take the old one's place; its checkpoint follows."""
    engine = open_store(new.url)
    Runner(engine, make_folds(settings)).catch_up()
    engine.dispose()
    new.finish(keep_as)
    shutil.rmtree(place.checkpoint, ignore_errors=True)
    (place.rebuild / "checkpoint").rename(place.checkpoint)
    shutil.rmtree(place.rebuild, ignore_errors=True)


def _compare(place: Workspace, log: Log) -> tuple[Workspace, bool]:
    """`place` with the source of its log, and whether its store holds what the log has not. Raises StoreError."""
    with closing(log.reader()) as reader:
        source = orjson.loads(reader.value("facts") or b"{}").get("source", place.source)
    place = replace(place, source=source)
    try:
        if not exists(place.store_url):
            return place, False
        engine = connect(place.store_url)
        return place, _holds_unlogged(engine, source, log)
    except StoreUnavailable as error:
        complain(f"the old store cannot be compared with the log: {error}")
        return place, False


def _holds_unlogged(engine: Engine, source: str, log: Log) -> bool:
    with engine.connect() as connection:
        found = get_meta(connection, "source")
        if found not in (None, source):
            raise StoreError(
                f"the store {without_password(engine.url)} holds {found} data, and the log is of {source}: "
                "name another --store"
            )
        if is_rebuilding(connection):
            return False
        first, last = connection.execute(select(func.min(entry.c.entry), func.max(entry.c.entry))).one()
        moment_us = connection.execute(select(entry.c.event_time_us).where(entry.c.entry == last)).scalar()
    if last is None:
        return False
    begin, end = log.bounds()
    if first < begin or last >= end:
        return True
    with closing(log.reader()) as reader:
        line = next(reader.read(last, last + 1))
    return to_epoch_us(datetime.fromisoformat(orjson.loads(line)["event_time"])) != moment_us


def _keep_as(store_url: str, drop_unlogged: bool) -> Path | None:
    """Where the old SQLite file goes; None: its entries are to be dropped. Raises StoreError for those of a server."""
    url = parse_url(store_url)
    if drop_unlogged:
        return None
    if url.get_backend_name() != "sqlite":
        why = "holds entries that the log has not; a rebuild would drop them"
        raise StoreError(
            f"the store {without_password(store_url)} {why}: copy the database first, then run it with --drop-unlogged"
        )
    return Path(f"{url.database}.until-{datetime.now(UTC):%Y%m%dT%H%M%S}")


@contextmanager
def _lock_folder(folder: Path) -> Iterator[None]:
    """One rebuild at a time in `folder`. Raises StoreError."""
    descriptor = os.open(folder / "rebuild.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StoreError(f"another `./pulse rebuild` is at work in {folder}: wait for its end, or stop it") from None


def _parts(place: Workspace, settings: Settings, work: Path, target: str) -> list[Part]:
    host, port = settings.log.host, free_port(settings.log.host)
    to_store, environment = for_part(target)
    spark = [
        "--until",
        "log",
        "--port",
        str(port),
        "--state",
        str(work),
        *to_store,
        "--source",
        place.source,
        "--rebuild",
    ]
    spark += ["--token-file", str(token_file(place.log))]
    return [
        Part("log", python(PROGRAMS["serve log"], "--log", str(place.log), "--port", str(port)), listens(host, port)),
        Part("spark", python(PROGRAMS["spark"], *spark), stop_wait_s=60, job=True, environment=environment),
    ]


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse rebuild", description=__doc__.splitlines()[0])
    parser.add_argument("--source", choices=SOURCES, help="default: live with a key, else simulated")
    parser.add_argument("--folder", type=Path, help="another folder with a log.db, as that of a replay")
    add_store_argument(parser)
    parser.add_argument(
        "--drop-unlogged", action="store_true", help="drop entries of the old store that the log has no more"
    )
    add_config_argument(parser)
    return parser.parse_args(argv)


if __name__ == "__main__":
    end_with_any_thread()
    sys.exit(main(sys.argv[1:]))
