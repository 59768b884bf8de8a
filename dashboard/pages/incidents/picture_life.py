"""The life of one incident: its ids on one axis, announced ends and the effective one, and what was published when."""

from __future__ import annotations

from dashboard.pages.incidents.datasets import life_of
from dashboard.pages.incidents.life import Bar, Scale, bars_of, join_same_steps, scale_of
from dashboard.pages.incidents.read import Life, Step
from dashboard.pages.incidents.texts import HOW
from dashboard.pictures.axis import Place
from dashboard.pictures.frame import BODY_WIDTH, LIST_MAX, Drawing
from dashboard.pictures.picture import Picture
from dashboard.pictures.svg import cut, element, group, line, rectangle, write
from dashboard.tables.dataset import Asked, Found
from dashboard.ui.texts import Words
from dashboard.ui.theme import badge, colours
from prim_client.messages.time_units import DAY_US

TOP, LANE, STEP = 62, 9, 24
SAID = 130  # where the words of a step begin


def draw(asked: Asked, found: Found, words: Words) -> Drawing:
    """The picture of the incident that the steps of `found` are of."""
    life = life_of(asked.views, asked.given["incident"], asked.selection)
    each, bars = life.incident, bars_of(life)
    scale, bottom = scale_of(life, bars), TOP + max(len(bars), 3) * LANE + 10

    def x(us: float) -> float:
        return BODY_WIDTH * scale.share(us - scale.begin_us) / 100

    lines = ", ".join(badge(*line).label for line in each.lines if line[0])
    parts = [
        write(0, 16, cut(each.title or each.incident, 15, BODY_WIDTH), 15, bold=True),
        write(
            0,
            38,
            " · ".join(filter(None, (cut(lines, 13, BODY_WIDTH * 0.6), _end(life, words)))),
            13,
            colours()["muted"],
        ),
        rectangle(0, TOP - 8, BODY_WIDTH, bottom - TOP + 8, fill=colours()["ground"], rx=4),
        *(_lane(n, bar, x(bar[1]), x(bar[2])) for n, bar in enumerate(bars)),
        _ends(life, scale, x, bottom),
        *(_moment(us, x, bottom, words) for us in (scale.begin_us, scale.until_us)),
    ]
    steps = [_step(same, life, words) for same in join_same_steps(life.steps)]
    shown = steps[: int((LIST_MAX - bottom - 90) // STEP)]
    parts += [_row(moment, said, bottom + 66 + n * STEP) for n, (moment, said) in enumerate(shown)]
    end = bottom + 66 + len(shown) * STEP
    if len(steps) > len(shown):
        parts.append(write(0, end, words("and_more", n=len(steps) - len(shown)), 12, colours()["muted"]))
    return Drawing(words("incidents.life"), group(*parts), end + 8, [words("picture.life")])


def _end(life: Life, words: Words) -> str:
    each = life.incident
    if each.ended_us is None:
        return words(f"incidents.{each.phase}")
    return words("incidents.effective", moment=words.moment(each.ended_us, each.seen_us), how=words(HOW[each.ended_by]))


def _lane(n: int, bar: Bar, left: float, right: float) -> str:
    return rectangle(left, TOP + n * LANE, max(right - left, 3), LANE - 3, fill=colours()["strong"], rx=2)


def _ends(life: Life, scale: Scale, x: Place, bottom: float) -> str:
    """Announced ends as triangles, the effective one as a stroke."""
    ink, ended_us = colours(), life.incident.ended_us
    told = [end.end_us for end in life.ends if scale.begin_us <= end.end_us <= scale.until_us]
    shape = "".join(f"M{x(us):.1f} {TOP}l6 -10h-12z" for us in told)
    parts = [element("path", d=shape, fill=ink["warn"])] if shape else []
    parts += [line(x(ended_us), TOP - 8, x(ended_us), bottom, ink["ink"], stroke_width=2)] if ended_us else []
    return group(*parts)


def _moment(us: int, x: Place, bottom: float, words: Words) -> str:
    """An end of the axis, with its day."""
    anchor = "end" if x(us) else "start"
    return write(x(us), bottom + 19, words.moment(us, us + 2 * DAY_US), 12, colours()["muted"], text_anchor=anchor)


def _step(same: list[Step], life: Life, words: Words) -> tuple[str, str]:
    """(moment, words) of messages that say the same."""
    step, ids = same[0], len({each.disruption for each in same})
    moment = words.moment(step.at_us, life.incident.seen_us)
    if step.kind == "closed":
        return moment, words("incidents.kind_closed", ids=ids)
    return moment, f"{words(f'incidents.kind_{step.kind}')} — {step.title}. {step.text}"


def _row(moment: str, said: str, y: float) -> str:
    return write(0, y, moment, 13, colours()["muted"]) + write(SAID, y, cut(said, 13, BODY_WIDTH - SAID), 13)


PICTURES = {"incident-steps": Picture(draw)}
