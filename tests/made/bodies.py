"""Hand-written answers of PRIM for the tests: one RER A disruption unless told otherwise."""

from datetime import UTC, datetime
from typing import Any

import orjson

from prim_client.messages.polls import RawPoll

CLOCK = datetime(2026, 3, 2, 6, 0, 30, tzinfo=UTC)
NATION = ("stop_point:IDFM:monomodalStopPlace:473875", "Nation")
VINCENNES = ("stop_point:IDFM:monomodalStopPlace:43224", "Vincennes")


def record(id: Any = "d-1", **changes: Any) -> dict[str, Any]:
    """One object of `disruptions`."""
    return {
        "id": id,
        "applicationPeriods": [{"begin": "20260302T063000", "end": "20260302T093000"}],
        "lastUpdate": "20260302T065500",
        "cause": "PERTURBATION",
        "severity": "BLOQUANTE",
        "title": "RER A : essai",
        "message": "<p>Le trafic est interrompu vers Nation.</p>",
        **changes,
    }


def impacted(ids: Any, kind: str = "line", id: str = "line:IDFM:C01742", name: str = "A") -> dict[str, Any]:
    """One impacted object of a line."""
    return {"type": kind, "id": id, "name": name, "disruptionIds": ids}


def line(*objects: dict[str, Any], id: str = "C01742", name: str = "A", mode: str = "RapidTransit") -> dict[str, Any]:
    """One object of `lines`."""
    return {
        "id": f"line:IDFM:{id}",
        "name": name,
        "shortName": name,
        "mode": mode,
        "networkId": "network:IDFM:71",
        "impactedObjects": list(objects),
    }


def rer_a(*ids: str, stops: tuple[tuple[str, str], ...] = (NATION, VINCENNES)) -> dict[str, Any]:
    """RER A with `ids` on the line and on `stops`."""
    return line(impacted(list(ids)), *(impacted(list(ids), "stop_point", *stop) for stop in stops))


def answer(records: Any = None, lines: Any = None, **top: Any) -> bytes:
    """The bytes of an answer."""
    records = [record()] if records is None else records
    ids = [r["id"] for r in records if isinstance(r, dict) and isinstance(r.get("id"), str)]
    plain = {"disruptions": records, "lines": [rer_a(*ids)] if lines is None else lines}
    return orjson.dumps({**plain, "lastUpdatedDate": "2026-03-02T06:00:00.000Z", **top})


def poll(body: bytes, clock: datetime = CLOCK, **changes: Any) -> RawPoll:
    """`body` as a poll."""
    return RawPoll(clock, body, "cursor-1", **changes)
