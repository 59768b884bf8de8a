"""Records that the screens read from the store, named as the store contract names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeGuard

from spark_app.store.records import HitRecord, RevisionRecord


@dataclass(frozen=True, slots=True)
class Version:
    """What tells one state of the store from another: cheap to read, compared on every beat."""

    store: str  # changes when the store is rebuilt
    last_entry: int
    newest_end_us: int
    status_at_us: int  # when a running part, or a derived fold, said something last
    folded: int = -1  # how far the derived folds are, added up

    def data(self) -> str:
        """Changes when the map, the table or the timeline may have changed."""
        return f"{self.store}.{self.last_entry}.{self.newest_end_us}.{self.folded}"


@dataclass(frozen=True, slots=True)
class Span:
    """One sliding window (begin, end]."""

    end_us: int
    begin_us: int
    ticks_expected: int
    ticks_observed: int
    closed: bool
    first_entry: int
    last_entry: int
    generation: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the log with the moment of its entry."""

    entry: int
    part: int
    at_us: int
    tick: bool
    rev: int
    kind: str
    initial: bool
    begin_us: int | None
    end_us: int | None
    labels: str


@dataclass(frozen=True, slots=True)
class Tick:
    """One step of the model's clock."""

    entry: int
    at_us: int
    observed: bool


@dataclass(frozen=True, slots=True)
class Hit(HitRecord):
    """A hit with the words of the text that made it."""

    words: str  # of the text that name the place; empty for PRIM's own stop
    rule: str  # the phrase that makes it a hit; empty for PRIM's own stop


@dataclass(frozen=True, slots=True)
class PlacedHit(Hit):
    """A hit with a station, so with a point: what `is_placed` lets through."""

    lat: float
    lon: float


def is_placed(hit: Hit) -> TypeGuard[PlacedHit]:
    """Whether a hit has a station, so a latitude and a longitude."""
    return hit.lat is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision(RevisionRecord):
    """A revision as the screens show it."""

    lines: str  # JSON, as the store has it
    analyzer: str
    hits: tuple[Hit, ...] = ()
    causes: tuple[str, ...] = ()  # that the text names, as the store's tags say
    tagged: bool = False  # whether the store has its tags yet


@dataclass(frozen=True, slots=True)
class Event:
    """A message as the measures need it; `labels` has one character a hit of its revision."""

    pane_us: int  # the tick whose pane (tick - interval, tick] holds it
    rev: int
    kind: str
    initial: bool
    labels: str
