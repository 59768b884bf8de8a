"""The level of a line: which share of its stations is disrupted by incidents now, weighted by severity.

    level = blocked + 1/2 disturbed

`blocked` is the share of the line's stations with an active BLOQUANTE incident, `disturbed` that of the others
with a PERTURBEE one. A station counts once however many messages name it, so neither the operators' habit of
publishing one event as many ids nor the length of a text changes the level. "On the whole line" is every
station; a message without any place, or about a bus stop, is none. Works and information have no level: they are
known beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from geo.network.stations import Stations
from geo.text.geocoder import WHOLE_LINE
from prim_client.messages.message import Channel, Severity
from prim_client.messages.paris_time import period_length_us
from spark_app.language.severities import rank, severity_of
from spark_app.store.entry_reader import StoredEntry, StoredMessage, StoredRevision

SCALE = 1_000_000  # shares are integers in 1e-6: no order of messages changes a digit
BLOCKING, DISTURBING = Severity.BLOCKING.value, Severity.DISTURBING.value
INCIDENT = Channel.INCIDENT.value
# RATP ends an incident with an id whose period is a minute: it says that all is over, and is nothing itself.
CLOSING_US = 120_000_000
ANY = "?"  # with a number: any station of a whole line
COUNTED = rank("disrupted")  # the least wording of a severity that makes an hour one with an incident


@lru_cache(maxsize=4_096)
def stations_of_line(line: str) -> int:
    """How many stations the line has; 0 where no table says (bus): such a line has no level."""
    return len(Stations.load().of_line(line))


@dataclass(frozen=True, slots=True)
class Level:
    """The level of a line at one moment, in 1e-6, and the disruptions behind it."""

    level_e6: int
    blocked_e6: int
    ids: tuple[str, ...] = ()
    title: str = ""  # of the gravest of them


QUIET = Level(0, 0)


@dataclass(frozen=True, slots=True)
class Touch:
    """What one active disruption does to one line, of which it hits a station or the whole."""

    severity: str
    stations: frozenset[str]  # ZdA
    whole: bool
    title: str = ""
    is_counted: bool = True  # it makes an hour one with an incident


def touches(revision: StoredRevision) -> dict[str, Touch]:
    """What a revision does to each line that it hits."""
    whole = revision.unplaced.startswith(WHOLE_LINE)  # of a line without a table, and in stores of before
    by_line: dict[str, set[str]] = {}
    for hit in revision.hits:
        if hit.line and (whole or (hit.zda and is_of_line(hit.zda, hit.line))):
            by_line.setdefault(hit.line, set()).update({hit.zda} - {""})
    is_counted = rank(severity_of(revision.channel, revision.severity, revision.title, revision.text)) <= COUNTED
    return {
        line: Touch(revision.severity, frozenset(zdas), whole, revision.title, is_counted)
        for line, zdas in by_line.items()
    }


@lru_cache(maxsize=65_536)
def is_of_line(zda: str, line: str) -> bool:
    """Whether a stop zone may be a station of a line: a bus stop is one of a bus line only.

    A station of the railway that the tables no longer give to the line is one: PRIM's word goes before the tables.
    """
    station = Stations.load().get(zda)
    return station is None or station.mode != "bus" or station in Stations.load().of_line(line)


@dataclass
class Active:
    """The active incidents by disruption id, and the lines whose level may have changed since `changed` was asked."""

    size_of: Callable[[str], int] = stations_of_line
    touching: dict[str, dict[str, Touch]] = field(default_factory=dict)  # id -> line -> touch
    _by_line: dict[str, dict[str, Touch]] = field(default_factory=dict)  # line -> id -> touch

    def __post_init__(self) -> None:
        for id_, by_line in self.touching.items():
            for line, touch in by_line.items():
                self._by_line.setdefault(line, {})[id_] = touch

    def take(self, entry: StoredEntry) -> set[str]:
        """Take in one entry; the lines that it touches. An observed tick says all that is active."""
        changed: set[str] = set()
        for message in entry.messages:
            if message.revision.channel == INCIDENT:
                changed |= self._message(message)
        if entry.tick and entry.observed:
            named = {m.revision.id for m in entry.messages if m.kind == "ongoing"}
            for id_ in self.touching.keys() - named:
                changed |= self._drop(id_)
        return changed

    def _message(self, message: StoredMessage) -> set[str]:
        id_, kind = message.revision.id, message.kind
        if kind in ("closed", "paused", "announced") or _is_closing(message):
            return self._drop(id_)
        if kind == "updated" and id_ not in self.touching:
            return set()  # announced, and not active yet
        return self._put(id_, touches(message.revision))

    def _put(self, id_: str, by_line: dict[str, Touch]) -> set[str]:
        by_line = {line: touch for line, touch in by_line.items() if self.size_of(line)}
        if self.touching.get(id_) == by_line:
            return set()
        changed = self._drop(id_)
        self.touching[id_] = by_line
        for line, touch in by_line.items():
            self._by_line.setdefault(line, {})[id_] = touch
        return changed | by_line.keys()

    def _drop(self, id_: str) -> set[str]:
        lines = self.touching.pop(id_, {}).keys()
        for line in lines:
            del self._by_line[line][id_]
            if not self._by_line[line]:
                del self._by_line[line]
        return set(lines)

    def lines(self) -> Iterable[str]:
        """The lines with an active incident."""
        return self._by_line.keys()

    def lines_with_incident(self) -> Iterable[str]:
        """The lines of which a counted incident hits a station or the whole."""
        return (line for line, by_id in self._by_line.items() if any(touch.is_counted for touch in by_id.values()))

    def level(self, line: str) -> Level:
        """The level of a line now; quiet where nothing is active or its stations are not known."""
        return level_of(self._by_line.get(line, {}), self.size_of(line))


def _is_closing(message: StoredMessage) -> bool:
    if message.begin_us is None or message.end_us is None:
        return False
    return period_length_us(message.begin_us, message.end_us) <= CLOSING_US


def level_of(by_id: dict[str, Touch], size: int) -> Level:
    """The level of a line with `size` stations under the disruptions `by_id`.

    >>> level_of({"a": Touch(BLOCKING, frozenset("12"), False), "b": Touch(DISTURBING, frozenset("23"), False)}, 10)
    Level(level_e6=250000, blocked_e6=200000, ids=('a', 'b'), title='')
    """
    if not size or not by_id:
        return QUIET
    found = {severity: _stations(by_id, severity, size) for severity in (BLOCKING, DISTURBING)}
    blocked = len(found[BLOCKING])
    disturbed = min(len(found[BLOCKING] | found[DISTURBING]), size) - min(blocked, size)
    blocked = min(blocked, size)
    ids = tuple(sorted(id_ for id_, touch in by_id.items() if touch.severity in found))
    gravest = min(ids, key=lambda id_: (by_id[id_].severity != BLOCKING, -len(by_id[id_].stations), id_), default="")
    title = by_id[gravest].title if gravest else ""
    return Level((2 * blocked + disturbed) * SCALE // (2 * size), blocked * SCALE // size, ids, title)


def _stations(by_id: dict[str, Touch], severity: str, size: int) -> set[str]:
    found: set[str] = set()
    for touch in by_id.values():
        if touch.severity == severity:
            found |= touch.stations
            if touch.whole:
                found |= {f"{ANY}{number}" for number in range(size)}
    return found
