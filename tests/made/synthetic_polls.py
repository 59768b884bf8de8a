"""Made-up polls on the real network: PRIM's bulk answers over a few hours, the same for the same seed.

Nothing here is recorded: the events and texts are invented in the dialects of the feed, the line and stop
ids are those of the reference tables. What the real feed does to its readers is in it: ids that flap, edits
in place, closing ids of one minute, works between two periods, disruptions that vanish early or stay after
their end, orphans, links by network, repeated headers, clocks that jump by two hours, failed answers.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from geo.network.lines import Lines
from geo.network.stations import Stations
from geo.network.tables import read_table
from prim_client.messages.paris_time import PARIS
from prim_client.messages.polls import RawPoll

START = datetime(2026, 3, 2, 5, 0, 7, tzinfo=UTC)
LINES = {
    "C01742": "RapidTransit",
    "C01743": "RapidTransit",
    "C01737": "LocalTrain",
    "C01371": "Metro",
    "C01379": "Metro",
    "C01384": "Metro",
    "C01389": "Tramway",
    "C01679": "Tramway",
    "C01281": "Bus",
}
BUS_STOPS = ("Arcades du Parc", "Place de l'Essai", "Rue des Tests")  # no real bus stop: they stay unresolved
FAILED_BODIES = (
    b'{"statusCode":404,"error":"Not Found","message":"NO_NEWS_FOUND","disruptions":null,"lines":null}',
    b"",
    b"<html><body>Sorry, you have been blocked</body></html>",
    b'{"message":"API rate limit exceeded"}',
    b'{"disruptions":[],"lines":[],"lastUpdatedDate":"2026-03-02T05:00:00.000Z"}',
    b'{"disruptions":[{"id":"cut',
)
CAUSES = ("un bagage oublié", "un malaise voyageur", "une panne de signalisation", "un colis suspect")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Event:
    """One disruption as the made-up operator publishes it; times are UTC."""

    id: str
    line: str
    stops: tuple[tuple[str, str], ...]
    cause: str
    severity: str
    title: str
    message: str
    periods: tuple[tuple[datetime, datetime], ...]
    published: tuple[datetime, datetime]
    absences: tuple[tuple[datetime, datetime], ...] = ()
    edits: tuple[tuple[datetime, str], ...] = ()
    link: str = "line"  # line, network, or none: an orphan
    extra: dict[str, Any] = field(default_factory=dict)

    def is_served(self, at: datetime) -> bool:
        """Whether an answer at `at` holds it."""
        gone = any(begin <= at < end for begin, end in self.absences)
        return self.published[0] <= at < self.published[1] and not gone


def make_polls(
    hours: float = 3, seed: int = 1, *, start: datetime = START, interval_s: int = 120, failures: bool = True
) -> list[RawPoll]:
    """Polls from `start` over `hours`, one every `interval_s` give or take 20 s.

    With `failures` some answers are rejected, headers repeat, and PRIM's clock jumps. A poll's cursor is the
    name that `write_folder` gives its file.
    """
    rng = random.Random(seed)
    events = make_events(hours, rng, start)
    polls: list[RawPoll] = []
    header = start
    for number in range(int(hours * 3600 / interval_s) + 1):
        clock = start + timedelta(seconds=number * interval_s + rng.randint(0, 20))
        failed = failures and number and rng.random() < 0.04
        repeated = failures and rng.random() < 0.05
        header = header if repeated else clock - timedelta(seconds=rng.randint(10, 70))
        shown = header - timedelta(hours=2) if failures and number % 61 in (40, 41) else header
        body = rng.choice(FAILED_BODIES) if failed else answer(events, header, shown)
        polls.append(RawPoll(clock, body, f"{clock.astimezone(PARIS):%Y%m%d%H%M%S}_synthetic.json"))
    return polls


def write_folder(folder: Path, polls: list[RawPoll]) -> Path:
    """`polls` as a recording: one file each in `folder`, which `Recorded` plays back as the same polls."""
    folder.mkdir(parents=True, exist_ok=True)
    for poll in polls:
        (folder / poll.cursor).write_bytes(poll.body)
    return folder


def answer(events: list[Event], at: datetime, shown: datetime) -> bytes:
    """The bulk answer at `at`, whose header says `shown`."""
    served = [event for event in events if event.is_served(at)]
    return orjson.dumps(
        {
            "disruptions": [record(event, at) for event in served],
            "lines": line_records(served),
            "lastUpdatedDate": f"{shown:%Y-%m-%dT%H:%M:%S}.{shown.microsecond // 1000:03d}Z",
        }
    )


def record(event: Event, at: datetime) -> dict[str, Any]:
    """One object of `disruptions` as it stands at `at`."""
    message = [event.message, *(text for edited_at, text in event.edits if edited_at <= at)][-1]
    last_update = max([event.published[0], *(edited_at for edited_at, _ in event.edits if edited_at <= at)])
    return {
        "id": event.id,
        "applicationPeriods": [{"begin": paris(begin), "end": paris(end)} for begin, end in event.periods],
        "lastUpdate": paris(last_update),
        "cause": event.cause,
        "severity": event.severity,
        "title": event.title,
        "message": message,
        **event.extra,
    }


def line_records(served: list[Event]) -> list[dict[str, Any]]:
    """The `lines` part of an answer: where the links are."""
    records = []
    for line_id in sorted({event.line for event in served if event.link != "none"}):
        line = Lines.load().get(line_id)
        assert line, line_id
        objects: dict[tuple[str, str, str], list[str]] = {}
        for event in served:
            if event.line == line_id and event.link == "network":
                objects.setdefault(("network", "network:IDFM:71", line.network), []).append(event.id)
            elif event.line == line_id and event.link == "line":
                objects.setdefault(("line", f"line:IDFM:{line_id}", line.name), []).append(event.id)
                for stop_id, name in event.stops:
                    objects.setdefault(("stop_point", stop_id, name), []).append(event.id)
        records.append(
            {
                "id": f"line:IDFM:{line_id}",
                "name": line.name,
                "shortName": line.name,
                "mode": LINES[line_id],
                "networkId": "network:IDFM:71",
                "impactedObjects": [
                    {"type": kind, "id": id_, "name": name, "disruptionIds": ids}
                    for (kind, id_, name), ids in objects.items()
                ],
            }
        )
    return records


def make_events(hours: float, rng: random.Random, start: datetime) -> list[Event]:
    """About 12 incidents an hour, and works that hold, come, pause, or are over."""
    events = [_works(rng, start, hours, number) for number in range(8)]
    for _ in range(max(4, int(hours * 12))):
        begin = start + timedelta(seconds=rng.randint(0, int(hours * 3600)))
        events += _incident(rng, begin)
    return events


def _incident(rng: random.Random, begin: datetime) -> list[Event]:
    """An incident with one of the feed's habits; some bring a closing id."""
    line = rng.choice(tuple(LINES))
    stops = stops_of(line, rng)
    end = begin + timedelta(minutes=rng.randint(8, 90))
    cause = rng.choice(CAUSES)
    event = Event(
        new_id(rng),
        line,
        stops,
        "PERTURBATION",
        rng.choice(("BLOQUANTE", "PERTURBEE")),
        f"{Lines.load().get(line).label} : trafic ralenti",
        f"<p>Le trafic est ralenti vers {stops[0][1] if stops else 'le terminus'} en raison d'{cause}.<br>"
        "Plus d&#39;informations &#224; l&#8217;accueil.</p>",
        ((begin, end),),
        (begin + timedelta(seconds=rng.randint(30, 240)), end + 20 * MINUTE),
    )
    middle = begin + (end - begin) / 2
    habit = rng.choice(("plain", "plain", "flaps", "gone long", "edited", "early", "closing id", "announced"))
    if habit == "flaps":
        return [replace(event, absences=((middle, middle + 4 * MINUTE),))]
    if habit == "gone long":
        return [replace(event, absences=((middle, middle + 25 * MINUTE),))]
    if habit == "edited":
        more = event.message.replace("ralenti", "interrompu")
        return [replace(event, edits=((middle, more), (middle + MINUTE, more.replace("</p>", " Bus.</p>"))))]
    if habit == "early":
        return [replace(event, published=(event.published[0], middle))]
    if habit == "announced":
        return [replace(event, published=(begin - 12 * MINUTE, end + 20 * MINUTE))]
    if habit == "closing id":
        over = replace(
            event,
            id=new_id(rng),
            severity="INFORMATION",
            message=f"<p>Reprise du trafic après {cause}.</p>",
            periods=((middle, middle + MINUTE),),
            published=(middle + 3 * MINUTE, middle + 60 * MINUTE),
        )
        return [replace(event, published=(event.published[0], middle + 3 * MINUTE)), over]
    return [event]


def _works(rng: random.Random, start: datetime, hours: float, number: int) -> Event:
    """Works: all day, ahead, twice with a pause, or over though still served; by line, network or orphan."""
    line = tuple(LINES)[number]
    span = timedelta(hours=hours)
    day = timedelta(days=1)
    periods = (
        ((start - 9 * day, start + 30 * day),),
        ((start + span / 2, start + span / 2 + day),),
        ((start - day, start + span / 4), (start + span / 2, start + 2 * day)),
        ((start - 3 * day, start - day),),
    )[number % 4]
    return Event(
        new_id(rng),
        line,
        stops_of(line, rng),
        "TRAVAUX" if number < 6 else "INFORMATION",
        "PERTURBEE",
        f"Travaux d&#233;t&#233; {number}",
        "<p>P&#233;riode : la journ&#233;e.</p><ul><li>Arrêt fermé</li><li>vers Antony <RER></li></ul><p>Motif : "
        f"{number}</p>",
        periods,
        (start - day, start + span + day),
        link=("line", "line", "network", "line", "none", "line", "line", "line")[number],
        extra={"tags": ["Actualité"], "shortMessage": "Arrêt(s) non desservi(s)"} if number % 2 else {},
    )


def stops_of(line_id: str, rng: random.Random) -> tuple[tuple[str, str], ...]:
    """Some stops of a line under the ids that PRIM gives them, next to each other in the tables."""
    if LINES[line_id] == "Bus":
        return tuple((f"stop_point:IDFM:{900_000 + n}", name) for n, name in enumerate(BUS_STOPS))
    stations = Stations.load().of_line(line_id)
    first = rng.randrange(len(stations))
    chosen = stations[first : first + rng.randint(0, 6)]
    if LINES[line_id] in ("RapidTransit", "LocalTrain"):
        return tuple((f"stop_point:IDFM:monomodalStopPlace:{station.zda}", station.name) for station in chosen)
    platforms = [(f"stop_point:IDFM:{arr}", s.name) for s in chosen for arr in _platforms().get(s.zda, ())]
    return tuple(platforms)


@cache
def _platforms() -> dict[str, list[str]]:
    platforms: dict[str, list[str]] = {}
    for table in ("stops_rail.csv", "stops_metro_odbl.csv"):
        for arr, zda in read_table(table):
            platforms.setdefault(zda, []).append(arr)
    return platforms


def new_id(rng: random.Random) -> str:
    """An id in the form of PRIM's."""
    digits = f"{rng.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def paris(moment: datetime) -> str:
    """A UTC moment as PRIM writes it."""
    return f"{moment.astimezone(PARIS):%Y%m%dT%H%M%S}"
