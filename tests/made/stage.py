"""A stage for the differ: hand-made snapshots on a clock in minutes after six, and what was said, as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from prim_client.messages.differ import Differ, Outcome
from prim_client.messages.message import Body, Channel, Entry
from prim_client.messages.polls import Disruption, Rejected, Snapshot

SIX = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """`minutes` after six o'clock UTC."""
    return SIX + timedelta(minutes=minutes)


def differ(state: bytes | None = None, *, source: str = "recorded", tick_s: int = 300, **changes) -> Differ:
    """A differ with the default settings: ticks of 5 min, grace and clock tolerance of 10 min."""
    return Differ(tick_s, 600, 600, source, state, **changes)


def disruption(
    id: str, *periods: tuple[float, float | None], revision: str = "1", text: str = "Le trafic est interrompu"
) -> Disruption:
    """A disruption with `periods` in minutes after six; by default from 5:00 to 8:00."""
    chosen = periods or ((-60, 120),)
    return Disruption(
        id=id,
        revision=revision.rjust(16, "0"),
        published_at=at(-61),
        periods=tuple((at(begin), None if end is None else at(end)) for begin, end in chosen),
        body=Body(Channel.INCIDENT, "BLOQUANTE", "PERTURBATION", f"{id} {revision}", "", text, ""),
    )


def snapshot(minutes: float, *served: Disruption | str, header: datetime | None = None, **changes) -> Snapshot:
    """A good poll; a text stands for `disruption(text)`. Its header is its clock unless told otherwise."""
    found = [disruption(one) if isinstance(one, str) else one for one in served]
    return Snapshot(at(minutes), header or at(minutes), {one.id: one for one in found}, f"c{minutes}", **changes)


def rejected(minutes: float) -> Rejected:
    """A failed poll."""
    return Rejected(at(minutes), "PRIM answers: NO_NEWS_FOUND", f"c{minutes}")


def told(outcome: Outcome) -> list[str]:
    """Each entry as text: `6:05 tick: opened a, ongoing a`, seconds only where there are any."""
    return [_told(entry) for entry in outcome.entries]


def _told(entry: Entry) -> str:
    said = ", ".join(f"{message.kind} {message.id}" for message in entry.messages)
    kind = "poll" if not entry.tick else "tick" if entry.observed else "unobserved tick"
    return f"{clock_text(entry.event_time)} {kind}: {said}".rstrip(": ")


def clock_text(moment: datetime) -> str:
    """`6:05`, or `6:05:00.001` when it is not a full minute."""
    text = f"{moment.hour}:{moment.minute:02d}"
    seconds = moment.second + moment.microsecond / 1e6
    return text if seconds == 0 else f"{text}:{seconds:06.3f}".removesuffix(".000")
