"""Parses one answer of PRIM to a snapshot of the network, or to the reason why it cannot be used.

A failed, empty or strange answer is never "all clear": it is rejected and nothing opens or closes.
One broken record does not spoil the rest: it is listed in `Snapshot.invalid`, and its id, if it can be
read, in `Snapshot.held`, so that a known disruption does not close because its record broke.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from geo.network.lines import Lines
from prim_client.messages.disruption import BrokenRecord, read_disruption, read_id
from prim_client.messages.links import LineLink, Links, links_of
from prim_client.messages.paris_time import parse_utc
from prim_client.messages.polls import Disruption, RawPoll, Rejected, Rejection, Snapshot

BODY_MAX_BYTES = 10_000_000  # the largest answer on record has 1.4 MB
REASON_MAX_CHARS = 300
_HEADER = re.compile(rb'"lastUpdatedDate"\s*:\s*"([0-9T:.Z+-]{10,40})"')
MEMO_RECORDS = 8_192  # more than the largest body can hold; one all-mode answer on record has 836


class Unusable(ValueError):
    """An answer that says nothing about the network; the message is the reason."""

    def __init__(self, reason: str, rejection: Rejection = Rejection.OTHER) -> None:
        super().__init__(reason)
        self.rejection = rejection


class Parser:
    """Parses polls. Keep one: a record that was parsed before costs a look-up.

    A memo by raw content is right because a `Disruption` depends on nothing but its record, the lines
    that name it and the reference tables.
    """

    def __init__(self, lines: Lines | None = None) -> None:
        """`lines`: the reference lines; the shared ones when left out."""
        self._lines = lines if lines is not None else Lines.load()
        self._read = lru_cache(maxsize=MEMO_RECORDS)(self._read_fresh)
        self._last: tuple[bytes, bool, Snapshot] | None = None
        self._links = lru_cache(maxsize=2)(lambda raw: links_of(orjson.loads(raw)))

    def parse(self, raw: RawPoll) -> Snapshot | Rejected:
        """The snapshot of `raw`, or why there is none. Never raises on what an answer may hold."""
        try:
            return self._repeat_last(raw) or self._remembered(raw, self._snapshot(raw, _answer(raw)))
        except Unusable as error:
            return Rejected(raw.clock, str(error)[:REASON_MAX_CHARS], raw.cursor, error.rejection)

    def _repeat_last(self, raw: RawPoll) -> Snapshot | None:
        """The snapshot before, at a new time, if nothing but PRIM's own time has changed (74 % of polls)."""
        if raw.error or self._last is None or (cut := _cut_header(raw.body)) is None:
            return None
        rest, header = cut
        last_rest, trimmed, snapshot = self._last
        if rest != last_rest or trimmed != raw.trimmed:
            return None
        return replace(snapshot, clock=raw.clock, cursor=raw.cursor, header=header)

    def _remembered(self, raw: RawPoll, snapshot: Snapshot) -> Snapshot:
        cut = _cut_header(raw.body)
        # else the key stands somewhere inside
        self._last = (cut[0], raw.trimmed, snapshot) if cut and cut[1] == snapshot.header else None
        return snapshot

    def _snapshot(self, raw: RawPoll, answer: dict[str, Any]) -> Snapshot:
        links, broken_lines = self._links(_dump(answer["lines"]))
        read: dict[str, Disruption] = {}
        invalid = [(as_text(line), reason) for line, reason in broken_lines]
        held: set[str] = set()
        for record in answer["disruptions"]:
            try:
                disruption = self._disruption(record, links, raw.trimmed)
                read[disruption.id] = _newer(read.get(disruption.id), disruption)
            except BrokenRecord as error:
                invalid.append((as_text(record), str(error)))
                held |= _readable_id(record)
        if not read:  # PRIM changed its schema, or talks of something else: believing it would close everything
            raise Unusable(f"none of {len(answer['disruptions'])} disruptions can be read: {invalid[-1][1]}")
        return Snapshot(
            clock=raw.clock,
            header=_header(answer),
            disruptions=read,
            cursor=raw.cursor,
            invalid=tuple(dict.fromkeys(invalid)),
            held=frozenset(held - read.keys()),
        )

    def _disruption(self, record: Any, links: Links, trimmed: bool) -> Disruption:
        content = _dump_record(record)
        result = self._read(content, links.get(read_id(record), ()), trimmed)
        if isinstance(result, BrokenRecord):
            raise result.with_traceback(None)
        return result

    def _read_fresh(self, content: bytes, links: tuple[LineLink, ...], trimmed: bool) -> Disruption | BrokenRecord:
        try:
            return read_disruption(orjson.loads(content), links, self._lines, trimmed=trimmed)
        except BrokenRecord as error:
            return error


def _cut_header(body: bytes) -> tuple[bytes, datetime] | None:
    """The body without PRIM's own time, and that time; None unless it stands there exactly once.

    Inside a text a quote is escaped, so the pattern is never part of one.
    """
    found = list(_HEADER.finditer(body, 0, BODY_MAX_BYTES))
    if len(found) != 1:
        return None
    try:
        header = parse_utc(found[0][1].decode())
    except ValueError:
        return None
    return body[: found[0].start()] + body[found[0].end() :], header


def _answer(raw: RawPoll) -> dict[str, Any]:
    """The object of the answer, its `disruptions` a list with something in it, `lines` a list."""
    if raw.error:
        raise Unusable(raw.error, raw.rejection)
    if len(raw.body) > BODY_MAX_BYTES:
        raise Unusable(f"body of {len(raw.body)} bytes, more than {BODY_MAX_BYTES}")
    if not raw.body.strip():
        raise Unusable("empty body", Rejection.EMPTY)
    if raw.body.lstrip().startswith(b"<"):
        raise Unusable(f"HTML instead of JSON: {raw.body.strip()[:80]!r}")
    answer = load_json(raw.body)
    if not isinstance(answer, dict):
        raise Unusable(f"expected a JSON object, found {_kind(answer)}", _nothing_or_other(answer))
    return _checked(answer)


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    disruptions, lines = answer.get("disruptions"), answer.get("lines")
    if not disruptions and (said := _error_text(answer)):
        raise Unusable(said, Rejection.FAILED)
    if not isinstance(disruptions, list):
        raise Unusable(f"disruptions is {_kind(disruptions)}, expected a list", _nothing_or_other(disruptions))
    # A network of 40 rail lines and 1,500 bus lines always has works somewhere: an empty list has
    # only ever been a failure on PRIM's side. Believing it would close everything at once.
    if not disruptions:
        raise Unusable("no disruptions: not believed", Rejection.EMPTY)
    # Without lines every disruption would lose its place, and seem edited, until the next answer.
    if not isinstance(lines, list) or not lines:
        raise Unusable(f"lines is {_kind(lines)}, expected a list with the lines touched")
    return answer


def _nothing_or_other(value: Any) -> Rejection:
    return Rejection.OTHER if value else Rejection.EMPTY


def load_json(body: bytes) -> Any:
    """What a body holds. Raises Unusable: it is no JSON, whatever the reader."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        try:  # NaN and lone surrogates are not JSON, but only one record may hold them
            return json.loads(body)
        except (ValueError, RecursionError):
            raise Unusable(f"not JSON ({error}): begins {body[:60]!r}, {len(body)} bytes") from None


def _error_text(answer: dict[str, Any]) -> str:
    """What the gateway, Navitia or SIRI say instead of an answer; empty if nothing."""
    error = answer.get("error")
    if isinstance(error, dict):
        return f"PRIM answers: {error.get('id')} {error.get('message')}"
    if message := answer.get("message"):
        return f"PRIM answers: {message}"
    if error:
        return f"PRIM answers: {error}"
    condition = _find(answer.get("Siri"), "ErrorCondition")
    if condition is not None:
        return f"SIRI error: {_find(condition, 'ErrorText') or as_text(condition)}"
    return "a SIRI answer instead of disruptions" if "Siri" in answer else ""


def _find(value: Any, key: str) -> Any:
    """A value under `key` at any depth, or None."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict) and value.get(key) is not None:
            return value[key]
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return None


def _header(answer: dict[str, Any]) -> datetime | None:
    """PRIM's own time of the answer; None if it has none that can be read: our clock is used then."""
    try:
        return parse_utc(answer["lastUpdatedDate"])
    except (KeyError, TypeError, ValueError):
        return None


def _newer(one: Disruption | None, other: Disruption) -> Disruption:
    """Of two records of one id the one published later; the same one whatever their order."""
    if one is None:
        return other
    return max(one, other, key=lambda d: (d.published_at is not None, d.published_at or 0, d.revision))


def _readable_id(record: Any) -> set[str]:
    try:
        return {read_id(record)}
    except BrokenRecord:
        return set()


def _dump(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError as error:
        raise Unusable(f"lines cannot be read: {error}") from None


def _dump_record(record: Any) -> bytes:
    """The record as bytes, the key of the memo. What JSON cannot hold (NaN, half a character) is broken."""
    try:
        content = orjson.dumps(record)
    except TypeError as error:
        raise BrokenRecord(f"a value that is not JSON: {error}") from None
    if b"null" in content and _has_nan(record):
        raise BrokenRecord("a number that is not JSON: NaN or infinite")
    return content


def _has_nan(value: Any) -> bool:
    if isinstance(value, float):
        return value != value or value in (float("inf"), float("-inf"))
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_has_nan, children))


def as_text(record: Any) -> str:
    """A record as JSON text, in ASCII so that nothing in it can break a log or a screen."""
    try:
        return json.dumps(record, ensure_ascii=True)
    except RecursionError:
        return "a record nested too deep to be shown"


def _kind(value: Any) -> str:
    if value is None:
        return "null or missing"
    return f"an empty {type(value).__name__}" if value in ([], {}, "") else f"a {type(value).__name__}"
