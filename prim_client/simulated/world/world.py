"""The simulated world: what the feed says at any moment, as a pure function of (seed, moment).

`World.body_at(moment)` can be asked for any time, past or future, in any order: history and real time
come from one model. Days of incidents and months of plans are made when first needed and kept; per
build of the feed only what changed is put together again.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

import orjson

from prim_client.messages.time_units import HOUR_S
from prim_client.simulated.feed.bus_routes import bus_network
from prim_client.simulated.feed.network import SimulatedLine, rail_network
from prim_client.simulated.feed.paris_dates import epoch_s, header_time, in_paris, months_back
from prim_client.simulated.feed.publication import Link, Publication
from prim_client.simulated.world.incidents import incidents_of_day
from prim_client.simulated.world.permanent_notices import standing_notices
from prim_client.simulated.world.planned import Kind, bus_kinds, planned_of_month, rail_kinds

BUILD_S = 60  # PRIM builds the answer anew this often
STALL_BUILDS = 4  # a stalled feed repeats its answer for so many builds
STALLS = 0.14  # 657 of 9,361 answers, two minutes apart, repeated the header before
JUMPS = 0.0002  # answers whose clock is two hours behind, two polls in a row
JUMP_S, JUMP_BLOCK_S = -2 * HOUR_S, 4 * 60
NO_NEWS, EMPTY, NULL = 0.0022, 0.0003, 0.0005  # failed answers, about 0.3 %
INCIDENT_DAYS = 3  # an incident of so many days ago may still be in the feed
NEAR_S = HOUR_S  # of rail works, the rail-only feed lists those within an hour, as the recordings do
QUIET_BUS_LINES = 120  # bus lines listed although nothing is wrong on them
NO_NEWS_BODY = b'{"statusCode":404,"error":"Not Found","message":"NO_NEWS_FOUND"}'


class World:
    """The feed of one seed.

    Args:
        seed: the same seed gives the same history, on every machine.
        rail_only: only what runs on rails and concerns the hour, like the rail recordings: 3 to 48
            disruptions instead of 800.
    """

    def __init__(self, seed: int = 1, *, rail_only: bool = False) -> None:
        self.seed = seed
        self.rail_only = rail_only
        self._rail = rail_network()
        self._kinds = rail_kinds(self._rail) + (() if rail_only else bus_kinds(bus_network()))
        self._day = lru_cache(maxsize=12)(lambda day: incidents_of_day(seed, day, self._rail))
        self._month = lru_cache(maxsize=400)(self._planned)
        self._of_hour = lru_cache(maxsize=4)(self._candidates)
        self._built = lru_cache(maxsize=2)(self._build)
        self._line_json: dict[str, tuple[tuple[Publication, ...], bytes]] = {}
        self._quiet = self._quiet_lines()

    @property
    def name(self) -> str:
        """Tells two worlds apart."""
        return f"simulated network, seed {self.seed}{', rail' if self.rail_only else ''}"

    def answer_at(self, moment: datetime) -> tuple[int, bytes]:
        """HTTP status and body that PRIM would give at an aware `moment`, its failures included."""
        draw = self._chance("failure", epoch_s(moment) // BUILD_S)
        if draw < NO_NEWS:
            return 404, NO_NEWS_BODY
        if draw < NO_NEWS + EMPTY:
            return 200, b""
        if draw < NO_NEWS + EMPTY + NULL:
            return 200, b'{"disruptions":null,"lines":null}'
        return 200, self.body_at(moment)

    def body_at(self, moment: datetime) -> bytes:
        """The body of a good answer at an aware `moment`."""
        built_s = self._built_at(epoch_s(moment))
        millis = int(self._chance("millis", built_s) * 1000)
        block = built_s // JUMP_BLOCK_S
        jumped_s = built_s + (JUMP_S if self._chance("jump", block) < JUMPS * JUMP_BLOCK_S / BUILD_S / 2 else 0)
        return self._built(built_s) + header_time(jumped_s, millis).encode() + b'"}'

    def published_at(self, moment: datetime) -> tuple[Publication, ...]:
        """What the feed holds at an aware `moment`, by time of publication."""
        return self._visible(self._built_at(epoch_s(moment)))

    def _built_at(self, moment_s: int) -> int:
        """The build that is served: the latest, or an older one while the feed stalls."""
        build = moment_s // BUILD_S
        block = build // STALL_BUILDS
        if self._chance("stall", block) < STALLS:
            build = block * STALL_BUILDS - 1
        return build * BUILD_S

    def _chance(self, what: str, number: int) -> float:
        """Uniform in [0, 1), a function of the arguments and the seed."""
        digest = hashlib.blake2b(f"{self.seed}|{what}|{number}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64

    def _visible(self, built_s: int) -> tuple[Publication, ...]:
        candidates = self._of_hour(built_s // HOUR_S)
        visible = (p for p in candidates if p.is_visible(built_s))
        if self.rail_only:
            return tuple(p for p in visible if p.has_period_near(built_s, NEAR_S))
        return tuple(visible)

    def _candidates(self, hour: int) -> tuple[Publication, ...]:
        """Everything that may be in the feed in an hour, by time of publication."""
        begin_s, end_s = hour * HOUR_S, (hour + 1) * HOUR_S
        today = in_paris(begin_s).date()
        made: list[Publication] = [] if self.rail_only else list(standing_notices(self.seed))
        for back in range(-1, INCIDENT_DAYS + 1):
            made += self._day(today - timedelta(days=back))
        for kind in self._kinds:
            for first in months_back(today + timedelta(days=1), kind.months_back):
                made += self._month(first, kind)
        return tuple(sorted((p for p in made if p.may_be_visible(begin_s, end_s)), key=lambda p: (p.last_update, p.id)))

    def _planned(self, first: date, kind: Kind) -> list[Publication]:
        return planned_of_month(self.seed, first, kind)

    def _build(self, built_s: int) -> bytes:
        """The body up to the value of lastUpdatedDate."""
        visible = self._visible(built_s)
        records = b",".join(p.record for p in visible)
        return b'{"disruptions":[' + records + b'],"lines":[' + self._lines(visible) + b'],"lastUpdatedDate":"'

    def _lines(self, visible: Iterable[Publication]) -> bytes:
        touching: dict[str, list[Publication]] = defaultdict(list)
        lines: dict[str, SimulatedLine] = {line.id: line for line in self._quiet}
        for publication in visible:
            for link in publication.content.links:
                touching[link.line.id].append(publication)
                lines[link.line.id] = link.line
        return b",".join(self._line(lines[id_], tuple(touching[id_])) for id_ in sorted(lines))

    def _line(self, line: SimulatedLine, publications: tuple[Publication, ...]) -> bytes:
        """The JSON object of a line, made anew only when other ids are on it than before."""
        known = self._line_json.get(line.id)
        if known is None or known[0] != publications:
            known = self._line_json[line.id] = (publications, orjson.dumps(line_object(line, publications)))
        return known[1]

    def _quiet_lines(self) -> tuple[SimulatedLine, ...]:
        if self.rail_only:
            return self._rail.lines
        bus = bus_network()
        every = bus.ratp + bus.local
        return self._rail.lines + every[:: max(len(every) // QUIET_BUS_LINES, 1)]


def line_object(line: SimulatedLine, publications: Iterable[Publication]) -> dict[str, object]:
    """A line as PRIM lists it, with what is wrong on it and at its stops."""
    ids: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for publication in publications:
        for link in publication.content.links:
            if link.line.id == line.id:
                for target in _targets(link):
                    ids[target].append(publication.id)
    return {
        "id": line.id,
        "name": line.name,
        "shortName": line.name,
        "mode": line.prim_mode,
        "networkId": line.network_id,
        "impactedObjects": [
            {"type": type_, "id": id_, "name": name, "disruptionIds": found}
            for (type_, id_, name), found in ids.items()
        ],
    }


def _targets(link: Link) -> Iterable[tuple[str, str, str]]:
    if link.whole:
        yield "line", link.line.id, link.line.name
    for stop in link.stops:
        for stop_id in stop.stop_ids:
            yield "stop_point", stop_id, stop.name
