"""A store of a recorded day in seconds: its polls through parser, differ, geocoder, analyzer, sink and derived folds,
as a replay does, but without log, socket and Spark.

`enriched_rows` says in Python what `spark_app.query.enrich` says in Spark; what is asserted on it is what the screen
shows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Engine

from deploy.configuration.settings import Settings
from prim_client.inputs.recorded.recorded import Recorded
from prim_client.messages.differ import Differ
from prim_client.messages.message import Body, Entry, Message, to_epoch_us
from prim_client.messages.parse import Parser
from spark_app.commands.app import fold_settings, initial_centres
from spark_app.commands.derive import make_folds
from spark_app.derived.runner import Runner
from spark_app.fold.sink import Sink
from spark_app.language.sentiment.analyzers import Analyzer, make_analyzer
from spark_app.query.geocoding import placed
from spark_app.store.engine import open_store, put_meta, upsert
from spark_app.store.tables import status
from tests.made.enriched import hit, row, table

BATCH_ENTRIES = 200


def fill_with_day(url: str, recording: Path, day: date) -> Engine:
    """Write one service day of a recording to a new store."""
    settings = Settings()
    entries, log = _taken(recording, day, settings)
    analyzer = make_analyzer(settings.sentiment.analyzer)
    engine = open_store(url)
    with engine.begin() as connection:
        put_meta(connection, source="recorded", config_sha256=settings.sha256(), generation="1")
    sink = Sink(engine, fold_settings(settings), 1, initial_centres(settings.clusters.k), analyzer.version)
    for batch, start in enumerate(range(0, len(entries), BATCH_ENTRIES)):
        part = enumerate(entries[start : start + BATCH_ENTRIES], start)
        sink.write("made", batch, table([r for number, entry in part for r in enriched_rows(number, entry, analyzer)]))
    with engine.begin() as connection:
        upsert(
            connection,
            status,
            [{"part": "log", "at_us": to_epoch_us(entries[-1].event_time), "value": json.dumps(log)}],
        )
    Runner(engine, make_folds(settings)).catch_up()
    return engine


def _taken(recording: Path, day: date, settings: Settings) -> tuple[list[Entry], dict[str, Any]]:
    """What the log would hold, and its last word."""
    own, parser = settings.differ, Parser()
    differ = Differ(own.tick_s, own.grace_s, own.clock_tolerance_s, "recorded")
    polls: Counter[str] = Counter()
    entries: list[Entry] = []
    for poll in Recorded(recording, day).polls():
        outcome = differ.feed(parser.parse(poll))
        polls[outcome.verdict] += 1
        entries += outcome.entries
        last = poll.clock.isoformat()
    ticks = Counter(entry.observed for entry in entries if entry.tick)
    made = sum(len(entry.messages) for entry in entries)
    return entries, {
        "polls": {"received": polls.total(), **{name: polls[name] for name in ("changed", "unchanged", "rejected")}},
        "messages": {"made": made, "logged": made, "filtered": 0},
        "ticks": {"expected": ticks.total(), "observed": ticks[True], "unobserved": ticks[False]},
        "source": "recorded",
        "input_done": True,
        "last_poll_at": last,
        "last_good_poll_at": last,
        "last_poll_error": "",
        "first": 0,
        "last": len(entries),
    }


def enriched_rows(number: int, entry: Entry, analyzer: Analyzer) -> list[dict[str, Any]]:
    """The rows of one entry, as `spark_app.query.enrich` hands them to the sink."""
    at_us, flags = to_epoch_us(entry.event_time), {"tick": entry.tick, "observed": entry.observed}
    messages = [
        row(number, at_us, part=part, of=len(entry.messages), **flags, **_message(message, analyzer))
        for part, message in enumerate(entry.messages)
    ]
    return messages or [row(number, at_us, **flags)]


def _message(message: Message, analyzer: Analyzer) -> dict[str, Any]:
    moments = {
        name: _us(getattr(message, f"{name}_at", None) or getattr(message, name, None))
        for name in ("published", "last_seen", "begin", "end")
    }
    named = {"id": message.id, "revision": message.revision, "kind": message.kind.value, "initial": message.initial}
    return named | {f"{name}_us": us for name, us in moments.items()} | _body(message.body, analyzer)


def _us(moment: datetime | None) -> int | None:
    return None if moment is None else to_epoch_us(moment)


def _body(body: Body, analyzer: Analyzer) -> dict[str, Any]:
    names = ("severity", "cause", "title", "short_message", "text", "html")
    lines = [
        {
            "id": line.id,
            "name": line.name,
            "mode": line.mode,
            "network": line.network,
            "sections": [{"from": s.from_, "to": s.to} for s in line.sections],
        }
        for line in body.lines
    ]
    return (
        {name: getattr(body, name) for name in names}
        | _places(body, lines)
        | {
            "has_body": True,
            "channel": body.channel.value,
            "tags": orjson.dumps(body.tags).decode(),
            "lines": orjson.dumps(lines).decode(),
            "polarity": analyzer.polarity(f"{body.title}\n{body.text}"),
        }
    )


def _places(body: Body, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """PRIM's stations; of a message without any, those that its words name."""
    if not any(line.stations for line in body.lines):
        found = orjson.loads(placed(body.title, body.text, orjson.dumps(lines).decode()))
        return {"hits": found["hits"] or list(_hits(body)), "unplaced": found["unplaced"]}
    return {"hits": list(_hits(body)), "unplaced": None}


def _hits(body: Body) -> Iterable[dict[str, Any]]:
    for line in body.lines:
        on = (line.id, line.mode)
        for s in line.stations:
            named = {"zdc": s.zdc, "name": s.name, "method": s.method, "confidence": s.confidence}
            yield hit(on, (s.zda, s.lat, s.lon)) | named
        if not line.stations:
            yield hit(on, None)
