"""SVG as text, from few elements: foreign words are escaped, nothing is fetched, nothing runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

FONT = "Inter, system-ui, sans-serif"
# What XML cannot hold, and what would turn the direction of the words around.
_UNFIT = re.compile("[^\t\n\r\x20-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NARROW_SIGNS, _WIDE_SIGNS = frozenset("iljtfrI.,:;'’|!()[]/·\u202f "), frozenset("mwMWŒœ@%—→")
ELLIPSIS = "…"


def element(tag: str, *children: str, **attributes: object) -> str:
    """`<tag …>children</tag>`: `children` are SVG already, attributes are escaped; `None` leaves one out.

    >>> element("rect", x=1.50001, fill='a"b', stroke_width=2, rx=None)
    '<rect x="1.5" fill="a&quot;b" stroke-width="2"/>'
    """
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_value(v)}"' for name, v in attributes.items() if v is not None
    )
    return f"<{tag}{said}>{''.join(children)}</{tag}>" if children else f"<{tag}{said}/>"


def _value(value: object) -> str:
    return number(value) if isinstance(value, (int, float)) else escape(plain(str(value)))


def number(value: float) -> str:
    """A number with at most two decimals, the same on every machine.

    >>> number(2.0), number(0.126), number(-0.001)
    ('2', '0.13', '0')
    """
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown


def plain(text: str) -> str:
    """Words on one line, without signs that are no words."""
    return re.sub("[\t\r\n ]+", " ", _UNFIT.sub("", text))


def write(
    x: float, y: float, said: str, size: float = 13, fill: str | None = None, bold: bool = False, **more: object
) -> str:
    """Words with their base line at `y`; `text_anchor` says what of them is at `x`."""
    weight = 600 if bold else None
    return element("text", escape(plain(said)), x=x, y=y, font_size=size, fill=fill, font_weight=weight, **more)


def titled(tag: str, title: str, **attributes: object) -> str:
    """An element whose name a browser shows on pointing at it."""
    return element(tag, f"<title>{escape(plain(title))}</title>", **attributes)


def group(*children: str, **attributes: object) -> str:
    """Elements that share attributes."""
    return element("g", *children, **attributes) if children else ""


def rectangle(x: float, y: float, width: float, height: float, **more: object) -> str:
    """A rectangle; a negative size is none."""
    return element("rect", x=x, y=y, width=max(width, 0), height=max(height, 0), **more)


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, **more: object) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, **more)


def box(x: float, y: float, width: float, height: float) -> str:
    """A rectangle as part of a path: many of one look are one element."""
    return f"M{number(x)} {number(y)}h{number(width)}v{number(height)}h{number(-width)}z"


def width_of(text: str, size: float) -> float:
    """About how wide words are, in pixels: our font's mean widths, a little more than less."""
    return size * sum(
        0.33 if c in _NARROW_SIGNS else 0.92 if c in _WIDE_SIGNS else 0.7 if c.isupper() else 0.57 for c in text
    )


def cut(text: str, size: float, width: float) -> str:
    """`text`, or what of its begin fits `width` pixels."""
    if width_of(text, size) <= width:
        return text
    while text and width_of(text + ELLIPSIS, size) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def wrapped(parts: Iterable[str], between: str, size: float, width: float) -> list[str]:
    """Parts on as few lines as fit `width` pixels; a part is not broken, but cut if it is longer than a line."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}{between}{part}" if lines else part
        if lines and width_of(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(cut(part, size, width))
    return lines
