"""A simulated week of rails against what was measured on 22 days of PRIM's rail answers in spring 2024.

The ranges are wide enough for any seed, and narrow enough that a model without closing ids, updates
by new ids, flickering or rush hours falls out of them. In brackets: what was measured.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest

from prim_client.messages.paris_time import PARIS
from prim_client.simulated.feed.publication import Publication
from prim_client.simulated.world.world import World

MONDAY = datetime(2026, 9, 21, 2, 0, tzinfo=UTC)
DAYS = 7
STEP = timedelta(minutes=2)


@dataclass
class Week:
    """What polling every two minutes saw."""

    at_once: list[int]
    failed: int
    unchanged: int
    repeated_headers: int
    first_seen: dict[str, datetime]
    last_seen: dict[str, datetime]
    returns: Counter
    by_id: dict[str, Publication]

    @property
    def new(self) -> list[str]:
        """Ids that appeared within the week."""
        return [id_ for id_, first in self.first_seen.items() if first > MONDAY]

    @property
    def incidents(self) -> list[str]:
        """New ids of incidents that went before the end of the week."""
        end = MONDAY + timedelta(days=DAYS, hours=-2)
        return [i for i in self.new if self.by_id[i].content.cause == "PERTURBATION" and self.last_seen[i] < end]

    def mode(self, id_: str) -> str:
        links = self.by_id[id_].content.links
        return links[0].line.line.mode if links else "none"


@pytest.fixture(scope="module", params=[1, 5])
def week(request) -> Week:
    world = World(request.param, rail_only=True)
    seen = Week([], 0, 0, 0, {}, {}, Counter(), {})
    before, header_before = None, None
    for n in range(int(timedelta(days=DAYS) / STEP)):
        moment = MONDAY + n * STEP
        status, body = world.answer_at(moment)
        if status != 200 or not body.startswith(b'{"disruptions":['):
            seen.failed += 1
            continue
        published = world.published_at(moment)
        ids = [publication.id for publication in published]
        header = body[-27:]
        seen.at_once.append(len(ids))
        seen.unchanged += ids == before
        seen.repeated_headers += header == header_before
        before, header_before = ids, header
        for publication in published:
            _note(seen, publication, moment)
    return seen


def _note(seen: Week, publication: Publication, moment: datetime) -> None:
    id_ = publication.id
    if id_ in seen.last_seen and moment - seen.last_seen[id_] > 2 * STEP:
        seen.returns[id_] += 1
    seen.first_seen.setdefault(id_, moment)
    seen.last_seen[id_] = moment
    seen.by_id[id_] = publication


def test_how_many_at_once(week):
    """[3 to 48, median 17]"""
    assert min(week.at_once) <= 9
    assert 12 <= median(week.at_once) <= 26
    assert 35 <= max(week.at_once) <= 80


def test_how_many_new_ids_a_day(week):
    """[42 to 323 a day, about 200]"""
    days = Counter((week.first_seen[i] - timedelta(hours=2)).date() for i in week.new)
    assert 900 <= len(week.new) <= 2_200
    assert all(25 <= count <= 450 for count in days.values())


def test_the_busiest_hour(week):
    """[36 new ids]"""
    hours = Counter(week.first_seen[i].replace(minute=0) for i in week.new)
    assert 18 <= max(hours.values()) <= 60


def test_rush_hours_are_busier_than_the_night(week):
    hours = Counter(week.first_seen[i].astimezone(PARIS).hour for i in week.incidents)
    evening, night = sum(hours[h] for h in (15, 16, 17, 18)), sum(hours[h] for h in (1, 2, 3, 4))
    assert evening > 3 * night


def test_the_share_of_modes(week):
    """[metro 39 %, RER 31 %, trains 22 %, trams 6 %]"""
    modes = Counter(week.mode(i) for i in week.new)
    total = len(week.new)
    assert 0.25 <= modes["metro"] / total <= 0.55
    assert 0.2 <= modes["rer"] / total <= 0.42
    assert 0.12 <= modes["train"] / total <= 0.38
    assert 0.03 <= modes["tram"] / total <= 0.12
    assert 0.003 <= modes["none"] / total <= 0.025  # orphans [1.1 %]


def test_an_update_is_a_new_id(week):
    """[2.9 ids an episode, median 2, with a long tail]"""
    episodes = defaultdict(set)
    for id_ in week.incidents:
        content = week.by_id[id_].content
        if content.links:
            # the title begins with line and cause, at SNCF with the line: chained with a gap of 5 minutes
            episodes[content.links[0].line.id, content.title.split(" - ")[0]].add(id_)
    chained = []
    for ids in episodes.values():
        end = None
        for id_ in sorted(ids, key=week.first_seen.__getitem__):
            if end is None or week.first_seen[id_] - end > timedelta(minutes=5):
                chained.append(0)
            chained[-1] += 1
            end = max(end or week.last_seen[id_], week.last_seen[id_])
    assert 1.7 <= sum(chained) / len(chained) <= 3.6
    assert max(chained) >= 8


def test_ratp_closes_with_an_id_of_one_minute_that_stays_an_hour(week):
    """[36 % of metro ids]"""
    metro = [i for i in week.new if week.mode(i) == "metro"]
    closing = [i for i in metro if _minutes(week.by_id[i].periods) == 1]
    assert 0.27 <= len(closing) / len(metro) <= 0.45
    stays = [(week.last_seen[i] - week.first_seen[i]).total_seconds() / 60 for i in closing if i in week.incidents]
    assert 44 <= median(stays) <= 60


def _minutes(periods) -> float:
    return (periods[-1][1] - periods[0][0]) / 60


def test_announced_ends_are_not_the_ends(week):
    """[error p10 -60 min, median +24 min, p90 +16 h; 53 % go 15 min before, 28 % stay 5 min after]"""
    errors_min = sorted((week.by_id[i].periods[-1][1] - week.last_seen[i].timestamp()) / 60 for i in week.incidents)
    count = len(errors_min)
    assert -64 <= errors_min[count // 10] <= -40
    assert 5 <= errors_min[count // 2] <= 75
    assert 8 * 60 <= errors_min[count * 9 // 10] <= 19 * 60
    assert 0.45 <= sum(error > 15 for error in errors_min) / count <= 0.64
    assert 0.2 <= sum(error < -5 for error in errors_min) / count <= 0.36


def test_some_ids_flicker(week):
    """[137 of 4,468 ids, 632 times, one of them 62 times]; works that return every night do not count"""
    flickering = {i: n for i, n in week.returns.items() if week.by_id[i].content.cause == "PERTURBATION"}
    assert 0.004 <= len(flickering) / len(week.new) <= 0.05
    assert max(flickering.values()) >= 2


def test_severity_and_cause_of_what_is_new(week):
    """[77 % PERTURBEE and 17 % BLOQUANTE incidents, 5 % works, 1.5 % INFORMATION]"""
    kinds = Counter((week.by_id[i].content.cause, week.by_id[i].content.severity) for i in week.new)
    total = len(week.new)
    assert 0.7 <= kinds["PERTURBATION", "PERTURBEE"] / total <= 0.88
    assert 0.06 <= kinds["PERTURBATION", "BLOQUANTE"] / total <= 0.22
    assert 0.01 <= sum(n for (cause, _), n in kinds.items() if cause == "TRAVAUX") / total <= 0.12


def test_stops_and_twins(week):
    """[58 % carry stop ids; 4,468 ids are 3,622 texts]"""
    with_stops = sum(any(link.stops for link in week.by_id[i].content.links) for i in week.new)
    texts = {week.by_id[i].content.message for i in week.new}
    assert 0.5 <= with_stops / len(week.new) <= 0.75
    assert 0.7 <= len(texts) / len(week.new) <= 0.95


def test_the_feed_fails_and_stalls_sometimes(week):
    """[33 of 17,837 polls empty, 7 % repeat the header, 74 % of 1-2 min polls change nothing]"""
    polls = len(week.at_once) + week.failed
    assert 0.0005 <= week.failed / polls <= 0.007
    assert 0.04 <= week.repeated_headers / polls <= 0.11
    assert 0.5 <= week.unchanged / polls <= 0.85
