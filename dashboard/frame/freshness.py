"""Freshness of the screen: a heartbeat asks for new data, and a line says how old the data are.

Every beat the browser asks for `/version`, under 300 bytes; data are asked for only when it says something
new. The question has a time limit of its own, so a server that dies mid-answer leaves nothing stuck, and a
server that comes back is seen on the next beat. How old the data are is worked out from the server's clock
and the browser's stopwatch, never from the browser's clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import orjson
from dash import dcc, html
from flask import Flask, Response

from dashboard.store import queries
from dashboard.store.reader import Store, StoreUnavailable
from dashboard.ui.attributes import attributes
from dashboard.ui.licences import OF_SOURCE, attribution, of_recording
from deploy.processes.part_states import read_parts_down
from prim_client.messages.message import to_epoch_us
from spark_app.derived.fold_books import FoldStatus, read_folds, troubles
from spark_app.store.engine import REBUILDING

VERSION_MAX_BYTES = 300  # while every part runs
REASON_LENGTH = 200  # characters of a part's last sentence
KEPT_S = 0.5  # several browsers share one look
MOMENT_S = 10


def layout(refresh_s: float, poll_interval_s: float, tick_s: float) -> html.Div:
    """What beats, and the banner for what is old."""
    return html.Div(
        children=[
            dcc.Store(
                id="freshness-limits",
                data={
                    "beat_ms": round(refresh_s * 1000),
                    "poll_interval_s": poll_interval_s,
                    "tick_s": tick_s,
                    "attributions": {source: attribution({"source": source}) for source in ("", *OF_SOURCE)},
                },
            ),
            dcc.Store(id="status-version"),
            html.Div(id="stale-banner", className="stale-banner", hidden=True),
            html.Div(id="announce", className="visually-hidden", role="status", **attributes(aria_live="polite")),
        ]
    )


def parts_down(path: Path | None) -> list[dict[str, Any]]:
    """The parts that the supervisor could not keep running: `part`, `since` in ms, and `why`."""
    return [
        {"part": one.part, "since": round(one.since * 1000), "why": one.reason[:REASON_LENGTH]}
        for one in read_parts_down(path)
    ]


def freshness(store: Store, now: datetime, parts_file: Path | None = None) -> dict[str, Any]:
    """What `/version` says: `v` version of the data, `s` of the status, moments in ms. Never fails."""
    down = {"down": found} if (found := parts_down(parts_file)) else {}
    return _freshness(store, now) | down


def _freshness(store: Store, now: datetime) -> dict[str, Any]:
    try:
        with store.reading() as connection:
            version, meta = queries.read_version(connection), queries.read_meta(connection)
            log = queries.read_status(connection).get("log", {})
            newest, observed = queries.newest_tick(connection), queries.newest_observed_tick(connection)
        if REBUILDING in meta:
            raise StoreUnavailable(
                "le dépôt est en reconstruction, ou elle a été arrêtée : `./pulse rebuild` la termine"
            )
    except StoreUnavailable as error:
        return {"v": "", "s": 0, "now": _ms(to_epoch_us(now)), "error": str(error)[:160]}
    credit = of_recording(meta)
    return {
        "v": version.data(),
        "s": version.status_at_us,
        "now": _ms(to_epoch_us(now)),
        "good": _ms(_moment_us(log.get("last_good_poll_at"))),
        "tick": _ms(newest.at_us if newest else None),
        "seen": _ms(observed.at_us if observed else None),
        "src": meta.get("source", ""),
        "done": bool(log.get("input_done")),
    } | ({"credit": credit} if credit else {})


class Look:
    """The last look at how fresh a store is, kept for half a second."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime] = lambda: datetime.now(UTC), parts_file: Path | None = None
    ) -> None:
        self.store, self.clock, self.parts_file, self._lock = store, clock, parts_file, Lock()
        self._until, self._body = 0.0, b""
        self._said: dict[str, Any] = {}

    def body(self) -> bytes:
        """What `/version` answers."""
        self._refresh()
        return self._body

    def moment(self) -> Hashable:
        """Changes with anything that a page may show, and every MOMENT_S, for what lies beside the store."""
        self._refresh()
        return self._said["v"], self._said["s"], self._said["now"] // (MOMENT_S * 1000)

    def _refresh(self) -> None:
        with self._lock:
            if time.monotonic() >= self._until:
                self._said = freshness(self.store, self.clock(), self.parts_file)
                self._body = orjson.dumps(self._said)
                self._until = time.monotonic() + KEPT_S


def register(server: Flask, look: Look) -> None:
    """Serve `/version` and `/health`."""

    @server.get("/version")
    def version() -> Response:
        return Response(look.body(), mimetype="application/json", headers={"Cache-Control": "no-store"})

    @server.get("/health")
    def health() -> Response:
        said = freshness(look.store, look.clock(), look.parts_file)
        down = [{"part": one["part"], "since": one["since"]} for one in said.pop("down", [])]
        folds = _folds(look.store)
        state = "unavailable" if said.pop("error", "") else _state(folds, down) if said.get("tick") else "empty"
        # open to all: nothing about where the store is, and no text of an error
        counters = {
            fold.name: {name: value for name, value in fold.as_json().items() if name != "reason"} for fold in folds
        }
        body = {"state": state} | said | {"folds": counters, "troubles": troubles(folds), "down": down}
        return Response(orjson.dumps(body), 503 if state == "unavailable" else 200, mimetype="application/json")


def _folds(store: Store) -> list[FoldStatus]:
    """The derived folds; none of a store that cannot be read."""
    try:
        with store.reading() as connection:
            return read_folds(connection)
    except StoreUnavailable:
        return []


def _state(folds: Sequence[FoldStatus], down: Sequence[dict[str, Any]]) -> str:
    """`degraded` where a part is down, or a derived fold is late or set something aside, else `ok`."""
    return "degraded" if down or troubles(folds) else "ok"


def _moment_us(text: str | None) -> int | None:
    return to_epoch_us(datetime.fromisoformat(text)) if text else None


def _ms(micros: int | None) -> int | None:
    return None if micros is None else micros // 1000
