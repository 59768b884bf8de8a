"""The streaming query: the log's socket -> enriched rows -> the store, batch by batch, exactly once."""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery
from sqlalchemy import Engine, func, select

from deploy.processes.environment import NOTE
from geo.text import geocoder
from prim_client.messages.message import to_epoch_us
from spark_app.fold.cluster_model import COUNT_RULE
from spark_app.fold.message_point import POINT_RULE
from spark_app.fold.sink import Sink
from spark_app.fold.window_fold import FoldSettings
from spark_app.language.sentiment.analyzers import make_analyzer
from spark_app.query.enrich import enrich
from spark_app.query.schema import LINE_SCHEMA
from spark_app.query.source import FORMAT, LogSource
from spark_app.store.checkpoint import query_id
from spark_app.store.engine import StoreError, get_meta, next_entry, put_meta
from spark_app.store.tables import entry, ledger
from stream_server.protocol import wire
from stream_server.protocol.address import LogAddress, to_json
from stream_server.protocol.reader import LogReader
from stream_server.transport import open_reader

_NEW_GENERATION = (
    "the rule or a setting of the clusters has changed: generation {generation} of the model begins; "
    "what is stored stays as it is (`./pulse rebuild` computes all of it anew)"
)


@dataclass(frozen=True)
class StreamPlan:
    """Plain values that one streaming query needs."""

    log: LogAddress
    checkpoint: Path
    cores: int
    max_entries: int
    trigger_s: float
    analyzer: str
    fold: FoldSettings
    centres: np.ndarray  # (k, 3), the models' beginning
    config_sha256: str

    def client(self) -> LogReader:
        """A new client of the log, for one thread."""
        return open_reader(self.log)


class Stages:
    """Seconds spent by stage, over all batches."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def add(self, stage: str, began: float) -> float:
        """Count the time since `began` under `stage`; returns now."""
        now = time.monotonic()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - began
        return now


class Stream:
    """A started query and its sink."""

    def __init__(self, spark: SparkSession, plan: StreamPlan, engine: Engine) -> None:
        """Start the query; `check_log` and `checkpoint.settle` come before."""
        self.spark, self.plan, self.engine = spark, plan, engine
        self.stages = Stages()
        self._stop_file = plan.checkpoint.with_name("stopping")
        self._stop_file.unlink(missing_ok=True)
        self.client = plan.client()
        self.sink = Sink(
            engine,
            plan.fold,
            claim_generation(engine, plan),
            plan.centres,
            make_analyzer(plan.analyzer).version,
        )
        self.query = self._start()

    def _start(self) -> StreamingQuery:
        plan = self.plan
        self.spark.dataSource.register(LogSource)
        lines = (
            self.spark.readStream.format(FORMAT)
            .option("address", to_json(plan.log))
            .option("maxEntries", plan.max_entries)
            .option("partitions", plan.cores)
            .option("stopFile", str(self._stop_file))
            .option("startEntry", self.next_entry())
            .load()
        )
        writer = enrich(lines, plan.analyzer).writeStream.foreachBatch(self._write)
        writer = writer.option("checkpointLocation", str(plan.checkpoint))
        return writer.trigger(processingTime=f"{round(plan.trigger_s * 1000)} milliseconds").start()

    def _write(self, batch: DataFrame, batch_id: int) -> None:
        began = time.monotonic()
        table: pa.Table = batch.toArrow()
        began = self.stages.add("enrich", began)
        again = self._read_again(self.sink.entries_to_read_again(table))
        self.sink.write(query_id(self.plan.checkpoint), batch_id, table, again)
        self.stages.add("fold_and_store", began)

    def _read_again(self, entries: Sequence[int]) -> list[dict[str, Any]]:
        """The rows of whole entries with every body parsed, by the same transformation as the stream's."""
        rows: list[tuple[int, int, int, str]] = []
        if not entries:
            return []
        with self.plan.client() as client:  # the batch runs in a thread of its own
            for number in entries:
                for line in client.read(number, number + 1):
                    offset = wire.parse_offset(line)
                    rows.append((offset.entry, offset.part, offset.of, line.decode()))
        frame = self.spark.createDataFrame(rows, LINE_SCHEMA)
        messages: list[dict[str, Any]] = enrich(frame, self.plan.analyzer, every_body=True).toArrow().to_pylist()
        return messages

    def status(self) -> dict[str, Any]:
        """What the running query says of itself."""
        last = self.query.lastProgress
        return {
            "next_entry": self.next_entry(),
            "needed_entry": self.needed_entry(),
            "generation": self.sink.generation,
            "batch_ms": last["durationMs"].get("triggerExecution") if last else None,
            "batch_rows": last["numInputRows"] if last else None,
        }

    def needed_entry(self) -> int:
        """The first entry of the last batch: Spark may ask for it again after a crash."""
        with self.engine.connect() as connection:
            return connection.execute(select(func.max(ledger.c.from_entry))).scalar() or 0

    def next_entry(self) -> int:
        """The entry behind the last one in the store."""
        with self.engine.connect() as connection:
            return next_entry(connection) or 0

    def stop(self, wait_s: float = 30.0) -> None:
        """Stop between two batches: stopping within one ends in a thousand-line StackOverflowError.

        While the log is ahead one batch follows the other without a pause, so the source is told to plan no more.
        """
        deadline = time.monotonic() + wait_s
        self._stop_file.touch()
        while self.query.isActive and self.query.status["isTriggerActive"] and time.monotonic() < deadline:
            time.sleep(0.005)
        self.query.stop()
        self._stop_file.unlink(missing_ok=True)


def check_log(plan: StreamPlan, engine: Engine) -> int:
    """The entry of the log at which the store goes on. Raises StoreError if it is not the log that the store is of."""
    with engine.connect() as connection:
        stored = next_entry(connection)
        last = connection.execute(select(entry.c.event_time_us).where(entry.c.entry == (stored or 0) - 1)).scalar()
    with plan.client() as client:
        first, end = client.last()
        logged = _event_time_us(client, stored - 1) if stored and first < stored <= end else None
    back = "run `./pulse rebuild` (or `./pulse replay --fresh` for a replay)"
    if stored is not None and stored > end:
        raise StoreError(
            f"the store holds entries up to {stored}, but the log ends at {end}: the log lost entries; {back}"
        )
    if stored is not None and stored < first:
        raise StoreError(
            f"the store ends at entry {stored}, but the log begins at {first}: what lies between is gone; {back}"
        )
    if stored is not None and None not in (logged, last) and logged != last:
        raise StoreError(
            f"entry {stored - 1} of the log is another than that of the store: it is not the same log; {back}"
        )
    return first if stored is None else stored


def _event_time_us(client: LogReader, number: int) -> int:
    lines = list(client.read(number, number + 1))  # to its end: the answer to the next question comes behind it
    return to_epoch_us(datetime.fromisoformat(orjson.loads(lines[0])["event_time"]))


def _model_settings(plan: StreamPlan, analyzer_version: str) -> str:
    """All that shapes the model, as one string to compare."""
    fold = plan.fold
    return json.dumps(
        {
            "centres": plan.centres.tolist(),
            "discount": fold.discount,
            "polarity_km": fold.polarity_km,
            "tick_us": fold.tick_us,
            "analyzer": analyzer_version,
            "geocoder": geocoder.VERSION,
            "point": POINT_RULE,
            "count": [COUNT_RULE, fold.count.least, fold.count.most, fold.count.disruptions_each],
        }
    )


def claim_generation(engine: Engine, plan: StreamPlan) -> int:
    """The model generation of the store: raised, and printed in one line, when a setting of the model has changed."""
    fold = plan.fold
    analyzer = make_analyzer(plan.analyzer)
    wanted, *same = [_model_settings(plan, name) for name in (analyzer.version, *analyzer.former_versions)]
    clock = {"tick_us": str(fold.tick_us), "slide_us": str(fold.slide_us), "span_us": str(fold.span_us)}
    with engine.begin() as connection:
        for name, value in clock.items():
            if (found := get_meta(connection, name)) not in (None, value):
                raise StoreError(f"the store was made with {name} = {found}, not {value}: run `./pulse rebuild`")
        if get_meta(connection, "build") is None:
            put_meta(connection, build=uuid.uuid4().hex)  # which writing of the store: the archive follows one
        generation = int(get_meta(connection, "generation") or 0)
        held = get_meta(connection, "model")
        if held not in (wanted, *same):
            generation += 1
        put_meta(
            connection,
            generation=str(generation),
            model=wanted,
            config_sha256=plan.config_sha256,
            polarity_km=repr(fold.polarity_km),
            **clock,
        )
    if held not in (None, wanted, *same):
        print(f"{NOTE}{_NEW_GENERATION.format(generation=generation)}", file=sys.stderr, flush=True)
    return generation
