"""Links from disruptions to lines and stops: PRIM gives them only in the `lines` part of the answer.

A line lists its impacted objects (itself, its network, stops), each with the ids of disruptions on
it. One id under several objects of a line is one link; a network or line object links without stops.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

LINE_ID_MAX_CHARS = 32  # the longest on record has 16; what the store's key columns hold


class LineLink(NamedTuple):
    """A line that a disruption touches, as published; hashable, in one order whatever PRIM's."""

    line_id: str  # as line:IDFM:C01742
    name: str
    mode: str  # PRIM's, as RapidTransit
    stops: tuple[tuple[str, str], ...]  # (stop id, name), sorted


Links = dict[str, tuple[LineLink, ...]]  # disruption id -> its lines


def links_of(lines: list[Any]) -> tuple[Links, list[tuple[Any, str]]]:
    """Links by disruption id, and the (record, reason) of each line that cannot be read."""
    found: dict[str, dict[str, LineLink]] = defaultdict(dict)
    broken: list[tuple[Any, str]] = []
    for line in lines:
        try:
            for disruption_id, link in _links_of_line(line).items():
                earlier = found[disruption_id].get(link.line_id)
                found[disruption_id][link.line_id] = _merged(earlier, link) if earlier else link
        except (KeyError, TypeError, AttributeError) as error:
            broken.append((line, f"a line that cannot be read: {type(error).__name__} {error}"))
    return {key: tuple(sorted(by_line.values())) for key, by_line in found.items()}, broken


def _links_of_line(line: dict[str, Any]) -> dict[str, LineLink]:
    stops: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for impacted in _list(line["impactedObjects"], "impactedObjects"):
        for disruption_id in _list(impacted["disruptionIds"], "disruptionIds"):
            named = stops[_text(disruption_id, "disruptionIds")]
            if _text(impacted["type"], "type").startswith("stop"):
                named.add((_text(impacted["id"], "id"), _text(impacted.get("name") or "", "name")))
    line_id, mode = _text(line["id"], "id"), _text(line.get("mode") or "", "mode")
    if not line_id or len(line_id) > LINE_ID_MAX_CHARS:
        raise TypeError(f"id is {line_id!r:.60}: expected 1 to {LINE_ID_MAX_CHARS} characters")
    name = _text(line.get("shortName") or line.get("name") or line_id, "name")
    return {key: LineLink(line_id, name, mode, tuple(sorted(found))) for key, found in stops.items()}


def _merged(one: LineLink, other: LineLink) -> LineLink:
    return one._replace(stops=tuple(sorted({*one.stops, *other.stops})))


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{field} is {value!r:.60}, not a text")
    return value


def _list(value: Any, field: str) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{field} is {value!r:.60}, not a list")
    return value
