"""The hits of one service day as one compressed CSV: the same day gives the same bytes and the same name."""

from __future__ import annotations

import gzip
from datetime import date, datetime, timedelta
from io import BytesIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.csv import WriteOptions, write_csv
from sqlalchemy import Connection, Engine, func, select

from dashboard.files.formulas import disarmed
from dashboard.window.refusals import SelectionError
from prim_client.messages.message import to_epoch_us
from prim_client.messages.paris_time import PARIS, SERVICE_DAY_BEGINS
from spark_app.archive.delta import hits_table
from spark_app.store.tables import entry

ENTRIES_AT_ONCE = 500  # bounds the memory; a day of all modes has some thousand
MOMENT = "%Y-%m-%dT%H:%M:%SZ"  # Arrow writes the microseconds into its seconds
NO_FRACTION = ".000000Z"


def file_name(day: date) -> str:
    """The name of the file of `day`."""
    return f"hits-{day.isoformat()}.csv.gz"


def daily_csv(engine: Engine, day: date) -> bytes:
    """The columns of the archive, one row a hit, in the order of the log; gzip. Raises SelectionError for a day without
    a stored entry."""
    out = BytesIO()
    with engine.connect() as connection, gzip.GzipFile("", "wb", fileobj=out, mtime=0) as packed:
        begin, end = _entries_of(connection, day)
        for start in range(begin, end, ENTRIES_AT_ONCE):
            rows = hits_table(connection, start, min(start + ENTRIES_AT_ONCE, end))
            write_csv(_as_text(rows), packed, WriteOptions(include_header=start == begin))
    return out.getvalue()


def _as_text(rows: pa.Table) -> pa.Table:
    """`rows` with moments as in the other files, and texts that no spreadsheet runs."""
    return pa.table({name: _cells(rows.column(name).combine_chunks()) for name in rows.column_names})


def _cells(values: pa.Array) -> pa.Array:
    if pa.types.is_timestamp(values.type):
        return pc.replace_substring(pc.strftime(values, MOMENT), NO_FRACTION, "Z")
    if not pa.types.is_string(values.type):
        return values
    encoded = values.dictionary_encode()  # few texts, many rows
    texts = pa.array([disarmed(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return texts.take(encoded.indices)


def _entries_of(connection: Connection, day: date) -> tuple[int, int]:
    """The first entry of the service day, and the one behind its last."""
    begin_us, end_us = (_begin_us(day + timedelta(days=n)) for n in (0, 1))
    numbers = select(func.min(entry.c.entry), func.max(entry.c.entry))
    first, last = connection.execute(
        numbers.where(entry.c.event_time_us >= begin_us, entry.c.event_time_us < end_us)
    ).one()
    if first is None:
        raise SelectionError(f"--day {day.isoformat()}: nothing is stored of that service day")
    return first, last + 1


def _begin_us(day: date) -> int:
    return to_epoch_us(datetime.combine(day, SERVICE_DAY_BEGINS, PARIS))
