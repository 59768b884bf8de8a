"""Storage format of an entry's messages: references to publications, column by column, compressed.

A tick of all modes holds some 450 messages that say what the tick before said; as columns of integers
they compress to about 1 kB. The frame carries a checksum, so a flipped bit is an error, never a message.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import zstandard

from prim_client.messages.message import Kind

# On disk a kind is its place in this list: append only.
_KINDS = (Kind.ANNOUNCED, Kind.OPENED, Kind.UPDATED, Kind.ONGOING, Kind.PAUSED, Kind.CLOSED, Kind.INVALID)
_CODES = {kind: code for code, kind in enumerate(_KINDS)}
_INITIAL = 0x80
_BYTES_PER_REF = 13  # 4 publication, 1 kind and initial, 8 last seen
_MAX_BYTES = 512 << 20  # of one unpacked blob: a corrupt length must not ask for all memory


class Ref(NamedTuple):
    """One message of an entry: which publication, and what happened to it."""

    publication: int
    kind: Kind
    initial: bool
    last_seen_us: int  # 0: none


class Packer:
    """Compresses and restores blobs. Not for two threads at once: zstd contexts are not shared."""

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=3, write_checksum=True)
        self._decompressor = zstandard.ZstdDecompressor()

    def squeeze(self, data: bytes) -> bytes:
        """`data` compressed, with a checksum."""
        return self._compressor.compress(data)

    def expand(self, blob: bytes) -> bytes:
        """What `squeeze` was given. Raises zstandard.ZstdError if the blob was altered."""
        size = zstandard.get_frame_parameters(blob).content_size
        if size > _MAX_BYTES:
            raise zstandard.ZstdError(f"a blob claims {size} bytes")
        return self._decompressor.decompress(blob)

    def pack(self, refs: Sequence[Ref]) -> bytes:
        """The blob of an entry; empty for an entry without messages."""
        if not refs:
            return b""
        flags = (_CODES[ref.kind] | (_INITIAL if ref.initial else 0) for ref in refs)
        columns = (*(ref.publication for ref in refs), *flags, *(ref.last_seen_us for ref in refs))
        return self.squeeze(struct.pack(_layout(len(refs)), *columns))

    def unpack(self, blob: bytes) -> Iterator[Ref]:
        """The references in `blob`, in order."""
        if not blob:
            return
        raw = self.expand(blob)
        count = len(raw) // _BYTES_PER_REF
        columns = struct.unpack(_layout(count), raw)
        for publication, flag, seen in zip(
            columns[:count], columns[count : 2 * count], columns[2 * count :], strict=True
        ):
            yield Ref(publication, _KINDS[flag & ~_INITIAL], bool(flag & _INITIAL), seen)


def _layout(count: int) -> str:
    return f"<{count}I{count}B{count}q"
