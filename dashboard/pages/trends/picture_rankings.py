"""Trends: what opened beside what is expected."""

from __future__ import annotations

from dashboard.pictures.bars import GAP, Bar, draw_bars
from dashboard.pictures.frame import BODY_WIDTH, Drawing
from dashboard.pictures.picture import Picture
from dashboard.tables.dataset import Asked, Found, Row
from dashboard.ui.texts import Words
from dashboard.window.tag_words import tag_word


def trends(asked: Asked, found: Found, words: Words) -> Drawing:
    """The two rankings side by side, as on the page."""
    width = (BODY_WIDTH - GAP) / 2
    columns = [
        draw_bars(
            [_trend(row, words) for row in found.rows if row["ranking"] == ranking],
            n * (width + GAP),
            width,
            words,
            words(f"trends.{ranking}"),
        )
        for n, ranking in enumerate(("unusual", "frequent"))
    ]
    body, heights = zip(*columns, strict=True)
    return Drawing(words("trends.title"), "".join(body), max(heights), [words("picture.trends")])


def _trend(row: Row, words: Words) -> Bar:
    also = ", ".join(
        tag_word(tuple(tag.split(":", 1)), words) for tag in row["also"][:3] if not tag.startswith("mode:")
    )
    note = words("trends.expected", expected=words.number(row["expected"], 1))
    note += f" · {words('trends.with', also=also)}" if also else ""
    name = tag_word((row["kind"], row["value"]), words)
    return Bar(
        name,
        row["disruptions"],
        words.number(row["disruptions"]),
        words(f"trends.{row['kind']}"),
        note,
        row["expected"],
    )


PICTURES = {
    "trends": Picture(trends, ()),
}
