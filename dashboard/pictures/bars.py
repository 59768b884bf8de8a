"""Bars side by side with what is expected or usual: trends, alerts, levels, methods and reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.datasets import Asked, Found, Row
from dashboard.pages.places import reason_word
from dashboard.pictures import Picture
from dashboard.pictures.said import at
from dashboard.pictures.sheet import BODY_WIDTH, LIST_MAX, Drawing
from dashboard.pictures.svg import cut, group, line, rectangle, write
from dashboard.texts import Words
from dashboard.theme import colours
from dashboard.trends import tag_word

STEP, BESIDE = 34, 27  # units a bar: with a second line of words, and without
BAR = 15
GAP = 48  # between two columns


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name and a word behind it, its length and how it is written; `mark`: what to compare it with."""

    name: str
    value: float
    shown: str
    kind: str = ""
    note: str = ""
    mark: float | None = None


def draw_bars(
    bars: Sequence[Bar], x: float, width: float, words: Words, title: str = "", room: float = LIST_MAX
) -> tuple[str, float]:
    """(SVG, height) of a column of bars; those that have no `room` are counted below."""
    ink, step = colours(), STEP if any(bar.note for bar in bars) else BESIDE
    top = 34 if title else 6
    shown = bars[: int((room - top - 26) // step)]
    longest = max([1e-9, *(max(bar.value, bar.mark or 0) for bar in bars)])
    parts = [write(x, 16, title, 15, bold=True)] if title else []
    parts += [_bar(bar, x, top + n * step, width, longest) for n, bar in enumerate(shown)]
    below = top + len(shown) * step
    if not bars:
        parts.append(write(x, top + 14, words("picture.none"), 13, ink["muted"]))
    if len(bars) > len(shown):
        parts.append(write(x, below + 16, words("and_more", n=len(bars) - len(shown)), 12, ink["muted"]))
    return group(*parts), below + 22


def _bar(bar: Bar, x: float, y: float, width: float, longest: float) -> str:
    ink = colours()
    name_width, track = width * 0.46, width * 0.54 - 84
    left = x + name_width
    length = track * bar.value / longest
    parts = [
        write(x, y + 12, cut(bar.name, 13.5, name_width - 14 - 7.0 * len(bar.kind)), 13.5),
        rectangle(left, y, track, BAR, fill=ink["ground"], rx=3),
        rectangle(left, y, length, BAR, fill=ink["strong"], rx=min(3, length / 2)),
        write(x + width, y + 12, bar.shown, 13.5, bold=True, text_anchor="end"),
    ]
    parts += [write(left - 12, y + 12, bar.kind, 11.5, ink["muted"], text_anchor="end")] if bar.kind else []
    parts += [write(x, y + 27, cut(bar.note, 11.5, width), 11.5, ink["muted"])] if bar.note else []
    if bar.mark is not None:
        at = left + track * min(bar.mark / longest, 1)
        parts.append(line(at, y - 2, at, y + BAR + 2, ink["card"], stroke_width=5))
        parts.append(line(at, y - 2, at, y + BAR + 2, ink["warn"], stroke_width=2.5))
    return group(*parts)


def _one(title: str, bars: Sequence[Bar], words: Words, notes: Sequence[str] = ()) -> Drawing:
    body, height = draw_bars(bars, 0, BODY_WIDTH, words)
    return Drawing(title, body, height, notes)


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
    return _one(title, bars, words, [words("alerts.level")])


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
    return _one(words("alerts.list"), bars, words, [words("picture.alerts"), words("alerts.level")])


def _alert(row: Row, near_us: int, words: Words) -> str:
    raised, cleared = (at(row[name], near_us, words) for name in ("raised_utc", "cleared_utc"))
    until = words("alerts.over", moment=cleared) if cleared else words("alerts.open")
    return f"{raised} · {until} · {row['title']}"


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
    return _one(words("places.methods"), bars, words, [words("places.points")])


def reasons(asked: Asked, found: Found, words: Words) -> Drawing:
    """Why texts have no place."""
    bars = [
        Bar(reason_word(row["reason"], words), row["revisions"], words.number(row["revisions"])) for row in found.rows
    ]
    return _one(words("health.unplaced"), bars, words)


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
    return _one(words("health.polls"), bars, words)


PICTURES = {
    "trends": Picture(trends, ()),
    "usual-levels": Picture(usual_levels, ("lines",)),
    "alerts": Picture(alerts, ("lines",), of_stretch=False),
    "place-methods": Picture(methods),
    "unplaced-reasons": Picture(reasons),
    "polls": Picture(polls),
}
