"""Eight weeks of the simulated rail network as stored entries, with trouble planted where its time is known."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from prim_client.messages.message import to_epoch_us
from prim_client.messages.paris_time import PARIS
from prim_client.simulated.feed.network import RailNetwork, rail_network
from prim_client.simulated.feed.publication import INCIDENT, Publication
from prim_client.simulated.world.incidents import incidents_of_day
from spark_app.derived.alerts.calendar import DayType, day_type
from spark_app.derived.alerts.levels import BLOCKING
from spark_app.store.entry_reader import StoredEntry, StoredHit, StoredMessage, StoredRevision

WEEKS, FIRST_DAY = 8, date(2026, 9, 7)  # a Monday
TICK_S, POLL_S = 300, 120
# What comes back: RER D, 17:10 to 19:00 on every working day, under the share that alerts always.
RECURRING_LINE, RECURRING_SHARE, RECURRING_AT, RECURRING_MINUTES = "C01728", 0.28, time(17, 10), 110
ANOMALY_SHARE, ANOMALY_MINUTES = 0.8, 90
ANOMALY_LINES = ("C01371", "C01373", "C01375", "C01383", "C01742", "C01743", RECURRING_LINE)
ANOMALY_DAYS = range(17, WEEKS * 7, 3)  # from the third week on
ANOMALY_AT = time(17, 45)


@dataclass(frozen=True, slots=True)
class Spell:
    """A disruption while it is active: [begin_s, end_s) in seconds since 1970."""

    begin_s: int
    end_s: int
    revision: StoredRevision


@dataclass(frozen=True, slots=True)
class Planted:
    """Trouble that must be found."""

    line: str
    day: date
    begin_us: int


def spells(seed: int = 1) -> tuple[list[Spell], list[Planted]]:
    """All that is active in the eight weeks, and what was planted among it."""
    network = rail_network()
    days = [FIRST_DAY + timedelta(days=n) for n in range(WEEKS * 7)]
    found = [
        spell for day in days for publication in incidents_of_day(seed, day, network) for spell in _spells(publication)
    ]
    found += [
        _made("recurring", RECURRING_LINE, RECURRING_SHARE, day, RECURRING_AT, RECURRING_MINUTES, network)
        for day in days
        if day_type(day) is DayType.WORKING
    ]
    planted = []
    for number, offset in enumerate(ANOMALY_DAYS):
        line, day = ANOMALY_LINES[number % len(ANOMALY_LINES)], days[offset]
        found.append(_made("planted", line, ANOMALY_SHARE, day, ANOMALY_AT, ANOMALY_MINUTES, network))
        planted.append(Planted(line, day, found[-1].begin_s * 1_000_000))
    return found, planted


def _spells(publication: Publication) -> Iterator[Spell]:
    content = publication.content
    if content.cause != INCIDENT:
        return
    hits = [_hit(link.line.line.id, stop.station.zda) for link in content.links for stop in link.stops] or [
        _hit(link.line.line.id, "") for link in content.links
    ]
    revision = _revision(publication.id, content.severity, content.title, hits)
    for seen, until in publication.visible:
        for begin, end in publication.periods:
            if max(seen, begin) < min(until, end):
                yield Spell(max(seen, begin), min(until, end), revision)


def _made(name: str, line: str, share: float, day: date, at: time, minutes: int, network: RailNetwork) -> Spell:
    stops = next(each for each in network.lines if each.line.id == line).stops
    hits = [_hit(line, stop.station.zda) for stop in stops[: round(len(stops) * share)]]
    begin_s = int(datetime.combine(day, at, PARIS).timestamp())
    return Spell(
        begin_s, begin_s + minutes * 60, _revision(f"{name}-{line}-{day}", BLOCKING, "Trafic interrompu", hits)
    )


def _hit(line: str, zda: str) -> StoredHit:
    return StoredHit(line, "", zda, "", zda, None, None, "", None, 0)


def _revision(id_: str, severity: str, title: str, hits: list[StoredHit]) -> StoredRevision:
    return StoredRevision(
        rev=0,
        id=id_,
        revision="",
        channel="incident",
        severity=severity,
        cause="PERTURBATION",
        title=title,
        short_message="",
        text="",
        tags=(),
        lines=(),
        published_at_us=None,
        polarity=None,
        unplaced="",
        hits=tuple(hits),
    )


def entries(of: Iterable[Spell]) -> Iterator[StoredEntry]:
    """Polls with what opened and closed since, every two minutes where there is any, and all ticks."""
    changes: dict[int, list[tuple[str, Spell]]] = defaultdict(list)
    for spell in of:
        changes[_ceil(spell.begin_s, POLL_S)].append(("opened", spell))
        changes[_ceil(spell.end_s, POLL_S)].append(("closed", spell))
    begin_s = int(datetime.combine(FIRST_DAY, time(4), PARIS).timestamp())
    ticks = range(begin_s, begin_s + WEEKS * 7 * 86_400, TICK_S)
    active: dict[str, StoredRevision] = {}
    for number, (at_s, is_tick) in enumerate(sorted([*((s, False) for s in changes), *((s, True) for s in ticks)])):
        said = [("ongoing", r) for r in active.values()] if is_tick else list(_apply(changes[at_s], active))
        messages = tuple(_message(number, part, kind, revision) for part, (kind, revision) in enumerate(said))
        # a tick comes last of its time: a poll of the same second is put a moment before it
        yield StoredEntry(number, at_s * 1_000_000 - (0 if is_tick else 1), is_tick, True, messages)


def _apply(changes: list[tuple[str, Spell]], active: dict[str, StoredRevision]) -> Iterator[tuple[str, StoredRevision]]:
    for kind, spell in sorted(changes, key=lambda change: change[0]):  # closed first: an id may open again
        if kind == "opened":
            active[spell.revision.id] = spell.revision
            yield kind, spell.revision
        elif active.pop(spell.revision.id, None):
            yield kind, spell.revision


def _message(entry: int, part: int, kind: str, revision: StoredRevision) -> StoredMessage:
    return StoredMessage(entry, part, revision.rev, kind, False, None, None, None, "", revision)


def _ceil(moment_s: int, step_s: int) -> int:
    return -(-moment_s // step_s) * step_s


def planted_found(planted: Planted, raised: Iterable[tuple[str, int, int | None]]) -> bool:
    """Whether an alert (line, raised, cleared) of its line was raised within ten minutes, or is open then."""
    until_us = planted.begin_us + 600_000_000
    return any(
        line == planted.line
        and at_us <= until_us
        and (cleared_us is None or cleared_us > planted.begin_us + 600_000_000)
        for line, at_us, cleared_us in raised
    )


def to_us(day: date) -> int:
    """Begin of a service day."""
    return to_epoch_us(datetime.combine(day, time(4), PARIS))
