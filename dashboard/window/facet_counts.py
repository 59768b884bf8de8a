"""Facet counts: the size of the result if an option were chosen and all other filters kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from dashboard.store.records import Hit, Revision, is_placed
from dashboard.window.hit_filter import Choosing, causes_of, severity, zones_of


@dataclass(frozen=True, slots=True)
class Counts:
    """Facet counts of all options, in disruptions ongoing at the last observed tick."""

    channels: Mapping[str, int]
    modes: Mapping[str, int]
    lines: Mapping[str, int]
    severities: Mapping[str, int]
    causes: Mapping[str, int]
    zones: Mapping[str, int]
    total: int  # of the choice itself
    placed: int  # of these, with a station


class Shown(Protocol):
    """A disruption with all its hits, whatever was chosen."""

    @property
    def revision(self) -> Revision:
        """What was published."""

    @property
    def hits(self) -> tuple[tuple[Hit, int], ...]:
        """Each with its cluster."""


def count(actives: Iterable[Shown], choosing: Choosing) -> Counts:
    """What stands beside each choice for `actives`."""
    tally = _Tally(choosing)
    for active in actives:
        tally.add(active.revision, [hit for hit, _ in active.hits])
    found = {kind: dict(sorted(by.items())) for kind, by in tally.by_kind.items()}
    kinds = ("channels", "modes", "lines", "severities", "causes", "zones")
    return Counts(**{kind: found.get(kind, {}) for kind in kinds}, total=tally.total, placed=tally.placed)


class _Tally:
    def __init__(self, choosing: Choosing) -> None:
        self.choosing = choosing
        self.by_kind: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.total = self.placed = 0

    def add(self, revision: Revision, hits: list[Hit]) -> None:
        c = self.choosing
        passes = {
            "channels": revision.channel in c.selection.channels,
            "severities": c.severity(revision),
            "causes": c.cause(revision),
            "words": c.words(revision),
        }
        failed = [kind for kind, passed in passes.items() if not passed]
        if len(failed) > 1 or failed == ["words"]:
            return
        placed = [hit for hit in hits if c.area(hit)]
        held = [hit for hit in placed if c.line(hit) and c.zone(hit)]
        if held:
            self._of_disruption(revision, failed)
        if not failed:
            self._of_hits(placed, held)

    def _of_disruption(self, revision: Revision, failed: list[str]) -> None:
        held = {"channels": (revision.channel,), "severities": (severity(revision),), "causes": causes_of(revision)}
        for kind, values in held.items():
            if failed in ([], [kind]):
                for value in values:
                    self.by_kind[kind][value] += 1

    def _of_hits(self, placed: list[Hit], held: list[Hit]) -> None:
        c = self.choosing
        in_zone, on_line = [h for h in placed if c.zone(h)], [h for h in placed if c.line(h)]
        for mode in {hit.mode for hit in in_zone}:
            self.by_kind["modes"][mode] += 1
        for line in {hit.line for hit in in_zone if hit.line}:
            self.by_kind["lines"][line] += 1
        for zone in {zone for h in on_line if is_placed(h) for zone in zones_of(h.lat, h.lon)}:
            self.by_kind["zones"][zone] += 1
        self.total += bool(held)
        self.placed += any(map(is_placed, held))
