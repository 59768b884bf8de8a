"""Logs with any rate of messages: the bodies of the simulated network, published anew under ids of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from prim_client.messages.differ import Outcome
from prim_client.messages.message import Entry, Kind, Message
from prim_client.messages.parse import Parser
from prim_client.messages.polls import Disruption, RawPoll, Snapshot
from prim_client.simulated.world.world import World
from stream_server.log.books import Observed
from stream_server.log.log import Log

BEGIN = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)  # a Monday morning; a multiple of the tick
SOURCE = "simulated"


def simulated_disruptions() -> list[Disruption]:
    """All disruptions that the simulated network publishes at one moment, about 800 of all modes."""
    snapshot = Parser().parse(RawPoll(BEGIN, World(1).body_at(BEGIN), "made"))
    assert isinstance(snapshot, Snapshot), snapshot
    return list(snapshot.disruptions.values())


def make_message(number: int, kind: Kind, at: datetime, disruptions: Sequence[Disruption]) -> Message:
    """Message `kind` about disruption `number`, whose body is one of `disruptions`; each number is another id."""
    of = disruptions[number % len(disruptions)]
    begin = BEGIN - timedelta(hours=1)
    id_ = f"made-{number:08d}"
    return Message(id_, f"{number:016x}", kind, False, at, begin, None, begin, None, SOURCE, of.body)


def busy_entries(
    hours: float, new_per_hour: float, life: timedelta, tick: timedelta, disruptions: Sequence[Disruption]
) -> Iterator[Entry]:
    """Entries of `hours`: polls every two minutes with what opened and closed since, ticks with what goes on."""
    step, made, first_open = timedelta(minutes=2), 0, 0
    polls = (BEGIN + step * n + timedelta(seconds=1) for n in range(int(timedelta(hours=hours) / step)))
    next_tick = BEGIN + tick
    for at in polls:
        while next_tick < at:
            active = range(first_open, made)
            messages = (make_message(n, Kind.ONGOING, next_tick, disruptions) for n in active)
            yield Entry(next_tick, True, True, tuple(messages))
            next_tick += tick
        opened = range(made, made + round(new_per_hour * step / timedelta(hours=1)))
        over = range(first_open, max(first_open, round(new_per_hour * (at - BEGIN - life) / timedelta(hours=1))))
        kinds = [(n, Kind.OPENED) for n in opened] + [(n, Kind.CLOSED) for n in over]
        yield Entry(at, False, True, tuple(make_message(n, kind, at, disruptions) for n, kind in kinds))
        made, first_open = opened.stop, over.stop


def append(log: Log, entries: Sequence[Entry]) -> None:
    """`entries` in one durable transaction."""
    at = [entry.event_time for entry in entries]
    outcomes = [Outcome("changed", "", (entry,), 0, len(entry.messages), str(entry.event_time)) for entry in entries]
    log.append(list(map(Observed, outcomes, at)), b"state")


def write_log(path: Path, entries: Iterator[Entry], group: int = 8) -> tuple[int, int]:
    """A new log at `path`; returns (entries, messages)."""
    count = messages = 0
    with Log.open(path) as log:
        while part := list(islice(entries, group)):
            append(log, part)
            count, messages = count + len(part), messages + sum(len(entry.messages) for entry in part)
        log.mark_input(done=True)
    return count, messages
