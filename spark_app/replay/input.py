"""What a replay plays: polls or messages, from a path or a pipe. Imports no database:
a wrong file is refused at once."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import orjson

from deploy.configuration.private_folder import make_private
from deploy.processes.text_streams import CHUNK_BYTES, STDIN, as_utf8, opened
from prim_client.inputs.packed import open_unpacked, without_packing
from prim_client.inputs.recorded.archives import ArchiveUnreadable, open_archive

HEAD_BYTES = 10_000_000  # more than any body of PRIM's on one line
MESSAGE_SUFFIXES = (".csv", ".jsonl", ".ndjson", ".messages")


def kept_path(path: Path, data_dir: Path) -> Path:
    """`path`; for "-" and for a named pipe a file with what came through it, so that the replay can go on where it
    stopped.

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
