"""Map layers of a view as GeoJSON, and the plain text of their popups."""

from __future__ import annotations

import json
from math import sqrt
from typing import Any

from dashboard.map.extents import extent_of
from dashboard.map.geojson import collection, feature
from dashboard.map.line_edges import termini
from dashboard.map.paint import paint_of
from dashboard.store.lives import cluster_id
from dashboard.ui.theme import as_json, badge, polarity_colour
from dashboard.window.clusters import SEVERAL
from dashboard.window.hit_filter import severity
from dashboard.window.titles import shown_title
from dashboard.window.view import Active, StationHit, View
from geo.network.station_zones import station_zone
from geo.network.stations import Stations

RADIUS_MIN_PX, RADIUS_MAX_PX = 15.0, 30.0  # of a badge
RADIUS_PX = {"disruptions": 3.2, "stations": 1.1}  # what the first of them adds
CROWD = 300  # stations from which on their dots are smaller


def badge_features(view: View) -> dict[str, Any]:
    """A badge for each cluster at its medoid station, the largest first: it takes its place before the others."""
    size = view.selection.size
    return collection(
        feature(
            c.medoid.lat,
            c.medoid.lon,
            {
                "key": c.key,
                "letter": c.letter,
                "hue": c.hue,
                "pattern": c.pattern,
                "name": c.name,
                "disruptions": c.count("disruptions"),
                "stations": c.count("stations"),
                "radius": badge_radius_px(c.count(size), size),
                "trend": c.trend,
            },
        )
        for c in sorted(view.clusters, key=lambda c: (-c.count(size), c.key))
    )


def badge_radius_px(count: int, size: str) -> float:
    """The radius of a badge by its disruptions or stations, the same on every map.

    >>> badge_radius_px(1, "disruptions"), badge_radius_px(9, "disruptions"), badge_radius_px(900, "stations")
    (17.2, 23.6, 30.0)
    """
    return round(min(RADIUS_MAX_PX, RADIUS_MIN_PX - 1 + RADIUS_PX[size] * sqrt(count)), 1)


def cluster_details(view: View) -> dict[str, Any]:
    """What the popup of a cluster says, by key."""
    states = {active.revision.id: active for active in view.disruptions}
    return {
        c.key: {
            "name": c.name,
            "line": c.line,
            "cause": c.cause,
            "trend": c.trend,
            "disruptions": c.count("disruptions"),
            "stations": c.count("stations"),
            "opened": sum(states[each].opened for each in c.ids if each in states),
            "over": sum(states[each].state == "over" for each in c.ids if each in states),
            "polarity": _rounded(c.polarity),
            "spread": _rounded(c.spread),
            "width_km": round(c.width_km, 1),
            "ids": c.ids,
            "channel": c.channel,
            "colour": polarity_colour(c.polarity),
            "lat": c.medoid.lat,
            "lon": c.medoid.lon,
            "letter": c.letter,
            "hue": c.hue,
            "pattern": c.pattern,
            "new": c.is_new,
        }
        for c in view.clusters
    }


def station_features(view: View) -> dict[str, Any]:
    """The stations hit at the last observed tick, as GeoJSON points."""
    scale, paint = 0.75 if len(view.stations) > CROWD else 1, paint_of(view)
    return collection(
        feature(
            s.lat,
            s.lon,
            {
                "zda": s.zda,
                "name": s.name,
                "zone": station_zone(s.zda).label,
                **paint((active.revision, s.clusters) for active, _ in s.because)._asdict(),
                "ring": _is_blocked(s),
                "scale": scale,
                "because": _reasons(s),
            },
        )
        for s in view.stations
    )


BLOCKED = ("interruption", "blocking", "works_blocking")


def _is_blocked(station: StationHit) -> bool:
    return any(severity(active.revision) in BLOCKED for active, _ in station.because)


def _reasons(station: StationHit) -> list[dict[str, Any]]:
    """One item a disruption: its lines at this station, and how the point was found."""
    items: dict[str, dict[str, Any]] = {}
    for active, hit in station.because:
        item = items.setdefault(
            active.revision.id,
            {
                "id": active.revision.id,
                "lines": [],
                "method": hit.method,
                "confidence": hit.confidence,
                "words": hit.words,
                "rule": hit.rule,
            },
        )
        if hit.line and hit.line not in item["lines"]:
            item["lines"].append(hit.line)
    return list(items.values())


def disruption_details(view: View) -> dict[str, Any]:
    """What popups and the table say about a disruption, by id: plain text, the browser gets no markup."""
    return {a.revision.id: _disruption(a) for a in view.disruptions}


def _disruption(active: Active) -> dict[str, Any]:
    revision = active.revision
    first = next((hit for hit, _ in active.hits if hit.lat is not None), None)
    return {
        "title": shown_title(revision),
        "text": revision.text,
        "severity": severity(revision),
        "channel": revision.channel,
        "state": active.state,
        "begin_ms": _ms(active.begin_us),
        "end_ms": _ms(active.end_us),
        "lines": list(dict.fromkeys(hit.line for hit, _ in active.hits if hit.line)),
        "stations": active.stations,
        "extent": extent_of(hit for hit, _ in active.hits).to_json(),
        "polarity": _rounded(revision.polarity),
        "colour": polarity_colour(revision.polarity),
        "clusters": sorted({cluster_id(revision.channel, number) for _, number in active.hits} - {""}),
        "unplaced": revision.unplaced if first is None else "",
        "published_ms": _ms(revision.published_at_us),
        "at": [first.lat, first.lon, first.zda] if first else None,
    }


def line_badges(view: View) -> dict[str, Any]:
    """The badges of every line in the view, by id."""
    names: dict[str, tuple[str, str]] = {}
    for active in view.disruptions:
        published = {line["id"]: line for line in json.loads(active.revision.lines)}
        for hit, _ in active.hits:
            if hit.line:
                names[hit.line] = (published.get(hit.line, {}).get("name", ""), hit.mode)
    for cluster in view.clusters:
        if cluster.line not in ("", SEVERAL):
            names.setdefault(cluster.line, ("", ""))
    return {line: as_json(badge(line, *shown)) for line, shown in sorted(names.items())}


def chosen_lines(view: View) -> dict[str, list[list[Any]]]:
    """The lines that the reader chose, which the map draws strongly, with the [name, latitude, longitude] of their
    termini."""
    stations = Stations.load()
    ends = {line: [stations.get(zda) for zda in termini(line)] for line in sorted(view.selection.lines)}
    return {line: [[s.name, s.lat, s.lon] for s in of_line if s is not None] for line, of_line in ends.items()}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _ms(micros: int | None) -> int | None:
    return None if micros is None else micros // 1000
