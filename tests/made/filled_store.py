"""A serving store filled from a plan: what the screens are tested on before and beside a replay.

Everything is written through `spark_app.store.tables`; `tests.made.hits` spells out the definitions.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import datetime

from sqlalchemy import Engine, create_engine, insert

from geo.network.lines import Lines
from geo.network.station_zones import station_zone
from prim_client.messages.message import to_epoch_us
from spark_app.language.search_words import search_text
from spark_app.language.tags import tags_of
from spark_app.store import tables
from spark_app.store.tables import MEASURES, ORIGIN_M
from tests.made.books import Entry, describe
from tests.made.hits import Filed, Key, Part, centres_of, file_plan, parts_of, shared_out
from tests.made.network import TICK, Plan

SPAN_TICKS = 6
Facts = dict[Key, dict[str, int]]


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
    rows = _Rows(plan, file_plan(plan))
    with engine.begin() as connection:
        for table in tables.metadata.sorted_tables:
            connection.execute(table.delete())
            chunk = rows.by_table.get(table.name, [])
            for start in range(0, len(chunk), 20_000):
                connection.execute(insert(table), chunk[start : start + 20_000])


def _no_facts() -> Facts:
    return defaultdict(lambda: dict.fromkeys(MEASURES, 0))


class _Rows:
    """All rows of the store, by table."""

    def __init__(self, plan: Plan, filed: list[Filed]) -> None:
        self.plan, self.filed = plan, filed
        self.by_table: dict[str, list[dict]] = defaultdict(list)
        self.facts: dict[datetime, Facts] = {}
        self.entries: list[Entry] = []
        self._times: list[datetime] = []
        self._parts: dict[int, list[Part]] = {f.rev: parts_of(f) for f in filed}
        self._revisions()
        self._walk()
        self._windows()
        self._model()
        self._describe()

    def _revisions(self) -> None:
        for f in self.filed:
            p = f.planned
            self.by_table["revision"].append(
                {
                    "rev": f.rev,
                    "id": p.id,
                    "revision": hashlib.sha256(p.text.encode()).hexdigest()[:16],
                    "channel": p.channel,
                    "severity": p.severity,
                    "cause": p.cause,
                    "title": p.title,
                    "short_message": p.short_message,
                    "text": p.text,
                    "html": p.html,
                    "tags": "[]",
                    "lines": json.dumps([_line_json(t.line) for t in p.touched], ensure_ascii=False),
                    "published_at_us": to_epoch_us(p.begin),
                    "polarity": p.polarity,
                    "analyzer": "fixture 1",
                    "unplaced": "" if any(h.station for h in f.hits) else "aucune station dans le message",
                }
            )
            places = [station_zone(h.station.zda).label for h in f.hits if h.station]
            tags = tags_of(p.title, p.text, places=places)
            self.by_table["revision_tag"] += [{"rev": f.rev, "kind": kind, "value": value} for kind, value in tags]
            self.by_table["revision_search"].append({"rev": f.rev, "words": search_text([p.title, p.text])})
            weights = shared_out(len(f.hits))
            per_line: dict[str, int] = defaultdict(int)
            for n, hit in enumerate(f.hits):
                on_line = sum(h.line == hit.line for h in f.hits)
                self.by_table["revision_hit"].append(
                    {
                        "rev": f.rev,
                        "hit": n,
                        "line": hit.line,
                        "mode": hit.mode,
                        "zda": hit.station.zda if hit.station else "",
                        "zdc": hit.station.zdc if hit.station else "",
                        "station": hit.station.name if hit.station else "",
                        "lat": hit.station.lat if hit.station else None,
                        "lon": hit.station.lon if hit.station else None,
                        "method": "stop_id" if hit.station else "",
                        "confidence": 1.0 if hit.station else None,
                        "weight_e9": weights[n],
                        "line_weight_e9": shared_out(on_line)[per_line[hit.line]],
                    }
                )
                per_line[hit.line] += 1

    def _walk(self) -> None:
        active: list[Filed] = []
        first, tick = True, self.plan.first_tick
        while tick <= self.plan.last_tick:
            facts = _no_facts()
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
            facts = _no_facts()
            self._poll(active, tick - TICK / 2, facts, initial=False)
            self.facts[tick] = facts

    def _poll(self, active: list[Filed], seen: datetime, facts: Facts, initial: bool) -> list[Filed]:
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

    def _tick(self, active: list[Filed], tick: datetime, facts: Facts) -> None:
        self._entry(tick, True, True, [("ongoing", f) for f in active])
        stations: dict[Key, set[str]] = defaultdict(set)
        for f in active:
            for key, measures, zdas in self._parts[f.rev]:
                row = facts[key]
                for name, value in measures.items():
                    row[name] += value
                stations[key] |= zdas
        for key, zdas in stations.items():
            facts[key]["stations"] = len(zdas)

    def _count(self, f: Filed, facts: Facts, measure: str) -> None:
        for key, measures, _ in self._parts[f.rev]:
            facts[key][measure] += measures["disruptions_e9"]

    def _entry(self, at: datetime, tick: bool, observed: bool, messages: list, initial: bool = False) -> None:
        number = len(self.entries)
        self.entries.append((number, at, tick, observed))
        self.by_table["entry"].append(
            {
                "entry": number,
                "event_time_us": to_epoch_us(at),
                "tick": tick,
                "observed": observed,
                "messages": len(messages),
            }
        )
        for part, (kind, f) in enumerate(messages):
            self.by_table["message"].append(
                {
                    "entry": number,
                    "part": part,
                    "rev": f.rev,
                    "kind": kind,
                    "initial": initial,
                    "begin_us": to_epoch_us(f.planned.begin),
                    "end_us": to_epoch_us(f.planned.end),
                    "last_seen_us": to_epoch_us(at) if kind == "closed" else None,
                    "labels": f.labels,
                }
            )

    def _windows(self) -> None:
        last = max(self.facts)
        ahead = [last + TICK * n for n in range(1, SPAN_TICKS)]  # windows still open, as the pipeline writes them
        for end in [*self.facts, *ahead]:
            ticks = [end - TICK * n for n in range(SPAN_TICKS)]
            sums = _no_facts()
            for tick in ticks:
                for key, measures in self.facts.get(tick, {}).items():
                    for name, value in measures.items():
                        sums[key][name] += value
            self.by_table["window"] += [_keyed("end_us", end, key) | measures for key, measures in sums.items()]
            self._span(end, ticks)
        for tick, facts in self.facts.items():
            self.by_table["tick_fact"] += [_keyed("tick_us", tick, key) | measures for key, measures in facts.items()]

    def _span(self, end: datetime, ticks: list[datetime]) -> None:
        begin = end - TICK * SPAN_TICKS
        inside = self._entries_between(begin, end)
        done = end <= self.plan.last_tick
        observed = [t for t in ticks if t in self.facts and t <= self.plan.last_tick and t not in self.plan.unobserved]
        self.by_table["window_span"].append(
            {
                "end_us": to_epoch_us(end),
                "begin_us": to_epoch_us(begin),
                "ticks_expected": SPAN_TICKS,
                "ticks_observed": len(observed),
                "closed": done,
                "first_entry": min(inside, default=0),
                "last_entry": max(inside, default=0),
                "generation": 1,
            }
        )

    def _entries_between(self, begin: datetime, end: datetime) -> range:
        times = [at for _, at, _, _ in self.entries] if len(self._times) != len(self.entries) else self._times
        self._times = times
        return range(bisect_right(times, begin), bisect_right(times, end))

    def _model(self) -> None:
        """The model after the last tick; its weights say nothing."""
        of_model = {"generation": 1, "tick_us": to_epoch_us(self.plan.last_tick), "weight": 1.0}
        for channel, centres in centres_of(self.plan).items():
            for index, (x_m, y_m, z_m) in enumerate(centres.tolist()):
                km = {"x_km": (x_m + ORIGIN_M[0]) / 1e3, "y_km": (y_m + ORIGIN_M[1]) / 1e3, "z_km": z_m / 1e3}
                self.by_table["model"].append({"channel": channel, "cluster": index} | of_model | km)

    def _describe(self) -> None:
        hits = {f.rev: f.hits for f in self.filed}
        stored = [hits[message["rev"]] for message in self.by_table["message"]]
        book = {
            "hits": sum(map(len, stored)),
            "unplaced": sum(not any(h.station for h in one) for one in stored),
        }
        kinds = Counter(message["kind"] for message in self.by_table["message"])
        self.by_table |= describe(self.plan, self.entries, kinds, book)


def _line_json(line_id: str) -> dict:
    line = Lines.load().get(line_id)
    name, mode, network = (line.name, line.mode, line.network) if line else (line_id, "other", "")
    return {"id": line_id, "name": name, "mode": mode, "network": network, "sections": [], "unresolved": []}


def _keyed(moment: str, at: datetime, key: tuple[str, int, str]) -> dict:
    channel, cluster, line = key
    return {moment: to_epoch_us(at), "channel": channel, "cluster": cluster, "line": line}
