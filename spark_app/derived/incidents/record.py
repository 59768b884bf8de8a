"""A published incident as the rules remember it."""

from __future__ import annotations

from dataclasses import dataclass, field

from prim_client.messages.time_units import MINUTE_US
from spark_app.derived.incidents.notice import Notice
from spark_app.derived.incidents.phase import OVER, joint_phase, phase_of
from spark_app.derived.incidents.reading import Reading, Words, same_place

TWINS_US = 3 * MINUTE_US  # ids of one update come within it
WORDINGS_KEPT = 8


@dataclass(slots=True)
class Record:
    """A published incident as the rules remember it."""

    incident: str  # the id of its first disruption
    episode: str  # the id of the episode's first incident
    channel: str
    born_us: int  # observation of its first notice
    lines: set[str] = field(default_factory=set)
    dialect: str = ""
    title: str = ""  # the last one, folded
    roots: list[str] = field(default_factory=list)  # causes in the notices' words, in order
    causes: set[str] = field(default_factory=set)
    places: list[Words] = field(default_factory=list)
    begins_us: set[int] = field(default_factory=set)
    wordings: dict[str, int] = field(default_factory=dict)  # wording -> when it was last read
    last_begin_us: int = 0
    last_seen_us: int = 0
    end_us: int | None = None  # of the last notice
    closed_us: int | None = None  # begin of the closing id: the effective end
    self_closed: bool = False
    held: bool = False  # all it says is that a train stands
    train: bool = False
    current: dict[str, tuple[int, str]] = field(default_factory=dict)  # disruptions read last, and their phases

    def take(self, notice: Notice, reading: Reading) -> str:
        """Remember `notice`, which belongs to this incident. Returns the incident's phase now."""
        self.channel, self.dialect = notice.channel, reading.dialect
        self.held = reading.held and (self.held or not self.roots)
        self.train, self.title = reading.train, reading.title
        self.lines.update(scope(notice))
        if reading.root not in self.roots:
            self.roots.append(reading.root)
        self.causes |= reading.causes
        if reading.place and reading.place not in self.places:
            self.places.append(reading.place)
        self.begins_us.update(begin for begin, _ in notice.periods)
        self.wordings[reading.wording] = notice.observed_us
        while len(self.wordings) > WORDINGS_KEPT:
            del self.wordings[min(self.wordings, key=self.wordings.__getitem__)]
        self.last_begin_us = max(self.last_begin_us, notice.begin_us())
        self.last_seen_us = max(self.last_seen_us, notice.observed_us)
        self.end_us = notice.end_us()
        self.self_closed |= reading.self_closed
        if reading.closing:
            self.closed_us = max(self.closed_us or 0, notice.begin_us())
        return self._phase(notice, reading)

    def _phase(self, notice: Notice, reading: Reading) -> str:
        """By the notices of the last three minutes: the ids of one update come together."""
        since = notice.observed_us - TWINS_US
        self.current = {id_: seen for id_, seen in self.current.items() if seen[0] >= since}
        self.current[notice.id] = (notice.observed_us, phase_of(notice, reading))
        return OVER if reading.closing else joint_phase(phase for _, phase in self.current.values())

    def absorb(self, other: Record) -> None:
        """Take over what a younger record knows, as both are one incident."""
        self.lines |= other.lines
        self.roots += [root for root in other.roots if root not in self.roots]
        self.causes |= other.causes
        self.places += [place for place in other.places if place not in self.places]
        self.begins_us |= other.begins_us
        self.wordings = {**self.wordings, **other.wordings}
        self.last_begin_us = max(self.last_begin_us, other.last_begin_us)
        self.last_seen_us = max(self.last_seen_us, other.last_seen_us)
        self.current |= other.current

    def over_us(self) -> int:
        """When it was last known to go on."""
        if self.closed_us is not None:
            return self.closed_us
        if self.self_closed:
            return self.end_us or self.last_begin_us
        if self.dialect == "ratp":  # its end is the end of service
            return self.last_begin_us
        return max(self.last_begin_us, self.last_seen_us, self.end_us or 0)

    def place_agrees(self, place: Words) -> bool | None:
        """True if it names this place, False if only others, None if one of the two names none."""
        if not place or not self.places:
            return None
        return any(same_place(place, known) for known in self.places)


def scope(notice: Notice) -> frozenset[str]:
    """The lines of a notice; an orphan's is the begin of its title ("Ligne J : …")."""
    return frozenset(notice.lines) or frozenset((notice.title.partition(":")[0].strip().lower(),))
