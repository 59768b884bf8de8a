"""The differ: snapshots in, messages out. Pure: no I/O, and no clock but the one passed in.

A disruption goes through four states; each step is a message of the kind in brackets:

    (new), closed              -> announced [announced]     its periods lie ahead
    all but active             -> active    [opened]        a period holds, by publication or by the clock
    (new), active, closed      -> paused    [paused]        between two periods
    announced, active, paused  -> closed    [closed]        all periods over, or absent for the grace time
    announced                  -> paused    [opened, paused]  a period passed between two entries
    (new), announced           -> closed    [opened, closed]  likewise

The last line is for RATP's closing ids: they last one minute, and one in five ids of the rail network is over
before a poll can see it. So the counts do not depend on when we looked. What was closed stays closed until
it is published again with a period that holds or lies ahead. Over the life of an id the `opened` minus the
`paused` and `closed` of what was active is 1 while it is active and else 0; a `closed` may also follow a
`paused`, or an `announced` (withdrawn before it began: its `begin` lies ahead).

Besides the steps: `updated` when the revision differs (before the step, if both; silent once closed), and
`ongoing` for each active disruption at an observed tick. A return within the grace time is silent.

The clock moves disruptions at entries only: at a good poll or at an observed tick, whichever comes first
behind the begin or end; the message carries the entry's event time and the period's own begin and end.
An unobserved tick says nothing, and neither does a rejected poll. Event times: `event_clock`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from prim_client.messages import differ_state
from prim_client.messages.differ_state import Memory, Tracked
from prim_client.messages.event_clock import EventClock
from prim_client.messages.filters import Filter
from prim_client.messages.message import Body, Channel, Entry, Kind, Message
from prim_client.messages.periods import Phase, current, phase, pruned
from prim_client.messages.polls import Disruption, Rejected, Rejection, Snapshot
from prim_client.messages.revisions import content_hash

FORGET_AFTER = timedelta(hours=24)  # a closed id, or a broken record, that returns later is new again
INVALID_TEXT_MAX_CHARS = 10_000
POLLED_BY_OUR_CLOCK = ("live", "simulated")

Verdict = Literal["changed", "unchanged", "rejected", "idle"]
BodyOf = Callable[[str, str], Body]

# (state, phase) -> (kinds, next state); what is not listed stays as it is.
STEPS: dict[tuple[str, Phase], tuple[tuple[Kind, ...], str]] = {
    ("", Phase.BEFORE): ((Kind.ANNOUNCED,), "announced"),
    ("", Phase.BETWEEN): ((Kind.PAUSED,), "paused"),
    ("", Phase.ACTIVE): ((Kind.OPENED,), "active"),
    ("", Phase.OVER): ((Kind.OPENED, Kind.CLOSED), "closed"),
    ("announced", Phase.BETWEEN): ((Kind.OPENED, Kind.PAUSED), "paused"),
    ("announced", Phase.ACTIVE): ((Kind.OPENED,), "active"),
    ("announced", Phase.OVER): ((Kind.OPENED, Kind.CLOSED), "closed"),
    ("active", Phase.BEFORE): ((Kind.PAUSED,), "paused"),
    ("active", Phase.BETWEEN): ((Kind.PAUSED,), "paused"),
    ("active", Phase.OVER): ((Kind.CLOSED,), "closed"),
    ("paused", Phase.ACTIVE): ((Kind.OPENED,), "active"),
    ("paused", Phase.OVER): ((Kind.CLOSED,), "closed"),
    ("closed", Phase.BEFORE): ((Kind.ANNOUNCED,), "announced"),
    ("closed", Phase.BETWEEN): ((Kind.PAUSED,), "paused"),
    ("closed", Phase.ACTIVE): ((Kind.OPENED,), "active"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one poll, or the passing of time, came to.

    `entries` are the ticks crossed on the way and, at the end, the poll's own entry if it has messages.
    `changed` means that the poll made messages, even if a filter dropped them all. `made` = messages in
    `entries` + `filtered`. `idle` is the verdict of `Differ.advance`: no poll, count none; its cursor is
    empty: keep the last one.
    """

    verdict: Verdict
    reason: str  # of a rejection
    entries: tuple[Entry, ...]
    filtered: int
    made: int
    cursor: str
    rejection: Rejection | None = None


class Differ:
    """Turns polls into entries. Everything it knows is in `state()`."""

    def __init__(
        self,
        tick_s: int,
        grace_s: int,
        clock_tolerance_s: int,
        source: str,
        state: bytes | None = None,
        *,
        poll_interval_s: float = 120,
        keep: Filter | None = None,
        body_of: BodyOf | None = None,
    ) -> None:
        """A differ at the begin of a log, or one that goes on from `state`.

        Args:
            tick_s: step of the ticks, in seconds since 1970 UTC.
            grace_s: absent from good polls for this long, counted from the first without it: closed.
            clock_tolerance_s: PRIM's header is believed within this distance of our clock.
            source: live, recorded, simulated or file; goes into every message.
            state: what `state()` gave, to go on as if never stopped; None: a new log.
            poll_interval_s: a tick is observed if a good poll lies within twice this before it.
            keep: messages that do not pass are counted, not logged.
            body_of: (id, revision) -> body, from the log; asked after a restart, only for revisions
                that messages were logged of and that are not closed.

        Raises ValueError if `state` is none of this version.
        """
        self._grace = timedelta(seconds=grace_s)
        self._source = source
        self._filter = keep or Filter()
        self._body_of = body_of
        self._memory = differ_state.load(state) if state is not None else Memory()
        self._clock = EventClock(
            self._memory,
            timedelta(seconds=tick_s),
            timedelta(seconds=clock_tolerance_s),
            timedelta(seconds=poll_interval_s),
        )
        self._made = self._filtered = 0

    def state(self) -> bytes:
        """Everything that the next poll depends on, but the bodies."""
        return differ_state.dump(self._memory)

    def feed(self, answer: Snapshot | Rejected) -> Outcome:
        """The entries that follow from one poll; ticks crossed before it come first."""
        self._made = self._filtered = 0
        if isinstance(answer, Snapshot) and self._is_unbelievable(answer):
            answer = Rejected(answer.clock, _leap_reason(answer, self._memory.floor), answer.cursor)
        if isinstance(answer, Rejected):
            ticks = () if self._clock.is_leap(answer.clock) else self._ticks_before(answer.clock)
            return Outcome(
                "rejected", answer.reason, ticks, self._filtered, self._made, answer.cursor, answer.rejection
            )
        observed_at = self._clock.observed_at(answer)
        ticks = self._ticks_before(observed_at)
        made_by_ticks = self._made
        entry = self._poll(answer, self._clock.not_before_floor(observed_at))
        verdict: Verdict = "changed" if self._made > made_by_ticks else "unchanged"
        entries = (*ticks, entry) if entry.messages else ticks
        return Outcome(verdict, "", entries, self._filtered, self._made, answer.cursor)

    def advance(self, clock: datetime) -> Outcome:
        """The ticks that are due by our `clock`; none before the first poll."""
        self._made = self._filtered = 0
        due = self._clock.started and not self._clock.is_leap(clock)
        ticks = self._ticks_before(clock) if due else ()
        return Outcome("idle", "", ticks, self._filtered, self._made, "")

    def _is_unbelievable(self, answer: Snapshot) -> bool:
        by_our_clock = self._source in POLLED_BY_OUR_CLOCK
        return by_our_clock and self._clock.is_leap(answer.clock) and not self._clock.header_agrees(answer)

    def _ticks_before(self, moment: datetime) -> tuple[Entry, ...]:
        return tuple(self._tick_entry(tick) for tick in self._clock.ticks_before(moment))

    def _tick_entry(self, at: datetime) -> Entry:
        if not self._clock.is_observed(at):
            return Entry(at, tick=True, observed=False, messages=())
        items = [self._memory.tracked[key] for key in sorted(self._memory.tracked)]
        messages = [message for item in items for message in self._by_the_clock(item, at)]
        active = (item for item in items if item.state == "active")
        messages += [message for item in active for message in self._emit(item, Kind.ONGOING, at)]
        return Entry(at, tick=True, observed=True, messages=tuple(messages))

    def _poll(self, snapshot: Snapshot, at: datetime) -> Entry:
        tracked = self._memory.tracked
        messages = list(self._broken_records(snapshot, at))
        for key in sorted(tracked.keys() | snapshot.disruptions.keys()):
            if disruption := snapshot.disruptions.get(key):
                messages += self._present(tracked.setdefault(key, Tracked(key)), disruption, at)
            elif key in snapshot.held:
                messages += self._unreadable(tracked[key], at)
            else:
                messages += self._absent(tracked[key], at, complete=snapshot.complete)
        self._memory.started = True
        self._clock.note_good_poll(at)
        return Entry(at, tick=False, observed=True, messages=tuple(messages))

    def _present(self, item: Tracked, disruption: Disruption, at: datetime) -> list[Message]:
        fresh = item.state in ("", "closed")
        revised = item.revision != disruption.revision
        if fresh or revised:  # else the log holds this revision, and what it holds is what counts
            item.revision, item.body = disruption.revision, disruption.body
            # Once shown, a disruption is shown to its end, whatever its later text says.
            item.passes = self._filter.passes(disruption.body) or (item.passes and not fresh)
        item.published_at = disruption.published_at
        item.periods = pruned(disruption.periods, at)
        item.seen_at, item.missing_since = at, None
        updated = self._emit(item, Kind.UPDATED, at) if revised and not fresh else ()
        return [*updated, *self._step(item, at)]

    def _unreadable(self, item: Tracked, at: datetime) -> list[Message]:
        """Its record is broken: it is published, and stays what it was last known to be."""
        item.seen_at, item.missing_since = at, None
        return self._by_the_clock(item, at)

    def _absent(self, item: Tracked, at: datetime, *, complete: bool) -> list[Message]:
        if complete:
            item.missing_since = item.missing_since or at
        if item.state == "closed":
            if item.seen_at and at - item.seen_at >= FORGET_AFTER:
                del self._memory.tracked[item.id]
            return []
        if item.missing_since and at - item.missing_since >= self._grace:
            item.state = "closed"
            return list(self._emit(item, Kind.CLOSED, at))
        return self._step(item, at)

    def _by_the_clock(self, item: Tracked, at: datetime) -> list[Message]:
        """The step without a publication: only that reopens what was closed."""
        return [] if item.state == "closed" else self._step(item, at)

    def _step(self, item: Tracked, at: datetime) -> list[Message]:
        kinds, item.state = STEPS.get((item.state, phase(item.periods, at)), ((), item.state))
        return [message for kind in kinds for message in self._emit(item, kind, at)]

    def _emit(self, item: Tracked, kind: Kind, at: datetime) -> Iterable[Message]:
        self._made += 1
        if not item.passes:
            self._filtered += 1
            return ()
        begin, end = current(item.periods, at)
        message = Message(
            id=item.id,
            revision=item.revision,
            kind=kind,
            initial=not self._memory.started,
            event_time=at,
            published_at=item.published_at,
            last_seen_at=item.seen_at if kind is Kind.CLOSED else None,
            begin=begin,
            end=end,
            source=self._source,
            body=self._body(item),
        )
        return (message,)

    def _body(self, item: Tracked) -> Body:
        if item.body is None:
            if self._body_of is None:
                raise LookupError(
                    f"the body of {item.id} at revision {item.revision} is needed after a restart: "
                    "give Differ(body_of=…) the look-up of the log"
                )
            item.body = self._body_of(item.id, item.revision)
        return item.body

    def _broken_records(self, snapshot: Snapshot, at: datetime) -> Iterable[Message]:
        """One message for each broken record, at its first poll only."""
        known = self._memory.invalid
        for raw, reason in snapshot.invalid:
            key = content_hash(raw.encode())
            if key not in known:
                self._made += 1
                yield self._invalid_message(key, raw, reason, at)
            known[key] = at
        for key in [key for key, seen_at in known.items() if at - seen_at >= FORGET_AFTER]:
            del known[key]

    def _invalid_message(self, key: str, raw: str, reason: str, at: datetime) -> Message:
        body = Body(
            channel=Channel.INFORMATION,
            severity="",
            cause="",
            title=reason,
            short_message="",
            text=raw[:INVALID_TEXT_MAX_CHARS],
            html="",
        )
        return Message(
            id=f"invalid-{key}",
            revision=key,
            kind=Kind.INVALID,
            initial=not self._memory.started,
            event_time=at,
            published_at=None,
            last_seen_at=None,
            begin=None,
            end=None,
            source=self._source,
            body=body,
        )


def _leap_reason(answer: Snapshot, floor: datetime | None) -> str:
    return (
        f"our clock says {answer.clock:%Y-%m-%d %H:%M} UTC, PRIM's {answer.header or 'nothing'}, "
        f"and the log stands at {floor}: set the clock of this machine"
    )
