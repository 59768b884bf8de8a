"""Blocking episodes as a recording shows them, to hold alerts against."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prim_client.messages.message import from_epoch_us
from prim_client.messages.paris_time import PARIS
from spark_app.derived.alerts.levels import BLOCKING, INCIDENT, Active, Touch, stations_of_line
from spark_app.derived.alerts.rule import Alert
from spark_app.derived.incidents.notice import Notice
from spark_app.store.entry_reader import StoredEntry

MINUTE_US = 60_000_000
LARGE_SHARE, LONG_US = 0.3, 60 * MINUTE_US
IN_TIME_US, NEAR_US = 10 * MINUTE_US, 15 * MINUTE_US
RUSH_HOURS = frozenset({7, 8, 9, 16, 17, 18, 19})


@dataclass
class Episode:
    """One event that blocks stations of one line, over all the disruptions that tell of it."""

    line: str
    begin_us: int
    end_us: int
    published_us: int  # of the first disruption that blocks
    large_us: int | None = None  # when the blocked stations were published that are LARGE_SHARE of the line
    stations: set[str] = field(default_factory=set)

    @property
    def is_large(self) -> bool:
        """Whether it blocks enough stations for long enough, and begins when it matters."""
        hour = from_epoch_us(self.begin_us).astimezone(PARIS).hour
        return self.large_us is not None and self.end_us - self.begin_us > LONG_US and hour in RUSH_HOURS

    def alerted_after_us(self, alerts: Iterable[Alert], since_us: int) -> int | None:
        """From `since_us` to the first alert of the line while it goes on; 0 if one is open then; None: never."""
        during = [
            a for a in alerts if a.line == self.line and a.raised_us <= self.end_us and not _over(a, self.begin_us)
        ]
        return max(0, min(a.raised_us for a in during) - since_us) if during else None


def _over(alert: Alert, at_us: int) -> bool:
    return alert.cleared_us is not None and alert.cleared_us < at_us


def episodes_of(entries: Sequence[StoredEntry], episode_of: Mapping[str, str]) -> list[Episode]:
    """The blocking episodes of every line whose stations are known, by line and begin."""
    active, found = Active(), dict[tuple[str, str], Episode]()
    published = _publications(entries)
    open_: dict[str, dict[str, Touch]] = {}
    for entry in entries:
        active.take(entry)
        for id_ in active.touching.keys() | open_.keys():
            touched = active.touching.get(id_)
            if touched is not None:
                open_[id_] = touched
            for line, touch in (touched or open_.pop(id_)).items():
                if touch.severity == BLOCKING:
                    _extend(found, (episode_of.get(id_, id_), line), entry.event_time_us, published.get(id_), touch)
    return sorted(found.values(), key=lambda episode: (episode.line, episode.begin_us))


def first_notices(entries: Iterable[StoredEntry]) -> Iterator[Notice]:
    """Each disruption as it was first read, for the rules of lineage."""
    seen: set[str] = set()
    for entry in entries:
        for message in entry.messages:
            r = message.revision
            if r.id not in seen:
                seen.add(r.id)
                periods = () if message.begin_us is None else ((message.begin_us, message.end_us),)
                lines = tuple(dict.fromkeys(hit.line for hit in r.hits if hit.line))
                yield Notice(r.id, entry.event_time_us, lines, r.channel, r.severity, r.title, r.text, periods)


def _publications(entries: Iterable[StoredEntry]) -> dict[str, int]:
    """When PRIM published each incident, by its own clock where it says so."""
    published: dict[str, int] = {}
    for entry in entries:
        for message in entry.messages:
            if message.revision.channel == INCIDENT:
                published.setdefault(message.revision.id, message.revision.published_at_us or entry.event_time_us)
    return published


def _extend(
    found: dict[tuple[str, str], Episode], key: tuple[str, str], now_us: int, published_us: int | None, touch: Touch
) -> None:
    said_us = now_us if published_us is None else published_us
    episode = found.setdefault(key, Episode(key[1], now_us, now_us, said_us))
    episode.end_us = now_us
    episode.stations |= touch.stations
    size = stations_of_line(key[1])
    if episode.large_us is None and (touch.whole or len(episode.stations) >= LARGE_SHARE * size):
        episode.large_us = said_us


def false_alerts(alerts: Iterable[Alert], episodes: Iterable[Episode]) -> list[Alert]:
    """Alerts with no blocking episode of their line within a quarter of an hour."""
    by_line: dict[str, list[Episode]] = defaultdict(list)
    for episode in episodes:
        by_line[episode.line].append(episode)
    return [
        alert
        for alert in alerts
        if not any(e.begin_us - NEAR_US <= alert.raised_us <= e.end_us + NEAR_US for e in by_line[alert.line])
    ]
