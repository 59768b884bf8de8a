"""One enriched micro-batch as rows in log order; a batch with a missing row is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

LIGHT = (
    "entry",
    "part",
    "of",
    "tick",
    "observed",
    "id",
    "revision",
    "kind",
    "initial",
    "event_time_us",
    "last_seen_us",
    "begin_us",
    "end_us",
    "reason",
    "payload",
)

ROWS_AT_ONCE = 20_000  # rows as Python objects take about 5 kB each with their bodies


class BrokenBatch(RuntimeError):
    """Lines of an entry are missing or doubled: nothing of the batch may be written."""


@dataclass(frozen=True)
class Batch:
    """Whole entries in order. `rows` have the columns LIGHT; `bodies` are the full rows, by (entry, part), where a
    body was parsed."""

    rows: list[dict[str, Any]]
    bodies: Mapping[tuple[int, int], dict[str, Any]]


def bounds_of(table: pa.Table) -> tuple[int, int]:
    """(first entry, entry behind the last one) of `table`."""
    bounds = pc.min_max(table["entry"]).as_py()
    return bounds["min"], bounds["max"] + 1


def first_entries(table: pa.Table) -> dict[tuple[str, str], int]:
    """(id, revision) of the messages of `table` whose body was not parsed by then -> the first entry about them."""
    about = table.filter((pc.field("of") > 0) & pc.is_null(pc.field("reason")) & pc.is_valid(pc.field("id")))
    first = {}
    for has_body in (True, False):
        part = about.filter(pc.field("has_body") == has_body).select(["id", "revision", "entry"])
        rows = part.group_by(["id", "revision"]).aggregate([("entry", "min")]).to_pylist()
        first[has_body] = {(row["id"], row["revision"]): row["entry_min"] for row in rows}
    known, asked = first[True], first[False]
    return {key: number for key, number in asked.items() if number < known.get(key, number + 1)}


def to_batches(table: pa.Table, rows_at_once: int = ROWS_AT_ONCE) -> Iterator[Batch]:
    """`table` (columns of spark_app.query.enrich) in log order, in parts of whole entries with about `rows_at_once`
    rows.

    Raises BrokenBatch where a line is missing or doubled.
    """
    table = table.sort_by([("entry", "ascending"), ("part", "ascending")])
    entries = table["entry"].to_numpy()
    start, next_entry = 0, int(entries[0])
    while start < len(entries):
        last = min(start + rows_at_once, len(entries)) - 1
        stop = int(np.searchsorted(entries, entries[last], side="right"))
        part = table.slice(start, stop - start)
        rows = part.select(LIGHT).to_pylist()
        _check_whole(rows, next_entry)
        yield Batch(rows, bodies_of(part.filter(pc.field("has_body")).to_pylist()))
        start, next_entry = stop, int(entries[last]) + 1


def bodies_of(full_rows: list[dict[str, Any]]) -> dict[tuple[int, int], dict[str, Any]]:
    """Full rows by (entry, part)."""
    return {(row["entry"], row["part"]): row for row in full_rows}


def _check_whole(rows: list[dict[str, Any]], first_entry: int) -> None:
    number, part, left = first_entry - 1, 0, 0
    for row in rows:
        expected = (number, part + 1) if left else (number + 1, 0)
        if (row["entry"], row["part"]) != expected:
            raise BrokenBatch(f"expected entry {expected[0]} part {expected[1]}, got {row['entry']}, {row['part']}")
        left = (left or max(row["of"], 1)) - 1
        number, part = expected
    if left:
        raise BrokenBatch(f"entry {number} lacks {left} of its messages")
