"""All tables of a store as values, to be compared row by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Engine, Table, select

from spark_app.store.digest import windows_sha256
from spark_app.store.tables import metadata

UNLIKE = ("ledger", "status", "meta", "derived")  # they tell of the run, not of the data
CLOCKS = {"fold_dead_letter": ("at_us",)}  # and these columns
Rows = list[tuple[Any, ...]]


def tables_of(engine: Engine) -> dict[str, Rows]:
    """Every row of every table that tells of the data, in key order."""
    with engine.connect() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(*_columns(table)).order_by(*table.primary_key))
            ]
            for table in metadata.sorted_tables
            if table.name not in UNLIKE
        }


def _columns(table: Table) -> list[Column]:
    return [column for column in table.columns if column.name not in CLOCKS.get(table.name, ())]


def sha256_of(engine: Engine) -> str:
    """The hash of the windows."""
    with engine.connect() as connection:
        return windows_sha256(connection)


def differences(one: Mapping[str, Rows], other: Mapping[str, Rows]) -> list[str]:
    """One sentence for each table that differs; empty when none does."""
    return [
        f"{name}: {len(rows)} and {len(other[name])} rows; first only here: "
        f"{next(iter(set(rows) - set(other[name])), None)}"
        for name, rows in one.items()
        if rows != other[name]
    ]
