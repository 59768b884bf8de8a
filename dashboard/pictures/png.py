"""A picture as PNG, with what it was made from inside; the same SVG gives the same bytes.

resvg draws with our own font alone, so that a picture does not differ by what the machine has installed.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from threading import BoundedSemaphore

from dashboard.theme import ASSETS

FONTS = ASSETS / "fonts"
SCALES = ("1", "2")
MANIFEST = "pulse-manifest"  # key of the text that holds the manifest
_HEAD_BYTES = 33  # signature and IHDR, which come first
_ONE = BoundedSemaphore(1)  # at a time: one of scale 2 takes 21 MB


def to_png(svg: str, scale: int, texts: Mapping[str, str]) -> bytes:
    """`svg` drawn at `scale` pixels a unit; `texts` become iTXt chunks, which image programs show."""
    import resvg_py  # only who draws loads it

    with _ONE:
        image = resvg_py.svg_to_bytes(
            svg_string=svg, zoom=scale, skip_system_fonts=True, font_family="Inter",
            font_files=[str(path) for path in sorted(FONTS.glob("*.otf"))],
        )  # fmt: skip
    image = bytes(image)
    return image[:_HEAD_BYTES] + b"".join(_text(*each) for each in texts.items()) + image[_HEAD_BYTES:]


def _text(key: str, said: str) -> bytes:
    """An iTXt chunk (PNG 1.2, 4.2.3.3): UTF-8, not compressed."""
    body = b"iTXt" + key.encode("latin-1") + b"\0\0\0\0\0" + said.encode("utf-8")
    return (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
