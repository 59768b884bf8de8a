"""`./pulse archive`: bring the Delta archive up to the store, once. `./pulse up` does it every minute by itself."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from deltalake.exceptions import DeltaError
from sqlalchemy import Engine

from deploy.configuration.command_line import ENVIRONMENT, FAILED, add_config_argument, add_store_argument, complain
from deploy.configuration.settings import Settings, SettingsError, load
from spark_app.archive.delta import Archive
from spark_app.archive.object_store import ObjectStore
from spark_app.store.engine import StoreError, StoreUnavailable, check_whole, connect_to_read, exists, without_password
from spark_app.store.workspace import SOURCES, workspace

PERIOD_S = 60.0


def make_archive(settings: Settings, engine: Engine, folder: Path, url: str = "") -> Archive:
    """The configured archive of a pipeline whose files are in `folder`."""
    own = settings.archive
    address = url or own.url or str(folder / "archive")
    store = ObjectStore(own.endpoint, own.region)
    return Archive(address, engine, own.compact_every_commits, own.retention_days, store)


class Follower(threading.Thread):
    """Brings the archive up to the store every minute, and once more at the end."""

    def __init__(self, archive: Archive) -> None:
        super().__init__(name="archive", daemon=True)
        self._archive, self._stop_asked = archive, threading.Event()

    def run(self) -> None:
        while not self._stop_asked.wait(PERIOD_S):
            self.follow()

    def follow(self) -> None:
        """One round; a place that cannot be written is said and tried again at the next."""
        try:
            self._archive.follow()
        except (DeltaError, OSError, StoreUnavailable) as error:
            complain(f"the archive {self._archive.url} waits for its next round: {error}")

    def stop(self) -> None:
        """End the thread after a last round."""
        self._stop_asked.set()
        self.join()
        self.follow()


def main(argv: Sequence[str]) -> int:
    """Archive what `argv` names; returns the exit code: 0 done, 1 failed, 3 environment."""
    options = _arguments(argv)
    try:
        settings = load(options.config)
        place = workspace(settings, options.source, options.store)
        if not exists(place.store_url):
            raise StoreError(
                f"there is no store at {without_password(place.store_url)}: start `./pulse up` or `./pulse replay`"
            )
        engine = connect_to_read(place.store_url)
        check_whole(engine)
        archive = make_archive(settings, engine, place.folder, options.out or "")
        done = archive.follow()
    except SettingsError as error:
        return complain(error, ENVIRONMENT)
    except (StoreError, DeltaError, OSError) as error:
        return complain(error, FAILED)
    print(f"{done.rows} hits in {done.commits} commits; {archive.url} holds the entries before {done.to_entry}")
    return 0


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse archive", description=__doc__.splitlines()[0])
    parser.add_argument("--source", choices=SOURCES, help="default: live with a key, else simulated")
    add_store_argument(parser)
    parser.add_argument("--out", help="folder or s3:// address of the table (archive.url)")
    add_config_argument(parser)
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
