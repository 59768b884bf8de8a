"""Errors of PRIM, one class for each thing that the caller can do about them.

    PrimError
    ├── AuthError   stop: the key is missing or refused; the message names the variable
    ├── QuotaError  wait: the quota is spent until `retry_after_s` has passed
    ├── Transient   try again: it was their moment, not our request
    ├── Blocked     wait long: the gateway took us for a robot
    └── BadAnswer   report: asking again gives the same

`of_answer` is the table from an HTTP answer to its error; the recorded answers behind it are those of
the Kong gateway, of Cloudflare and of the service itself (2024-2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from deploy.configuration.settings import KEY_VARIABLE
from prim_client.messages.parse import Unusable, load_json
from prim_client.messages.polls import Rejection

RETRY_AFTER_MAX_S = 3_600.0  # no server of theirs may silence us for longer: quotas turn daily
BLOCKED_PAUSE_S = 600.0  # Cloudflare counts what a blocked client still sends
QUOTED_CHARS = 120


class PrimError(Exception):
    """PRIM gave no usable answer; the text is one sentence and never holds the key."""

    def __init__(
        self, message: str, retry_after_s: float | None = None, rejection: Rejection = Rejection.FAILED
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.rejection = rejection


class AuthError(PrimError):
    """The key is missing or refused: nothing works until someone changes it."""


class QuotaError(PrimError):
    """Too many requests: nothing works until the quota turns."""


class Transient(PrimError):
    """No answer this time; the same request may work in a moment."""


class Blocked(PrimError):
    """The gateway's firewall refused the request before PRIM saw it."""


class BadAnswer(PrimError):
    """An answer that the same request would give again."""


def of_answer(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> PrimError | None:
    """The error of an HTTP answer, or None if its body looks like a bulk answer.

    Args:
        status: HTTP status.
        headers: header names in lower case.
        body: the whole body, decoded from its transfer encodings.
        now: UTC, to read a `Retry-After` date against.
    """
    wait_s = retry_after_s(headers.get("retry-after", ""), now)
    if status == 200:
        return _of_body(body)
    if status == 401 or (status == 403 and body.lstrip()[:1] == b"{"):
        return AuthError(f"PRIM refuses the key (HTTP {status}, {_quoted(body)}): check {KEY_VARIABLE}")
    if status == 403:
        return Blocked(f"PRIM's gateway blocks us (HTTP 403, {_quoted(body)})", wait_s or BLOCKED_PAUSE_S)
    if status == 429:
        return QuotaError(f"PRIM's quota is spent (HTTP 429, {_quoted(body)})", wait_s)
    if 300 <= status < 400:
        return BadAnswer(
            f"PRIM redirects to {headers.get('location', 'nowhere')!r} (HTTP {status}): "
            "the key goes to no other address; set poll.base_url if PRIM has moved"
        )
    if status in (404, 408, 425) or status >= 500:
        return Transient(f"PRIM has no answer (HTTP {status}, {_quoted(body)})", wait_s)
    return BadAnswer(f"PRIM refuses the request (HTTP {status}, {_quoted(body)})")


def _of_body(body: bytes) -> PrimError | None:
    if not body.strip():
        return Transient("PRIM answered with an empty body", rejection=Rejection.EMPTY)
    if body.lstrip()[:1] == b"<":
        return Blocked(f"PRIM answered with a web page ({_quoted(body)})", BLOCKED_PAUSE_S, Rejection.OTHER)
    try:
        answer = load_json(body)
    except Unusable as error:
        return Transient(f"PRIM's answer is cut or no JSON: {error}", rejection=error.rejection)
    if not isinstance(answer, dict):
        told = f"PRIM's answer is a {type(answer).__name__}, not an object ({_quoted(body)})"
        return BadAnswer(told, rejection=Rejection.OTHER if answer else Rejection.EMPTY)
    if answer.get("disruptions") is None:
        return Transient(f"PRIM's answer has no disruptions ({_quoted(body)})", rejection=Rejection.EMPTY)
    return None


def retry_after_s(value: str, now: datetime) -> float | None:
    """Seconds of a `Retry-After` header, at most RETRY_AFTER_MAX_S; None if absent or unreadable.

    >>> retry_after_s("120", datetime(2026, 10, 5, 10, tzinfo=UTC))
    120.0
    >>> retry_after_s("Mon, 05 Oct 2026 10:00:30 GMT", datetime(2026, 10, 5, 10, tzinfo=UTC))
    30.0
    """
    if value.strip().isdecimal():
        return min(float(value), RETRY_AFTER_MAX_S)
    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        wait_s = (moment - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):  # all seen from email.utils on broken dates
        return None
    return min(max(wait_s, 0.0), RETRY_AFTER_MAX_S)


def _quoted(body: bytes) -> str:
    """The beginning of a body on one line, as a text in quotes; what cannot be printed is escaped."""
    text = " ".join(body[: 4 * QUOTED_CHARS].decode("utf-8", "replace").split())
    return repr(text[:QUOTED_CHARS])
