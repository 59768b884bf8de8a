"""PNG and SVG read by other means than those that write them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

from dashboard.pictures.picture import svg_of
from dashboard.tables.catalogue import all_datasets
from dashboard.window.view_cache import Views

SVG = "{http://www.w3.org/2000/svg}"
FOOT = ["Données fictives", "non officiel"]


def chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, content) of every chunk; each checksum is held."""
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    at = 8
    while at < len(image):
        (length,) = struct.unpack(">I", image[at : at + 4])
        kind, content = image[at + 4 : at + 8], image[at + 8 : at + 8 + length]
        assert struct.unpack(">I", image[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + content)
        yield kind, content
        at += 12 + length
    assert kind == b"IEND"


def size(image: bytes) -> tuple[int, int]:
    """(width, height) in pixels."""
    return struct.unpack(">II", dict(chunks(image))[b"IHDR"][:8])


def texts(image: bytes) -> dict[str, str]:
    """What is written beside the pixels."""
    found = [content.split(b"\0", 1) for kind, content in chunks(image) if kind == b"iTXt"]
    return {key.decode("latin-1"): rest.split(b"\0", 4)[-1].decode("utf-8") for key, rest in found}


def drawn(views: Views, name: str, query: Mapping[str, str]) -> ElementTree.Element:
    """The picture of a table, as a reader of XML sees it."""
    dataset = all_datasets()[name]
    asked = dataset.parse_question(views, query)
    return ElementTree.fromstring(svg_of(dataset, asked, dataset.read(asked), FOOT))


def said(picture: ElementTree.Element) -> list[str]:
    """The words of a picture, in its order."""
    return [element.text or "" for element in picture.iter(f"{SVG}text")]


def with_fill(picture: ElementTree.Element, tag: str, fill: str) -> list[ElementTree.Element]:
    """The elements of one kind and colour."""
    return [element for element in picture.iter(SVG + tag) if element.get("fill") == fill]


def boxes(element: ElementTree.Element) -> list[tuple[float, ...]]:
    """(x, y, width, height) of each rectangle of a path."""
    shapes = element.get("d", "").removeprefix("M").split("M")
    return [
        (
            *map(float, each.split("h")[0].split()),
            float(each.split("h")[1].split("v")[0]),
            float(each.split("v")[1].split("h")[0]),
        )
        for each in shapes
    ]
