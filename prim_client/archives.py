"""Reading the members of a `.tar` or `.tar.zst` in memory, front to back, never unpacking it to disk.

A pass over the archive lists its members; a second one reads them as they are asked for. Members
asked for out of order make the stream begin anew; an archive in disorder is decompressed once into an
unnamed temporary file.
"""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

WINDOW_MAX_BYTES = 2**27  # `zstd --long=27`, what recordings are packed with
RESTARTS_MAX = 8
_BLOCK = 512


class ArchiveUnreadable(ValueError):
    """Not an archive, or one that is cut or broken."""


@dataclass(frozen=True, slots=True)
class Member:
    """A regular file of the archive: where its content stands in the decompressed tar."""

    name: str
    offset: int
    size_bytes: int


class TarArchive:
    """The regular files of an archive; links, devices and folders are left out."""

    def __init__(self, path: Path) -> None:
        """List the members of `path`. Raises ArchiveUnreadable or OSError."""
        self._path = path
        self._restarts = 0
        self._seeks_back = path.suffix == ".tar"
        self.members = self._list()
        self._stream = self._open()

    def read(self, member: Member, max_bytes: int) -> bytes:
        """At most `max_bytes` of the content of `member`."""
        return self.open(member, max_bytes).read()

    def open(self, member: Member, max_bytes: int | None = None) -> io.BytesIO:
        """The content of `member` as a file, at most `max_bytes` of it (default: all)."""
        if member.offset < self._stream.tell() and not self._seeks_back:
            self._begin_anew()
        size = member.size_bytes if max_bytes is None else min(member.size_bytes, max_bytes)
        try:
            self._stream.seek(member.offset)
            content = self._stream.read(size)
        except zstandard.ZstdError as error:
            raise ArchiveUnreadable(f"{member.name}: {error}") from error
        if len(content) < size:
            raise ArchiveUnreadable(f"{member.name}: the archive ends within it")
        return io.BytesIO(content)

    def _begin_anew(self) -> None:
        self._stream.close()
        self._stream = self._open()
        self._restarts += 1
        if self._restarts < RESTARTS_MAX:
            return
        with self._stream as stream:
            self._stream = tempfile.TemporaryFile()
            shutil.copyfileobj(stream, self._stream)
        self._seeks_back = True

    def _open(self) -> BinaryIO:
        file = self._path.open("rb")
        if self._path.suffix == ".tar":
            return file
        decompressor = zstandard.ZstdDecompressor(max_window_size=WINDOW_MAX_BYTES)
        return decompressor.stream_reader(file, read_across_frames=True, closefd=True)

    def _list(self) -> list[Member]:
        with self._open() as stream:
            counted = _Counted(stream)
            try:
                with tarfile.open(fileobj=counted, mode="r|") as archive:
                    found = [
                        (info.isreg(), Member(info.name, info.offset_data, info.size)) for info in archive
                    ]
            except (tarfile.TarError, zstandard.ZstdError) as error:
                raise ArchiveUnreadable(str(error)) from error
        _check_end(found[-1][1] if found else None, counted.read_bytes)
        return [member for regular, member in found if regular]


class _Counted(io.RawIOBase):
    """A stream that knows how much of it was read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(size)
        self.read_bytes += len(content)
        return content


def _check_end(last: Member | None, read_bytes: int) -> None:
    """A tar ends with an empty block. Without it the file was cut between two members: no error elsewhere."""
    end = 0 if last is None else last.offset + -(-last.size_bytes // _BLOCK) * _BLOCK
    if read_bytes < end + _BLOCK:
        raise ArchiveUnreadable(f"it ends after {read_bytes} bytes without the mark of its end: it was cut")
