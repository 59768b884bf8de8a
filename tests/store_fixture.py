"""A serving store filled from a plan: what the screens are tested on before and beside a replay.

Everything is written through `spark_app.tables`, with the definitions of the store contract spelled out in
the plainest way (loops over hits), so that a faster query can be compared with it.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import Engine, create_engine, insert

from geo.lines import Lines
from geo.projection import to_km
from geo.stations import Station
from prim_client.message import to_epoch_us
from spark_app import tables
from spark_app.tables import ALL_LINES, LABELS, MEASURES, MODE_SCOPE, NO_CLUSTER, ORIGIN_M, RAIL_MODES, RAIL_SCOPE
from tests.made_network import TICK, Plan, Planned

SPAN_TICKS = 6
CHANNELS = ("incident", "works", "information")
E9 = 1_000_000_000


@dataclass(frozen=True)
class _Hit:
    line: str
    mode: str
    station: Station | None
    x_m: int
    y_m: int
    label: int


@dataclass(frozen=True)
class _Filed:
    """A planned disruption with its number and its hits."""

    rev: int
    planned: Planned
    hits: tuple[_Hit, ...]

    @property
    def labels(self) -> str:
        return "".join("-" if hit.station is None else LABELS[hit.label] for hit in self.hits)


def fill_store(url: str, plan: Plan) -> Engine:
    """Create the tables at `url` and write the whole of `plan`; returns the engine."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("pragma journal_mode=wal")  # as the pipeline leaves it
    tables.metadata.create_all(engine)
    refill(engine, plan)
    return engine


def refill(engine: Engine, plan: Plan) -> None:
    """Write the whole of `plan` in place of what is there, in one transaction."""
    rows = _Rows(plan, _file(plan))
    with engine.begin() as connection:
        for table in tables.metadata.sorted_tables:
            connection.execute(table.delete())
            chunk = rows.by_table.get(table.name, [])
            for start in range(0, len(chunk), 20_000):
                connection.execute(insert(table), chunk[start : start + 20_000])


def _file(plan: Plan) -> list[_Filed]:
    ordered = sorted(plan.disruptions, key=lambda p: (p.begin, p.id))
    centres = {channel: _centres([p for p in ordered if p.channel == channel], plan.k) for channel in CHANNELS}
    return [_Filed(rev, p, tuple(_hits(p, centres[p.channel]))) for rev, p in enumerate(ordered, start=1)]


def _centres(planned: Sequence[Planned], k: int) -> np.ndarray:
    """`k` centres (x_m, y_m, z_m) by a few rounds of Lloyd from quantiles: near enough to the pipeline's."""
    points = np.array([(*_xy(s), 10_000 * (p.polarity or 0)) for p in planned for t in p.touched for s in t.stations])
    if not len(points):
        return np.zeros((k, 3))
    centres = points[np.linspace(0, len(points) - 1, k).astype(int)].astype(float)
    for _ in range(8):
        nearest = ((points[:, None, :] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
        for cluster in range(k):
            if (nearest == cluster).any():
                centres[cluster] = points[nearest == cluster].mean(axis=0)
    return centres


def _xy(station: Station) -> tuple[int, int]:
    if station.zda not in _XY:
        x_km, y_km = to_km(station.lat, station.lon)
        _XY[station.zda] = (round(float(x_km) * 1000) - ORIGIN_M[0], round(float(y_km) * 1000) - ORIGIN_M[1])
    return _XY[station.zda]


_XY: dict[str, tuple[int, int]] = {}


def _hits(planned: Planned, centres: np.ndarray) -> Iterator[_Hit]:
    for touched in planned.touched:
        line = Lines.load().get(touched.line)
        mode = line.mode if line else ""
        for station in touched.stations:
            x_m, y_m = _xy(station)
            point = np.array([x_m, y_m, 10_000 * (planned.polarity or 0)])
            yield _Hit(touched.line, mode, station, x_m, y_m, int(((centres - point) ** 2).sum(axis=1).argmin()))
        if not touched.stations:
            yield _Hit(touched.line, mode, None, 0, 0, NO_CLUSTER)


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


class _Rows:
    """All rows of the store, by table."""

    def __init__(self, plan: Plan, filed: list[_Filed]) -> None:
        self.plan, self.filed = plan, filed
        self.by_table: dict[str, list[dict]] = defaultdict(list)
        self.facts: dict[datetime, dict[tuple[str, int, str], dict[str, int]]] = {}
        self.entries: list[tuple[int, datetime, bool, bool]] = []
        self._times: list[datetime] = []
        self._worked_out: dict[int, list] = {}
        self._revisions()
        self._walk()
        self._windows()
        self._describe()

    def _revisions(self) -> None:
        for f in self.filed:
            p = f.planned
            self.by_table["revision"].append({
                "rev": f.rev, "id": p.id, "revision": hashlib.sha256(p.text.encode()).hexdigest()[:16],
                "channel": p.channel, "severity": p.severity, "cause": p.cause, "title": p.title,
                "short_message": p.short_message, "text": p.text, "html": p.html, "tags": "[]",
                "lines": json.dumps([_line_json(t.line) for t in p.touched], ensure_ascii=False),
                "published_at_us": to_epoch_us(p.begin), "polarity": p.polarity, "analyzer": "fixture 1",
                "unplaced": "" if any(h.station for h in f.hits) else "aucune station dans le message",
            })  # fmt: skip
            weights = shared_out(len(f.hits))
            per_line: dict[str, int] = defaultdict(int)
            for n, hit in enumerate(f.hits):
                on_line = sum(h.line == hit.line for h in f.hits)
                self.by_table["revision_hit"].append({
                    "rev": f.rev, "hit": n, "line": hit.line, "mode": hit.mode, "zda": hit.station.zda if hit.station else "",
                    "zdc": hit.station.zdc if hit.station else "", "station": hit.station.name if hit.station else "",
                    "lat": hit.station.lat if hit.station else None, "lon": hit.station.lon if hit.station else None,
                    "method": "stop_id" if hit.station else "", "confidence": 1.0 if hit.station else None,
                    "weight_e9": weights[n], "line_weight_e9": shared_out(on_line)[per_line[hit.line]],
                })  # fmt: skip
                per_line[hit.line] += 1

    def _walk(self) -> None:
        active: list[_Filed] = []
        first, tick = True, self.plan.first_tick
        while tick <= self.plan.last_tick:
            facts: dict[tuple[str, int, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(MEASURES, 0))
            if tick not in self.plan.unobserved:
                seen = tick - TICK / 3
                active = self._poll(active, seen, facts, initial=first)
                self._tick(active, tick, facts)
                first = False
            else:
                self._entry(tick, True, False, [])
            self.facts[tick] = facts
            tick += TICK
        if self.plan.open_window:
            facts = defaultdict(lambda: dict.fromkeys(MEASURES, 0))
            self._poll(active, tick - TICK / 2, facts, initial=False)
            self.facts[tick] = facts

    def _poll(self, active: list[_Filed], seen: datetime, facts, initial: bool) -> list[_Filed]:
        now = [f for f in self.filed if f.planned.begin <= seen < f.planned.end]
        before, after = {f.rev for f in active}, {f.rev for f in now}
        opened, closed = [f for f in now if f.rev not in before], [f for f in active if f.rev not in after]
        kinds = [("opened", f) for f in opened] + [("closed", f) for f in closed]
        if kinds:
            self._entry(seen, False, True, kinds, initial)
        for kind, f in kinds:
            if not (kind == "opened" and initial):
                self._count(f, facts, {"opened": "opened_e9", "closed": "closed_e9"}[kind])
        return now

    def _tick(self, active: list[_Filed], tick: datetime, facts) -> None:
        self._entry(tick, True, True, [("ongoing", f) for f in active])
        stations: dict[tuple[str, int, str], set[str]] = defaultdict(set)
        for f in active:
            for key, measures, zdas in self._parts(f):
                row = facts[key]
                for name, value in measures.items():
                    row[name] += value
                stations[key] |= zdas
        for key, zdas in stations.items():
            facts[key]["stations"] = len(zdas)

    def _count(self, f: _Filed, facts, measure: str) -> None:
        for key, measures, _ in self._parts(f):
            facts[key][measure] += measures["disruptions_e9"]

    def _parts(self, f: _Filed):
        """What one active disruption adds at one tick: (key, measures, stations) for each scope and cluster."""
        if f.rev not in self._worked_out:
            parts: dict = defaultdict(lambda: (dict.fromkeys(MEASURES, 0), set()))
            for scope in sorted({s for h in f.hits for s in scopes_of(h.line, h.mode)}):
                inside = [h for h in f.hits if scope in scopes_of(h.line, h.mode)]
                for hit, weight in zip(inside, shared_out(len(inside)), strict=True):
                    row, zdas = parts[f.planned.channel, hit.label, scope]
                    _add_weight(row, weight, f.planned.polarity)
                    if hit.station:
                        _add_place(row, hit)
                        zdas.add(hit.station.zda)
            self._worked_out[f.rev] = [(key, row, zdas) for key, (row, zdas) in parts.items()]
        return self._worked_out[f.rev]

    def _entry(self, at: datetime, tick: bool, observed: bool, messages: list, initial: bool = False) -> None:
        number = len(self.entries)
        self.entries.append((number, at, tick, observed))
        self.by_table["entry"].append({
            "entry": number, "event_time_us": to_epoch_us(at), "tick": tick, "observed": observed, "messages": len(messages),
        })  # fmt: skip
        for part, (kind, f) in enumerate(messages):
            self.by_table["message"].append({
                "entry": number, "part": part, "rev": f.rev, "kind": kind, "initial": initial,
                "begin_us": to_epoch_us(f.planned.begin), "end_us": to_epoch_us(f.planned.end),
                "last_seen_us": to_epoch_us(at) if kind == "closed" else None, "labels": f.labels,
            })  # fmt: skip

    def _windows(self) -> None:
        for end, facts in self.facts.items():
            for key, measures in facts.items():
                self.by_table["tick_fact"].append(_keyed("tick_us", end, key) | measures)
            ticks = [end - TICK * n for n in range(SPAN_TICKS)]
            sums: dict[tuple[str, int, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(MEASURES, 0))
            for tick in ticks:
                for key, measures in self.facts.get(tick, {}).items():
                    for name, value in measures.items():
                        sums[key][name] += value
            self.by_table["window"] += [_keyed("end_us", end, key) | measures for key, measures in sums.items()]
            self._span(end, ticks)

    def _span(self, end: datetime, ticks: list[datetime]) -> None:
        begin = end - TICK * SPAN_TICKS
        inside = self._entries_between(begin, end)
        done = end <= self.plan.last_tick
        observed = [t for t in ticks if t in self.facts and t <= self.plan.last_tick and t not in self.plan.unobserved]
        self.by_table["window_span"].append({
            "end_us": to_epoch_us(end), "begin_us": to_epoch_us(begin), "ticks_expected": SPAN_TICKS,
            "ticks_observed": len(observed), "closed": done, "first_entry": min(inside, default=0),
            "last_entry": max(inside, default=0), "generation": 1,
        })  # fmt: skip

    def _entries_between(self, begin: datetime, end: datetime) -> range:
        times = [at for _, at, _, _ in self.entries] if len(self._times) != len(self.entries) else self._times
        self._times = times
        return range(bisect_right(times, begin), bisect_right(times, end))

    def _describe(self) -> None:
        messages, hits = self.by_table["message"], {f.rev: f.hits for f in self.filed}
        meta = {"schema": "1", "source": self.plan.source, "generation": "1", "query_id": "fixture",
                "config_sha256": "0" * 64} | self.plan.extra_meta  # fmt: skip
        self.by_table["ledger"] = [{"query_id": meta.pop("query_id"), "batch_id": 0, "from_entry": 0,
                                    "to_entry": len(self.entries), "written_at_us": 0}]  # fmt: skip
        self.by_table["meta"] = [{"name": k, "value": v} for k, v in meta.items()]
        kinds: dict[str, int] = defaultdict(int)
        for message in messages:
            kinds[message["kind"]] += 1
        ticks = [observed for _, _, tick, observed in self.entries if tick]
        polls = {"received": 40 * len(ticks) // 10, "rejected": 3, "changed": len(self.entries) - len(ticks)}
        polls["unchanged"] = polls["received"] - polls["changed"] - polls["rejected"]
        unplaced = sum(not any(h.station for h in hits[m["rev"]]) for m in messages)
        book = {"stored": len(messages), "dead_lettered": 0, "hits": sum(len(hits[m["rev"]]) for m in messages),
                "unplaced": unplaced, "ticks_observed": sum(ticks), "ticks_unobserved": len(ticks) - sum(ticks)}  # fmt: skip
        book |= {f"kind:{kind}": count for kind, count in kinds.items()}
        self.by_table["book"] = [{"name": k, "value": v} for k, v in book.items()]
        seen = max((at for _, at, tick, observed in self.entries if observed), default=self.plan.last_tick)
        last_poll = self.plan.last_poll or seen
        log = {
            "polls": polls, "messages": {"made": len(messages), "logged": len(messages), "filtered": 0, "by_kind": dict(kinds)},
            "ticks": {"expected": len(ticks), "observed": sum(ticks), "unobserved": len(ticks) - sum(ticks)},
            "last_poll_at": _iso(last_poll), "last_good_poll_at": _iso(last_poll), "last_poll_error": "",
            "source": self.plan.source, "first": 0, "last": len(self.entries), "input_done": self.plan.source == "recorded",
            "log_bytes": 1_234_567,
        }  # fmt: skip
        at_us = to_epoch_us(last_poll)
        self.by_table["status"] = [{"part": "log", "at_us": at_us, "value": json.dumps(log)},
                                   {"part": "spark", "at_us": at_us, "value": json.dumps({"batches": 12})}]  # fmt: skip


def _add_weight(row: dict[str, int], weight_e9: int, polarity: float | None) -> None:
    row["disruptions_e9"] += weight_e9
    if polarity is not None:
        polarity_e6 = round(polarity * 1_000_000)
        row["scored_e9"] += weight_e9
        row["polarity_e12"] += weight_e9 * polarity_e6 // 1000
        row["polarity_sq_e12"] += weight_e9 * (polarity_e6 * polarity_e6 // 1_000_000) // 1000


def _add_place(row: dict[str, int], hit: _Hit) -> None:
    row["hits"] += 1
    row["x_m"] += hit.x_m
    row["y_m"] += hit.y_m
    row["r2_m2"] += hit.x_m**2 + hit.y_m**2


def _line_json(line_id: str) -> dict:
    line = Lines.load().get(line_id)
    name, mode, network = (line.name, line.mode, line.network) if line else (line_id, "other", "")
    return {"id": line_id, "name": name, "mode": mode, "network": network, "sections": [], "unresolved": []}


def _keyed(moment: str, at: datetime, key: tuple[str, int, str]) -> dict:
    channel, cluster, line = key
    return {moment: to_epoch_us(at), "channel": channel, "cluster": cluster, "line": line}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
