"""Numbered lines of text from a file or a pipe: bounded, decoded, never raising for what is in a line."""

from __future__ import annotations

import gzip
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO

LINE_MAX_BYTES = 2_000_000  # a longer line is no message: it is skipped without being held in memory
WAIT_S = 1.0  # how long a pipe may be silent before the reader is told
QUEUE_LINES = 10_000  # read ahead from a pipe
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


class FileInputError(ValueError):
    """The file cannot be read as messages; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line without its end; `problem` says why it cannot be used."""

    number: int  # from 1
    text: str
    problem: str = ""


def lines_of_file(path: Path) -> Generator[TextLine | None, None, None]:
    """The lines of `path`, unpacked if its name ends in `.gz`. Raises FileInputError."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            yield from _lines(stream, str(path))
    except (OSError, EOFError) as error:
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
            raise (
                item if isinstance(item, FileInputError) else FileInputError(f"cannot read the pipe: {item}")
            )
        yield item


def _lines(stream: IO[bytes], name: str) -> Iterator[TextLine]:
    number = 0
    while raw := stream.readline(LINE_MAX_BYTES + 1):
        number += 1
        if number == 1:
            raw = _without_mark(raw, name)
        if len(raw) > LINE_MAX_BYTES:
            _skip_rest(stream, raw)
            yield TextLine(number, _decoded(raw[:1_000]), f"a line of more than {LINE_MAX_BYTES} bytes")
        else:
            yield TextLine(number, _decoded(raw.rstrip(b"\r\n")))


def _without_mark(raw: bytes, name: str) -> bytes:
    if raw.startswith(_UTF16_MARKS) or b"\0" in raw[:1_000]:
        raise FileInputError(f"{name} is UTF-16 or no text at all: save it as UTF-8")
    return raw.removeprefix(_UTF8_MARK)


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
