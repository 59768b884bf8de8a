"""The disruptions of each tick of a recording as points, without Spark and without a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from benchmarks.base._placed_entries import TICK_S, Entries
from geo.network.projection import to_km
from prim_client.inputs.recorded.recorded import Recorded
from prim_client.messages.polls import RawPoll
from spark_app.fold.message_point import NO_STATION, medoid_hit
from spark_app.language.sentiment.analyzers import make_analyzer
from spark_app.store.entry_reader import StoredRevision


@dataclass(frozen=True)
class Disruption:
    """A disruption with a station: `hits_km` (h, 2) are the places of all its hits, `medoid` is one of them."""

    id: str
    channel: str
    hits_km: np.ndarray
    medoid: int
    polarity: float

    def points(self, polarity_km: float) -> np.ndarray:
        """All hits (h, 3) in the space of the model."""
        return np.column_stack([self.hits_km, np.full(len(self.hits_km), self.polarity * polarity_km)])


@dataclass(frozen=True)
class Tick:
    """The active disruptions of one observed tick, in log order."""

    at_us: int
    disruptions: tuple[Disruption, ...]

    def points(self, polarity_km: float) -> np.ndarray:
        """One point (n, 3) a disruption: its medoid station and polarity."""
        rows = [[*d.hits_km[d.medoid], d.polarity * polarity_km] for d in self.disruptions]
        return np.array(rows, np.float64).reshape(-1, 3)

    def of(self, channel: str) -> Tick:
        """The same tick with the disruptions of one channel."""
        return Tick(self.at_us, tuple(d for d in self.disruptions if d.channel == channel))


def read_ticks(path: Path, analyzer_name: str, repeat_days: int = 0) -> list[Tick]:
    """The observed ticks of a recording, in order.

    Args:
        path: a recording, as `./pulse replay` takes it.
        analyzer_name: which analyzer gives the polarity.
        repeat_days: repeat the first poll for so many days; what it publishes begins and ends as it says.

    Raises RecordingError.
    """
    recorded, analyzer = Recorded(path), make_analyzer(analyzer_name)
    known: dict[int, Disruption | None] = {}
    ticks = []
    polls = _repeated(next(recorded.polls()), repeat_days) if repeat_days else recorded.polls()
    for entry in Entries(recorded.source).of_polls(polls):
        if entry.tick and entry.observed:
            for message in entry.messages:
                r = message.revision
                if r.rev not in known:
                    known[r.rev] = _placed(r, analyzer.polarity(f"{r.title}\n{r.text}") or 0.0)
            active = [known[message.rev] for message in entry.messages if message.kind == "ongoing"]
            ticks.append(Tick(entry.event_time_us, tuple(each for each in active if each is not None)))
    return ticks


def _repeated(poll: RawPoll, days: int) -> Iterator[RawPoll]:
    for number in range(days * 86_400 // TICK_S):
        yield RawPoll(poll.clock + timedelta(seconds=number * TICK_S), poll.body, str(number))


def _placed(revision: StoredRevision, polarity: float) -> Disruption | None:
    places = [(hit.zda, hit.lat, hit.lon) for hit in revision.hits if hit.lat is not None and hit.lon is not None]
    x_km, y_km = to_km([lat for _, lat, _ in places], [lon for _, _, lon in places])
    medoid = medoid_hit([zda for zda, _, _ in places], x_km, y_km)
    if medoid == NO_STATION:
        return None
    return Disruption(revision.id, revision.channel, np.column_stack([x_km, y_km]), medoid, polarity)


def of_channel(ticks: Sequence[Tick], channel: str) -> list[Tick]:
    """Each tick with the disruptions of `channel` alone."""
    return [tick.of(channel) for tick in ticks]
