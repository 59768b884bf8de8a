"""One micro-batch = one SQL transaction: messages, models, facts, windows, dead letters, books, ledger.

Spark re-runs a batch after a crash with the same id and the same entries. A batch whose ledger row agrees is
skipped; one that disagrees, or that does not begin where the store ends, is an error: nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, Engine, delete, select

from prim_client.messages import time_units
from prim_client.messages.message import CHANNELS
from spark_app.fold.batch import Batch, bounds_of, first_entries, to_batches
from spark_app.fold.cluster_model import ClusterModel
from spark_app.fold.facts import Facts
from spark_app.fold.restore import restore
from spark_app.fold.revision_hits import Registry
from spark_app.fold.revision_store import Key, RevisionStore, key_of
from spark_app.fold.window_fold import EntryRow, Folded, FoldSettings, MessageRow, fold
from spark_app.store.engine import StoreError, append, next_entry, raise_book, upsert
from spark_app.store.tables import MEASURES, dead_letter, entry, ledger, message, model, tick_fact, window, window_span

Row = dict[str, Any]
_TWO_WRITERS = "another program writes to the same store; stop it, then start again"


class Sink:
    """Writes micro-batches in order; holds the fold's state between them."""

    def __init__(
        self,
        engine: Engine,
        settings: FoldSettings,
        generation: int,
        centres: np.ndarray,
        analyzer_version: str,
        clock_us: Callable[[], int] = time_units.now_us,
    ) -> None:
        self.engine, self.settings, self.generation, self.clock_us = engine, settings, generation, clock_us
        self.registry = Registry()
        self.revisions = RevisionStore(self.registry, analyzer_version)
        with engine.connect() as connection:
            self.state = restore(connection, settings, generation, centres, self.registry)

    def entries_to_read_again(self, table: pa.Table) -> list[int]:
        """Entries of a batch with an `ongoing` message about a revision that neither the store nor an earlier entry of
        the batch holds: their bodies have to be parsed, too."""
        first_of = first_entries(table)
        with self.engine.connect() as connection:
            self.revisions.find(connection, first_of)
        return sorted({number for key, number in first_of.items() if key not in self.revisions})

    def write(self, query_id: str, batch_id: int, table: pa.Table, again: Sequence[Row] = ()) -> bool:
        """Write one enriched batch; False if it is empty or in the store already. Raises StoreError.

        Args:
            query_id: which query's batch it is.
            batch_id: its number there.
            table: columns of spark_app.query.enrich, whole entries.
            again: full rows, with every body, of the entries that `entries_to_read_again` names.
        """
        if not table.num_rows:
            return False
        from_entry, to_entry = bounds_of(table)
        with self.engine.begin() as connection:
            if _is_written(connection, query_id, batch_id, from_entry, to_entry):
                return False
            bodies = {key_of(row): row for row in reversed(again)}
            for batch in to_batches(table):
                self._write(connection, batch, bodies)
            append(
                connection,
                ledger,
                [
                    {
                        "query_id": query_id,
                        "batch_id": batch_id,
                        "from_entry": from_entry,
                        "to_entry": to_entry,
                        "written_at_us": self.clock_us(),
                    }
                ],
            )
        self.revisions.trim()
        return True

    def _write(self, connection: Connection, batch: Batch, again: Mapping[Key, Row]) -> None:
        good = self._resolve(connection, batch, again)
        entries = self._entries(batch, good)
        append(connection, entry, [_entry_row(row) for row in entries])
        labels: dict[tuple[int, int], str] = {}
        book = Counter(stored=len(good), dead_lettered=sum(row["reason"] is not None for row in batch.rows))
        for folded in fold(self.state, entries, self.settings):
            labels.update(folded.labels)
            self._write_folded(connection, folded)
            book.update(hits=folded.hits, unplaced=folded.unplaced)
        append(connection, message, [self._message_row(row, labels) for row in good])
        append(connection, dead_letter, [_dead_row(row) for row in batch.rows if row["reason"] is not None])
        book.update(f"kind:{row['kind']}" for row in good)
        book.update("ticks_observed" if row.observed else "ticks_unobserved" for row in entries if row.tick)
        raise_book(connection, book)

    def _resolve(self, connection: Connection, batch: Batch, again: Mapping[Key, Row]) -> list[Row]:
        """The good rows; their revisions are in the store and in the registry. The others get a reason."""
        rows = [row for row in batch.rows if row["of"] and row["reason"] is None]
        keys = dict.fromkeys(map(key_of, rows))
        self.revisions.find(connection, keys)
        bodies = {**again, **self._new_bodies(rows, batch)}
        fresh = {key: bodies[key] for key in keys if key not in self.revisions and bodies[key]["reason"] is None}
        self.revisions.add(connection, fresh)
        for row in rows:
            if key_of(row) not in self.revisions:  # its body broke the contract: so does every message about it
                row |= {name: bodies[key_of(row)][name] for name in ("reason", "payload")}
        good = [row for row in rows if row["reason"] is None]
        self.revisions.load_hits(connection, map(key_of, good))
        return good

    def _new_bodies(self, rows: list[Row], batch: Batch) -> dict[Key, Row]:
        new = [row for row in rows if key_of(row) not in self.revisions]
        return {key_of(row): batch.bodies[at] for row in reversed(new) if (at := _place_of(row)) in batch.bodies}

    def _entries(self, batch: Batch, good: list[Row]) -> list[EntryRow]:
        wanted = {_place_of(row) for row in good}
        entries, last_us = [], self.state.last_tick_us
        for number, group in groupby(batch.rows, key=lambda row: row["entry"]):
            rows = list(group)
            # the entry's own fields stand on each of its lines; a line that is not JSON has none of them
            head = next((row for row in rows if row["event_time_us"] is not None), None)
            last_us = head["event_time_us"] if head else last_us
            messages = tuple(self._fold_row(row) for row in rows if _place_of(row) in wanted)
            tick = bool(head and head["tick"])
            entries.append(EntryRow(number, last_us, tick, bool(head and head["observed"]), messages))
        return entries

    def _fold_row(self, row: Row) -> MessageRow:
        hits = self.registry.get(self.revisions[key_of(row)])
        assert hits is not None  # `load_hits` read back what was forgotten
        return MessageRow(row["part"], row["kind"], bool(row["initial"]), hits)

    def _message_row(self, row: Row, labels: dict[tuple[int, int], str]) -> Row:
        same = ("entry", "part", "kind", "begin_us", "end_us", "last_seen_us")
        return {
            **{name: row[name] for name in same},
            "initial": bool(row["initial"]),
            "rev": self.revisions[key_of(row)],
            "labels": labels[_place_of(row)],
        }

    def _write_folded(self, connection: Connection, folded: Folded) -> None:
        append(connection, model, [row for state in folded.models for row in _model_rows(self.generation, *state)])
        scopes = self.registry.scopes.names
        old_us = folded.last_tick_us - self.settings.span_us
        upsert(connection, tick_fact, _fact_rows(folded.facts.newer_than(old_us), "tick_us", scopes))
        connection.execute(delete(tick_fact).where(tick_fact.c.tick_us <= old_us))
        upsert(connection, window, _fact_rows(folded.windows, "end_us", scopes))
        upsert(connection, window_span, self._span_rows(folded))

    def _span_rows(self, folded: Folded) -> list[Row]:
        span_us = self.settings.span_us
        return [
            {
                "end_us": end,
                "begin_us": end - span_us,
                "ticks_expected": span_us // self.settings.tick_us,
                "ticks_observed": span.ticks_observed,
                "closed": folded.last_tick_us >= end,
                "first_entry": span.first_entry,
                "last_entry": span.last_entry,
                "generation": self.generation,
            }
            for end, span in folded.spans.items()
        ]


def _is_written(connection: Connection, query_id: str, batch_id: int, from_entry: int, to_entry: int) -> bool:
    at = (ledger.c.query_id == query_id, ledger.c.batch_id == batch_id)
    found = connection.execute(select(ledger.c.from_entry, ledger.c.to_entry).where(*at)).first()
    if found and tuple(found) == (from_entry, to_entry):
        return True
    if found:
        raise StoreError(
            f"batch {batch_id} holds entries {from_entry} to {to_entry}, "
            f"but the ledger says {found[0]} to {found[1]}: {_TWO_WRITERS}"
        )
    end = next_entry(connection)
    if end is not None and end != from_entry:
        raise StoreError(f"batch {batch_id} begins at entry {from_entry}, but the store ends at {end}: {_TWO_WRITERS}")
    return False


def _place_of(row: Row) -> tuple[int, int]:
    return row["entry"], row["part"]


def _entry_row(row: EntryRow) -> Row:
    return {
        "entry": row.entry,
        "event_time_us": row.event_time_us,
        "tick": row.tick,
        "observed": row.observed,
        "messages": len(row.messages),
    }


def _dead_row(row: Row) -> Row:
    return {name: row[name] for name in ("entry", "part", "reason", "payload")}


def _model_rows(generation: int, tick_us: int, channel: int, state: ClusterModel) -> list[Row]:
    centres, weights = state.kmeans.centres.tolist(), state.kmeans.weights.tolist()
    return [
        {
            "generation": generation,
            "channel": CHANNELS[channel],
            "tick_us": tick_us,
            "cluster": index,
            "x_km": x,
            "y_km": y,
            "z_km": z,
            "weight": weight,
        }
        for index, (x, y, z), weight in zip(state.index.tolist(), centres, weights, strict=True)
    ]


def _fact_rows(facts: Facts, moment: str, scopes: list[str]) -> list[Row]:
    return [
        {
            moment: at,
            "channel": CHANNELS[channel],
            "cluster": cluster,
            "line": scopes[scope],
            **dict(zip(MEASURES, sums, strict=True)),
        }
        for (at, channel, cluster, scope), sums in zip(facts.keys.tolist(), facts.sums.tolist(), strict=True)
    ]
