"""The revision hash: when does a disruption count as changed?

It covers what a rider would notice: title, message, severity, cause, lines, stops, sections and
periods, all as published. It leaves out `lastUpdate` (touched without a change), tags and
shortMessage (they repeat the rest), and the order in which PRIM lists lines and stops. Raw ids are
hashed, not the stations found for them, so new reference tables make no new revisions.

Some recordings list only the periods near the poll: there the list moves while nothing was edited, so
`trimmed` leaves the periods out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

DIGEST_BYTES = 8  # 16 hex digits: 3e-8 odds of one collision in a million revisions


def revision_hash(
    *,
    title: str,
    message: str,
    severity: str,
    cause: str,
    links: Sequence[tuple[str, Sequence[str]]],
    sections: Sequence[tuple[str, str, str]],
    periods: Sequence[tuple[str, str | None]],
    trimmed: bool = False,
) -> str:
    """16 hex digits of blake2b over what was published.

    Args:
        title, message, severity, cause: as published, markup included.
        links: (line id, stop ids) of each line touched, in any order.
        sections: (line id, from, to), in any order.
        periods: (begin, end) as published, in any order.
        trimmed: the recording cut periods off: leave them out.
    """
    content: list[Any] = [
        title,
        message,
        severity,
        cause,
        sorted((line_id, sorted(set(stops))) for line_id, stops in links),
        sorted(set(sections)),
        None if trimmed else sorted({(begin, end or "") for begin, end in periods}),
    ]
    return content_hash(orjson.dumps(content))


def content_hash(raw: bytes) -> str:
    """16 hex digits of blake2b over `raw`: the revision of a record that cannot be read."""
    return hashlib.blake2b(raw, digest_size=DIGEST_BYTES).hexdigest()
