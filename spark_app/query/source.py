"""The log as a Spark Structured Streaming source: `spark.readStream.format("pulse")`.

Offsets are entry numbers, so a batch can be read again; partitions are ranges of entries, so an entry and
with it a tick is never split. Spark calls `latestOffset` and `partitions` in one long-lived process and `read`
in pooled workers; each connects for itself and waits for a server that restarts. Spark's own `socket` source
lost 199 of 357 lines over one restart.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.streaming.datasource import ReadLimit, ReadMaxRows, SupportsTriggerAvailableNow
from pyspark.sql.types import StructType

from deploy.processes.environment import keep_loaded
from spark_app.query.schema import LINE_SCHEMA
from stream_server.protocol import wire
from stream_server.protocol.address import from_json
from stream_server.protocol.reader import LogReader
from stream_server.transport import open_reader

FORMAT = "pulse"
FIRST_BATCH_ENTRIES = 50  # a new store shows something soon; each batch may be as large as all before it
BATCH_BYTES = 4 << 20  # of one Arrow batch: bounds the memory of a worker
MIN_ENTRIES_PER_PARTITION = 50  # under this, a second worker costs more than it gives
_ARROW = pa.schema([("entry", pa.int64()), ("part", pa.int32()), ("of", pa.int32()), ("line", pa.string())])


@dataclass(frozen=True)
class EntryRange(InputPartition):
    """Entries start .. stop-1, and where the transport keeps the first of them."""

    start: int
    stop: int
    at: tuple[int, ...]


class LogSource(DataSource):
    """Options: `address` of the log (see `protocol.address`), `maxEntries` a batch, `partitions`, `retrySeconds`,
    `stopFile`, `startEntry`. None holds a secret, as Spark shows options in its plans.

    A query without a checkpoint begins at `startEntry`, or at the first entry that the log has if that comes later.
    While there is a `stopFile` no batch is planned: the query comes to rest and can be stopped between two.
    """

    @classmethod
    def name(cls) -> str:
        return FORMAT

    def schema(self) -> StructType:
        return LINE_SCHEMA

    def streamReader(self, schema: StructType) -> LogStreamReader:  # noqa: N802 - Spark's name
        return LogStreamReader(self.options)


class LogStreamReader(DataSourceStreamReader, SupportsTriggerAvailableNow):
    """Reads the log by entry numbers. An offset {"entry": n} is the entry behind the last one read."""

    def __init__(self, options: Mapping[str, str]) -> None:
        """`options` whatever the case of its keys: Spark hands them over in lower case."""
        self._address = from_json(options["address"])
        self._retry_s = float(options.get("retrySeconds", "30"))
        self._max_entries = int(options.get("maxEntries", "1000"))
        self._partitions = int(options.get("partitions", "2"))
        self._start_entry = int(options.get("startEntry", "0"))
        self._stop_file = Path(named) if (named := options.get("stopFile")) else None
        self._target: int | None = None
        self._client: LogReader | None = None  # of the planning process; workers make their own

    def _planner(self) -> LogReader:
        if self._client is None:
            spark = os.getppid()

            def nobody_waits() -> bool:
                return self._is_stopping() or os.getppid() != spark  # killed: an orphan asks for nobody

            self._client = open_reader(self._address, self._retry_s, gives_up=nobody_waits)
        return self._client

    def _is_stopping(self) -> bool:
        return self._stop_file is not None and self._stop_file.exists()

    def initialOffset(self) -> dict[str, int]:  # noqa: N802
        return {"entry": max(self._start_entry, self._planner().last()[0])}

    def getDefaultReadLimit(self) -> ReadLimit:  # noqa: N802
        return ReadMaxRows(self._max_entries)  # Spark knows rows; ours are entries

    def prepareForTriggerAvailableNow(self) -> None:  # noqa: N802
        self._target = self._planner().last()[1]

    def latestOffset(self, start: dict[str, int], limit: ReadLimit) -> dict[str, int]:  # noqa: N802
        if self._is_stopping():
            return start
        try:
            first, end = self._planner().last()
        except OSError:
            if self._is_stopping():
                return start  # the log ended before this query: nothing is left to plan, and nothing is wrong
            raise
        end = end if self._target is None else self._target
        if isinstance(limit, ReadMaxRows):
            read_before = start["entry"] - first
            end = min(end, start["entry"] + min(limit.max_rows, FIRST_BATCH_ENTRIES + read_before))
        return {"entry": max(start["entry"], end)}

    def partitions(self, start: dict[str, int], end: dict[str, int]) -> list[EntryRange]:
        first, last = start["entry"], end["entry"]
        count = max(1, min(self._partitions, (last - first) // MIN_ENTRIES_PER_PARTITION))
        cuts = [first + (last - first) * i // count for i in range(count + 1)]
        return [EntryRange(a, b, self._planner().locate(a)) for a, b in itertools.pairwise(cuts) if b > a]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        assert isinstance(partition, EntryRange)  # one of `partitions`
        keep_loaded("source")
        with open_reader(self._address, self._retry_s) as client:
            yield from _arrow_batches(client.read(partition.start, partition.stop, partition.at))

    def commit(self, end: dict[str, int]) -> None:
        """The log keeps its entries; retention is the collector's."""

    def stop(self) -> None:
        if self._client is not None:
            self._client.close()


def _arrow_batches(lines: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
    offsets: list[wire.Offset] = []
    texts: list[bytes] = []
    size = 0
    for line in lines:
        offsets.append(wire.parse_offset(line))
        texts.append(line)
        size += len(line)
        if size > BATCH_BYTES:
            yield _arrow(offsets, texts)
            offsets, texts, size = [], [], 0
    if texts:
        yield _arrow(offsets, texts)


def _arrow(offsets: list[wire.Offset], texts: list[bytes]) -> pa.RecordBatch:
    columns = [
        pa.array([o.entry for o in offsets], pa.int64()),
        pa.array([o.part for o in offsets], pa.int32()),
        pa.array([o.of for o in offsets], pa.int32()),
        pa.array(texts, pa.binary()).cast(pa.string()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=_ARROW)
