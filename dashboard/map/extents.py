"""The extent of a disruption in a few words: a section of its line from end to end, else its stations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dashboard.map.line_edges import hit_edges
from dashboard.store.records import Hit

NAMED_MAX = 2  # stations that are named where they are no section


@dataclass(frozen=True, slots=True)
class Extent:
    """The stations of a disruption: their number, and the names that stand for them.

    `ends` are the two ends of a section, in the order in which the message names them; `names` are up to
    `NAMED_MAX` stations where they are no section. Both are empty for a disruption without a station.
    """

    stations: int
    ends: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """For the browser, which has the words around it (`assets/common/extents.js`)."""
        return {"stations": self.stations, "ends": self.ends, "names": self.names}

    def text(self) -> str:
        """For files: `Gargan → Hôpital de Montfermeil`, `Nation, Vincennes`, `Nation, Vincennes +3`;
        "" without a station."""
        if self.ends:
            return " → ".join(self.ends)
        more = self.stations - len(self.names)
        return ", ".join(self.names) + (f" +{more}" if more else "")


def extent_of(hits: Iterable[Hit]) -> Extent:
    """The extent of the hits of one disruption.

    They are a section where those of one of its lines are a way without a fork along that line, and the other lines
    add no station.
    """
    placed = [hit for hit in hits if hit.zda]
    names = {hit.zda: hit.station for hit in placed}
    by_line: dict[str, list[Hit]] = defaultdict(list)
    for hit in placed:
        by_line[hit.line].append(hit)
    for of_line in by_line.values():
        if {hit.zda for hit in of_line} == names.keys() and (ends := _ends(of_line)):
            return Extent(len(names), ends=tuple(names[zda] for zda in names if zda in ends))
    return Extent(len(names), names=tuple(dict.fromkeys(names.values()))[:NAMED_MAX])


def _ends(of_line: list[Hit]) -> set[str]:
    """The two ends of a way through all stations of the hits along their line; empty if they are no such way."""
    links: Mapping[str, set[str]] = {hit.zda: set() for hit in of_line}
    for _, a, b in hit_edges(of_line):
        links[a].add(b)
        links[b].add(a)
    ends = {zda for zda, others in links.items() if len(others) == 1}
    straight = len(ends) == 2 and all(len(others) <= 2 for others in links.values())
    return ends if straight and _reached(links, next(iter(ends))) == len(links) else set()


def _reached(links: Mapping[str, set[str]], start: str) -> int:
    """How many stations can be reached from `start`."""
    seen, waiting = {start}, [start]
    while waiting:
        for other in links[waiting.pop()] - seen:
            seen.add(other)
            waiting.append(other)
    return len(seen)
