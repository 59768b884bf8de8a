"""One hash over all windows of a store: equal hashes, equal tables."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, select

from spark_app.store.tables import MEASURES, window, window_span


def windows_sha256(connection: Connection) -> str:
    """Hex sha256 over all rows of `window_span` and `window` in canonical order, integers and keys only.

    Order: window end, then channel, cluster, line as ASCII. A row is its columns joined by `|`.
    """
    digest = hashlib.sha256()
    spans = select(
        window_span.c.end_us,
        window_span.c.ticks_expected,
        window_span.c.ticks_observed,
        window_span.c.closed,
        window_span.c.first_entry,
        window_span.c.last_entry,
    )
    for row in sorted(tuple(map(int, row)) for row in connection.execute(spans)):
        digest.update(("|".join(map(str, row)) + "\n").encode())
    columns = [window.c[name] for name in ("end_us", "channel", "cluster", "line", *MEASURES)]
    # ordered by the databases' integers only: their collations order strings differently
    rows = connection.execution_options(yield_per=50_000).execute(select(*columns).order_by(window.c.end_us))
    pending: list[tuple[Any, ...]] = []
    for row in rows:
        if pending and row[0] != pending[0][0]:
            _add(digest, pending)
            pending = []
        pending.append(tuple(row))
    _add(digest, pending)
    return digest.hexdigest()


def _add(digest: hashlib._Hash, rows: list[tuple[Any, ...]]) -> None:
    for row in sorted(rows):
        digest.update(("|".join(map(str, row)) + "\n").encode())
