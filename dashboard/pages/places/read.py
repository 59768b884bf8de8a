"""How the points of a window were found, and what has none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from dashboard.window.view import Active, View

TEXT_MAX_CHARS = 240  # of a text without a title

METHODS = ("stop_id", "stop_name", "section", "name_on_line", "name_fuzzy", "whole_line", "section_estimated")


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A disruption of the window without a point: its lines, what it says, and the stored reason."""

    id: str
    lines: tuple[str, ...]
    said: str
    reason: str


def unplaced(view: View) -> list[Unplaced]:
    """The disruptions of a view that no station is known of, in reading order."""
    return [_unplaced(active) for active in view.disruptions if not active.stations]


def _unplaced(active: Active) -> Unplaced:
    revision = active.revision
    lines = dict.fromkeys(hit.line for hit, _ in active.hits if hit.line)
    return Unplaced(revision.id, tuple(lines), revision.title or revision.text[:TEXT_MAX_CHARS], revision.unplaced)


def methods(view: View) -> dict[str, tuple[int, int]]:
    """Method -> disruptions with such a point, and points; those of `METHODS` first."""
    points = {
        (active.revision.id, hit.line, hit.zda, hit.method)
        for active in view.disruptions
        for hit, _ in active.hits
        if hit.zda
    }
    disruptions = Counter(method for _, method in {(id_, method) for id_, _, _, method in points})
    found = Counter(method for *_, method in points)
    return {name: (disruptions[name], found[name]) for name in sorted(found, key=_rank)}


def _rank(method: str) -> tuple[int, str]:
    return (METHODS.index(method) if method in METHODS else len(METHODS), method)
