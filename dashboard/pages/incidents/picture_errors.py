"""How well announced ends held: for each line, cause or hour the middle of the errors, and how far they spread."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dashboard.pages.incidents.reliability import ERRORS_MIN
from dashboard.pictures.frame import BODY_WIDTH, LIST_MAX, Drawing
from dashboard.pictures.picture import Picture
from dashboard.pictures.svg import cut, element, group, line, write
from dashboard.tables.dataset import Asked, Found, Row
from dashboard.ui.texts import Words
from dashboard.ui.theme import badge, colours

HEAD, STEP = 46, 26
NAME, COUNT, LEFT, RIGHT = 0, 360, 400, BODY_WIDTH - 210
FARTHEST_MIN = 180  # errors beyond are written, and drawn as an arrow
TICKS_MIN = (5, 10, 15, 30, 60, 120, 240)


def draw(asked: Asked, found: Found, words: Words) -> Drawing:
    """One row a group with enough announcements, as on the page."""
    enough = [row for row in found.rows if row["announcements"] >= ERRORS_MIN]
    by = asked.given["by"]
    if by == "hour":
        enough.sort(key=lambda row: row["group"])  # a day is read from its begin
    rows = enough[: int((LIST_MAX - HEAD - 20) // STEP)]
    low, high, tick = span_of(rows)

    def x(minutes: float) -> float:
        return LEFT + (RIGHT - LEFT) * (min(max(minutes, low), high) - low) / (high - low)

    bottom = HEAD + len(rows) * STEP
    parts = [_heads(by, words), _grid(x, low, high, tick, bottom, words)]
    parts += [_row(row, HEAD + n * STEP, x, (low, high), by, words) for n, row in enumerate(rows)]
    if not rows:
        parts.append(write(NAME, HEAD + 14, words("picture.none"), 13, colours()["muted"]))
    if len(enough) > len(rows):
        parts.append(write(NAME, bottom + 16, words("and_more", n=len(enough) - len(rows)), 12, colours()["muted"]))
    help_ = words("incidents.reliability_help", least=ERRORS_MIN, hidden=len(found.rows) - len(enough))
    return Drawing(words("incidents.reliability"), group(*parts), bottom + 26, [help_, words("picture.quantiles")])


def span_of(rows: Sequence[Row]) -> tuple[int, int, int]:
    """(least, most, step) of the axis in minutes, with zero in it; not farther than FARTHEST_MIN."""
    values = [row[name] for row in rows for name in ("p10_min", "p90_min")]
    low, high = max(min([-15, *values]), -FARTHEST_MIN), min(max([15, *values]), FARTHEST_MIN)
    tick = next((tick for tick in TICKS_MIN if (high - low) / tick <= 12), TICKS_MIN[-1])
    return int(low // tick) * tick, -int(-high // tick) * tick, tick


def _heads(by: str, words: Words) -> str:
    ink = colours()
    heads = [(NAME, words(f"incidents.group_{by}"), "start"), (COUNT, words("incidents.announcements"), "end")]
    heads += [(RIGHT + 70 + 70 * n, name, "end") for n, name in enumerate(("p10", words("incidents.median"), "p90"))]
    return group(*(write(x, 14, word, 12.5, ink["muted"], bold=True, text_anchor=anchor) for x, word, anchor in heads))


def _grid(x: Callable[[float], float], low: int, high: int, tick: int, bottom: float, words: Words) -> str:
    ink, parts = colours(), []
    for minutes in range(low, high + 1, tick):
        parts.append(line(x(minutes), HEAD - 10, x(minutes), bottom, ink["line" if minutes else "muted"]))
        parts.append(write(x(minutes), HEAD - 16, signed(minutes, words), 12, ink["muted"], text_anchor="middle"))
    return group(*parts)


def signed(value: float, words: Words) -> str:
    """Minutes with their sign, as the page writes them."""
    return ("+" if round(value) > 0 else "") + words.number(round(value))


def _row(row: Row, y: float, x: Callable[[float], float], ends: tuple[int, int], by: str, words: Words) -> str:
    ink, middle = colours(), y + STEP / 2
    quantiles = (row["p10_min"], row["median_min"], row["p90_min"])
    parts = [
        write(NAME, middle + 4.5, cut(_name(row["group"], by, words), 13, COUNT - 80), 13),
        write(COUNT, middle + 4.5, words.number(row["announcements"]), 13, text_anchor="end"),
        line(
            x(quantiles[0]),
            middle,
            x(quantiles[2]),
            middle,
            ink["strong"],
            stroke_width=4,
            stroke_linecap="round",
            stroke_opacity=0.45,
        ),
        *([_dot(x(quantiles[1]), middle)] if ends[0] <= quantiles[1] <= ends[1] else ()),
        *(
            write(RIGHT + 70 + 70 * n, middle + 4.5, signed(value, words), 13, text_anchor="end", bold=n == 1)
            for n, value in enumerate(quantiles)
        ),
    ]
    if quantiles[0] < ends[0]:
        parts.append(_arrow(x(ends[0]), middle, -1))
    if quantiles[2] > ends[1]:
        parts.append(_arrow(x(ends[1]), middle, 1))
    return group(*parts)


def _dot(x: float, y: float) -> str:
    ink = colours()
    return element("circle", cx=x, cy=y, r=5.5, fill=ink["strong"], stroke=ink["card"], stroke_width=1.5)


def _arrow(x: float, y: float, way: int) -> str:
    """It goes on beyond the axis."""
    return element("path", d=f"M{x + 9 * way:.1f} {y:.1f}l{-9 * way} -5v10z", fill=colours()["strong"])


def _name(group_: str, by: str, words: Words) -> str:
    if by == "cause":
        return group_ or words("incidents.no_cause")
    return f"{group_} h" if by == "hour" else badge(group_).label if group_ else words("none")


PICTURES = {"reliability": Picture(draw)}
