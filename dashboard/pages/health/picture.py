"""Why texts have no place, and what became of the polls."""

from __future__ import annotations

from dashboard.pictures.bars import Bar, one_column
from dashboard.pictures.frame import Drawing
from dashboard.pictures.picture import Picture
from dashboard.tables.dataset import Asked, Found
from dashboard.ui.place_reasons import reason_word
from dashboard.ui.texts import Words


def reasons(asked: Asked, found: Found, words: Words) -> Drawing:
    """Why texts have no place."""
    bars = [
        Bar(reason_word(row["reason"], words), row["revisions"], words.number(row["revisions"])) for row in found.rows
    ]
    return one_column(words("health.unplaced"), bars, words)


def polls(asked: Asked, found: Found, words: Words) -> Drawing:
    """What became of the polls that were due."""
    bars = [
        Bar(
            words(f"book.{row['name']}", n=row["polls"]),
            row["polls"],
            words.number(row["polls"]),
            note=words(f"health.polls.{row['name']}"),
        )
        for row in found.rows
        if row["polls"] is not None
    ]
    return one_column(words("health.polls"), bars, words)


PICTURES = {
    "unplaced-reasons": Picture(reasons),
    "polls": Picture(polls),
}
