"""A store with a few entries, written row by row as the sink would."""

from collections.abc import Sequence

from sqlalchemy import Engine

from spark_app.store.engine import append
from spark_app.store.tables import entry, message, revision, revision_hit

MINUTE_US = 60_000_000
HIT = {"zdc": "", "method": "stop_id", "confidence": 1.0, "words": "", "rule": "", "line_weight_e9": 10**9}


def put_revision(engine: Engine, rev: int, *stations: str, **columns) -> None:
    """One revision of disruption d<rev> with one hit a station name, all on the line C01742."""
    row = {
        "rev": rev,
        "id": f"d{rev}",
        "revision": f"{rev:016}",
        "channel": "incident",
        "severity": "PERTURBEE",
        "cause": "PERTURBATION",
        "title": "RER A",
        "short_message": "",
        "text": f"Texte {rev}",
        "html": "",
        "tags": "[]",
        "lines": '[{"id": "C01742", "name": "A", "mode": "rer", "network": "RER", "sections": []}]',
        "published_at_us": None,
        "polarity": -0.5,
        "analyzer": "a-1",
        "unplaced": "",
    } | columns
    hits = [
        HIT
        | {
            "rev": rev,
            "hit": n,
            "line": "C01742",
            "mode": "rer",
            "zda": name,
            "station": name,
            "lat": 48.8,
            "lon": 2.3,
            "weight_e9": 10**9 // len(stations),
        }
        for n, name in enumerate(stations)
    ]
    with engine.begin() as connection:
        append(connection, revision, [row])
        append(connection, revision_hit, hits)


def put_entry(
    engine: Engine,
    number: int,
    at_us: int,
    messages: Sequence[tuple[int, str]],
    *,
    tick: bool = False,
    labels: Sequence[str] = (),
) -> None:
    """One entry with messages (rev, kind), labelled "0" or as `labels` say."""
    rows = [
        {
            "entry": number,
            "part": part,
            "rev": rev,
            "kind": kind,
            "initial": False,
            "begin_us": None,
            "end_us": None,
            "last_seen_us": None,
            "labels": labels[part] if labels else "0",
        }
        for part, (rev, kind) in enumerate(messages)
    ]
    with engine.begin() as connection:
        append(
            connection,
            entry,
            [{"entry": number, "event_time_us": at_us, "tick": tick, "observed": True, "messages": len(rows)}],
        )
        append(connection, message, rows)
