"""The line protocol of the log, without I/O: bytes in, requests and lines out.

TCP, UTF-8, one JSON object a line. The server greets with `{"pulse":1,"first":a,"last":b}`:
the log holds the entries a .. b-1 (b is the next offset). Then one message a line, keys in this order:

    {"entry":n,"part":i,"of":m,"event_time":t,"tick":bool,"observed":bool,
     "kind":…,"initial":bool,"last_seen_at":t|null,
     "id":…,"revision":…,"published_at":t|null,"begin":t|null,"end":t|null,"source":…,
     "channel":…,"severity":…,"cause":…,"title":…,"short_message":…,"text":…,"html":…,"tags":[…],"lines":[…]}

`entry`, `part` and `of` always come first and in this order, so a reader finds the offset of a line
even when the rest is broken. An entry without messages is one line with `"of":0` that ends after
`observed`. Every moment t has one form, `YYYY-MM-DDTHH:MM:SS.ffffffZ` (UTC, six digits always), so
that every parser and every hash sees the same bytes.

| request              | answer                                                                          |
|----------------------|---------------------------------------------------------------------------------|
| `{"read":[from,to]}` | the lines of the entries from .. to-1, then `{"done":to}`                       |
| `{"tail":from}`      | the lines from there on, and new ones as they are written, until a next request |
| `{"last":true}`      | `{"last":b,"first":a}`                                                          |
| `{"status":true}`    | `{"status":{…books…}}`                                                          |
| `{"token":"…"}`      | `{"token":true}`: the client is one of our own parts                            |

A client that sends nothing for 1 s gets a live tail from b. What cannot be answered gets
`{"error":"one sentence"}`; the connection closes after it only if the stream of requests cannot be
followed any more (a request that is too long, HTTP, a client too far behind, a token of another log).

Places. 64 strangers are served at a time, and our own parts beside them: those present the token first, 64 hexadecimal
digits from the file `log.db.token` beside the log, which only the user that runs the log can read. Nobody needs it to
read. When there is no place, one gets `{"error":"one sentence","full":true}` and the connection closes: come again, the
log keeps everything. Whom the server drops when the places of strangers are full: first the one that has been connected
the longest without a request (also if it follows the tail it got for its silence), then the one whose last request is
the longest ago and was answered. Who is being answered, or asked for a tail, stays. A stranger that says nothing makes
nobody leave. A connection that has not asked anything yet waits for 1 s at most in a lobby of 64, which the oldest
leaves when it is full.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

PROTOCOL = 1
REQUEST_MAX_BYTES = 1_000  # a request is a few dozen bytes; more is a mistake or an attack
OFFSET_MAX = 2**63 - 1  # SQLite's and Spark's integers end here
_PREFIX = re.compile(rb'\{"entry":(\d+),"part":(\d+),"of":(\d+),')
_HTTP = re.compile(rb"[A-Z]{3,10} \S+ HTTP/")


@dataclass(frozen=True, slots=True)
class Offset:
    """Where a line stands: entry number, part within it (0-based), parts of the entry (0: no message)."""

    entry: int
    part: int
    of: int


@dataclass(frozen=True, slots=True)
class Read:
    """`{"read":[start,stop]}`: the entries start .. stop-1."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Tail:
    """`{"tail":start}`: the entries from start on, without end."""

    start: int


@dataclass(frozen=True, slots=True)
class Last:
    """`{"last":true}`: the bounds of the log."""


@dataclass(frozen=True, slots=True)
class Status:
    """`{"status":true}`: the books of the log."""


@dataclass(frozen=True, slots=True)
class Token:
    """`{"token":"…"}`: the client is one of our own parts."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Malformed:
    """What came is no request. `fatal`: what follows cannot be understood either; close after the error."""

    reason: str
    fatal: bool = False


Request = Read | Tail | Last | Status | Token | Malformed


def prefix(offset: Offset) -> bytes:
    """The opening of a line; the rest of the JSON object follows after the comma."""
    return b'{"entry":%d,"part":%d,"of":%d,' % (offset.entry, offset.part, offset.of)


def parse_offset(line: bytes) -> Offset:
    """The offset of a served `line`. Raises ValueError naming the first bytes of a line without one."""
    match = _PREFIX.match(line)
    if not match:
        raise ValueError(f"not a line of the log: {line[:60]!r}")
    return Offset(*map(int, match.groups()))


def moment(value: datetime) -> str:
    """The one form of a moment on the wire: `2026-11-21T13:04:05.000000Z`. `value` is aware."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def line(answer: dict[str, Any]) -> bytes:
    """One answer that is no message, as a line."""
    return orjson.dumps(answer) + b"\n"


def greeting(first: int, last: int) -> bytes:
    """The first line of a connection: entries first .. last-1 can be read."""
    return line({"pulse": PROTOCOL, "first": first, "last": last})


def error(reason: str) -> bytes:
    """The line that says why something was not answered."""
    return line({"error": reason})


def full(reason: str) -> bytes:
    """The line that says that there is no place now, and that there may be one soon."""
    return line({"error": reason, "full": True})


class RequestBuffer:
    """Requests out of the bytes of one connection, however they are cut. Keeps at most one request."""

    def __init__(self) -> None:
        self._pending = b""
        self._closed = False

    def feed(self, data: bytes) -> Iterator[Request]:
        """Each complete request in `data`, in order. Nothing more comes after a fatal `Malformed`."""
        *lines, self._pending = (self._pending + data).split(b"\n")
        for one in lines:
            yield from self._request(one)
        if len(self._pending) > REQUEST_MAX_BYTES:
            yield from self._request(self._pending)

    def _request(self, one: bytes) -> Iterator[Request]:
        if self._closed or not one.strip():
            return
        request = parse_request(one)
        self._closed = isinstance(request, Malformed) and request.fatal
        yield request


def parse_request(one: bytes) -> Request:
    """The request in one line, or why it is none."""
    if len(one) > REQUEST_MAX_BYTES:
        return Malformed(f"a request is at most {REQUEST_MAX_BYTES} bytes; this one has more", fatal=True)
    if _HTTP.match(one):
        return Malformed(
            "this is not a web server: it speaks lines of JSON, see stream_server/protocol/wire.py", fatal=True
        )
    try:
        asked = orjson.loads(one)
    except orjson.JSONDecodeError as problem:
        return Malformed(f"not JSON ({problem}): {_offset_text(one)}")
    match asked:
        case {"read": [start, stop], **rest} if not rest and _is_offset(start) and _is_offset(stop) and start <= stop:
            return Read(start, stop)
        case {"tail": start, **rest} if not rest and _is_offset(start):
            return Tail(start)
        case {"last": True, **rest} if not rest:
            return Last()
        case {"status": True, **rest} if not rest:
            return Status()
        case {"token": str(value), **rest} if not rest:
            return Token(value)
    known = '{"read":[from,to]} with from <= to, {"tail":from}, {"last":true} or {"status":true}'
    return Malformed(f"not a request: {_offset_text(one)}; expected {known}")


def _is_offset(value: object) -> bool:
    return type(value) is int and 0 <= value <= OFFSET_MAX


def _offset_text(one: bytes) -> str:
    return ascii(one[:80].decode("utf-8", "replace"))
