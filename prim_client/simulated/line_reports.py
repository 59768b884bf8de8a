"""The simulated world as Navitia's line reports tell it: pages of lines, and which ids are one incident."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import orjson

from prim_client.simulated.feed.network import SimulatedLine
from prim_client.simulated.feed.paris_dates import epoch_s, prim_time
from prim_client.simulated.feed.publication import BLOCKING, DISTURBING, Publication
from prim_client.simulated.world.world import World

LINES_PER_PAGE = 25  # if nothing is asked
LINES_PER_PAGE_MAX = 100  # whatever is asked
EFFECTS = {BLOCKING: "NO_SERVICE", DISTURBING: "SIGNIFICANT_DELAYS"}


def line_reports(world: World, moment: datetime, count: int = LINES_PER_PAGE, start_page: int = 0) -> bytes:
    """The page that Navitia would give at an aware `moment`; empty of lines if there is no such page."""
    touching, lines = _by_line(world.published_at(moment))
    size = min(max(count, 1), LINES_PER_PAGE_MAX)
    shown = sorted(lines)[start_page * size : (start_page + 1) * size]
    told = {publication.id: publication for line in shown for publication in touching[line]}
    return orjson.dumps(
        {
            "pagination": {
                "total_result": len(lines),
                "start_page": start_page,
                "items_per_page": size,
                "items_on_page": len(shown),
            },
            "disruptions": [_impact(publication, epoch_s(moment)) for publication in told.values()],
            "line_reports": [_report(lines[line], touching[line]) for line in shown],
        }
    )


def _by_line(
    publications: tuple[Publication, ...],
) -> tuple[dict[str, list[Publication]], dict[str, SimulatedLine]]:
    touching: dict[str, list[Publication]] = defaultdict(list)
    lines: dict[str, SimulatedLine] = {}
    for publication in publications:
        for link in publication.content.links:
            touching[link.line.id].append(publication)
            lines[link.line.id] = link.line
    return touching, lines


def _impact(publication: Publication, now_s: int) -> dict[str, Any]:
    content = publication.content
    return {
        "id": publication.id,
        "disruption_id": publication.disruption_id,
        "impact_id": publication.id,
        "application_periods": [{"begin": prim_time(b), "end": prim_time(e)} for b, e in publication.periods],
        "status": _status(publication, now_s),
        "updated_at": prim_time(publication.last_update),
        "cause": content.cause.lower(),
        "category": "Incidents",
        "severity": {"name": content.severity.lower(), "effect": EFFECTS.get(content.severity, "OTHER_EFFECT")},
        "messages": [{"text": content.message, "channel": {"content_type": "text/html", "types": ["web"]}}],
    }


def _status(publication: Publication, now_s: int) -> str:
    if any(begin <= now_s < end for begin, end in publication.periods):
        return "active"
    return "future" if any(begin > now_s for begin, _ in publication.periods) else "past"


def _report(line: SimulatedLine, publications: list[Publication]) -> dict[str, Any]:
    links = [{"type": "disruption", "rel": "disruptions", "id": one.id} for one in publications]
    return {"line": {"id": line.id, "name": line.name, "code": line.name, "links": links}, "pt_objects": []}
