"""Where a replay keeps its log, checkpoint and store, so that the same command goes on where it stopped."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import orjson
from sqlalchemy import select

from geo.text_streams import CHUNK_BYTES, STDIN, as_utf8, opened
from prim_client.archives import ArchiveUnreadable, open_archive
from prim_client.packed import open_unpacked, without_packing
from prim_client.private_folder import make_private
from spark_app.store import StoreError, connect, exists, shown, sqlite_url
from spark_app.tables import meta, metadata

HEAD_BYTES = 10_000_000  # more than any body of PRIM's on one line
MESSAGE_SUFFIXES = (".csv", ".jsonl", ".ndjson", ".messages")


@dataclass(frozen=True)
class ReplayPlan:
    """One replay: what is played, and where its parts live."""

    path: Path
    day: date | None
    folder: Path
    store_url: str

    @property
    def input(self) -> str:
        """Which input plays it: `file` for messages, `recorded` for polls."""
        return "file" if is_messages(self.path) else "recorded"

    @property
    def log(self) -> Path:
        """The file of the log."""
        return self.folder / "log.db"


def kept_path(path: Path, data_dir: Path) -> Path:
    """`path`; for "-" and for a named pipe a file with what came through it, so that the replay can go on where it stopped.

    Raises OSError.
    """
    if str(path) != STDIN and not path.is_fifo():
        return path
    folder = data_dir / "piped"
    make_private(folder)
    with opened(path) as pipe, tempfile.NamedTemporaryFile(dir=folder, delete=False) as kept:
        digest = hashlib.sha256()
        while chunk := pipe.read(CHUNK_BYTES):
            digest.update(chunk)
            kept.write(chunk)
    return Path(kept.name).rename(folder / f"{digest.hexdigest()[:16]}{suffix_of(Path(kept.name))}")


def suffix_of(path: Path) -> str:
    """The ending of the name that a file without a name should have, told by its content."""
    try:
        if open_archive(path):
            return ".archive"
        with path.open("rb") as packed, open_unpacked(packed, path.name) as stream:
            head = as_utf8(stream).read(HEAD_BYTES).lstrip()
    except ArchiveUnreadable:  # the check of the path says what is wrong with it
        return ".archive"
    first, _, more = head.partition(b"\n")
    try:
        keys = orjson.loads(first).keys()
        is_message = "disruptions" not in keys and bool(more.strip() or {"text", "html"} & keys)
    except (orjson.JSONDecodeError, AttributeError):  # CSV, or the first line of an object over several lines
        is_message = not head.startswith((b"{", b"[", b"<"))
    return ".messages" if is_message else ".json"


def is_messages(path: Path) -> bool:
    """Whether `path` holds messages (CSV, JSON lines), packed or not, and not polls."""
    return without_packing(path.name).endswith(MESSAGE_SUFFIXES)


def make_replay_plan(path: Path, day: date | None, store_url: str | None, data_dir: Path) -> ReplayPlan:
    """The plan of `path`: the same path, day and store give the same folder."""
    asked = f"{path.resolve()}|{day or ''}|{store_url or ''}"
    name = path.name.split(".")[0] + (f"-{day}" if day else "")
    folder = data_dir / "replays" / f"{name}-{hashlib.sha256(asked.encode()).hexdigest()[:8]}"
    return ReplayPlan(path, day, folder, store_url or sqlite_url(folder / "store.db"))


def forget(plan: ReplayPlan) -> None:
    """Delete the log, the checkpoint and the store of `plan`. Raises StoreError for a store of live data."""
    own = plan.store_url == sqlite_url(plan.folder / "store.db")  # goes with the folder, damaged or not
    if not own and exists(plan.store_url):
        engine = connect(plan.store_url)
        with engine.begin() as connection:
            source = connection.execute(select(meta.c.value).where(meta.c.name == "source")).scalar()
            if source not in (None, "recorded", "file"):
                raise StoreError(f"{shown(plan.store_url)} holds {source} data: a replay does not delete it")
            metadata.drop_all(connection)
        engine.dispose()
    if plan.folder.exists():
        shutil.rmtree(plan.folder)
