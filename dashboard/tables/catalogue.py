"""The catalogue of tables: all of them by name, each with its long tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from dashboard.tables.dataset import Dataset, wide_datasets
from dashboard.tables.long_tables import long_table


@cache
def all_datasets() -> Mapping[str, Dataset]:
    """All tables by name, page by page, each with its long tables."""
    tables = [
        table for each in wide_datasets() for table in (each, *(long_table(each, listed) for listed in each.lists))
    ]
    return {each.name: each for each in tables}
