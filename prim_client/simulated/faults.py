"""Faults of the simulated server: every error of PRIM on record, and those of any network.

A fault turns the answer that would be right into a `Reply`: what to send, when, and where to stop.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

PAD_BYTES = 5 * 1024 * 1024
HUGE_BYTES = 40 * 1024 * 1024
JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer and how it is sent: late (`delay_s`), cut after `cut_at` bytes, or not at all."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut_at: int | None = None
    reset: bool = False
    encoded: bool = False  # the body is gzip already


Options = Mapping[str, float]
Fault = Callable[[bytes, Options], Reply]

_CLOUDFLARE = (
    "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head>"
    "<body><h1>Sorry, you have been blocked</h1></body></html>"
)


def _json(status: int, value: object, **headers: str) -> Reply:
    return Reply(status, orjson.dumps(value), headers=headers)


def _retry_after(options: Options) -> dict[str, str]:
    return {"Retry-After": str(int(options["retry_after"]))} if "retry_after" in options else {}


def _no_key(_body: bytes, _options: Options) -> Reply:
    return _json(401, {"message": "No API key found in request"})


def _unauthorized(_body: bytes, _options: Options) -> Reply:
    return _json(401, {"message": "Unauthorized"})


def _no_news(_body: bytes, _options: Options) -> Reply:
    return _json(404, {"statusCode": 404, "error": "Not Found", "message": "NO_NEWS_FOUND"})


def _empty(_body: bytes, _options: Options) -> Reply:
    return Reply(200, b"")


def _blocked(_body: bytes, _options: Options) -> Reply:
    return Reply(403, _CLOUDFLARE.encode(), HTML)


def _bad_request(_body: bytes, _options: Options) -> Reply:
    return _json(400, {"message": "Bad Request"})


def _siri_error(_body: bytes, _options: Options) -> Reply:
    error = {"ErrorInformation": {"ErrorText": "Trop de paramètres renseignés"}}
    delivery = {"Version": "2.0", "Status": "true", "ErrorCondition": error}
    return _json(200, {"Siri": {"ServiceDelivery": {"GeneralMessageDelivery": [delivery]}}})


def _no_solution(_body: bytes, _options: Options) -> Reply:
    error = {"id": "no_solution", "message": "no result for this request"}
    pages = {"total_result": 0, "start_page": 0, "items_per_page": 25, "items_on_page": 0}
    return _json(404, {"error": error, "disruptions": [], "line_reports": [], "pagination": pages})


def _unavailable(_body: bytes, options: Options) -> Reply:
    return Reply(503, b"Service Unavailable", "text/plain", headers=_retry_after(options))


def _too_many(_body: bytes, options: Options) -> Reply:
    return _json(429, {"message": "API rate limit exceeded"}, **_retry_after(options))


def _redirect(_body: bytes, _options: Options) -> Reply:
    return Reply(302, b"", HTML, headers={"Location": "https://elsewhere.example/disruptions"})


def _html(_body: bytes, _options: Options) -> Reply:
    return Reply(200, b"<html><body>Maintenance en cours</body></html>", HTML)


def _null(body: bytes, _options: Options) -> Reply:
    header = orjson.loads(body).get("lastUpdatedDate")
    return _json(200, {"disruptions": None, "lines": None, "lastUpdatedDate": header})


def _cut_json(body: bytes, _options: Options) -> Reply:
    return Reply(200, body[: len(body) * 2 // 3])


def _cut_gzip(body: bytes, _options: Options) -> Reply:
    packed = gzip.compress(body, 1)
    return Reply(200, packed[: len(packed) * 2 // 3], encoded=True)


def _truncated(body: bytes, _options: Options) -> Reply:
    return Reply(200, body, cut_at=len(body) * 2 // 3, encoded=False)


def _slow(body: bytes, options: Options) -> Reply:
    return Reply(200, body, delay_s=options.get("seconds", 2.0))


def _reset(body: bytes, _options: Options) -> Reply:
    return Reply(200, body, reset=True)


def _padded(body: bytes, size: int) -> Reply:
    return Reply(200, body + b" " * max(size - len(body), 0))


def _big(body: bytes, _options: Options) -> Reply:
    return _padded(body, PAD_BYTES)


def _huge(body: bytes, _options: Options) -> Reply:
    return _padded(body, HUGE_BYTES)


def _clock_jump(body: bytes, options: Options) -> Reply:
    answer = orjson.loads(body)
    header = datetime.fromisoformat(answer["lastUpdatedDate"])
    jumped = header + timedelta(minutes=options.get("minutes", -120.0))
    answer["lastUpdatedDate"] = jumped.strftime("%Y-%m-%dT%H:%M:%S.") + f"{jumped.microsecond // 1000:03d}Z"
    return Reply(200, orjson.dumps(answer))


FAULTS: dict[str, Fault] = {
    # on record at PRIM
    "no_key": _no_key,
    "unauthorized": _unauthorized,
    "no_news": _no_news,
    "empty": _empty,
    "blocked": _blocked,
    "bad_request": _bad_request,
    "siri_error": _siri_error,
    "no_solution": _no_solution,
    "unavailable": _unavailable,
    "too_many": _too_many,
    "null": _null,
    "clock_jump": _clock_jump,
    # what networks do to anyone
    "html": _html,
    "redirect": _redirect,
    "cut_json": _cut_json,
    "cut_gzip": _cut_gzip,
    "truncated": _truncated,
    "slow": _slow,
    "reset": _reset,
    "big": _big,
    "huge": _huge,
}
