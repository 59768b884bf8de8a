"""The retention of store, folds and log in one go, for a campaign that kills it:
`python -m benchmarks.faults._drop_old FOLDER`."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from deploy.configuration.settings import Settings
from spark_app.commands.derive import make_folds
from spark_app.derived.runner import Runner
from spark_app.store.engine import open_store, sqlite_url
from spark_app.store.retention import prune
from spark_app.store.tables import entry
from stream_server.log.log import Log
from stream_server.log.retention import Retention

KEEP = timedelta(hours=1)


def drop_old(folder: Path) -> None:
    """Drop what is older than KEEP from the store in `folder`, and from the log what the store dropped."""
    engine = open_store(sqlite_url(folder / "store.db"))
    with engine.connect() as connection:
        before_us = connection.execute(select(func.max(entry.c.event_time_us))).scalar_one() - KEEP // timedelta(
            microseconds=1
        )
    runner = Runner(engine, make_folds(Settings()))
    runner.catch_up()
    prune(engine, KEEP)
    runner.prune(before_us)
    with engine.connect() as connection:
        first = connection.execute(select(func.min(entry.c.entry))).scalar()
    needed = folder / "needed"
    needed.write_text(str(first))
    with Log.open(folder / "log.db") as log:
        Retention(log, 0, needed).run()


def log_lines(path: Path) -> list[tuple[bytes]]:
    """Every line that the log at `path` serves."""
    with Log.open(path) as log, closing(log.reader()) as reader:
        return [(line,) for line in reader.read(*log.bounds())]


if __name__ == "__main__":
    drop_old(Path(sys.argv[1]))
