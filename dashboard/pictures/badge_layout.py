"""Where the badges of the clusters stand on a picture: the rule of `assets/map/badge_layout.js`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import atan2, cos, hypot, pi, sin
from typing import NamedTuple

GAP, MARGIN = 4.0, 12.0  # between two badges; to the edge
STEP, TURNS = 5.0, 24  # between two rings on which a free spot is looked for; spots on a ring
MOVED = 3.0  # less is not seen
NAME_WIDTH, NAME_HEIGHT = 150.0, 18.0  # of the name below a badge


class Badge(NamedTuple):
    """A disc that wants to stand at a point; all in units of the picture."""

    x: float
    y: float
    radius: float


def lay(anchors: Iterable[Badge], width: float, height: float) -> list[Badge]:
    """A place for each, in the same order: no two overlap while there is room. The first has the first choice.

    >>> lay([Badge(50, 50, 10), Badge(400, 50, 10)], 100, 100)
    [Badge(x=50.0, y=50.0, radius=10), Badge(x=78.0, y=50.0, radius=10)]
    """
    placed: list[Badge] = []
    for anchor in anchors:
        placed.append(_place(anchor, placed, width, height))
    return placed


def is_moved(badge: Badge, anchor: Badge) -> bool:
    """Whether a line to its anchor is wanted."""
    return hypot(badge.x - anchor.x, badge.y - anchor.y) > MOVED


def nameable(badges: Sequence[Badge]) -> list[int]:
    """The positions of the badges below which a name finds room, the first ones first.

    >>> nameable([Badge(100, 100, 15), Badge(100, 125, 15), Badge(400, 100, 15)])
    [1, 2]
    """
    boxes = [(b.x - b.radius, b.y - b.radius, b.x + b.radius, b.y + b.radius) for b in badges]
    found = []
    for n, badge in enumerate(badges):
        top = badge.y + badge.radius + 1
        box = (badge.x - NAME_WIDTH / 2, top, badge.x + NAME_WIDTH / 2, top + NAME_HEIGHT)
        if all(box[2] < left or box[0] > right or box[3] < up or box[1] > down for left, up, right, down in boxes):
            boxes.append(box)
            found.append(n)
    return found


def _place(anchor: Badge, placed: Sequence[Badge], width: float, height: float) -> Badge:
    first = _in_frame(anchor, width, height)
    if _is_free(first, placed, width, height):
        return first
    away = _bearing(placed, first)
    for ring in range(1, int(max(width, height) / STEP)):
        for turn in range(TURNS):
            angle = away + (1 if turn % 2 else -1) * ((turn + 1) // 2) * 2 * pi / TURNS
            spot = Badge(first.x + ring * STEP * cos(angle), first.y + ring * STEP * sin(angle), anchor.radius)
            if _is_free(spot, placed, width, height):
                return spot
    return first


def _in_frame(anchor: Badge, width: float, height: float) -> Badge:
    """On the straight line from the middle to the anchor, far enough from the edge."""
    x, y = anchor.x - width / 2, anchor.y - height / 2
    room = (max(width / 2 - anchor.radius - MARGIN, 0), max(height / 2 - anchor.radius - MARGIN, 0))
    scale = min((1.0, *(free / abs(far) for free, far in zip(room, (x, y), strict=True) if far)))
    return Badge(width / 2 + x * scale, height / 2 + y * scale, anchor.radius)


def _is_free(badge: Badge, placed: Sequence[Badge], width: float, height: float) -> bool:
    edge = badge.radius + MARGIN - 0.01
    inside = edge <= badge.x <= width - edge and edge <= badge.y <= height - edge
    return inside and all(
        max(abs(badge.x - other.x), abs(badge.y - other.y)) >= badge.radius + other.radius + GAP for other in placed
    )


def _bearing(placed: Sequence[Badge], badge: Badge) -> float:
    """Away from the nearest one."""
    nearest = min(placed, key=lambda other: hypot(badge.x - other.x, badge.y - other.y), default=badge)
    return atan2(badge.y - nearest.y, badge.x - nearest.x)
