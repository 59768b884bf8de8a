"""A day of incidents on rails, as a function of (seed, service day).

Rates, hours and shares follow what was measured on the rail network in spring 2024.
"""

from __future__ import annotations

from datetime import date
from math import exp, log
from random import Random

from prim_client.messages.time_units import HOUR_S
from prim_client.simulated.feed.causes import LINE_WEIGHTS, draw_cause
from prim_client.simulated.feed.distributions import poisson
from prim_client.simulated.feed.episode import Episode
from prim_client.simulated.feed.feed_defects import with_quirks
from prim_client.simulated.feed.network import RailNetwork, SimulatedLine
from prim_client.simulated.feed.paris_dates import of_paris
from prim_client.simulated.feed.publication import Publication
from prim_client.simulated.world.chain_ratp import ratp_chain
from prim_client.simulated.world.chain_sncf import sncf_chain

EPISODES_PER_DAY = 66.0  # on a working day without bad luck
DAY_SPREAD, LUCK_MAX = 0.28, 1.5  # sigma of the day's luck: 42 to 323 new ids a day were seen
WEEKDAYS = (0.93, 1.0, 1.0, 1.1, 1.1, 0.8, 0.5)  # Monday first
# Begins by hour in Paris, 0 to 23: as the new ids were counted (57 46 19 9 34 98 149 … 97 79), a little
# earlier, because updates follow.
HOURS = (
    28, 16, 6, 5, 36, 125, 160, 112, 124, 121, 145, 116,
    124, 126, 180, 205, 160, 185, 195, 150, 135, 120, 72, 48,
)  # fmt: skip
FIRST_HOUR = 4  # of the service day
MINUTES_MIN, MINUTES_MAX, MINUTES_SIGMA = 3.0, 540.0, 0.7


def incidents_of_day(seed: int, day: date, network: RailNetwork) -> list[Publication]:
    """Everything that rail incidents of a service day publish, in no order."""
    rng = Random(f"{seed}|incidents|{day}")
    luck = min(exp(rng.gauss(0, DAY_SPREAD)), LUCK_MAX)
    per_day = EPISODES_PER_DAY * WEEKDAYS[day.weekday()] * luck
    lines = list(network.named(*LINE_WEIGHTS))
    weights = [LINE_WEIGHTS[line.name] for line in lines]
    publications: list[Publication] = []
    for hour in range(FIRST_HOUR, FIRST_HOUR + 24):
        for n in range(poisson(rng, per_day * HOURS[hour % 24] / sum(HOURS))):
            begins = of_paris(day, hour) + rng.randrange(HOUR_S)
            line = rng.choices(lines, weights)[0]
            publications += _published(f"{seed}|{day}|{hour}|{n}", line, begins, day)
    return publications


def _published(key: str, line: SimulatedLine, begins: int, day: date) -> list[Publication]:
    rng = Random(f"{key}|episode")
    cause = draw_cause(rng, line.line.mode)
    minutes = exp(rng.gauss(log(cause.minutes), MINUTES_SIGMA))
    length_s = int(60 * min(max(minutes, MINUTES_MIN), MINUTES_MAX))
    episode = Episode(key, line, cause, begins, begins + length_s)
    chain = ratp_chain(rng, episode, day) if line.is_ratp else sncf_chain(rng, episode)
    return [with_quirks(rng, publication) for publication in chain]
