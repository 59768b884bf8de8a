"""A recording through differ and incident fold: do polls, messages, disruptions and incidents reconcile?"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, Row, select

from benchmarks.base._stored_entries import stored
from benchmarks.derived._incident_truth import notice_at
from prim_client.inputs.recorded.recorded import Recorded
from prim_client.messages.differ import Differ, Outcome
from prim_client.messages.message import Entry
from prim_client.messages.parse import Parser
from prim_client.messages.polls import Snapshot
from spark_app.derived.incidents.fold import Incidents
from spark_app.derived.incidents.notice import Notice
from spark_app.store.engine import open_store, sqlite_url
from spark_app.store.tables import incident, incident_of

TICK_S, GRACE_S, TOLERANCE_S = 300, 600, 600
ENTRIES_PER_STEP = 500


@dataclass(slots=True)
class Played:
    """A recording as it went through parser and differ."""

    first_seen: list[Notice] = field(default_factory=list)  # each disruption at its first sight
    entries: list[Entry] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    made: int = 0
    steps_by_rejected: int = 0  # opened, closed … in the entry of a rejected poll: none
    returns: Counter[str] = field(default_factory=Counter)  # disruption -> how often it came back into the answers


def play(recording: Path) -> Played:
    """Read a recording once."""
    parser, differ, played = Parser(), Differ(TICK_S, GRACE_S, TOLERANCE_S, "recorded"), Played()
    seen: set[str] = set()
    before: set[str] = set()
    for raw in Recorded(recording).polls():
        answer = parser.parse(raw)
        _count(played, differ.feed(answer))
        if not isinstance(answer, Snapshot):
            continue
        here = set(answer.disruptions)
        played.returns.update((here & seen) - before)
        played.first_seen += [
            notice_at(answer.disruptions[id_], answer.clock) for id_ in answer.disruptions if id_ not in seen
        ]
        seen |= here
        before = here
    return played


def _count(played: Played, outcome: Outcome) -> None:
    played.verdicts[outcome.verdict] += 1
    played.made += outcome.made
    played.entries += outcome.entries
    if outcome.verdict == "rejected":
        played.steps_by_rejected += sum(len(entry.messages) for entry in outcome.entries if not entry.tick)


@dataclass(frozen=True, slots=True)
class Folded:
    """What the tables of incidents hold."""

    messages: int
    disruptions: int
    named: int  # disruptions with an incident
    incidents: int
    episodes: int
    active: int
    belongs: dict[str, str]  # disruption -> incident
    errors_min: list[float]  # first announced end less effective end, of incidents whose begin is known
    only_ended: int  # of which nothing but the closing id was published


def fold(played: Played) -> Folded:
    """The incidents of a played recording, through the store's own fold and tables."""
    entries = list(stored(played.entries))
    with tempfile.TemporaryDirectory() as folder:
        engine = open_store(sqlite_url(Path(folder) / "store.db"))
        incidents = Incidents()
        incidents.begin(None)
        for start in range(0, len(entries), ENTRIES_PER_STEP):
            with engine.begin() as connection:
                incidents.fold(connection, entries[start : start + ENTRIES_PER_STEP])
        try:
            return _read(engine)
        finally:
            engine.dispose()


def _read(engine: Engine) -> Folded:
    with engine.connect() as connection:
        rows = connection.execute(select(incident)).all()
        of = connection.execute(select(incident_of).order_by(incident_of.c.since_entry)).all()
    belongs = {row.disruption: row.incident for row in of}
    return Folded(
        sum(row.messages for row in rows),
        sum(row.disruptions for row in rows),
        len(belongs),
        len(rows),
        len({row.episode for row in rows}),
        sum(row.phase in ("active", "resuming") for row in rows),
        belongs,
        [error for row in rows if (error := _error_min(row)) is not None],
        sum(row.opened_us is None and row.ended_us is not None for row in rows),
    )


def _error_min(row: Row) -> float | None:
    known = row.channel == "incident" and not row.initial and row.first_end_us is not None and row.ended_us is not None
    return (row.first_end_us - row.ended_us) / 60_000_000 if known else None
