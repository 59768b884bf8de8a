"""The last day of each line, hour by hour, beside how it is now and what is usual."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.pages.lines.read import HOURS_SHOWN
from dashboard.pictures.axis import hatched, moment_axis
from dashboard.pictures.frame import BODY_WIDTH, LIST_MAX, Drawing
from dashboard.pictures.picture import Picture
from dashboard.pictures.svg import box, cut, element, group, line, rectangle, width_of, write
from dashboard.tables.dataset import Asked, Found, Row
from dashboard.ui.texts import Words
from dashboard.ui.theme import badge, colours
from prim_client.messages.time_units import HOUR_US

HEAD, FOOT = 30, 44
STEP, STEP_LEAST = 34.0, 19.0
NAME, NOW, WORST, LEVEL, USUAL = 0, 286, 300, 1196, BODY_WIDTH  # where the columns are
BARS, BARS_END = 450, 1120


def draw(asked: Asked, found: Found, words: Words) -> Drawing:
    """One row a line, as on the page; those that have no room are counted below."""
    rows = found.rows[: int((LIST_MAX - HEAD - FOOT) // STEP_LEAST)]
    step = min(STEP, (LIST_MAX - HEAD - FOOT) / max(len(rows), 1))
    most = max([value for row in rows for value in row["hours"] if value], default=1.0)
    bottom = HEAD + len(rows) * step
    until_us = found.until_us or 0
    parts = [
        hatched("unseen"),
        _heads(words),
        *(_row(row, HEAD + n * step, step, most, words) for n, row in enumerate(rows)),
    ]
    parts.append(_clock(until_us, bottom, words))
    if len(found.rows) > len(rows):
        parts.append(write(NAME, bottom + 38, words("and_more", n=len(found.rows) - len(rows)), 12, colours()["muted"]))
    notes = [words("picture.hours", most=words.number(most, 1)), words("lines.about")]
    return Drawing(f"{words('lines.title')} — {words('lines.day')}", group(*parts), bottom + FOOT, notes)


def _heads(words: Words) -> str:
    ink = colours()
    heads = (
        (NAME, "line", "start"),
        (WORST, "now", "start"),
        (BARS, "day", "start"),
        (LEVEL, "level", "end"),
        (USUAL, "usual", "end"),
    )
    return group(
        *(
            write(x, 14, words(f"lines.{key}"), 12.5, ink["muted"], bold=True, text_anchor=anchor)
            for x, key, anchor in heads
        )
    )


def _row(row: Row, y: float, step: float, most: float, words: Words) -> str:
    ink, size = colours(), min(13.0, step * 0.66)
    base = y + step / 2 + size * 0.36
    worst = words(f"severity.short.{row['worst']}") if row["worst"] else "—"
    parts = [
        line(0, y, BODY_WIDTH, y, ink["line"]),
        _badge(row["line"], y + step / 2, min(20.0, step - 3)),
        write(NAME + 50, base, cut(row["name"], size, NOW - NAME - 70), size),
        write(NOW, base, words.number(row["disruptions"]), size, bold=True, text_anchor="end"),
        write(WORST, base, worst, size, None if row["worst"] else ink["muted"]),
        _bars(row["hours"], y + 2, step - 4, most),
        write(LEVEL, base, _share(row["level"], words), size, bold=True, text_anchor="end"),
        write(USUAL, base, _usual(row, words), size, ink["muted"], text_anchor="end"),
    ]
    return group(*parts)


def _badge(line_id: str, middle: float, height: float) -> str:
    """The line in its colour; a circle for the metro, as everywhere."""
    shown, size = badge(line_id), height * 0.62
    width = max(height, width_of(shown.name, size) + 8)
    name = cut(shown.name, size, 40)
    plate = rectangle(
        NAME,
        middle - height / 2,
        min(width, 46),
        height,
        rx=height / 2 if shown.mode == "metro" else 3,
        fill=shown.colour,
    )
    return plate + write(
        NAME + min(width, 46) / 2, middle + size * 0.36, name, size, shown.text, bold=True, text_anchor="middle"
    )


def _share(share: float | None, words: Words) -> str:
    return "—" if share is None else words.percent(share)


def _usual(row: Row, words: Words) -> str:
    return words("picture.too_short") if row["usual_level"] is None else words.percent(row["usual_level"])


def _bars(hours: Sequence[float | None], y: float, height: float, most: float) -> str:
    """The mean of each hour; hatched where nobody looked."""
    step = (BARS_END - BARS) / len(hours)
    known, unknown = "", ""
    for n, value in enumerate(hours):
        if value is None:
            unknown += box(BARS + n * step, y, step, height)
        else:
            tall = max(1.0, height * value / most)
            known += box(BARS + n * step + 1, y + height - tall, step - 2, tall)
    return "".join(
        element("path", d=shape, fill=fill)
        for shape, fill in ((unknown, "url(#unseen)"), (known, colours()["strong"]))
        if shape
    )


def _clock(until_us: int, y: float, words: Words) -> str:
    after_us = until_us - HOURS_SHOWN * HOUR_US

    def x(us: float) -> float:
        return BARS + (BARS_END - BARS) * (us - after_us) / (until_us - after_us)

    return line(0, y, BODY_WIDTH, y, colours()["line"]) + moment_axis(after_us, until_us, x, y, BARS_END - BARS, words)


PICTURES = {"lines": Picture(draw, ("channels", "lines"))}
