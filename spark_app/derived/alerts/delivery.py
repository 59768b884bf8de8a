"""Delivery of alerts: each once to each target, in a thread of its own, so that no target holds up the stream.

What is to be told is a row of table `delivery` before anything is sent, so a process that dies goes on with what
is left. A target that fails is tried again with growing pauses until the alert is too old. A target that is told
twice (it answered, and we died before we wrote that down) can see it by the alert's id.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
import requests
from sqlalchemy import Connection, Engine, Row, delete, select, update

from deploy.configuration.command_line import complain
from prim_client.messages import time_units
from prim_client.messages.time_units import DAY_S, DAY_US
from spark_app.derived.alerts.words import payload, sentence
from spark_app.store.engine import StoreError, upsert
from spark_app.store.licences import attribution
from spark_app.store.tables import alert, delivery, meta

LOOK_S = 1.0
FORGET_EVERY_S, KEPT_US = DAY_S, 90 * DAY_US
TIMEOUT_S = 10.0  # for one answer of a webhook
PAUSE_S, PAUSE_MAX_S = 15.0, 600.0  # before the second attempt; doubled each time
WAITING, SENT, FAILED, SKIPPED = "waiting", "sent", "failed", "skipped"
RAISED, CLEARED = "raised", "cleared"
SAID_MAX_CHARS = 255
SECRET_VARIABLE = "PULSE_WEBHOOK_SECRET"  # noqa: S105 - its name


class DeliveryError(RuntimeError):
    """A target did not take what it was told; the message says what it answered."""


class Target(Protocol):
    """Somebody who is told. `name` is no secret and fits a column."""

    @property
    def name(self) -> str:
        """Its part of the key of table `delivery`."""

    def tell(self, row: Row[Any], event: str, note: str) -> str:
        """Tell of an alert; returns what was answered. Raises DeliveryError."""


class LogLine:
    """Alerts as lines on standard output, which `./pulse up` shows."""

    name = "log"

    def tell(self, row: Row[Any], event: str, note: str) -> str:
        word = "ALERT" if event == RAISED else "OVER"
        print(f"{word} {sentence(row._asdict(), 'en')}", flush=True)
        return ""


@dataclass(frozen=True)
class Webhook:
    """An address of the configuration that gets each alert as JSON, signed with the secret.

    `X-Pulse-Signature: sha256=…` is the HMAC-SHA256 of `X-Pulse-Timestamp`, a full stop and the body.
    """

    url: str
    secret: bytes
    clock_s: Callable[[], float] = time.time
    session: Any = requests

    @property
    def name(self) -> str:
        """A hash of the address, which may hold a secret of its own."""
        return f"webhook-{hashlib.sha256(self.url.encode()).hexdigest()[:16]}"

    def tell(self, row: Row[Any], event: str, note: str) -> str:
        body = orjson.dumps(payload(row._asdict(), event, note))
        try:
            # No redirect: what is told goes to the address of the configuration and nowhere else.
            # `stream`: what is in the answer's body is not read, so a long or slow one holds up nobody.
            with self.session.post(
                self.url, data=body, headers=self._headers(body), timeout=TIMEOUT_S, allow_redirects=False, stream=True
            ) as answer:
                status = answer.status_code
        except requests.RequestException as error:
            raise DeliveryError(f"no answer: {type(error).__name__}") from error
        if not 200 <= status < 300:
            raise DeliveryError(f"answered {status}")
        return str(status)

    def _headers(self, body: bytes) -> dict[str, str]:
        at = str(int(self.clock_s()))
        return {
            "Content-Type": "application/json",
            "User-Agent": "pulse",
            "X-Pulse-Timestamp": at,
            "X-Pulse-Signature": f"sha256={signature(self.secret, at, body)}",
        }


def signature(secret: bytes, at: str, body: bytes) -> str:
    """HMAC-SHA256 of the moment and the body, in hex.

    >>> signature(b"secret", "1713960000", b"{}")[:16]
    'b5aad4515b286062'
    """
    return hmac.new(secret, at.encode() + b"." + body, hashlib.sha256).hexdigest()


class Deliverer:
    """Looks for alerts that are due and tells `targets`.

    Args:
        engine: the store.
        targets: who is told.
        max_age_us: an alert older than this is not told any more: after a rebuild nobody hears of last week.
        clock_us: microseconds since 1970.
    """

    def __init__(
        self,
        engine: Engine,
        targets: Sequence[Target],
        max_age_us: int,
        clock_us: Callable[[], int] = time_units.now_us,
    ) -> None:
        self._engine, self._max_age_us, self._clock_us = engine, max_age_us, clock_us
        self._targets = {target.name: target for target in targets}

    def run(self, stop: threading.Event) -> None:
        """Deliver until `stop`; a store that is away for a moment is waited for."""
        forgotten_s = 0.0
        while not stop.wait(LOOK_S):
            try:
                self.step(stop.is_set)
                if not forgotten_s or time.monotonic() - forgotten_s > FORGET_EVERY_S:
                    self.forget()
                    forgotten_s = time.monotonic()
            except StoreError as error:
                complain(error)

    def step(self, stopped: Callable[[], bool] = lambda: False) -> int:
        """One look; returns how many targets were told."""
        now_us, told = self._clock_us(), 0
        with self._engine.begin() as connection:
            self._plan(connection, now_us)
            note = attribution({row.name: row.value for row in connection.execute(select(meta))})
            waiting = self._waiting(connection, now_us)
        for row in waiting:
            if stopped():
                break
            told += self._tell(row, note)
        return told

    def forget(self) -> None:
        """Drop what was told so long ago that no alert of then can be told again."""
        with self._engine.begin() as connection:
            connection.execute(delete(delivery).where(delivery.c.next_us < self._clock_us() - KEPT_US))

    def _plan(self, connection: Connection, now_us: int) -> None:
        """A row for each thing that is to be told."""
        known = {(row.alert, row.event, row.target): row.status for row in self._recent_deliveries(connection, now_us)}
        rows = []
        for row in self._recent_alerts(connection, now_us):
            for name in self._targets:
                raised, cleared = (known.get((row.id, event, name)) for event in (RAISED, CLEARED))
                status = self._status_of_raised(row, raised, now_us)
                if status is not None and status != raised:
                    rows.append(_delivery(row.id, RAISED, name, status, now_us))
                elif raised == SENT and row.cleared_us is not None and cleared is None:
                    rows.append(_delivery(row.id, CLEARED, name, WAITING, now_us))
        upsert(connection, delivery, rows)

    def _status_of_raised(self, row: Row[Any], status: str | None, now_us: int) -> str | None:
        """What is over before it was due is not told, unless it opens again; what is too old never."""
        if status not in (None, SKIPPED) or row.due_us > now_us:
            return status
        over = row.cleared_us is not None and (row.cleared_us < row.due_us or status == SKIPPED)
        return SKIPPED if over or now_us - row.due_us > self._max_age_us else WAITING

    def _recent_alerts(self, connection: Connection, now_us: int) -> Sequence[Row[Any]]:
        since_us = now_us - self._max_age_us
        query = select(alert).where((alert.c.due_us >= since_us) | (alert.c.cleared_us >= since_us))
        return connection.execute(query.order_by(alert.c.raised_us, alert.c.id)).all()

    def _recent_deliveries(self, connection: Connection, now_us: int) -> Sequence[Row[Any]]:
        recent = select(alert.c.id).where(
            (alert.c.due_us >= now_us - self._max_age_us) | (alert.c.cleared_us >= now_us - self._max_age_us)
        )
        return connection.execute(select(delivery).where(delivery.c.alert.in_(recent))).all()

    def _waiting(self, connection: Connection, now_us: int) -> Sequence[Row[Any]]:
        query = (
            select(alert, delivery.c.event, delivery.c.target, delivery.c.attempts)
            .join_from(delivery, alert, delivery.c.alert == alert.c.id)
            .where(
                delivery.c.status == WAITING, delivery.c.next_us <= now_us, delivery.c.target.in_(list(self._targets))
            )
            .order_by(alert.c.raised_us, delivery.c.alert, delivery.c.event.desc())
        )
        return connection.execute(query).all()

    def _tell(self, row: Row[Any], note: str) -> bool:
        """Tell one target, outside of any transaction, and write down what came of it."""
        try:
            said = self._targets[row.target].tell(row, row.event, note)
        except DeliveryError as error:
            self._note(row, self._failed(row), str(error))
            return False
        self._note(row, {"status": SENT}, said)
        return True

    def _failed(self, row: Row[Any]) -> dict[str, Any]:
        now_us = self._clock_us()
        since_us = row.due_us if row.event == RAISED else row.cleared_us or row.due_us
        if now_us - since_us > self._max_age_us:
            return {"status": FAILED}
        pause_s = min(PAUSE_S * 2**row.attempts, PAUSE_MAX_S)
        return {"next_us": now_us + round(pause_s * 1e6)}

    def _note(self, row: Row[Any], changed: dict[str, Any], said: str) -> None:
        key = (delivery.c.alert == row.id) & (delivery.c.event == row.event) & (delivery.c.target == row.target)
        values = changed | {"attempts": row.attempts + 1, "said": said[:SAID_MAX_CHARS]}
        with self._engine.begin() as connection:
            connection.execute(update(delivery).where(key).values(values))


def _delivery(alert_id: str, event: str, target: str, status: str, now_us: int) -> dict[str, Any]:
    return {
        "alert": alert_id,
        "event": event,
        "target": target,
        "status": status,
        "attempts": 0,
        "next_us": now_us,
        "said": "",
    }
