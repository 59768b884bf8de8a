"""Numbered lines of text from a file or a pipe: bounded, decoded, never raising for what is in a line.

The encoding is UTF-8, or UTF-16 or UTF-32 as the first bytes tell. A line that is no UTF-8 is read as Windows-1252.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO

from deploy.processes.text_streams import as_utf8
from prim_client.inputs.packed import ArchiveUnreadable, open_unpacked

LINE_MAX_BYTES = 2_000_000  # a longer line is no message: it is skipped without being held in memory
WAIT_S = 1.0  # how long a pipe may be silent before the reader is told
QUEUE_LINES = 10_000  # read ahead from a pipe


class FileInputError(ValueError):
    """The file cannot be read as messages; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line without its end; `problem` says why it cannot be used."""

    number: int  # from 1
    text: str
    problem: str = ""


def lines_of_file(path: Path) -> Generator[TextLine | None, None, None]:
    """The lines of `path`, unpacked if it is gzip, zstd, xz or bzip2. Raises FileInputError."""
    try:
        with path.open("rb") as packed, open_unpacked(packed, path.name) as stream:
            yield from _lines(stream, str(path))
    except (OSError, ArchiveUnreadable) as error:
        raise FileInputError(f"cannot read {path}: {error}") from error


def lines_of_pipe(stream: IO[bytes]) -> Generator[TextLine | None, None, None]:
    """The lines of a pipe as they come; None after each WAIT_S without one. Raises FileInputError."""
    queue: Queue[TextLine | Exception | None] = Queue(QUEUE_LINES)

    def read() -> None:
        try:
            for line in _lines(stream, "standard input"):
                queue.put(line)
            queue.put(None)
        except (OSError, ValueError) as error:  # handed over: the reader raises it
            queue.put(error)

    # a blocked read cannot be called off, so a stopping process must not wait for it
    Thread(target=read, name="read-pipe", daemon=True).start()
    while True:
        try:
            item = queue.get(timeout=WAIT_S)
        except Empty:
            yield None
            continue
        if item is None:
            return
        if isinstance(item, Exception):
            raise (item if isinstance(item, FileInputError) else FileInputError(f"cannot read the pipe: {item}"))
        yield item


def _lines(stream: IO[bytes] | RawIOBase, name: str) -> Iterator[TextLine]:
    number, text = 0, as_utf8(stream)
    while raw := text.readline(LINE_MAX_BYTES + 1):
        number += 1
        if number == 1 and b"\0" in raw[:1_000]:
            raise FileInputError(f"{name} is no text: save it as UTF-8")
        if len(raw) > LINE_MAX_BYTES:
            _skip_rest(text, raw)
            yield TextLine(number, _decoded(raw[:1_000]), f"a line of more than {LINE_MAX_BYTES} bytes")
        else:
            yield TextLine(number, _decoded(raw.rstrip(b"\r\n")))


def _skip_rest(stream: IO[bytes], raw: bytes) -> None:
    while raw and not raw.endswith(b"\n"):
        raw = stream.readline(LINE_MAX_BYTES)


def _decoded(raw: bytes) -> str:
    """UTF-8, or what Windows writes in France; Latin-1 can read the rest."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")
