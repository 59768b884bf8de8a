"""The frame of a picture: title, moment, filters and unobserved ticks above; the sources of the data below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from dashboard.pictures.svg import FONT, element, group, line, rectangle, wrapped, write
from dashboard.ui.theme import ASSETS, colours

WIDTH, HEIGHT_MAX = 1440, 900
MARGIN = 32
BODY_WIDTH = WIDTH - 2 * MARGIN
HEAD, UNSEEN, FOOT, ROW = 92, 30, 46, 18  # head and foot with one line of each
BODY_MAX = HEIGHT_MAX - HEAD - UNSEEN - FOOT - ROW
LIST_MAX = 1060  # of a list, which may be taller


@dataclass(frozen=True, slots=True)
class Drawing:
    """What one table looks like: `body` is SVG in a box of BODY_WIDTH x `height` units."""

    title: str
    body: str
    height: float
    notes: Sequence[str] = ()  # how it is to be read


@dataclass(frozen=True, slots=True)
class Said:
    """The words of the frame: of when and of what choice it is, what was not observed, whose data these are."""

    about: Sequence[str]
    unseen: str
    foot: Sequence[str]


def sheet(drawing: Drawing, said: Said) -> str:
    """The whole picture as SVG."""
    ink = colours()
    about = wrapped(said.about, " · ", 14, BODY_WIDTH)
    notes = [*wrapped(drawing.notes, " · ", 12, BODY_WIDTH), *wrapped(said.foot, " · ", 12, BODY_WIDTH)]
    unseen = UNSEEN if said.unseen else 0
    top = HEAD - ROW + ROW * len(about) + unseen
    height = round(top + drawing.height + FOOT - ROW + ROW * len(notes))
    parts = [
        rectangle(0, 0, WIDTH, height, fill=ink["card"]),
        group(drawing.body, transform=f"translate({MARGIN} {top})"),  # first: a map covers what reaches out of its box
        _mark(),
        write(MARGIN + 26, 43, drawing.title, 23, bold=True),
        *(write(MARGIN, 68 + ROW * n, text, 14, ink["muted"]) for n, text in enumerate(about)),
        *(_unseen(said.unseen, top - unseen - 8) if said.unseen else ()),
        line(MARGIN, top + drawing.height + 16, WIDTH - MARGIN, top + drawing.height + 16, ink["line"]),
        *(write(MARGIN, top + drawing.height + 36 + ROW * n, text, 12, ink["muted"]) for n, text in enumerate(notes)),
    ]
    size = {"width": WIDTH, "height": height, "viewBox": f"0 0 {WIDTH} {height}"}
    return element("svg", *parts, xmlns="http://www.w3.org/2000/svg", **size, font_family=FONT, fill=ink["ink"])


@cache
def _mark() -> str:
    """The sign of Pulse, as a browser's tab has it."""
    inside = (
        (ASSETS / "favicon.svg").read_text("utf-8").partition(">")[2].removesuffix("</svg>\n").removesuffix("</svg>")
    )
    return group(inside, transform=f"translate({MARGIN} 25) scale(0.86)")


def _unseen(text: str, y: float) -> list[str]:
    """A window that is not whole says so before anything else."""
    ink = colours()
    band = rectangle(MARGIN, y, BODY_WIDTH, 26, fill=ink["warn-soft"], stroke=ink["warn-line"], rx=5)
    return [band, write(MARGIN + 10, y + 17.5, text, 13.5, ink["warn"], bold=True)]
