"""Members of `.tar` (packed or not) and `.zip` archives, read in memory, never unpacked to the disk by name.

A pass over a tar lists its members; a second one reads them as they are asked for. Members asked for out of
order make the stream begin anew; a packed tar in disorder is decompressed once into an unnamed temporary file.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from prim_client.inputs.packed import ArchiveUnreadable, Unpacked, open_unpacked, reading_errors, without_packing

__all__ = ["Archive", "ArchiveUnreadable", "Member", "TarArchive", "ZipArchive", "open_archive"]

RESTARTS_MAX = 8
MEMBERS_MAX = 1_000_000  # four years of polls; an archive of empty files must not fill the memory
EXTENSION_MAX_BYTES = 2**20  # of a long name or a pax record: tarfile reads each whole
_BLOCK = 512
_TAR_NAMES = (".tar", ".tgz", ".tzst", ".txz", ".tbz2", ".tbz")
_TAR_MAGIC = slice(257, 262)


@dataclass(frozen=True, slots=True)
class Member:
    """A regular file of the archive: `offset` is its place in the unpacked tar, or its number in the zip."""

    name: str
    offset: int
    size_bytes: int


class Archive(Protocol):
    """The regular files of an archive; links, devices and folders are left out."""

    members: list[Member]

    def read(self, member: Member, max_bytes: int) -> bytes:
        """At most `max_bytes` of the content of `member`. Raises ArchiveUnreadable or OSError."""
        ...


def open_archive(path: Path) -> Archive | None:
    """The archive at `path`; None if the file is none. Raises ArchiveUnreadable or OSError."""
    with path.open("rb") as file:
        if file.read(4) in (b"PK\x03\x04", b"PK\x05\x06") or path.suffix.lower() == ".zip":
            return ZipArchive(path)
        file.seek(0)
        named = without_packing(path.name).endswith(_TAR_NAMES)
        if named or open_unpacked(file, path.name).read(_BLOCK)[_TAR_MAGIC] == b"ustar":
            return TarArchive(path)
    return None


class ZipArchive:
    """A `.zip`."""

    def __init__(self, path: Path) -> None:
        """List the members of `path`. Raises ArchiveUnreadable or OSError."""
        with reading_errors():
            self._zip = zipfile.ZipFile(path)
        self._infos = [info for info in self._zip.infolist() if info.filename and not info.filename.endswith("/")]
        _check_count(len(self._infos))
        self.members = [Member(info.filename, n, info.file_size) for n, info in enumerate(self._infos)]

    def read(self, member: Member, max_bytes: int) -> bytes:
        """At most `max_bytes` of the content of `member`."""
        with reading_errors(), self._zip.open(self._infos[member.offset]) as stream:
            return stream.read(max_bytes)


class TarArchive:
    """A `.tar`, packed or not."""

    def __init__(self, path: Path) -> None:
        """List the members of `path`. Raises ArchiveUnreadable or OSError."""
        self._path = path
        self._restarts = 0
        self.members = self._list()
        self._stream = self._open()

    def read(self, member: Member, max_bytes: int) -> bytes:
        """At most `max_bytes` of the content of `member`."""
        if member.offset < self._stream.tell() and not self._stream.is_plain:
            self._begin_anew()
        self._stream.skip_to(member.offset)
        size = min(member.size_bytes, max_bytes)
        content = self._stream.read(size)
        if len(content) < size:
            raise ArchiveUnreadable(f"{member.name}: the archive ends within it")
        return content

    def _begin_anew(self) -> None:
        self._stream.close()
        self._stream = self._open()
        self._restarts += 1
        if self._restarts < RESTARTS_MAX:
            return
        with self._stream as stream:
            spooled = tempfile.TemporaryFile()  # noqa: SIM115 - `_stream` closes it
            shutil.copyfileobj(stream, spooled)
        self._stream = Unpacked(spooled)

    def _open(self) -> Unpacked:
        return open_unpacked(self._path.open("rb"), self._path.name)

    def _list(self) -> list[Member]:
        found, end = [], 0
        with self._open() as stream:
            with reading_errors(), tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
                for info in archive:
                    archive.members.clear()  # type: ignore[attr-defined]  # else it keeps a kilobyte of each
                    end = archive.offset
                    if info.isreg():
                        found.append(Member(info.name, info.offset_data, info.size))
                        _check_count(len(found))
            read_bytes = stream.tell()
        # A tar ends with an empty block. Without it the file was cut between two members: no error elsewhere.
        if read_bytes < end + _BLOCK:
            raise ArchiveUnreadable(f"it ends after {read_bytes} bytes without the mark of its end: it was cut")
        return found


class _Header(tarfile.TarInfo):
    """A header of a tar that refuses what no recording holds and what would fill the memory."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Header:
        header = super().frombuf(buf, encoding, errors)
        is_extension = header.type in (*tarfile.GNU_TYPES, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
        if header.size < 0 or (is_extension and header.size > EXTENSION_MAX_BYTES):
            raise ArchiveUnreadable(f"a header claims {header.size} bytes")
        if header.type == tarfile.GNUTYPE_SPARSE:
            cls._refuse_sparse(header)
        return header

    def _refuse_sparse(self, *_: object) -> None:
        raise ArchiveUnreadable(f"{self.name!r:.80} is stored as a sparse file: pack the recording without --sparse")

    # The three forms of sparse files in pax headers; the last reads without a limit.
    _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10 = _refuse_sparse


def _check_count(members: int) -> None:
    if members > MEMBERS_MAX:
        raise ArchiveUnreadable(f"it holds more than {MEMBERS_MAX} files")
