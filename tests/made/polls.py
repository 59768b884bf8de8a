"""A small recording in PRIM's form, of our own texts: one poll a minute, disruptions that come and go."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import orjson

BEGIN = datetime(2026, 3, 2, 6, 0)  # Paris


def answer(minute: int) -> bytes:
    """What PRIM would say in this minute: disruption n is there from minute 3n to 3n + 20."""
    known = range(max(0, (minute - 18) // 3), minute // 3 + 1)
    now = BEGIN + timedelta(minutes=minute)
    return orjson.dumps(
        {
            "disruptions": [_disruption(n) for n in known],
            "lines": [
                {
                    "id": "line:IDFM:C01379",
                    "name": "9",
                    "shortName": "9",
                    "mode": "Metro",
                    "networkId": "network:IDFM:439",
                    "impactedObjects": [
                        {
                            "type": "line",
                            "id": "line:IDFM:C01379",
                            "name": "9",
                            "disruptionIds": [f"essai-{n}" for n in known],
                        }
                    ],
                }
            ],
            "lastUpdatedDate": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M:%S}.000Z",
        }
    )


def _disruption(n: int) -> dict:
    begin = BEGIN + timedelta(minutes=3 * n)
    return {
        "id": f"essai-{n}",
        "lastUpdate": f"{begin:%Y%m%dT%H%M%S}",
        "cause": "PERTURBATION",
        "severity": "PERTURBEE",
        "applicationPeriods": [
            {"begin": f"{begin:%Y%m%dT%H%M%S}", "end": f"{begin + timedelta(minutes=15):%Y%m%dT%H%M%S}"}
        ],
        "title": f"Métro 9 : essai {n}",
        "message": f"<p>Motif : essai numéro {n}.</p>",
    }


def record(folder: Path, minutes: range) -> Path:
    """A folder of polls; the answer of every tenth minute is empty."""
    folder.mkdir(exist_ok=True)
    for minute in minutes:
        name = f"{BEGIN + timedelta(minutes=minute):%Y%m%d%H%M%S}_essai.json"
        (folder / name).write_bytes(b"" if minute % 10 == 9 else answer(minute))
    return folder
