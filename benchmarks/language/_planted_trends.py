"""Planted stations: does the trend find four incidents at one station within two hours?

Each trial takes a random moment of the recording with at least a week behind it (or all there is),
a random station, and plants four disruptions there in the two hours before, each with a line, a cause
and an effect as real ones have. The trend should have the station among its ten most unusual tags.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from prim_client.inputs.recorded.recorded import Recorded
from prim_client.messages.parse import Parser
from prim_client.messages.polls import Snapshot
from spark_app.derived.tags.trends import MEMORY, WINDOW, Sighting, trends
from spark_app.language.labels import CAUSES_FR, EFFECTS_FR
from spark_app.language.tags import Tag, body_tags

INCIDENTS = 4
FIRST_LOOK = timedelta(hours=1)  # what the first polls hold opened at an unknown time before


@dataclass(frozen=True)
class Shares:
    """Shares of the trials whose planted station was found."""

    leads: float  # it is one of the ten most unusual tags
    named: float  # it is one, or named beside one that tells of the same disruptions
    frequent: float  # it is one of the ten most frequent tags


def read_sightings(path: Path) -> list[Sighting]:
    """Each disruption of a recording when it was first seen, with its tags."""
    parser, seen = Parser(), {}
    for poll in Recorded(path).polls():
        snapshot = parser.parse(poll)
        if isinstance(snapshot, Snapshot):
            for disruption in snapshot.disruptions.values():
                if disruption.id not in seen:
                    seen[disruption.id] = Sighting(snapshot.clock, disruption.id, body_tags(disruption.body))
    return list(seen.values())


def run(sightings: Sequence[Sighting], trials: int, seed: int = 1) -> Shares:
    """Shares over `trials` planted stations, the same for the same seed."""
    chance = random.Random(seed)
    begin, last = min(s.opened for s in sightings) + FIRST_LOOK, max(s.opened for s in sightings)
    known = [s for s in sightings if s.opened >= begin]
    first_end = min(begin + MEMORY + WINDOW, last)
    stations = sorted({tag for s in known for tag in s.tags if tag[0] == "station"})
    leads = named = frequent = 0
    for _ in range(trials):
        end = first_end + chance.random() * (last - first_end)
        station = chance.choice(stations)
        found = trends([*known, *_planted(chance, station, known, end)], end, since=begin)
        leads += any(trend.tag == station for trend in found.unusual)
        named += any(station in (trend.tag, *trend.also) for trend in found.unusual)
        frequent += any(trend.tag == station for trend in found.frequent)
    return Shares(leads / trials, named / trials, frequent / trials)


def _planted(chance: random.Random, station: Tag, known: Sequence[Sighting], end: datetime) -> list[Sighting]:
    lines = sorted({tag for s in known if station in s.tags for tag in s.tags if tag[0] == "line"})
    return [
        Sighting(
            end - chance.uniform(0.01, 0.99) * WINDOW,
            f"planted {number}",
            [
                station,
                chance.choice(lines),
                ("cause", chance.choice(list(CAUSES_FR))),
                ("effect", chance.choice(list(EFFECTS_FR))),
            ],
        )
        for number in range(INCIDENTS)
    ]
