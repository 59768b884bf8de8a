"""Enriched rows as Spark hands them to the sink, made without Spark: a small seeded network."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa

MINUTE_US = 60_000_000
TICK_US = 5 * MINUTE_US
START_US = 1_700_000_100_000_000  # a multiple of TICK_US
STATIONS = [(str(100 + i), 48.80 + 0.01 * (i % 9), 2.20 + 0.03 * (i // 9)) for i in range(45)]
LINES = [("C1", "rer"), ("C2", "metro"), ("C3", "bus")]
HIT = pa.struct(
    [
        *[(name, pa.string()) for name in ("line", "mode", "zda", "zdc", "name")],
        ("lat", pa.float64()),
        ("lon", pa.float64()),
        ("method", pa.string()),
        ("confidence", pa.float64()),
        ("words", pa.string()),
        ("rule", pa.string()),
    ]
)
SCHEMA = pa.schema(
    [
        ("entry", pa.int64()),
        ("part", pa.int32()),
        ("of", pa.int32()),
        ("tick", pa.bool_()),
        ("observed", pa.bool_()),
        *[(name, pa.string()) for name in ("id", "revision", "kind")],
        ("initial", pa.bool_()),
        *[(f"{name}_us", pa.int64()) for name in ("event_time", "published", "last_seen", "begin", "end")],
        ("reason", pa.string()),
        ("payload", pa.string()),
        ("has_body", pa.bool_()),
        *[(name, pa.string()) for name in ("channel", "severity", "cause", "title", "short_message", "text", "html")],
        ("tags", pa.string()),
        ("lines", pa.string()),
        ("hits", pa.list_(HIT)),
        ("unplaced", pa.string()),
        ("polarity", pa.float64()),
    ]
)


def hit(line: tuple[str, str], station: tuple[str, float, float] | None) -> dict[str, Any]:
    zda, lat, lon = station or ("", None, None)
    return {
        "line": line[0],
        "mode": line[1],
        "zda": zda,
        "zdc": "",
        "name": zda,
        "lat": lat,
        "lon": lon,
        "method": "stop_id" if zda else "",
        "confidence": 1.0 if zda else None,
        "words": "",
        "rule": "",
    }


def row(entry: int, event_time_us: int, **values: Any) -> dict[str, Any]:
    blank = dict.fromkeys(SCHEMA.names)
    return (
        blank
        | {
            "entry": entry,
            "part": 0,
            "of": 0,
            "tick": False,
            "observed": True,
            "has_body": False,
            "event_time_us": event_time_us,
        }
        | values
    )


def body(id_: str, channel: str, hits: list[dict[str, Any]], polarity: float | None) -> dict[str, Any]:
    return {
        "id": id_,
        "revision": f"{id_}r",
        "has_body": True,
        "channel": channel,
        "hits": hits,
        "polarity": polarity,
        "title": id_,
        "text": id_,
        "severity": "BLOQUANTE",
        "cause": "X",
    }


def network(hours: float, seed: int = 1) -> list[dict[str, Any]]:
    """Rows of a log of `hours`: disruptions open and close between ticks; one tick in ten is unobserved."""
    random_ = random.Random(seed)
    rows: list[dict[str, Any]] = []
    active: dict[str, dict[str, Any]] = {}
    entry = made = 0
    for step in range(int(hours * 12)):
        at = START_US + step * TICK_US + MINUTE_US
        opened = [_new(random_, made + i) for i in range(random_.randint(0, 3))]
        made += len(opened)
        closed = [b for b in active.values() if random_.random() < 0.15]
        happened = [("opened", b) for b in opened] + [("closed", b) for b in closed]
        active |= {b["id"]: b for b in opened}
        if happened:
            rows += _entry(entry, at, happened, tick=False, initial=step == 0)
            entry += 1
        for b in closed:
            del active[b["id"]]
        observed = random_.random() > 0.1
        ongoing = [("ongoing", b) for b in active.values()] if observed else []
        rows += _entry(entry, START_US + (step + 1) * TICK_US, ongoing, tick=True, observed=observed)
        entry += 1
    return rows


def _new(random_: random.Random, number: int) -> dict[str, Any]:
    channel = random_.choice(["incident", "incident", "works", "information"])
    lines = random_.sample(LINES, random_.randint(1, 2))
    places = random_.sample(STATIONS, random_.randint(0, 6))
    hits = [hit(line, place) for line in lines for place in (places or [None])]
    return body(f"d{number}", channel, hits, random_.choice([None, -0.8, -0.123456, 0.4]))


def _entry(entry: int, at: int, happened: list, **flags: Any) -> list[dict[str, Any]]:
    if not happened:
        return [row(entry, at, **flags)]
    rows = []
    for part, (kind, b) in enumerate(happened):
        known = b if kind != "ongoing" else {"id": b["id"], "revision": b["revision"]}
        rows.append(row(entry, at, part=part, of=len(happened), kind=kind, **{"initial": False} | flags, **known))
    return rows


def table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, SCHEMA)
