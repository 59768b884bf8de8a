"""Restores the fold's state from the store: after a restart it goes on as if it had never stopped."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection, RowMapping, func, select

from prim_client.messages.message import CHANNELS
from spark_app.fold.cluster_model import ClusterModel
from spark_app.fold.facts import Facts
from spark_app.fold.kmeans import KMeans
from spark_app.fold.revision_hits import Registry
from spark_app.fold.window_fold import FoldSettings, FoldState, Span, initial_models, pane_of
from spark_app.store.tables import MEASURES, entry, model, tick_fact, window_span


def restore(
    connection: Connection, settings: FoldSettings, generation: int, centres: np.ndarray, registry: Registry
) -> FoldState:
    """The state behind the last committed batch; a generation without a model starts from `centres` (k, 3)."""
    newest_us = connection.execute(select(func.max(entry.c.event_time_us))).scalar()
    state = FoldState(_models(connection, generation) or initial_models(centres))
    if newest_us is None:
        return state
    newest = pane_of(newest_us, settings.tick_us)
    last_tick = select(func.max(entry.c.event_time_us)).where(entry.c.tick)
    state.last_tick_us = connection.execute(last_tick).scalar() or 0
    state.facts = _facts(connection, newest - settings.span_us, registry)
    rows = connection.execute(select(window_span).where(window_span.c.end_us >= newest)).mappings()
    state.spans = {r["end_us"]: Span(r["ticks_observed"], r["first_entry"], r["last_entry"]) for r in rows}
    return state


def _models(connection: Connection, generation: int) -> list[ClusterModel]:
    last = select(func.max(model.c.tick_us)).where(model.c.generation == generation)
    tick_us = connection.execute(last).scalar()
    if tick_us is None:
        return []
    at = (model.c.generation == generation, model.c.tick_us == tick_us)
    rows = connection.execute(select(model).where(*at).order_by(model.c.cluster)).mappings().all()
    return [_model([r for r in rows if r["channel"] == channel]) for channel in CHANNELS]


def _model(rows: Sequence[RowMapping]) -> ClusterModel:
    centres = np.array([[r["x_km"], r["y_km"], r["z_km"]] for r in rows])
    kmeans = KMeans(centres, np.array([r["weight"] for r in rows]))
    return ClusterModel(kmeans, np.array([r["cluster"] for r in rows]))


def _facts(connection: Connection, after_us: int, registry: Registry) -> Facts:
    rows = connection.execute(select(tick_fact).where(tick_fact.c.tick_us > after_us)).mappings().all()
    if not rows:
        return Facts.empty()
    keys = [(r["tick_us"], CHANNELS.index(r["channel"]), r["cluster"], registry.scopes(r["line"])) for r in rows]
    return Facts(np.array(keys, np.int64), np.array([[r[m] for m in MEASURES] for r in rows], np.int64))
