"""The timeline: stacked bars, one a window; gaps hatched, the polarity as a strip, alerts as marks,
the chosen window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.pages.live import timeline
from dashboard.pictures.axis import hatched, moment_axis, round_above, value_axis
from dashboard.pictures.frame import BODY_WIDTH, Drawing
from dashboard.pictures.picture import Picture
from dashboard.pictures.svg import box, element, group, line, rectangle, width_of, write
from dashboard.tables.dataset import Asked, Found
from dashboard.ui.texts import Words
from dashboard.ui.theme import (
    NEGATIVE_COLOURS,
    NO_EVIDENCE_COLOUR,
    POSITIVE_COLOUR,
    UNKNOWN_LINE_COLOUR,
    colours,
    polarity_colour,
)

LEFT, TOP, HEIGHT = 48, 38, 390
STRIP = 9
PARTIAL, OPEN = 0.55, 0.6  # opacity of a window that is not whole, as on the page
Window = Sequence[Any]  # as dashboard.pages.live.timeline has it


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a moment (ms) and a size are drawn."""

    after_ms: int
    until_ms: int
    top: float

    def x(self, ms: float) -> float:
        return LEFT + (BODY_WIDTH - LEFT) * (ms - self.after_ms) / max(self.until_ms - self.after_ms, 1)

    def y(self, size: float) -> float:
        return TOP + HEIGHT - HEIGHT * size / self.top


def total(window: Window) -> float:
    """The whole bar of a window."""
    size: float = sum(part[1] for part in window[4])
    return size


def draw(asked: Asked, found: Found, words: Words) -> Drawing:
    """The picture of the stretch around the chosen window."""
    data = timeline.data(asked.views, asked.selection)
    kind = words(f"timeline.{asked.selection.size}")
    title = words("timeline.title.line" if asked.selection.stack == "line" else "timeline.title")
    if data is None:
        return Drawing(title, write(0, 20, words("picture.none"), 14), 40)
    scale = Scale(data["after_ms"], data["until_ms"], round_above(max([1, *map(total, data["windows"])])))
    bar = max(1.0, scale.x(data["after_ms"] + data["step_ms"]) - LEFT)
    parts = [
        hatched("unseen"),
        write(LEFT, 12, kind, 12, colours()["muted"]),
        value_axis((0, scale.top / 2, scale.top), scale.y, LEFT, BODY_WIDTH, words),
        _gaps(data, scale),
        _bars(data["windows"], scale, bar),
        _states(data["windows"], scale, bar),
        _strip(data["windows"], scale, bar),
        _alerts(data["marks"], scale),
        _draw_chosen_window(asked, data, scale),
        moment_axis(
            data["after_ms"] * 1000,
            data["until_ms"] * 1000,
            lambda us: scale.x(us / 1000),
            scale.y(0) + STRIP + 6,
            BODY_WIDTH - LEFT,
            words,
        ),
    ]
    legend, used = _legend(data, asked.view.span.end_us // 1000, scale.y(0) + 66, words)
    return Drawing(title, group(*parts, legend), scale.y(0) + 66 + used, [_chosen_word(asked, words)])


def _chosen_word(asked: Asked, words: Words) -> str:
    span = asked.view.span
    begin, end = (words.moment(us, span.end_us) for us in (span.begin_us, span.end_us))
    return words("picture.chosen", begin=begin, end=end)


def _gaps(data: dict[str, Any], scale: Scale) -> str:
    """Time without a window, or with windows that nobody observed."""
    shape, until, step = "", data["after_ms"], data["step_ms"]

    def gap(begin: int, end: int) -> str:
        return box(scale.x(begin), TOP, max(scale.x(end) - scale.x(begin), 0), HEIGHT)

    for end, _, observed, *_ in data["windows"]:
        shape += gap(until, end - step) if end - step > until else ""
        shape += "" if observed else gap(end - step, end)
        until = max(until, end)
    shape += gap(until, data["until_ms"]) if until < data["until_ms"] else ""
    return element("path", d=shape, fill="url(#unseen)") if shape else ""


def _bars(windows: Sequence[Window], scale: Scale, bar: float) -> str:
    """Parts of one look are one path."""
    shapes: dict[tuple[float, str], str] = defaultdict(str)
    gap = 0.8 if bar > 5 else 0.0
    for end, expected, observed, closed, parts, *_ in windows:
        opacity, below = (PARTIAL if observed < expected else 1.0) if closed else OPEN, 0.0
        for _, size, colour in parts:
            top, height = scale.y(below + size), scale.y(below) - scale.y(below + size)
            shapes[opacity, colour] += box(
                scale.x(end) - bar + gap / 2, top, bar - gap, max(0.5, height - (0.8 if height > 7 else 0))
            )
            below += size
    return "".join(
        element("path", d=shape, fill=colour, opacity=opacity) for (opacity, colour), shape in shapes.items()
    )


def _states(windows: Sequence[Window], scale: Scale, bar: float) -> str:
    """What is not whole: observations that miss, and the window that is still open."""
    ink = colours()
    partial = "".join(box(scale.x(w[0]) - bar, scale.y(0) - 3, bar, 3) for w in windows if w[3] and 0 < w[2] < w[1])
    still = [
        rectangle(
            scale.x(w[0]) - bar,
            scale.y(total(w)) - 1,
            bar,
            scale.y(0) - scale.y(total(w)) + 1,
            fill="none",
            stroke=ink["ink"],
            stroke_dasharray="2 2",
        )
        for w in windows
        if not w[3]
    ]
    return (element("path", d=partial, fill="url(#unseen)") if partial else "") + "".join(still)


def _strip(windows: Sequence[Window], scale: Scale, bar: float) -> str:
    shapes: dict[str, str] = defaultdict(str)
    for end, _, observed, _, _, polarity, _ in windows:
        if observed and polarity is not None:
            shapes[polarity_colour(polarity)] += box(scale.x(end) - bar, scale.y(0) + 3, bar + 0.3, STRIP)
    return "".join(element("path", d=shape, fill=colour) for colour, shape in shapes.items())


def _alerts(marks: Sequence[Sequence[Any]], scale: Scale) -> str:
    shape = "".join(f"M{scale.x(ms):.1f} {TOP - 4}l5 -9h-10z" for ms, *_ in marks)
    return element("path", d=shape, fill=colours()["warn"]) if shape else ""


def _draw_chosen_window(asked: Asked, data: dict[str, Any], scale: Scale) -> str:
    span, accent = asked.view.span, colours()["accent"]
    left, right = scale.x(max(span.begin_us / 1000, data["after_ms"])), scale.x(span.end_us / 1000)
    band = rectangle(left, TOP - 4, max(right - left, 2), HEIGHT + 4, fill=accent, opacity=0.1)
    return band + line(right, TOP - 4, right, scale.y(0), accent, stroke_width=2)


def _clusters_at(data: dict[str, Any], end_ms: int) -> list[tuple[str, str]]:
    """Colour and name of each cluster of the chosen window."""
    parts = [part for window in data["windows"] if window[0] == end_ms for part in window[4]]
    series = [(colour, data["series"][position]) for position, _, colour in parts]
    return [(colour, " · ".join(filter(None, (each["letter"], each["label"])))) for colour, each in series]


def _legend(data: dict[str, Any], end_ms: int, y: float, words: Words) -> tuple[str, float]:
    """What the colours are: lines, else the clusters of the chosen window and the strip of polarity; (SVG, height)."""
    entries: list[tuple[str, str]] = []
    if data["stack"] == "line":
        entries += [(each["colour"], each["label"]) for each in data["series"]]
        entries.append((UNKNOWN_LINE_COLOUR, words("timeline.others")))
    else:
        entries += _clusters_at(data, end_ms)
        scale = ("−0,2", "−0,4", "−0,6", "−0,8", "−1")
        bounds = [f"{words('map.polarity')} 0 → {scale[0]}", *(f"→ {each}" for each in scale[1:])]
        entries += zip(
            NEGATIVE_COLOURS, bounds if words.language == "fr" else [b.replace(",", ".") for b in bounds], strict=True
        )
        entries += [(POSITIVE_COLOUR, words("map.positive")), (NO_EVIDENCE_COLOUR, words("map.no_evidence"))]
    entries.append(("url(#unseen)", words("picture.unobserved")))
    if data["marks"]:
        entries.append((colours()["warn"], words("timeline.alert", line="")))
    return legend(entries, y)


def legend(entries: Sequence[tuple[str, str]], y: float) -> tuple[str, float]:
    """Swatches with words, on as many rows as they need; (SVG, height)."""
    x, row, parts = 0.0, 0, []
    for colour, word in entries:
        width = 24 + width_of(word, 12.5) + 22
        if x + width > BODY_WIDTH:
            x, row = 0.0, row + 1
        parts.append(
            rectangle(x, y + 22 * row - 10, 14, 12, rx=2, fill=colour) + write(x + 20, y + 22 * row, word, 12.5)
        )
        x += width
    return group(*parts), 22.0 * row + 10


PICTURES = {"timeline": Picture(draw)}
