"""A picture as PNG, with what it was made from inside; the same SVG gives the same bytes.

resvg draws with our own fonts alone, so that a picture does not differ by what the machine has installed. It keeps
Python's lock while it draws, up to a second, so it does so in a process of its own: no refresh waits for a picture.
"""

from __future__ import annotations

import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore

from dashboard.ui.theme import ASSETS

SCALES = ("1", "2")
MANIFEST = "pulse-manifest"  # key of the text that holds the manifest
LIMIT_S = 20.0  # of waiting for one's turn, and of drawing
WAITING = 4  # pictures asked for at once: more would take the threads of those who look at the live page
_HEAD_BYTES = 33  # signature and IHDR, which come first
_QUEUE, _ONE = BoundedSemaphore(WAITING), BoundedSemaphore(1)  # one at a time: at scale 2 it takes 60 MB
_PROGRAM = Path(__file__).with_name("rasterise.py")


class NotDrawn(Exception):
    """A picture could not be made on this machine; the message says why."""


def to_png(svg: str, scale: int, texts: Mapping[str, str]) -> bytes:
    """`svg` drawn at `scale` pixels a unit; `texts` become iTXt chunks, which image programs show. Raises NotDrawn."""
    image = _render(svg, scale)
    return image[:_HEAD_BYTES] + b"".join(_text(*each) for each in texts.items()) + image[_HEAD_BYTES:]


def _render(svg: str, scale: int) -> bytes:
    fonts = sorted(str(path) for path in (ASSETS / "fonts").glob("*.otf"))
    command = [sys.executable, "-P", str(_PROGRAM), str(scale), *fonts]  # -P: no folder of ours comes before a package
    with _turn():
        return _run(command, svg)


@contextmanager
def _turn() -> Iterator[None]:
    """One's turn among those who wait."""
    if not _QUEUE.acquire(blocking=False):
        raise NotDrawn(f"{WAITING} pictures are being made already; ask again")
    try:
        if not _ONE.acquire(timeout=LIMIT_S):
            raise NotDrawn(f"other pictures took longer than {LIMIT_S:g} s; ask again")
        try:
            yield
        finally:
            _ONE.release()
    finally:
        _QUEUE.release()


def _run(command: Sequence[str], svg: str) -> bytes:
    try:
        return subprocess.run(
            command, input=svg.encode("utf-8"), capture_output=True, check=True, timeout=LIMIT_S
        ).stdout
    except subprocess.TimeoutExpired as error:
        raise NotDrawn(f"the picture took longer than {LIMIT_S:g} s") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
        raise NotDrawn(f"resvg could not draw the picture: {said or error.returncode}") from error


def _text(key: str, said: str) -> bytes:
    """An iTXt chunk (PNG 1.2, 4.2.3.3): UTF-8, not compressed."""
    body = b"iTXt" + key.encode("latin-1") + b"\0\0\0\0\0" + said.encode("utf-8")
    return (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
