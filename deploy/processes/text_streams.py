"""Standard input and output of commands: lines of texts from outside as UTF-8, and an end that nobody reads.

Lines come one at a time, bounded, from files and pipes, whatever program saved them. The encoding is told by the first
bytes: a byte-order mark of UTF-8, UTF-16 or UTF-32 names it and is taken off; without one, NUL bytes in every other
place are UTF-16; anything else is left as it is.
"""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

STDIN = "-"
CHUNK_BYTES = 2**16
_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, ""),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def bounded_lines(stream: BinaryIO, max_bytes: int) -> Iterator[bytes]:
    """Lines of `stream` in UTF-8 without their ends; of one that is longer only the first `max_bytes` + 1 bytes."""
    text = as_utf8(stream)
    while line := text.readline(max_bytes + 1):
        rest = line
        while len(rest) > max_bytes and not rest.endswith(b"\n"):
            rest = text.readline(max_bytes + 1)
        yield line.rstrip(b"\r\n")


def as_utf8(stream: IO[bytes] | io.RawIOBase) -> io.BufferedReader:
    """`stream` without a byte-order mark and, if it was UTF-16 or UTF-32, in UTF-8; broken characters become U+FFFD."""
    return io.BufferedReader(_Utf8(stream), CHUNK_BYTES)


class _Utf8(io.RawIOBase):
    def __init__(self, stream: IO[bytes] | io.RawIOBase) -> None:
        self._stream = stream
        self._decoder: codecs.IncrementalDecoder | None = None
        self._ready = b""
        self._begun = self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._ended:
            self._ready = self._next_chunk()
        content, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(content)] = content
        return len(content)

    def _next_chunk(self) -> bytes:
        chunk = self._chunk() if self._begun else self._first()
        self._ended = not chunk
        if self._decoder is None:
            return chunk
        return self._decoder.decode(chunk, final=self._ended).encode("utf-8", "replace")

    def _first(self) -> bytes:
        """The first bytes without their mark; a pipe may hand them over one by one."""
        head = b""
        while len(head) < 4 and b"\n" not in head and (chunk := self._chunk()):
            head += chunk
        self._begun = True
        mark, encoding = next(((m, e) for m, e in _MARKS if head.startswith(m)), (b"", _encoding_without_mark(head)))
        self._decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
        return head[len(mark) :]

    def _chunk(self) -> bytes:
        """What is there, so that a line of a pipe is not held back until the next ones."""
        read = getattr(self._stream, "read1", self._stream.read)
        return read(CHUNK_BYTES)


def _encoding_without_mark(head: bytes) -> str:
    """UTF-16 by where its zero bytes are; empty for any other.

    >>> _encoding_without_mark(b'{\\0"\\0'), _encoding_without_mark(b'\\0{\\0"'), _encoding_without_mark(b'{"a"')
    ('utf-16-le', 'utf-16-be', '')
    """
    nuls = [byte == 0 for byte in head[:4]]
    known = (("utf-16-le", [False, True, False, True]), ("utf-16-be", [True, False, True, False]))
    return next((encoding for encoding, pattern in known if nuls == pattern), "")


@contextmanager
def opened(path: str | Path) -> Iterator[BinaryIO]:
    """The file at `path`, or standard input for "-". Raises OSError, also for a path with a NUL byte."""
    if str(path) == STDIN:
        yield sys.stdin.buffer
        return
    if "\0" in str(path):
        raise FileNotFoundError(0, "a path cannot hold a NUL character", str(path))
    with Path(path).open("rb") as stream:
        yield stream


def lines_of(paths: Sequence[str | Path], max_bytes: int) -> Iterator[bytes]:
    """`bounded_lines` of several files, one after the other. Raises OSError."""
    for path in paths:
        with opened(path) as stream:
            yield from bounded_lines(stream, max_bytes)
