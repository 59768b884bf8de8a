"""What is known long before: works on rails and roads, diversions, notices; by month of publication.

In-place edits happen here: a bus diversion that lasts longer keeps its id and moves its end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from math import exp, log
from random import Random

from prim_client.messages.time_units import DAY_S, HOUR_S, MINUTE_S
from prim_client.simulated.feed.bus_routes import BusNetwork
from prim_client.simulated.feed.causes import LINE_WEIGHTS, draw_bus_cause
from prim_client.simulated.feed.distributions import lag_s, poisson
from prim_client.simulated.feed.feed_defects import flickering
from prim_client.simulated.feed.network import RailNetwork, SimulatedLine, Stop
from prim_client.simulated.feed.paris_dates import days_in_month, of_paris
from prim_client.simulated.feed.publication import Content, Publication, Spans, make_id
from prim_client.simulated.texts import local as text_local
from prim_client.simulated.texts import ratp, sncf

# Publications a day, and how many months back one may still be in the feed.
RAIL_WORKS_PER_DAY, RAIL_WORKS_MONTHS = 5.6, 5
BUS_WORKS_PER_DAY, BUS_SHORT_PER_DAY, BUS_INCIDENTS_PER_DAY, BUS_MONTHS = 1.9, 7.6, 9.0, 18
LOCAL_WORKS_PER_DAY, LOCAL_TRIPS_PER_DAY, NOTICES_PER_DAY, LOCAL_MONTHS = 1.75, 6.0, 0.3, 18
LINGERS = 0.06  # over, and still published
PROLONGED = 0.25  # long works that keep their id and move their end
FLICKERS = 0.02

Make = Callable[[Random, str, date], "list[Publication]"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of planned publication."""

    name: str
    per_day: float
    months_back: int
    make: Make


def rail_kinds(rail: RailNetwork) -> tuple[Kind, ...]:
    """What is planned on rails."""
    return (Kind("rail-works", RAIL_WORKS_PER_DAY, RAIL_WORKS_MONTHS, partial(_rail_works, rail)),)


def bus_kinds(bus: BusNetwork) -> tuple[Kind, ...]:
    """What is planned, and what happens, on roads."""
    return (
        Kind("bus-works", BUS_WORKS_PER_DAY, BUS_MONTHS, partial(_bus_works, bus.ratp)),
        Kind("bus-short", BUS_SHORT_PER_DAY, 2, partial(_bus_short, bus.ratp)),
        Kind("bus-incident", BUS_INCIDENTS_PER_DAY, 2, partial(_bus_incident, bus.ratp)),
        Kind("local-works", LOCAL_WORKS_PER_DAY, LOCAL_MONTHS, partial(_local_works, bus.local)),
        Kind("local-trips", LOCAL_TRIPS_PER_DAY, 1, partial(_local_trips, bus.local)),
        Kind("notice", NOTICES_PER_DAY, LOCAL_MONTHS, partial(_notice, bus.local)),
    )


def planned_of_month(seed: int, first: date, kind: Kind) -> list[Publication]:
    """All publications of a kind that appear in the month beginning on `first`."""
    rng = Random(f"{seed}|{kind.name}|{first}")
    publications: list[Publication] = []
    for n in range(poisson(rng, kind.per_day * days_in_month(first))):
        day = first + timedelta(days=rng.randrange(days_in_month(first)))
        key = f"{seed}|{kind.name}|{first}|{n}"
        publications += kind.make(Random(key), key, day)
    return publications


def _office_hours(rng: Random, day: date) -> int:
    return of_paris(day, rng.choice((5, 8, 9, 10, 11, 14, 15, 16, 17, 18)), rng.randrange(60))


def _publish(rng: Random, key: str, told: int, periods: Spans, write: Callable[[Random], Content]) -> Publication:
    gone = periods[-1][1] + (rng.randint(1, 240) * MINUTE_S if rng.random() < 0.3 else 0)
    if rng.random() < LINGERS:
        gone = periods[-1][1] + rng.randint(6, 24 * 12) * HOUR_S
    shown = told + lag_s(rng)
    publication = Publication(
        make_id(key),
        ((shown, max(gone, shown + MINUTE_S)),),
        periods,
        told,
        lambda: write(Random(f"{key}|text")),
    )
    return flickering(rng, publication) if rng.random() < FLICKERS else publication


# Rails --------------------------------------------------------------------------------------------


def _rail_works(rail: RailNetwork, rng: Random, key: str, day: date) -> list[Publication]:
    lines = list(rail.named(*LINE_WEIGHTS))
    shares = {"metro": 0.35, "tram": 0.3}
    weights = [LINE_WEIGHTS[line.name] * shares.get(line.line.mode, 1.0) + 8 for line in lines]
    line = rng.choices(lines, weights)[0]
    stretch = line.stretch(rng, rng.randrange(len(line.stops)), rng.randint(3, 12))
    told = _office_hours(rng, day)
    periods = _works_periods(rng, day + timedelta(days=int(exp(rng.gauss(log(26), 0.8))) + 1), line)
    if line.is_ratp:
        write = partial(ratp.works, line=line, stretch=stretch, periods=periods)
    else:
        names_stops = rng.random() < 0.6
        write = partial(sncf.works, line=line, stretch=stretch, periods=periods, names_stops=names_stops)
    return [_publish(rng, key, told, periods, write)]


def _works_periods(rng: Random, first: date, line: SimulatedLine) -> Spans:
    """Nights of the week, weekends, Sunday mornings, or all the time; pauses lie between."""
    draw = rng.random()
    if draw < 0.62:
        hour, minute = rng.choice(((22, 0), (22, 30), (23, 0), (23, 15), (21, 45)))
        nights = [d for d in _days(first, rng.choice((2, 3, 5, 5, 12, 19))) if d.weekday() < 5]
        return tuple((of_paris(d, hour, minute), of_paris(d, 24 + rng.choice((2, 4)), 30)) for d in nights) or (
            (of_paris(first, hour, minute), of_paris(first, 28)),
        )
    if draw < 0.9:
        saturday = first + timedelta(days=(5 - first.weekday()) % 7)
        weekends = [saturday + timedelta(days=7 * week) for week in range(rng.choice((1, 1, 1, 2, 3)))]
        if line.is_ratp:
            return tuple((of_paris(d, 4, 45), of_paris(d, 48 + 4, 30)) for d in weekends)
        return tuple((of_paris(d, 24 * n + 3), of_paris(d, 24 * n + 27)) for d in weekends for n in (0, 1))
    if draw < 0.985:
        sunday = first + timedelta(days=(6 - first.weekday()) % 7)
        return tuple((of_paris(d, 4), of_paris(d, rng.choice((7, 10)))) for d in _days(sunday, 21, step=7))
    return ((of_paris(first, 4, 45), of_paris(first + timedelta(days=rng.choice((9, 30, 60))), 5, 15)),)


def _days(first: date, count: int, step: int = 1) -> list[date]:
    return [first + timedelta(days=n) for n in range(0, count, step)]


# Roads --------------------------------------------------------------------------------------------


def _missed(rng: Random, line: SimulatedLine) -> tuple[Stop, ...]:
    """Some stops in a row that the line leaves out."""
    count = rng.choice((1, 2, 3, 3, 4, 5, 6, 8))
    return line.stretch(rng, rng.randrange(len(line.stops)), count) if count > 1 else (rng.choice(line.stops),)


def _long_span(rng: Random, begins: int, median_days: float) -> int:
    days = min(exp(rng.gauss(log(median_days), 1.0)), 520.0)
    return begins + max(int(days * DAY_S) // HOUR_S * HOUR_S, 6 * HOUR_S)


def _bus_works(lines: Sequence[SimulatedLine], rng: Random, key: str, day: date) -> list[Publication]:
    line = rng.choice(lines)
    missed = _missed(rng, line)
    told = _office_hours(rng, day)
    begins = told + (rng.randint(1, 9) * DAY_S if rng.random() < 0.5 else -rng.randint(0, 600) * MINUTE_S)
    ends = _long_span(rng, begins, 62)

    def write(text_rng: Random, periods: Spans) -> Content:
        return ratp.diversion(text_rng, line, missed, periods, "Travaux", "travaux", ahead=begins > told)

    return _perhaps_prolonged(rng, key, told, (begins, ends), write)


def _perhaps_prolonged(
    rng: Random, key: str, told: int, period: tuple[int, int], write: Callable[..., Content]
) -> list[Publication]:
    """One id; if the works take longer, the same id again with a later end from some day on."""
    begins, ends = period
    if rng.random() >= PROLONGED or ends - told < 4 * DAY_S:
        return [_publish(rng, key, told, (period,), partial(write, periods=(period,)))]
    edited = ends - rng.randint(6, 72) * HOUR_S
    later = ((begins, ends + rng.randint(2, 30) * DAY_S),)
    shown, changed = told + lag_s(rng), edited + lag_s(rng)
    first = Publication(
        make_id(key), ((shown, changed),), (period,), told, lambda: write(Random(f"{key}|text"), (period,))
    )
    second = Publication(
        make_id(key), ((changed, later[0][1]),), later, edited, lambda: write(Random(f"{key}|text"), later)
    )
    return [first, second] if shown < changed else [second]


def _bus_short(lines: Sequence[SimulatedLine], rng: Random, key: str, day: date) -> list[Publication]:
    """A day or two of works or an event, told about two weeks ahead."""
    line = rng.choice(lines)
    missed = _missed(rng, line)
    told = _office_hours(rng, day)
    begin_day = day + timedelta(days=1 + int(exp(rng.gauss(log(9), 0.8))))
    if rng.random() < 0.22:
        title, reason = rng.choice((("Manifestation", "manifestation"), ("Sport et Spectacle", "évènement sportif")))
    else:
        title, reason = "Travaux", "travaux"
    hour = rng.choice((4, 7, 8, 9, 15, 23))
    span = rng.choice((5, 8, 9, 10, 24, 48, 66))
    days = 1 if rng.random() < 0.75 else rng.randint(2, 10)  # the same hours on several days: pauses between
    periods = tuple(
        (of_paris(d, hour), of_paris(d, hour) + (span if days == 1 else min(span, 10)) * HOUR_S)
        for d in _days(begin_day, days)
    )
    write = partial(ratp.diversion, line=line, missed=missed, periods=periods, title=title, reason=reason, ahead=True)
    return [_publish(rng, key, told, periods, write)]


def _bus_incident(lines: Sequence[SimulatedLine], rng: Random, key: str, day: date) -> list[Publication]:
    """Something on the road now; a badly parked car that nobody reports as gone stays for weeks."""
    line = rng.choice(lines)
    missed = _missed(rng, line)
    title, reason = draw_bus_cause(rng)
    told = of_paris(day, rng.choice((6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)), rng.randrange(60))
    begins = told - rng.randint(2, 25) * MINUTE_S
    ends = begins + rng.randint(2, 11) * HOUR_S
    if rng.random() < 0.07:
        ends = _long_span(rng, begins, 18)
    write = partial(
        ratp.diversion,
        line=line,
        missed=missed,
        periods=((begins, ends),),
        title=title,
        reason=reason,
        ahead=False,
    )
    return [_publish(rng, key, told, ((begins, ends),), write)]


def _local_works(lines: Sequence[SimulatedLine], rng: Random, key: str, day: date) -> list[Publication]:
    line = rng.choice(lines)
    missed = _missed(rng, line)[:5]
    share = [other for other in lines if other is not line and other.line.network == line.line.network]
    others = tuple(rng.sample(share, min(len(share), rng.choice((1, 1, 2, 4))))) if rng.random() < 0.22 else ()
    told = _office_hours(rng, day)
    begins = told + (rng.randint(1, 8) * DAY_S if rng.random() < 0.3 else -rng.randint(0, 400) * MINUTE_S)
    ends = _long_span(rng, begins, 62)
    names_stops = rng.random() < 0.45

    def write(text_rng: Random, periods: Spans) -> Content:
        return text_local.works(text_rng, (line, *others), missed, periods, names_stops=names_stops)

    if rng.random() < 0.1:  # only on weekdays, one period each: hundreds of them in one id
        weekdays = [d for d in _days(day, min((ends - begins) // DAY_S + 1, 360)) if d.weekday() < 5]
        periods = tuple((of_paris(d, 0), of_paris(d, 23, 59)) for d in weekdays) or ((begins, ends),)
        return [_publish(rng, key, told, periods, partial(write, periods=periods))]
    return _perhaps_prolonged(rng, key, told, (begins, ends), write)


def _local_trips(lines: Sequence[SimulatedLine], rng: Random, key: str, day: date) -> list[Publication]:
    told = of_paris(day, rng.choice((5, 6, 6, 7, 12, 15, 16)), rng.randrange(60))
    period = (told - rng.randint(0, 30) * MINUTE_S, told + rng.randint(2, 9) * HOUR_S)
    write = partial(text_local.cancelled_trips, line=rng.choice(lines), periods=(period,))
    return [_publish(rng, key, told, (period,), write)]


def _notice(lines: Sequence[SimulatedLine], rng: Random, key: str, day: date) -> list[Publication]:
    told = _office_hours(rng, day)
    periods = ((told, _long_span(rng, told, 150)),)
    return [_publish(rng, key, told, periods, partial(text_local.notice, line=rng.choice(lines), periods=periods))]
