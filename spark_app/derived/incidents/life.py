"""The life of a published incident: when it was published, when it held, when it ended, which ends were announced.

Fed with the messages of the log through `Life.take`. Times are microseconds of event time or of PRIM's periods.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta

from prim_client.messages.message import from_epoch_us, severity_rank, to_epoch_us
from prim_client.messages.paris_time import PARIS
from spark_app.derived.incidents.notice import Notice
from spark_app.derived.incidents.phase import ACTIVE, ANNOUNCED, OVER, RESUMING
from spark_app.derived.incidents.reading import Reading
from spark_app.language.tokens import fold

CAUSE_MAX_CHARACTERS = 191  # of its column
END_OF_SERVICE = (5, 15)  # Paris: RATP's period of an incident whose end nobody knows yet
HOUR_BACK = timedelta(hours=6)  # an announced hour up to this long ago is past, else it is of the next day
_ANNOUNCED_HOUR = re.compile(
    r"(?:jusqu'a|reprise (?:du trafic )?(?:est )?estimee ?(?:a|vers|:)?|reprise prevue (?:a|vers))\s*(?:environ )?"
    r"(?P<hour>[01]?\d|2[0-4])\s?[h:]\s?(?P<minute>[0-5]\d)?"
)

CLOSING_ID, VANISHED, PERIOD_OVER = "closing id", "vanished", "period over"
NEVER_FIRST = ("ongoing", "updated", "closed")  # kinds of message that follow another one about their disruption


@dataclass(frozen=True, slots=True)
class Event:
    """A message of the log about one disruption."""

    entry: int
    at_us: int  # event time
    kind: str  # announced, opened, updated, ongoing, paused or closed
    initial: bool
    rev: int
    last_seen_us: int | None
    notice: Notice


@dataclass(slots=True)
class Life:
    """One published incident; everything but `active` and `announced` is a column of table `incident`."""

    incident: str
    episode: str
    channel: str
    cause: str = ""
    severity: str = ""  # the worst so far
    title: str = ""
    rev: int = 0  # the newest revision
    phase: str = ANNOUNCED
    initial: bool = False  # went on already when the log began
    disruptions: int = 0
    revisions: int = 0
    messages: int = 0
    published_us: int = 0
    opened_us: int | None = None
    ended_us: int | None = None
    ended_by: str = ""
    first_end_us: int | None = None  # the first announced end, and the newest
    last_end_us: int | None = None
    seen_us: int = 0
    active: dict[str, tuple[int, bool]] = field(default_factory=dict)  # disruption -> begin, service comes back
    announced: set[str] = field(default_factory=set)

    def take(self, event: Event, reading: Reading, new: bool) -> tuple[int, str] | None:
        """Take in one message; `new` if its disruption is. Returns an end that it announces anew, and who says so."""
        self.messages += 1
        self.seen_us = event.at_us
        if self.messages == 1:
            self.published_us, self.initial = event.at_us, event.initial
        self.disruptions += new
        if new and event.kind in NEVER_FIRST:
            self._open_unseen(event, reading)
        if event.kind == "ongoing":
            return None
        self._say(event, reading, new)
        self._step(event, reading)
        self._settle()
        return self._announce(event, reading)

    def _open_unseen(self, event: Event, reading: Reading) -> None:
        """Take in the message with which a disruption began, and which is not in the store: retention dropped it,
        a filter held it back, or the fold set it aside."""
        self.initial |= self.messages == 1
        at_us = event.last_seen_us or event.at_us
        notice = replace(event.notice, observed_us=at_us)
        kind = "opened" if notice.begin_us() <= at_us else "announced"
        before = replace(event, kind=kind, at_us=at_us, notice=notice)
        self._say(before, reading, new=True)
        self._step(before, reading)
        self._settle()

    def _say(self, event: Event, reading: Reading, new: bool) -> None:
        if event.kind not in ("paused", "closed") or new:
            self.revisions += event.rev != self.rev
            self.rev, self.title, self.channel = event.rev, event.notice.title, event.notice.channel
        self.cause = (reading.root or self.cause)[:CAUSE_MAX_CHARACTERS]
        self.severity = min((self.severity, event.notice.severity), key=_rank)

    def _step(self, event: Event, reading: Reading) -> None:
        id_ = event.notice.id
        if event.kind == "updated" and id_ in self.announced and not reading.closing:
            return  # another text about what still lies ahead
        self.announced.discard(id_)
        if event.kind == "announced" or (event.kind == "paused" and not reading.closing):
            self.active.pop(id_, None)
            self.announced.add(id_)
        elif event.kind in ("opened", "updated"):
            self._open(event, reading)
        elif event.kind == "closed":
            was_active = self.active.pop(id_, None) is not None
            if was_active and self.ended_by != CLOSING_ID:
                self._end(event)

    def _open(self, event: Event, reading: Reading) -> None:
        begin_us = min(event.notice.begin_us(), event.at_us)
        if reading.closing:  # it begins nothing: an incident of closing ids alone has an end and no begin
            self.ended_us, self.ended_by = begin_us, CLOSING_ID
            self.active.clear()  # its other ids leave the feed with it, some minutes late
            return
        self.opened_us = _least(self.opened_us, begin_us)
        if self.ended_by == CLOSING_ID and begin_us < (self.ended_us or 0):
            return  # an update that is read after the closing id
        if event.kind == "opened" or event.notice.id in self.active:
            self.active[event.notice.id] = (begin_us, reading.resuming)
            self.ended_us, self.ended_by = None, ""

    def _end(self, event: Event) -> None:
        """The effective end as far as this id knows it."""
        over_us = event.notice.end_us()
        by_period = over_us is not None and over_us <= event.at_us
        ended_us = over_us if by_period and over_us is not None else event.last_seen_us or event.at_us
        if self.ended_us is None or ended_us >= self.ended_us:
            self.ended_us, self.ended_by = ended_us, PERIOD_OVER if by_period else VANISHED

    def _settle(self) -> None:
        """The phase from what holds now."""
        if self.active:
            self.phase = RESUMING if max(self.active.values())[1] else ACTIVE
        else:
            self.phase = ANNOUNCED if self.announced and self.ended_by != CLOSING_ID else OVER
        if self.phase != OVER:
            self.ended_us, self.ended_by = None, ""
        elif self.ended_us is not None and self.opened_us is not None:
            self.ended_us = max(self.ended_us, self.opened_us)  # a closing id may begin before what it closes

    def _announce(self, event: Event, reading: Reading) -> tuple[int, str] | None:
        if event.kind not in ("opened", "updated") or reading.closing or event.notice.id not in self.active:
            return None
        found = announced_end(event.notice, reading)
        if found is None or found[0] == self.last_end_us:
            return None
        self.first_end_us = found[0] if self.first_end_us is None else self.first_end_us
        self.last_end_us = found[0]
        return found

    def absorb(self, young: Life) -> None:
        """Take over a younger incident that turned out to be part of this one."""
        for name in ("disruptions", "revisions", "messages"):
            setattr(self, name, getattr(self, name) + getattr(young, name))
        self.severity = min((self.severity, young.severity), key=_rank)
        self.opened_us = _least(self.opened_us, young.opened_us)
        self.published_us = min(self.published_us, young.published_us)
        self.initial |= young.initial
        if young.ended_us is not None and (self.ended_us is None or young.ended_us > self.ended_us):
            self.ended_us, self.ended_by = young.ended_us, young.ended_by
        if self.first_end_us is None:
            self.first_end_us, self.last_end_us = young.first_end_us, young.last_end_us
        if young.seen_us >= self.seen_us:
            self.rev, self.title, self.cause = young.rev, young.title, young.cause or self.cause
            self.seen_us, self.last_end_us = young.seen_us, young.last_end_us or self.last_end_us
        self.active |= young.active
        if self.ended_by == CLOSING_ID:  # as if it had been read here: what began before it is over
            self.active = {id_: each for id_, each in self.active.items() if each[0] >= (self.ended_us or 0)}
        self.announced |= young.announced
        self._settle()


def announced_end(notice: Notice, reading: Reading) -> tuple[int, str] | None:
    """The end that a notice announces and where: the hour in its `text`, else its `period`;
    None if it leaves it open."""
    said = _ANNOUNCED_HOUR.search(fold(notice.text))
    if said:
        return _at_hour(notice.observed_us, int(said["hour"]), int(said["minute"] or 0)), "text"
    end_us = notice.end_us()
    if end_us is None or (reading.dialect == "ratp" and _is_end_of_service(end_us)):
        return None
    return end_us, "period"


def _at_hour(observed_us: int, hour: int, minute: int) -> int:
    """The moment of an hour of the day in Paris, near the observation: "reprise 00h30" at 23:50 is of the next day."""
    here = from_epoch_us(observed_us).astimezone(PARIS)
    then = here.replace(hour=hour % 24, minute=minute, second=0, microsecond=0)
    if then < here - HOUR_BACK:
        then += timedelta(days=1)
    elif then > here + timedelta(days=1) - HOUR_BACK:
        then -= timedelta(days=1)
    return to_epoch_us(then)


def _is_end_of_service(moment_us: int) -> bool:
    then = from_epoch_us(moment_us).astimezone(PARIS)
    return (then.hour, then.minute) == END_OF_SERVICE


def _rank(severity: str) -> tuple[int, str]:
    return severity_rank(severity), severity


def _least(one: int | None, other: int | None) -> int | None:
    both = [moment for moment in (one, other) if moment is not None]
    return min(both) if both else None
