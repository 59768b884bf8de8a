"""One enriched micro-batch as rows in log order, checked to be whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

LIGHT = ("entry", "part", "of", "tick", "observed", "id", "revision", "kind", "initial", "event_time_us",
         "last_seen_us", "begin_us", "end_us", "reason", "payload")  # fmt: skip


class BrokenBatch(RuntimeError):
    """Lines of an entry are missing or doubled: nothing of the batch may be written."""


@dataclass(frozen=True)
class Batch:
    """`rows` have the columns LIGHT; `bodies` are the full rows, by (entry, part), where a body was parsed."""

    rows: list[dict[str, Any]]
    bodies: Mapping[tuple[int, int], dict[str, Any]]
    from_entry: int
    to_entry: int  # exclusive


def to_batch(table: pa.Table) -> Batch:
    """Sort and check `table` (columns of spark_app.enrich). Raises BrokenBatch."""
    table = table.sort_by([("entry", "ascending"), ("part", "ascending")])
    rows = table.select(LIGHT).to_pylist()
    full = table.filter(pc.field("has_body")).to_pylist()
    batch = Batch(rows, bodies_of(full), rows[0]["entry"], rows[-1]["entry"] + 1)
    _check_whole(batch)
    return batch


def bodies_of(full_rows: list[dict[str, Any]]) -> dict[tuple[int, int], dict[str, Any]]:
    """Full rows by (entry, part)."""
    return {(row["entry"], row["part"]): row for row in full_rows}


def _check_whole(batch: Batch) -> None:
    number, part, left = batch.from_entry - 1, 0, 0
    for row in batch.rows:
        expected = (number, part + 1) if left else (number + 1, 0)
        if (row["entry"], row["part"]) != expected:
            raise BrokenBatch(f"expected entry {expected[0]} part {expected[1]}, got {row['entry']}, {row['part']}")
        left = (left if left else max(row["of"], 1)) - 1
        number, part = expected
    if left:
        raise BrokenBatch(f"entry {number} lacks {left} of its messages")
