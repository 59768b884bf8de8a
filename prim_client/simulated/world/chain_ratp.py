"""How RATP tells an episode: stage by stage, each a new id; the last has a period of one minute."""

from __future__ import annotations

from datetime import date
from functools import partial
from random import Random

from prim_client.messages.time_units import MINUTE_S
from prim_client.simulated.feed.distributions import lag_s
from prim_client.simulated.feed.episode import Episode
from prim_client.simulated.feed.paris_dates import of_paris
from prim_client.simulated.feed.publication import Publication
from prim_client.simulated.texts.ratp import Scene, Stage, incident

CLOSES = 0.9  # episodes that get a closing id
CLOSING_STAYS_MIN = 60
OPEN_ENDED = 0.7  # ids whose announced end is the end of service
WHOLE_LINE = 0.36
SKIPPED = 0.02
UPDATES_MEAN, UPDATES_MAX = 1.6, 14


def ratp_chain(rng: Random, episode: Episode, day: date) -> list[Publication]:
    """The ids of an episode of the service day `day`."""
    scene = _scene(rng, episode)
    stages = _stages(rng, episode)
    begins = sorted([episode.begins, *(_moment_within(rng, episode) for _ in stages[1:])])
    publications = [
        _stage(rng, episode, scene, n, stage, begin, successor, of_paris(day, 24 + 5, 15))
        for n, (stage, begin, successor) in enumerate(zip(stages, begins, [*begins[1:], episode.ends], strict=True))
    ]
    if rng.random() < CLOSES:
        publications.append(_closing(rng, episode, scene, stages[-1]))
    return publications


def _scene(rng: Random, episode: Episode) -> Scene:
    middle = rng.randrange(len(episode.line.stops))
    station = episode.line.stops[middle]
    return Scene(
        line=episode.line,
        cause=episode.cause,
        station=station,
        stretch=episode.line.stretch(rng, middle, rng.randint(3, 12)),
        towards=episode.line.terminus(rng, station),
        whole_line=rng.random() < WHOLE_LINE,
    )


def _stages(rng: Random, episode: Episode) -> list[Stage]:
    """What is told one after the other: often once or twice, seldom a dozen times."""
    cut = rng.random() < episode.cause.blocks
    first = rng.choice((Stage.CUT if cut else Stage.DISTURBED, Stage.STATIONED))
    if rng.random() < SKIPPED:
        first = Stage.SKIPPED
    later = (Stage.CUT, Stage.CUT, Stage.RESUMING) if cut else (Stage.DISTURBED, Stage.RESUMING)
    updates = min(int(rng.expovariate(1 / UPDATES_MEAN)), UPDATES_MAX)
    if cut and first is Stage.STATIONED:
        updates += 1  # that it is cut is told in any case
    return [first, *sorted((rng.choice(later) for _ in range(updates)), key=later.index)]


def _moment_within(rng: Random, episode: Episode) -> int:
    return int(episode.begins + (episode.ends - episode.begins) * rng.uniform(0.08, 0.95))


def _told_after(rng: Random, moment: int) -> int:
    return moment + rng.randint(1 * MINUTE_S, 4 * MINUTE_S)


def _stage(
    rng: Random,
    episode: Episode,
    scene: Scene,
    number: int,
    stage: Stage,
    begin: int,
    successor: int,
    service_ends: int,
) -> Publication:
    resumes_at = int(begin + (episode.ends - begin) * rng.uniform(0.4, 1.4)) + 10 * MINUTE_S
    end = service_ends if rng.random() < OPEN_ENDED else begin + rng.randint(20, 70) * MINUTE_S
    told = _told_after(rng, begin)
    shown = told + lag_s(rng), _told_after(rng, successor) + lag_s(rng)
    write = partial(incident, scene=scene, stage=stage, resumes_at=resumes_at)
    return episode.published(f"{number}", shown, (begin, max(end, begin + MINUTE_S)), told, write)


def _closing(rng: Random, episode: Episode, scene: Scene, last: Stage) -> Publication:
    """RATP's way to say that it is over; the begin of this id is the end of the incident."""
    told = _told_after(rng, episode.ends)
    gone = episode.ends + (CLOSING_STAYS_MIN + rng.randint(-4, 4)) * MINUTE_S
    stage = Stage.RESUMING if last is Stage.CUT else last
    write = partial(incident, scene=scene, stage=stage, resumes_at=episode.ends)
    period = episode.ends, episode.ends + MINUTE_S
    return episode.published("closing", (told + lag_s(rng), gone), period, told, write)
