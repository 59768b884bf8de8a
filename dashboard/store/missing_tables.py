"""Stand-ins for missing tables: a store of an older version reads as if they were empty, and the reader knows which.

The pipeline makes them when it runs next. Until then a page shows what there is, and no empty list passes for good
news.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Table, inspect
from sqlalchemy.schema import CreateTable

from spark_app.store import tables

NEEDED = frozenset({"meta", "entry", "message", "window_span"})  # without these it is no store of ours


def missing_tables(connection: Connection) -> tuple[Table, ...]:
    """The tables of the contract that the store does not have; none of a database that is no store at all."""
    there = set(inspect(connection).get_table_names())
    if not there >= NEEDED:
        return ()
    return tuple(table for table in tables.metadata.sorted_tables if table.name not in there)


@contextmanager
def stood_in(connection: Connection, missing: tuple[Table, ...]) -> Iterator[None]:
    """Empty temporary tables in place of `missing`, for as long as the connection looks; the store is not changed."""
    kind = connection.dialect.name
    for table in missing:
        made = str(CreateTable(table).compile(connection)).strip().replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1)
        connection.exec_driver_sql(f"{made} ON COMMIT DROP" if kind == "postgresql" else made)
    try:
        yield
    finally:
        if kind in ("mysql", "mariadb"):  # they would outlive the transaction, and hide the real ones one day
            for table in missing:
                connection.exec_driver_sql(f"DROP TEMPORARY TABLE IF EXISTS `{table.name}`")
