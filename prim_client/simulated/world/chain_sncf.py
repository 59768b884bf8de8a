"""How SNCF tells an episode: an announced end, extended again and again, each time as a new id.

One text is often published as several ids with parts of the stops ("twins"), and the last id goes
before, at or long after the end that it announced.
"""

from __future__ import annotations

from functools import partial
from math import exp, log
from random import Random

from prim_client.messages.time_units import MINUTE_S
from prim_client.simulated.feed.distributions import lag_s
from prim_client.simulated.feed.episode import Episode
from prim_client.simulated.feed.network import Stop
from prim_client.simulated.feed.paris_dates import round_up_s
from prim_client.simulated.feed.publication import Publication
from prim_client.simulated.texts.sncf import Scene, State, draw_title, incident

CANCELLED = 0.16  # episodes that are missing trains
TRAINS_MEAN = 1.4  # further trains
WHOLE_LINE, NAMES_STOPS = 0.25, 0.66
UPDATES_MEAN, BAD_DAY, BAD_UPDATES_MEAN = 2.2, 0.04, 14.0
UPDATES_MAX = 57  # the longest chain seen has 58 ids
TWINS = 0.24  # messages that come as two or three ids, if they name enough stops
TWINS_FROM_STOPS = 6
QUARTER_S = 900
LEAVES_EARLY, LEAVES_IN_TIME = 0.4, 0.34  # the others stay longer, 22 min in the middle
LATER_STATES = (State.SLOW, State.VERY_SLOW, State.VERY_DISTURBED, State.SKIPPED)


def sncf_chain(rng: Random, episode: Episode) -> list[Publication]:
    """The ids of an episode."""
    state = _first_state(rng, episode)
    scene = _scene(rng, episode, state)
    if state is State.CANCELLED:
        return _trains(rng, episode, scene)
    told = _moments_of_updates(rng, episode)
    publications = []
    for n, moment in enumerate(told):
        ends = _announced_end(rng, moment)
        gone = told[n + 1] + rng.randint(0, 90) if n + 1 < len(told) else _last_seen(rng, moment, ends)
        period = moment - rng.randint(3, 14) * MINUTE_S, ends
        publications += _ids(rng, episode, f"{n}", scene, state, period, moment, gone)
        state = rng.choice((state, *LATER_STATES))
    return publications


def _first_state(rng: Random, episode: Episode) -> State:
    if rng.random() < CANCELLED:
        return State.CANCELLED
    return State.CUT if rng.random() < episode.cause.blocks else rng.choice((State.SLOW, State.DISTURBED))


def _scene(rng: Random, episode: Episode, state: State) -> Scene:
    middle = rng.randrange(len(episode.line.stops))
    stretch = episode.line.stretch(rng, middle, rng.randint(4, 28))
    return Scene(
        line=episode.line,
        cause=episode.cause,
        station=episode.line.stops[middle],
        stretch=stretch,
        whole_line=rng.random() < WHOLE_LINE,
        names_stops=rng.random() < NAMES_STOPS,
        title=draw_title(rng, episode.line, stretch, state),
    )


def _moments_of_updates(rng: Random, episode: Episode) -> list[int]:
    """When it is told anew: often once or twice, on a bad day fifty times."""
    updates = int(rng.expovariate(1 / UPDATES_MEAN))
    if rng.random() < BAD_DAY:
        updates += int(rng.expovariate(1 / BAD_UPDATES_MEAN))
    length_s = (episode.ends - episode.begins) * (1 + updates / 4)
    later = (int(episode.begins + length_s * rng.uniform(0.1, 1.0)) for _ in range(min(updates, UPDATES_MAX)))
    return sorted([episode.begins, *later])


def _announced_end(rng: Random, told: int) -> int:
    """A quarter of an hour, mostly."""
    end = round_up_s(told + int(MINUTE_S * rng.uniform(10, 115)), QUARTER_S)
    return end if rng.random() < 0.6 else end + rng.randrange(QUARTER_S)


def _last_seen(rng: Random, told: int, end: int) -> int:
    """When the last id goes: before, at or after the end that it announces."""
    draw = rng.random()
    if draw < LEAVES_EARLY:
        return told + int((end - told) * rng.uniform(0.05, 0.75))
    if draw < LEAVES_EARLY + LEAVES_IN_TIME:
        return end + rng.randint(-3, 4) * MINUTE_S
    return end + int(MINUTE_S * exp(rng.gauss(log(22), 1.0)))


def _ids(
    rng: Random,
    episode: Episode,
    revision: str,
    scene: Scene,
    state: State,
    period: tuple[int, int],
    told: int,
    gone: int,
) -> list[Publication]:
    shown = told + lag_s(rng)
    span = shown, max(gone + lag_s(rng), shown + MINUTE_S)
    return [
        episode.published(
            f"{revision}.{n}",
            span,
            period,
            told,
            partial(incident, scene=scene, state=state, until=period[1], stops=stops),
            revision,
        )
        for n, stops in enumerate(_parts(rng, scene))
    ]


def _parts(rng: Random, scene: Scene) -> list[tuple[Stop, ...]]:
    """The stops of each twin; all of them in one, mostly."""
    stops = scene.stretch
    splits = scene.names_stops and not scene.whole_line and len(stops) >= TWINS_FROM_STOPS
    if not splits or rng.random() >= TWINS:
        return [stops]
    size = -(-len(stops) // rng.randint(2, 3))
    return [stops[i : i + size] for i in range(0, len(stops), size)]


def _trains(rng: Random, episode: Episode, scene: Scene) -> list[Publication]:
    """One id for each cancelled train; a train that is missing is missed on its way back too."""
    told, publications = episode.begins, []
    for n in range(1 + int(rng.expovariate(1 / TRAINS_MEAN))):
        arrives = told + rng.randint(25, 100) * MINUTE_S
        shown = told + lag_s(rng), arrives + rng.randint(-20, 15) * MINUTE_S
        period = told - rng.randint(1, 40) * MINUTE_S, arrives
        write = partial(incident, scene=scene, state=State.CANCELLED, until=arrives, stops=scene.stretch)
        name = f"train {n}"
        publications.append(episode.published(name, shown, period, told, write, incident=name))
        told += rng.randint(10, 50) * MINUTE_S
    return publications
