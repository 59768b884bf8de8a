"""The topics as word clouds, placed as `./pulse topics` placed the words."""

from __future__ import annotations

from typing import Any

from dashboard.pages.topics.read import read_report
from dashboard.pictures.frame import BODY_WIDTH, Drawing
from dashboard.pictures.picture import Picture
from dashboard.pictures.svg import cut, group, rectangle, write
from dashboard.tables.dataset import Asked, Found
from dashboard.ui.texts import Words
from dashboard.ui.theme import colours

COLUMNS, GAP, HIGH, HEAD = 3, 16, 250, 42
Topic = dict[str, Any]


def draw(asked: Asked, found: Found, words: Words) -> Drawing:
    """One cloud a topic of the rows, by its number."""
    report = read_report(asked.views.topics_folder)
    method = (
        next((each for each in report["methods"] if each["method"] == asked.given["method"]), None) if report else None
    )
    if report is None or method is None or not found.rows:
        return Drawing(words("topics.title"), write(0, 16, words("topics.none"), 14), 40)
    wide = (BODY_WIDTH + GAP) / COLUMNS
    clouds = [
        _cloud(topic, n % COLUMNS * wide, n // COLUMNS * (HIGH + GAP), wide - GAP, words)
        for n, topic in enumerate(method["topics"])
    ]
    rows = -(-len(clouds) // COLUMNS)
    notes = [words("picture.clouds"), words("picture.notices", n=report["notices"])]
    return Drawing(f"{words('topics.title')} — {method['title']}", group(*clouds), rows * (HIGH + GAP) - GAP, notes)


def _cloud(topic: Topic, x: float, y: float, width: float, words: Words) -> str:
    ink = colours()
    left, top, wide, high = topic["cloud"]["box"]
    scale = min((width - 16) / max(wide, 1), (HIGH - HEAD - 12) / max(high, 1), 1.0)
    middle = (
        f"translate({x + width / 2 - scale * (left + wide / 2):.2f} "
        f"{y + HEAD + (HIGH - HEAD) / 2 - scale * (top + high / 2):.2f}) scale({scale:.4f})"
    )
    look: dict[str, Any] = {"text_anchor": "middle", "dominant_baseline": "central"}
    said = [
        write(a, b, word, size, ink["strong"] if n < 3 else None, **look)
        for n, (word, a, b, size) in enumerate(topic["cloud"]["words"])
    ]
    return group(
        rectangle(x, y, width, HIGH, fill="none", stroke=ink["line"], rx=8),
        write(x + 12, y + 20, cut(f"{topic['number']}. {topic['name']}", 12.5, width - 24), 12.5, bold=True),
        write(x + 12, y + 36, words("picture.texts", n=topic["texts"]), 11.5, ink["muted"]),
        group(*said, transform=middle),
    )


PICTURES = {"topics": Picture(draw)}
