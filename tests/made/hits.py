"""The hits of planned disruptions, their clusters, and what each adds to the facts of a tick.

The definitions of the store contract in the plainest way, as loops over hits: what a faster query is
compared with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import dist

import numpy as np

from geo.network.lines import Lines
from geo.network.projection import to_km
from geo.network.stations import Station
from prim_client.messages.message import CHANNELS
from spark_app.store.tables import ALL_LINES, LABELS, MEASURES, MODE_SCOPE, NO_CLUSTER, ORIGIN_M, RAIL_MODES, RAIL_SCOPE
from tests.made.network import Plan, Planned

E9 = 1_000_000_000
Key = tuple[str, int, str]  # channel, cluster, line or scope
Part = tuple[Key, dict[str, int], set[str]]  # key, measures, stations


@dataclass(frozen=True)
class MadeHit:
    line: str
    mode: str
    station: Station | None
    x_m: int
    y_m: int
    label: int


@dataclass(frozen=True)
class Filed:
    """A planned disruption with its number and its hits."""

    rev: int
    planned: Planned
    hits: tuple[MadeHit, ...]

    @property
    def labels(self) -> str:
        return "".join("-" if hit.station is None else LABELS[hit.label] for hit in self.hits)


def file_plan(plan: Plan) -> list[Filed]:
    ordered, centres = _ordered(plan), centres_of(plan)
    return [Filed(rev, p, tuple(_hits(p, centres[p.channel]))) for rev, p in enumerate(ordered, start=1)]


def _ordered(plan: Plan) -> list[Planned]:
    return sorted(plan.disruptions, key=lambda p: (p.begin, p.id))


def centres_of(plan: Plan) -> dict[str, np.ndarray]:
    """By channel (k, 3) metres from ORIGIN_M, and 10 km a unit of polarity."""
    ordered = _ordered(plan)
    return {channel: _centres([p for p in ordered if p.channel == channel], plan.k) for channel in CHANNELS}


def _centres(planned: Sequence[Planned], k: int) -> np.ndarray:
    """`k` centres (x_m, y_m, z_m) by a few rounds of Lloyd from quantiles: near enough to the pipeline's."""
    points = np.array([point for p in planned if (point := _point(p))])
    if not len(points):
        return np.zeros((k, 3))
    centres = points[np.linspace(0, len(points) - 1, k).astype(int)].astype(float)
    for _ in range(8):
        nearest = ((points[:, None, :] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
        for cluster in range(k):
            if (nearest == cluster).any():
                centres[cluster] = points[nearest == cluster].mean(axis=0)
    return centres


def _point(planned: Planned) -> tuple[float, ...]:
    """The one point of a disruption: its medoid station and its polarity; empty without a station."""
    stations = {station.zda: station for touched in planned.touched for station in touched.stations}
    if not stations:
        return ()
    totals_m = {
        zda: sum(round(dist(_xy(station), _xy(other))) for other in stations.values())
        for zda, station in stations.items()
    }
    medoid = min(stations, key=lambda zda: (totals_m[zda], zda))
    return (*_xy(stations[medoid]), 10_000 * (planned.polarity or 0))


def _xy(station: Station) -> tuple[int, int]:
    if station.zda not in _XY:
        x_km, y_km = to_km(station.lat, station.lon)
        _XY[station.zda] = (round(float(x_km) * 1000) - ORIGIN_M[0], round(float(y_km) * 1000) - ORIGIN_M[1])
    return _XY[station.zda]


_XY: dict[str, tuple[int, int]] = {}


def _hits(planned: Planned, centres: np.ndarray) -> Iterator[MadeHit]:
    point = _point(planned)
    label = int(((centres - np.array(point)) ** 2).sum(axis=1).argmin()) if point else NO_CLUSTER
    for touched in planned.touched:
        line = Lines.load().get(touched.line)
        mode = line.mode if line else ""
        for station in touched.stations:
            x_m, y_m = _xy(station)
            yield MadeHit(touched.line, mode, station, x_m, y_m, label)
        if not touched.stations:
            yield MadeHit(touched.line, mode, None, 0, 0, NO_CLUSTER)


def scopes_of(hit_line: str, hit_mode: str) -> list[str]:
    """Every `line` value of the facts that a hit on `hit_line` counts in."""
    scopes = [ALL_LINES]
    if hit_line:
        scopes += [hit_line, MODE_SCOPE.format(mode=hit_mode)]
    if hit_mode in RAIL_MODES:
        scopes.append(RAIL_SCOPE)
    return scopes


def shared_out(n: int) -> list[int]:
    """One disruption in `n` integer parts of 1e-9: equal, the remainder on the first."""
    return [E9 // n + (E9 % n if i == 0 else 0) for i in range(n)]


def parts_of(filed: Filed) -> list[Part]:
    """What one active disruption adds to the facts of a tick, for each scope and cluster."""
    parts: dict[Key, tuple[dict[str, int], set[str]]] = defaultdict(lambda: (dict.fromkeys(MEASURES, 0), set()))
    for scope in sorted({s for h in filed.hits for s in scopes_of(h.line, h.mode)}):
        inside = [h for h in filed.hits if scope in scopes_of(h.line, h.mode)]
        for hit, weight in zip(inside, shared_out(len(inside)), strict=True):
            row, zdas = parts[filed.planned.channel, hit.label, scope]
            _add_weight(row, weight, filed.planned.polarity)
            if hit.station:
                _add_place(row, hit)
                zdas.add(hit.station.zda)
    return [(key, row, zdas) for key, (row, zdas) in parts.items()]


def _add_weight(row: dict[str, int], weight_e9: int, polarity: float | None) -> None:
    row["disruptions_e9"] += weight_e9
    if polarity is not None:
        polarity_e6 = round(polarity * 1_000_000)
        row["scored_e9"] += weight_e9
        row["polarity_e12"] += weight_e9 * polarity_e6 // 1000
        row["polarity_sq_e12"] += weight_e9 * (polarity_e6 * polarity_e6 // 1_000_000) // 1000


def _add_place(row: dict[str, int], hit: MadeHit) -> None:
    row["hits"] += 1
    row["x_m"] += hit.x_m
    row["y_m"] += hit.y_m
    row["r2_m2"] += hit.x_m**2 + hit.y_m**2
