"""Alerts beside what is usual, and what is usual."""

from __future__ import annotations

from dashboard.pictures.bars import Bar, one_column
from dashboard.pictures.captions import moment_text
from dashboard.pictures.frame import Drawing
from dashboard.pictures.picture import Picture
from dashboard.tables.dataset import Asked, Found, Row
from dashboard.ui.texts import Words


def usual_levels(asked: Asked, found: Found, words: Words) -> Drawing:
    """What is usual on each line at this hour; a line of too few days has no bar."""
    known = sorted(
        (row for row in found.rows if row["usual"] is not None), key=lambda row: -row["usual"]
    )  # then as they stand
    few = [row for row in found.rows if row["usual"] is None]
    bars = [Bar(row["name"], row["usual"], words.percent(row["usual"], 1)) for row in known]
    bars += [Bar(row["name"], 0, "—", words("alerts.few", days=row["days"])) for row in few]
    title = (
        words("alerts.usual", hour=found.about["hour"], kind=words(f"alerts.{found.about['day_type']}"))
        if bars
        else words("alerts.usual_level")
    )
    return one_column(title, bars, words, [words("alerts.level")])


def alerts(asked: Asked, found: Found, words: Words) -> Drawing:
    """The peak of each alert beside what is usual."""
    bars = [
        Bar(
            row["name"],
            row["peak"],
            words.percent(row["peak"]),
            mark=row["usual"],
            note=_alert(row, found.until_us or 0, words),
        )
        for row in found.rows
    ]
    return one_column(words("alerts.list"), bars, words, [words("picture.alerts"), words("alerts.level")])


def _alert(row: Row, near_us: int, words: Words) -> str:
    raised, cleared = (moment_text(row[name], near_us, words) for name in ("raised_utc", "cleared_utc"))
    until = words("alerts.over", moment=cleared) if cleared else words("alerts.open")
    return f"{raised} · {until} · {row['title']}"


PICTURES = {
    "usual-levels": Picture(usual_levels, ("lines",)),
    "alerts": Picture(alerts, ("lines",), of_stretch=False),
}
