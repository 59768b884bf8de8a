"""Whatever an answer holds, parsing it gives a snapshot or a reason, and the differ takes it."""

from __future__ import annotations

import copy
import random
from typing import Any

import orjson
import pytest

from prim_client.messages.differ import Differ
from prim_client.messages.message import dump_body
from prim_client.messages.parse import Parser
from prim_client.messages.polls import Rejected, Snapshot
from tests.made.bodies import NATION, answer, poll, record, rer_a

JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    2**63,
    "",
    "x",
    "d-1",
    "é" * 300,
    "\u0000",
    "<script>",
    [],
    {},
    [[]],
    [None],
    {"id": None},
    {"name": 7},
    "20260302T063000",
    "99991231T235959",
    ["d-1"],
    [{}],
    "line:IDFM:C01742",
    {"begin": "20260302T063000"},
)
SECTION = {"lineId": "line:IDFM:C01742", "from": {"name": "Nation"}, "to": {"name": "Vincennes"}}


def valid() -> dict[str, Any]:
    records = [record(f"d-{n}", tags=["a"], shortMessage="b", impactedSections=[SECTION]) for n in range(3)]
    return orjson.loads(answer(records, [rer_a("d-0", "d-1"), rer_a("d-2", stops=(NATION,))]))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a JSON document, its root left out."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [place for key, child in children for place in places(child, (*path, key))]
    return [*([path] if path else []), *below]


def put(document: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = value


def taken(parser: Parser, differ: Differ, body: bytes) -> Snapshot | Rejected:
    """`body`, parsed and taken by the differ; every message can be written."""
    parsed = parser.parse(poll(body))
    assert isinstance(parsed, Snapshot | Rejected)
    for entry in differ.feed(parsed).entries:
        for message in entry.messages:
            dump_body(message.body)
            message.id.encode()
    return parsed


@pytest.fixture(scope="module")
def parser() -> Parser:
    return Parser()


def test_any_value_at_any_place(parser):
    parsed = []
    for path in places(valid()):
        for junk in JUNK:
            document = valid()
            put(document, path, copy.deepcopy(junk))
            parsed.append(taken(parser, Differ(300, 600, 600, "live"), orjson.dumps(document)))
    snapshots = [one for one in parsed if isinstance(one, Snapshot)]
    assert len(parsed) > 2_000
    assert len(snapshots) > 0.9 * len(parsed)  # one bad value seldom spoils an answer …
    whole = [one for one in snapshots if not one.invalid]
    broken = [one for one in snapshots if one.invalid]
    assert min(len(whole), len(broken)) > 0.2 * len(parsed)
    assert all(len(one.disruptions) >= 2 for one in broken)  # … and no more than its own record


def test_any_key_left_out(parser):
    for path in places(valid()):
        document = valid()
        parent = document
        for key in path[:-1]:
            parent = parent[key]
        del parent[path[-1]]
        taken(parser, Differ(300, 600, 600, "live"), orjson.dumps(document))


@pytest.mark.parametrize("seed", range(4))
def test_broken_bytes(parser, seed):
    rng = random.Random(seed)
    whole = orjson.dumps(valid())
    differ = Differ(300, 600, 600, "live")
    for _ in range(250):
        body = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            where = rng.randrange(len(body))
            body[where : where + rng.choice((0, 1, 1, 40))] = rng.randbytes(rng.choice((0, 1, 1, 3)))
        taken(parser, differ, bytes(body))


def test_an_answer_cut_anywhere(parser):
    whole = orjson.dumps(valid())
    for length in range(0, len(whole), 7):
        assert isinstance(parser.parse(poll(whole[:length])), Rejected)
