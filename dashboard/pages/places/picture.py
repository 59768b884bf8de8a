"""How places were found."""

from __future__ import annotations

from dashboard.pictures.bars import Bar, one_column
from dashboard.pictures.frame import Drawing
from dashboard.pictures.picture import Picture
from dashboard.tables.dataset import Asked, Found
from dashboard.ui.texts import Words


def methods(asked: Asked, found: Found, words: Words) -> Drawing:
    """Points by the method that found them."""
    bars = [
        Bar(
            words(f"places.{row['method']}"),
            row["points"],
            words.number(row["points"]),
            words("n.disruptions", n=row["disruptions"]),
        )
        for row in found.rows
    ]
    return one_column(words("places.methods"), bars, words, [words("places.points")])


PICTURES = {
    "place-methods": Picture(methods),
}
