"""The line protocol of the log, without I/O: bytes in, requests and lines out.

TCP, UTF-8, one JSON object a line. The server greets with `{"pulse": 1, "first": a, "last": b}`:
the log holds the entries a .. b-1 (b is the next offset). Then one message a line:

    {"entry": n, "part": i, "of": m, "event_time": "…Z", "tick": bool, "observed": bool,
     "id": …, "revision": …, "kind": …, …envelope…, …body…}

`entry`, `part` and `of` always come first and in this order, so a reader finds the offset of a line
even when the rest is broken. An entry without messages is one line with `"of": 0` and no message fields.
After the answer to `{"read": [from, to]}` comes `{"done": to}`.

Requests: `{"read": [from, to]}` (to exclusive), `{"tail": from}`, `{"last": true}`, `{"status": true}`.
A client that sends nothing for 1 s gets a live tail. A malformed request gets `{"error": …}`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PROTOCOL = 1
REQUEST_MAX_BYTES = 1_000  # a request is a few dozen bytes; more is a mistake or an attack
_PREFIX = re.compile(rb'\{"entry":(\d+),"part":(\d+),"of":(\d+),')


@dataclass(frozen=True, slots=True)
class Offset:
    """Where a line stands: entry number, part within it (0-based), parts of the entry (0: no message)."""

    entry: int
    part: int
    of: int


def prefix(offset: Offset) -> bytes:
    """The opening of a line; the rest of the JSON object follows after the comma."""
    return b'{"entry":%d,"part":%d,"of":%d,' % (offset.entry, offset.part, offset.of)


def parse_offset(line: bytes) -> Offset:
    """The offset of a served `line`. Raises ValueError naming the first bytes of a line without one."""
    match = _PREFIX.match(line)
    if not match:
        raise ValueError(f"not a line of the log: {line[:60]!r}")
    return Offset(*map(int, match.groups()))
