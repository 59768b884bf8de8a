"""A day of incidents on rails, as a function of (seed, service day).

An *episode* is what a rider would call one event; PRIM publishes it under several ids, because an
update is a new id. RATP ends its chain with an id of one minute that stays an hour; SNCF extends the
announced end, often late, and publishes one text as several ids with parts of the stops ("twins").
Rates, hours and lags follow what was measured on the rail network in spring 2024.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from math import exp, log
from random import Random

from prim_client.simulated import text_ratp, text_sncf
from prim_client.simulated.causes import LINE_WEIGHTS, Cause, draw_cause
from prim_client.simulated.network import RailNetwork, SimulatedLine, Stop
from prim_client.simulated.paris_dates import DAY_S, HOUR_S, MINUTE_S, of_paris, round_up_s
from prim_client.simulated.publication import Content, Publication, Spans, make_id
from prim_client.simulated.text_ratp import Stage
from prim_client.simulated.text_sncf import State

EPISODES_PER_DAY = 62.0  # on a working day without bad luck
DAY_SPREAD = 0.3  # sigma of the day's luck: 42 to 323 new ids a day were seen
WEEKDAYS = (0.93, 1.0, 1.0, 1.1, 1.1, 0.8, 0.5)  # Monday first
# New ids by hour in Paris, 0 to 23.
HOURS = (57, 46, 19, 9, 34, 98, 149, 108, 122, 117, 145, 116, 124, 121, 162, 205, 150, 180, 195, 162, 146, 143, 97, 79)
FIRST_HOUR = 4  # of the service day
LAG_MEDIAN_MIN, LAG_SIGMA = 3.9, 0.3  # from lastUpdate to the feed; p90 5.7 min
CLOSING_STAYS_S = 60 * MINUTE_S
ORPHANS = 0.011  # ids that no line lists
FLICKERS = 0.03  # ids that vanish and come back
EDITS = 0.004  # ids that change in place


@dataclass(frozen=True, slots=True)
class _Episode:
    key: str
    line: SimulatedLine
    cause: Cause
    begins: int
    ends: int

    def id_of(self, revision: str) -> str:
        return make_id(self.key, revision)


def incidents_of_day(seed: int, day: date, network: RailNetwork) -> list[Publication]:
    """Everything that rail incidents of a service day publish, in no order."""
    rng = Random(f"{seed}|incidents|{day}")
    per_day = EPISODES_PER_DAY * WEEKDAYS[day.weekday()] * exp(rng.gauss(0, DAY_SPREAD))
    lines = list(network.named(*LINE_WEIGHTS))
    weights = [LINE_WEIGHTS[line.name] for line in lines]
    publications: list[Publication] = []
    for hour in range(FIRST_HOUR, FIRST_HOUR + 24):
        for n in range(poisson(rng, per_day * HOURS[hour % 24] / sum(HOURS))):
            begins = of_paris(day, hour) + rng.randrange(HOUR_S)
            line = rng.choices(lines, weights)[0]
            key = f"{seed}|{day}|{hour}|{n}"
            publications += _published(Random(f"{key}|episode"), key, line, begins, day)
    return publications


def poisson(rng: Random, mean: float) -> int:
    """A Poisson draw by Knuth's product; fine for the small means used here."""
    limit, product, count = exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def lag_s(rng: Random) -> int:
    """Seconds from an id's lastUpdate to the feed."""
    return int(60 * LAG_MEDIAN_MIN * exp(rng.gauss(0, LAG_SIGMA)))


def _published(rng: Random, key: str, line: SimulatedLine, begins: int, day: date) -> list[Publication]:
    cause = draw_cause(rng, line.line.mode)
    minutes = min(max(exp(rng.gauss(log(cause.minutes), 0.7)), 3.0), 9 * 60.0)
    episode = _Episode(key, line, cause, begins, begins + int(60 * minutes))
    chain = _ratp_chain if line.is_ratp else _sncf_chain
    return [_with_quirks(rng, publication) for publication in chain(rng, episode, day)]


# RATP ---------------------------------------------------------------------------------------------


def _ratp_chain(rng: Random, episode: _Episode, day: date) -> list[Publication]:
    middle = rng.randrange(len(episode.line.stops))
    station = episode.line.stops[middle]
    scene = text_ratp.Scene(
        line=episode.line, cause=episode.cause, station=station,
        stretch=episode.line.stretch(rng, middle, rng.randint(3, 12)),
        towards=episode.line.terminus(rng, station), whole_line=rng.random() < 0.36,
    )  # fmt: skip
    stages = _ratp_stages(rng, episode)
    starts = sorted([episode.begins, *(_within(rng, episode) for _ in stages[1:])])
    service_ends = of_paris(day, 24 + 5, 15)
    publications = []
    for i, (stage, begin) in enumerate(zip(stages, starts, strict=True)):
        successor = starts[i + 1] if i + 1 < len(starts) else episode.ends
        resumes_at = int(begin + (episode.ends - begin) * rng.uniform(0.4, 1.4)) + 10 * MINUTE_S
        end = service_ends if rng.random() < 0.7 else begin + rng.randint(20, 70) * MINUTE_S
        publications.append(
            _ratp_id(rng, episode, f"{i}", scene, stage, (begin, max(end, begin + MINUTE_S)), resumes_at, successor)
        )
    if rng.random() < 0.9:
        publications.append(_closing(rng, episode, scene, stages[-1]))
    return publications


def _ratp_stages(rng: Random, episode: _Episode) -> list[Stage]:
    """What is told one after the other: median 1, seldom a dozen times."""
    cut = rng.random() < episode.cause.blocks
    first = rng.choice((Stage.CUT, Stage.STATIONED)) if cut else rng.choice((Stage.STATIONED, Stage.DISTURBED))
    if rng.random() < 0.02:
        first = Stage.SKIPPED
    later = (Stage.CUT, Stage.CUT, Stage.RESUMING) if cut else (Stage.DISTURBED, Stage.RESUMING)
    updates = min(int(rng.expovariate(1 / 1.6)), 14) + (1 if cut and first is Stage.STATIONED else 0)
    told = sorted((rng.choice(later) for _ in range(updates)), key=later.index)
    return [first, *told]


def _within(rng: Random, episode: _Episode) -> int:
    return int(episode.begins + (episode.ends - episode.begins) * rng.uniform(0.08, 0.95))


def _ratp_id(
    rng: Random, episode: _Episode, revision: str, scene: text_ratp.Scene, stage: Stage,
    period: tuple[int, int], resumes_at: int, successor: int,
) -> Publication:  # fmt: skip
    told = period[0] + rng.randint(60, 240)
    shown = told + lag_s(rng)
    gone = successor + rng.randint(60, 240) + lag_s(rng)
    return _publication(
        episode.id_of(revision), (shown, gone), (period,), told,
        partial(text_ratp.incident, scene=scene, stage=stage, resumes_at=resumes_at),
    )  # fmt: skip


def _closing(rng: Random, episode: _Episode, scene: text_ratp.Scene, stage: Stage) -> Publication:
    """RATP's way to say that it is over: a period of one minute, which stays about an hour."""
    told = episode.ends + rng.randint(60, 240)
    gone = episode.ends + CLOSING_STAYS_S + rng.randint(-4, 4) * MINUTE_S
    last = stage if stage is not Stage.CUT else Stage.RESUMING
    return _publication(
        episode.id_of("closing"), (told + lag_s(rng), gone), ((episode.ends, episode.ends + MINUTE_S),), told,
        partial(text_ratp.incident, scene=scene, stage=last, resumes_at=episode.ends),
    )  # fmt: skip


# SNCF ---------------------------------------------------------------------------------------------


def _sncf_chain(rng: Random, episode: _Episode, _day: date) -> list[Publication]:
    middle = rng.randrange(len(episode.line.stops))
    stretch = episode.line.stretch(rng, middle, rng.randint(4, 28))
    state = State.CUT if rng.random() < episode.cause.blocks else rng.choice((State.SLOW, State.DISTURBED))
    if rng.random() < 0.16:
        state = State.CANCELLED
    scene = text_sncf.Scene(
        line=episode.line, cause=episode.cause, station=episode.line.stops[middle], stretch=stretch,
        whole_line=rng.random() < 0.25, names_stops=rng.random() < 0.66,
        title=text_sncf.draw_title(rng, episode.line, stretch, state),
    )  # fmt: skip
    if state is State.CANCELLED:
        return _cancelled_trains(rng, episode, scene)
    told = _sncf_told(rng, episode)
    publications = []
    for i, moment in enumerate(told):
        end = round_up_s(moment + int(60 * rng.uniform(10, 115)), 900)
        end += 0 if rng.random() < 0.6 else rng.randrange(900)
        over = told[i + 1] + rng.randint(0, 90) if i + 1 < len(told) else _last_seen(rng, moment, end)
        begin = moment - rng.randint(3, 14) * MINUTE_S
        publications += _sncf_ids(rng, episode, f"{i}", scene, state, (begin, end), moment, over)
        state = rng.choice((state, State.SLOW, State.VERY_SLOW, State.VERY_DISTURBED, State.SKIPPED))
    return publications


def _sncf_told(rng: Random, episode: _Episode) -> list[int]:
    """When it is told anew: often once or twice, on a bad day fifty times."""
    updates = int(rng.expovariate(1 / 2.2))
    if rng.random() < 0.04:
        updates += int(rng.expovariate(1 / 14))
    length_s = (episode.ends - episode.begins) * (1 + updates / 4)
    later = [int(episode.begins + length_s * rng.uniform(0.1, 1.0)) for _ in range(min(updates, 57))]
    return sorted([episode.begins, *later])


def _last_seen(rng: Random, told: int, end: int) -> int:
    """When the last id goes: before, at or after the end that it announces."""
    draw = rng.random()
    if draw < 0.4:
        return told + int((end - told) * rng.uniform(0.05, 0.75))
    if draw < 0.74:
        return end + rng.randint(-3, 4) * MINUTE_S
    return end + int(60 * exp(rng.gauss(log(22), 1.0)))


def _sncf_ids(
    rng: Random, episode: _Episode, revision: str, scene: text_sncf.Scene, state: State,
    period: tuple[int, int], told: int, over: int,
) -> list[Publication]:  # fmt: skip
    shown = told + lag_s(rng)
    parts: list[tuple[Stop, ...] | None] = [None]
    if scene.names_stops and len(scene.stretch) >= 6 and not scene.whole_line and rng.random() < 0.24:
        parts = list(_split(scene.stretch, rng.randint(2, 3)))
    text_seed = f"{episode.key}|{revision}"  # twins say the same word for word
    return [
        _publication(
            episode.id_of(f"{revision}.{n}"), (shown, max(over + lag_s(rng), shown + 60)), (period,), told,
            partial(text_sncf.incident, scene=scene, state=state, until=period[1], stops=stops), text_seed,
        )
        for n, stops in enumerate(parts)
    ]  # fmt: skip


def _split(stretch: tuple[Stop, ...], parts: int) -> list[tuple[Stop, ...]]:
    size = -(-len(stretch) // parts)
    return [stretch[i : i + size] for i in range(0, len(stretch), size)]


def _cancelled_trains(rng: Random, episode: _Episode, scene: text_sncf.Scene) -> list[Publication]:
    """One id a train; a missing train misses on its way back too."""
    told, publications = episode.begins, []
    for n in range(1 + int(rng.expovariate(1 / 1.4))):
        arrives = told + rng.randint(25, 100) * MINUTE_S
        publications.append(_publication(
            episode.id_of(f"train {n}"), (told + lag_s(rng), arrives + rng.randint(-20, 15) * MINUTE_S),
            ((told - rng.randint(1, 40) * MINUTE_S, arrives),), told,
            partial(text_sncf.incident, scene=scene, state=State.CANCELLED, until=arrives),
        ))  # fmt: skip
        told += rng.randint(10, 50) * MINUTE_S
    return publications


# Both ---------------------------------------------------------------------------------------------


def _publication(
    id_: str, shown: tuple[int, int], periods: Spans, told: int, write: partial, text_seed: str = ""
) -> Publication:
    visible = (shown,) if shown[1] > shown[0] else ()
    return Publication(id_, visible, periods, told, lambda: write(Random(f"{text_seed or id_}|text")))


def _with_quirks(rng: Random, publication: Publication) -> Publication:
    """Some ids belong to no line, some flicker."""
    draw = rng.random()
    if draw < ORPHANS:
        return _orphan(publication)
    if draw < ORPHANS + FLICKERS:
        return flickering(rng, publication)
    return publication


def _orphan(publication: Publication) -> Publication:
    def write() -> Content:
        content = publication.write()
        return Content(content.cause, content.severity, content.title, content.message, content.short_message)

    return Publication(publication.id, publication.visible, publication.periods, publication.last_update, write)


def flickering(rng: Random, publication: Publication) -> Publication:
    """The same id with holes of some minutes, as the feed has them; once in a while for a whole night."""
    if not publication.visible or publication.visible[-1][1] - publication.visible[0][0] < 20 * MINUTE_S:
        return publication
    begin, end = publication.visible[0][0], min(publication.visible[-1][1], publication.visible[0][0] + DAY_S)
    holes = min(1 + int(rng.expovariate(1 / 3.6)), 60)
    cuts = sorted(rng.randrange(begin, end) for _ in range(holes))
    spans, at = [], begin
    for cut in cuts:
        if cut > at:
            spans.append((at, cut))
        at = max(at, cut + rng.randint(2, 9) * MINUTE_S)
    last = publication.visible[-1][1]
    spans += [(at, last)] if at < last else []
    return Publication(publication.id, tuple(spans), publication.periods, publication.last_update, publication.write)
