"""The archive: every hit of every message in a Delta table, written from the store, exactly once.

The table is a follower of the store: its application transaction holds the entry behind the last one archived, so
whatever was interrupted goes on from there and nothing is written twice. Partitioned by service day (04:00 to
04:00 in Paris). A rebuilt store has another build id: its first commit replaces what the old one wrote since the
store's first entry. What is older stays: the log, and so the store, may have dropped it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import TableNotFoundError
from sqlalchemy import Connection, Engine, func, select

from prim_client.messages.message import from_epoch_us
from prim_client.messages.paris_time import service_day_of
from spark_app.archive.object_store import ObjectStore
from spark_app.store.engine import StoreError, get_meta, in_chunks
from spark_app.store.tables import LABELS, NO_LABEL, entry, message, revision, revision_hit

MESSAGES_PER_COMMIT = 20_000
VACUUM_HOURS = 24  # readers of a version older than this must begin anew
_UTC = pa.timestamp("us", "UTC")

SCHEMA = pa.schema(
    [
        pa.field("service_day", pa.string(), metadata={"doc": "YYYY-MM-DD, 04:00 to 04:00 in Paris; the partition"}),
        pa.field("entry", pa.int64(), metadata={"doc": "offset in the log"}),
        pa.field("part", pa.int32(), metadata={"doc": "place in the entry"}),
        pa.field("hit", pa.int16(), metadata={"doc": "place in the message"}),
        pa.field("event_time", _UTC, metadata={"doc": "when it was observed"}),
        pa.field("kind", pa.string(), metadata={"doc": "announced, opened, updated, ongoing, paused or closed"}),
        pa.field("initial", pa.bool_(), metadata={"doc": "of the log's first poll"}),
        pa.field("id", pa.string(), metadata={"doc": "PRIM's id of the disruption"}),
        pa.field("revision", pa.string(), metadata={"doc": "revision hash"}),
        pa.field("channel", pa.string(), metadata={"doc": "incident, works or information"}),
        pa.field("severity", pa.string(), metadata={"doc": "PRIM's severity"}),
        pa.field("cause", pa.string(), metadata={"doc": "PRIM's cause"}),
        pa.field("title", pa.string(), metadata={"doc": "title, plain text"}),
        pa.field("begin", _UTC, metadata={"doc": "begin of the period"}),
        pa.field("end", _UTC, metadata={"doc": "end of the period; null if open"}),
        pa.field("line", pa.string(), metadata={"doc": "line id"}),
        pa.field("mode", pa.string(), metadata={"doc": "mode of the line"}),
        pa.field("zda", pa.string(), metadata={"doc": "stop zone; empty: no station"}),
        pa.field("zdc", pa.string(), metadata={"doc": "interchange"}),
        pa.field("station", pa.string(), metadata={"doc": "station name"}),
        pa.field("lat", pa.float64(), metadata={"doc": "WGS 84 degrees; null without station"}),
        pa.field("lon", pa.float64(), metadata={"doc": "WGS 84 degrees; null without station"}),
        pa.field("method", pa.string(), metadata={"doc": "how the point was found"}),
        pa.field("confidence", pa.float64(), metadata={"doc": "0 to 1; null without station"}),
        pa.field("weight_e9", pa.int64(), metadata={"doc": "1 / hits of the message, in 1e-9"}),
        pa.field("polarity", pa.float64(), metadata={"doc": "-1 to 1; null: no evidence in the text"}),
        pa.field(
            "cluster", pa.int16(), metadata={"doc": "cluster under the model before its tick; null without station"}
        ),
    ]
)
_OF_REVISION = ("id", "revision", "channel", "severity", "cause", "title", "polarity")
_OF_HIT = ("hit", "line", "mode", "zda", "zdc", "station", "lat", "lon", "method", "confidence", "weight_e9")


@dataclass(frozen=True)
class Archived:
    """What one run did."""

    rows: int
    commits: int
    to_entry: int  # exclusive


class Archive:
    """A Delta table at `url` (a folder or s3://…) that follows the store of `engine`."""

    def __init__(
        self,
        url: str,
        engine: Engine,
        compact_every_commits: int,
        retention_days: int,
        object_store: ObjectStore | None = None,
    ) -> None:
        """`object_store`: where an s3:// `url` leads; None: Amazon's."""
        self.url, self.engine = url, engine
        self._options = dict((object_store or ObjectStore()).delta_options(url))
        self.compact_every_commits, self.retention_days = compact_every_commits, retention_days

    def follow(self) -> Archived:
        """Archive what the store holds beyond the archive; compacts and drops old days when due."""
        with self.engine.connect() as connection:
            app = _app(connection)
            end = (connection.execute(select(func.max(entry.c.entry))).scalar() or -1) + 1
            begin = self.position(app)
            rows = commits = 0
            for start, stop in _ranges(connection, begin, end):
                replaced = _since_first_entry(connection) if begin == start == 0 else None
                rows += self._commit(app, hits_table(connection, start, stop), stop, replaced)
                commits += 1
        return Archived(rows, commits, end)

    def position(self, app: str) -> int:
        """The entry behind the last one archived by `app`; 0 if none is."""
        table = self._table()
        return (table.transaction_version(app) if table else None) or 0

    def _table(self) -> DeltaTable | None:
        try:
            return DeltaTable(self.url, storage_options=self._options)
        except TableNotFoundError:
            return None

    def _commit(self, app: str, rows: pa.Table, to_entry: int, replaced: str | None) -> int:
        """Add `rows` in one transaction, in place of those for which the SQL condition `replaced` holds."""
        done, by = CommitProperties(app_transactions=[Transaction(app, to_entry)]), ["service_day"]
        if replaced and self._table() is not None:
            write_deltalake(
                self.url,
                rows,
                partition_by=by,
                mode="overwrite",
                predicate=replaced,
                schema_mode="merge",
                commit_properties=done,
                storage_options=self._options,
            )
        else:
            write_deltalake(
                self.url,
                rows,
                partition_by=by,
                mode="append",
                schema_mode="merge",
                commit_properties=done,
                storage_options=self._options,
            )
        table = DeltaTable(self.url, storage_options=self._options)
        if table.version() and table.version() % self.compact_every_commits == 0:
            self.compact(table)
        count: int = rows.num_rows
        return count

    def compact(self, table: DeltaTable) -> None:
        """Join small files, drop service days beyond the retention, delete files that nothing refers to."""
        newest = max((p["service_day"] for p in table.partitions()), default=None)
        if newest:
            oldest = date.fromisoformat(newest) - timedelta(days=self.retention_days)
            table.delete(f"service_day < '{oldest.isoformat()}'")
        table.optimize.compact()
        table.create_checkpoint()
        table.vacuum(VACUUM_HOURS, dry_run=False, enforce_retention_duration=False)


def _app(connection: Connection) -> str:
    build = get_meta(connection, "build")
    if build is None:
        raise StoreError("the store has no build id: it was not written by this version; run `./pulse rebuild`")
    return f"pulse/{build}"


def _since_first_entry(connection: Connection) -> str:
    """The condition, in SQL, on rows of the archive that are no older than the store's first entry."""
    first = from_epoch_us(connection.execute(select(func.min(entry.c.event_time_us))).scalar_one())
    return f"service_day >= '{service_day_of(first).isoformat()}' AND event_time >= '{first.isoformat()}'"


def _ranges(connection: Connection, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Ranges of whole entries with about MESSAGES_PER_COMMIT messages each."""
    query = select(entry.c.entry, entry.c.messages).where(entry.c.entry >= begin, entry.c.entry < end)
    start, held = begin, 0
    for number, messages in connection.execute(query.order_by(entry.c.entry)).all():
        held += messages
        if held >= MESSAGES_PER_COMMIT:
            yield start, number + 1
            start, held = number + 1, 0
    if start < end:
        yield start, end


def hits_table(connection: Connection, start: int, stop: int) -> pa.Table:
    """The hits of the entries start .. stop-1 in log order, with the columns of SCHEMA."""
    query = (
        select(message, entry.c.event_time_us)
        .join(entry, entry.c.entry == message.c.entry)
        .where(message.c.entry >= start, message.c.entry < stop)
        .order_by(message.c.entry, message.c.part)
    )
    messages = connection.execute(query).mappings().all()
    revs = {m["rev"] for m in messages}
    heads = {r["rev"]: r for r in _read(connection, revision, revs)}
    hits: dict[int, list[Any]] = {}
    for hit in _read(connection, revision_hit, revs):
        hits.setdefault(hit["rev"], []).append(hit)
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}
    for m in messages:
        _add(columns, m, heads[m["rev"]], hits[m["rev"]])
    return pa.table(columns, SCHEMA)


def _read(connection: Connection, table: Any, revs: set[int]) -> Iterator[Any]:
    for chunk in in_chunks(sorted(revs)):
        yield from connection.execute(
            select(table).where(table.c.rev.in_(chunk)).order_by(*table.primary_key)
        ).mappings()


def _add(columns: dict[str, list[Any]], m: Any, head: Any, hits: list[Any]) -> None:
    count = len(hits)
    once = {
        "service_day": service_day_of(from_epoch_us(m["event_time_us"])).isoformat(),
        "event_time": m["event_time_us"],
        "begin": m["begin_us"],
        "end": m["end_us"],
        **{name: m[name] for name in ("entry", "part", "kind", "initial")},
        **{name: head[name] for name in _OF_REVISION},
    }
    for name, value in once.items():
        columns[name] += [value] * count
    for name in _OF_HIT:
        columns[name] += [hit[name] for hit in hits]
    columns["cluster"] += [None if label == NO_LABEL else LABELS.index(label) for label in m["labels"]]
