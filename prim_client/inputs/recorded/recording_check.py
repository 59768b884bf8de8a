"""Check of a recording before a run: a file that is no recording must not look like a successful replay.

Files are read up to the first one that can be used: one good file among wrong ones makes a recording, as the
others are rejected polls with their reasons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import orjson

from geo.network.lines import Lines
from prim_client.inputs.file.file_input import FileInput
from prim_client.inputs.file.lines import FileInputError
from prim_client.inputs.recorded.recorded import Recorded, RecordingUnreadable
from prim_client.messages.parse import Parser
from prim_client.messages.polls import Idle, RawPoll, Rejected, Snapshot

WANTED = 'expected PRIM\'s bulk disruptions, {"disruptions": […], "lines": […]}'
REGION = b"line:IDFM:"
# What other services answer with: keys of the outermost object -> what that is. The first that fits counts.
KNOWN_ANSWERS = (
    ({"Siri"}, "a SIRI answer"),
    ({"siri"}, "a SIRI answer"),
    ({"line_reports"}, "a page of Navitia's line reports"),
    ({"disruptions", "pagination"}, "an answer of Navitia"),
    ({"entity", "header"}, "a GTFS-RT feed"),
    ({"type", "features"}, "GeoJSON"),
    ({"last_updated", "ttl", "data"}, "a GBFS feed"),
    ({"total_count", "results"}, "an answer of an open-data portal"),
)
EXPLAINED = {"disruptions", "message", "error"}  # of these the parser says what is wrong


def check_recording(recorded: Recorded, name: str) -> None:
    """Raise RecordingUnreadable, with the most frequent reason, unless a poll of it speaks of the region."""
    parser, reasons, elsewhere = Parser(), Counter[str](), 0
    for poll in recorded.polls():
        snapshot = parser.parse(poll)
        if isinstance(snapshot, Rejected):
            reasons[_what(poll) or snapshot.reason] += 1
        elif _speaks_of_the_region(poll.body, snapshot):
            return
        else:
            elsewhere += 1
    if elsewhere:
        raise RecordingUnreadable(
            f"{name} is of another network: none of its lines is one of Île-de-France (as line:IDFM:C01742)"
        )
    reason, count = reasons.most_common(1)[0]
    often = "" if len(reasons) == 1 else f" in {count} of {recorded.total()} polls"
    raise RecordingUnreadable(f"no poll of {name} can be used: {reason}{often}; {WANTED}")


def check_messages(path: Path, columns: Mapping[str, str]) -> None:
    """Raise FileInputError, with the first reason, unless a row of it is a message."""
    reason = "there is no row under its header"
    for item in FileInput(path, columns).polls():
        if isinstance(item, Idle):
            continue
        if item.disruptions:
            return
        reason = item.invalid[0][1] if item.invalid else reason
    raise FileInputError(f"no row of {path} is a message: {reason}")


def _what(poll: RawPoll) -> str:
    """What a body is if it is another service's; empty if nobody knows."""
    head = poll.body.lstrip()[:200].lower()
    if head.startswith(b"<"):
        return "SIRI as XML" if b"siri" in head else "a web page or XML"
    try:
        answer = orjson.loads(poll.body)
    except orjson.JSONDecodeError:
        return ""
    if not isinstance(answer, dict):
        return f"a JSON {type(answer).__name__}"
    known = next((what for keys, what in KNOWN_ANSWERS if keys <= answer.keys()), "")
    if known or answer.keys() & EXPLAINED:
        return known
    return f"an object with {', '.join(sorted(map(repr, answer))[:5])[:120] or 'nothing in it'}"


def _speaks_of_the_region(body: bytes, snapshot: Snapshot) -> bool:
    """Whether one of its lines is ours; one that our tables do not know yet has the region in its id."""
    ids = {line.id for disruption in snapshot.disruptions.values() for line in disruption.body.lines}
    return REGION in body or any(Lines.load().get(id_) for id_ in ids)
