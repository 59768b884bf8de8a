"""Packed files as streams: gzip, zstd, xz, bzip2 or plain, recognised by their first bytes, not by their names.

Content is read front to back in bounded memory and is never written to the disk. Whatever a library of
decompression raises becomes ArchiveUnreadable, and a decompression bomb ends with it, too.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import zstandard

PACKINGS = (".gz", ".zst", ".xz", ".bz2")  # endings of names
WINDOW_MAX_BYTES = 2**27  # `zstd --long=27`, what recordings are packed with
XZ_MEMORY_MAX_BYTES = 2**28  # `xz -9` needs 65 MB
# The densest recording on record unpacks to 160 times its size; a gzip bomb reaches 1,000, a bzip2 bomb 1,000,000.
EXPANSION_MAX = 5_000
EXPANSION_FREE_BYTES = 2**30  # small files may unpack to this much whatever the factor
CHUNK_BYTES = 2**16
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE = (b"\x2a\x4d\x18", range(0x50, 0x60))  # frames of metadata, as parallel packers write them


class ArchiveUnreadable(ValueError):
    """Not an archive, or one that is cut or broken; the message is the reason."""


def open_unpacked(file: BinaryIO, name: str) -> Unpacked:
    """The unpacked content of `file`, which it closes with itself.

    Args:
        file: seekable, at its beginning.
        name: of the file; one that promises a packing must hold one, or JSON.

    Raises ArchiveUnreadable.
    """
    head = file.read(64)
    file.seek(0)
    unpack = _unpacker(head)
    if unpack is None and name.lower().endswith(PACKINGS) and not head.lstrip().startswith((b"{", b"[", b"<")):
        raise ArchiveUnreadable(f"its name ends in {name[name.rfind('.') :]}, but its content begins {head[:8]!r}")
    return Unpacked(file, unpack)


def without_packing(name: str) -> str:
    """The name in lower case, without `.gz`, `.zst`, `.xz` or `.bz2` at its end.

    >>> without_packing("20240423000201.JSON.gz")
    '20240423000201.json'
    """
    name = name.lower()
    return next((name.removesuffix(packing) for packing in PACKINGS if name.endswith(packing)), name)


class Unpacked(io.RawIOBase):
    """Unpacked content, read front to back."""

    def __init__(self, file: BinaryIO, unpack: Callable[[BinaryIO], Any] | None = None) -> None:
        """`unpack`: makes the stream of what is in `file`; None: it is not packed."""
        self._file = file
        self.is_plain = unpack is None
        self._stream = unpack(file) if unpack else file
        self._position = 0
        packed_bytes = file.seek(0, os.SEEK_END)
        file.seek(0)
        self._most = EXPANSION_FREE_BYTES + EXPANSION_MAX * packed_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, all that is left for -1. Raises ArchiveUnreadable or OSError."""
        if size < 0:
            return self.readall()
        content = bytearray()
        with reading_errors():
            while len(content) < size and (piece := self._stream.read(size - len(content))):
                content += piece
        self._position += len(content)
        if self._position > self._most:
            raise ArchiveUnreadable(f"it unpacks to more than {self._most} bytes: that is a decompression bomb")
        return bytes(content)

    def tell(self) -> int:
        return self._position

    def skip_to(self, position: int) -> None:
        """Go to `position`, or to the end if that comes first; backwards only in what is not packed."""
        if self.is_plain:
            self._position = self._file.seek(position)
        while self._position < position and self.read(min(CHUNK_BYTES, position - self._position)):
            pass

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


@contextmanager
def reading_errors() -> Iterator[None]:
    """The boundary to libraries that read broken archives: all that they raise is ArchiveUnreadable, or OSError.

    They promise no list of exceptions: found were struct.error, ValueError, KeyError, IndexError, OverflowError,
    zlib.error, RecursionError, NotImplementedError and RuntimeError beside their own.
    """
    try:
        yield
    except (ArchiveUnreadable, OSError):
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        raise ArchiveUnreadable(f"{type(error).__name__}: {said}" if said else type(error).__name__) from error


def _unpacker(head: bytes) -> Callable[[BinaryIO], Any] | None:
    if head.startswith(b"\x1f\x8b"):
        return lambda file: gzip.GzipFile(fileobj=file, mode="rb")
    if head.startswith(_ZSTD_MAGIC) or (head[1:4] == _ZSTD_SKIPPABLE[0] and head[0] in _ZSTD_SKIPPABLE[1]):
        return _zstd
    if head.startswith(b"\xfd7zXZ\0"):
        return _Xz
    if head.startswith(b"BZh"):
        return lambda file: bz2.BZ2File(file)
    return None


def _zstd(file: BinaryIO) -> Any:
    decompressor = zstandard.ZstdDecompressor(max_window_size=WINDOW_MAX_BYTES)
    return decompressor.stream_reader(file, read_across_frames=True, closefd=False)


class _Xz:
    """What lzma.LZMAFile does, with the limit on memory that it cannot be given."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decompressor = self._new()

    def read(self, size: int) -> bytes:
        while True:
            if self._decompressor.eof:
                rest = self._decompressor.unused_data.lstrip(b"\0") or self._file.read(CHUNK_BYTES).lstrip(b"\0")
                if not rest:
                    return b""
                self._decompressor = self._new()
            else:
                rest = self._file.read(CHUNK_BYTES) if self._decompressor.needs_input else b""
                if not rest and self._decompressor.needs_input:
                    raise EOFError("it ends before the mark of its end")
            if content := self._decompressor.decompress(rest, size):
                return content

    @staticmethod
    def _new() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(memlimit=XZ_MEMORY_MAX_BYTES)
