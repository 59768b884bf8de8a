"""State of the differ between two polls, stored as compact JSON in zstd so that it survives a restart."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import zstandard

from prim_client.messages.message import Body, from_epoch_us, to_epoch_us
from prim_client.messages.periods import Periods

FORMAT = 1


@dataclass(slots=True)
class Tracked:
    """One disruption as last published. `body` is not part of the state: the log has it."""

    id: str
    revision: str = ""
    state: str = ""  # announced, active, paused, closed; empty: no message yet
    passes: bool = True  # the filter keeps its messages
    seen_at: datetime | None = None  # event time of the last good poll that held it
    missing_since: datetime | None = None  # first good poll in a row that did not
    published_at: datetime | None = None
    periods: Periods = ()
    body: Body | None = None


@dataclass(slots=True)
class Memory:
    """All of the differ's state."""

    started: bool = False  # a good poll was seen: what comes now is not initial
    floor: datetime | None = None  # no entry may be earlier
    next_tick: datetime | None = None
    last_good: datetime | None = None  # event time of the last good poll
    tracked: dict[str, Tracked] = field(default_factory=dict)
    invalid: dict[str, datetime] = field(default_factory=dict)  # hash of a broken record -> last seen


def dump(memory: Memory) -> bytes:
    """The state as bytes; the same bytes for the same state."""
    plain = {
        "format": FORMAT,
        "started": memory.started,
        "floor": _us(memory.floor),
        "next_tick": _us(memory.next_tick),
        "last_good": _us(memory.last_good),
        "tracked": [_tracked_row(memory.tracked[key]) for key in sorted(memory.tracked)],
        "invalid": {key: _us(memory.invalid[key]) for key in sorted(memory.invalid)},
    }
    return zstandard.compress(orjson.dumps(plain))


def load(state: bytes) -> Memory:
    """The state that `dump` wrote. Raises ValueError if these bytes are none."""
    try:
        plain = orjson.loads(zstandard.decompress(state))
        if plain["format"] != FORMAT:
            raise ValueError(f"format {plain['format']}, this version reads {FORMAT}")
        tracked = [_tracked(row) for row in plain["tracked"]]
    except (zstandard.ZstdError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"not a state of the differ ({error}): {state[:40]!r}; start a new log") from error
    return Memory(
        started=plain["started"],
        floor=_moment(plain["floor"]),
        next_tick=_moment(plain["next_tick"]),
        last_good=_moment(plain["last_good"]),
        tracked={item.id: item for item in tracked},
        invalid={key: from_epoch_us(at) for key, at in plain["invalid"].items()},
    )


def _tracked_row(item: Tracked) -> list[Any]:
    return [
        item.id,
        item.revision,
        item.state,
        item.passes,
        _us(item.seen_at),
        _us(item.missing_since),
        _us(item.published_at),
        [[_us(begin), _us(end)] for begin, end in item.periods],
    ]


def _tracked(row: list[Any]) -> Tracked:
    id_, revision, state, passes, seen_at, missing_since, published_at, periods = row
    return Tracked(
        id_,
        revision,
        state,
        passes,
        _moment(seen_at),
        _moment(missing_since),
        _moment(published_at),
        tuple((from_epoch_us(begin), _moment(end)) for begin, end in periods),
    )


def _us(moment: datetime | None) -> int | None:
    return None if moment is None else to_epoch_us(moment)


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_epoch_us(micros)
