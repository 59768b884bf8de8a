"""Scores of the geocoder against the stops that PRIM publishes."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.geocoder._text_groups import Key, TextGroup
from geo.network.distance import distance_m
from geo.network.stations import Station, Stations
from geo.text.places import Located, Place

NEAR_M = 500.0  # a point is right this close to a stop that PRIM names
TENTHS = 10
RESAMPLES = 400


@dataclass(frozen=True, slots=True)
class Judged:
    """One text group with the geocoder's answer."""

    group: TextGroup
    located: Located

    @property
    def hits(self) -> dict[Key, Place]:
        """Hit stations with a point, the surest place of each."""
        best: dict[Key, Place] = {}
        for place in sorted(self.located.hits, key=lambda place: place.confidence):
            best[place.line, place.zda] = place
        return best

    @property
    def exact(self) -> bool:
        """Whether the hits are PRIM's stops, no more and no less."""
        return set(self.hits) == self.group.truth

    def right(self) -> dict[Key, bool]:
        """For each hit station, whether a stop of PRIM's is near."""
        stops = _stations(self.group.truth)
        return {key: _near(_station(key), stops) for key in self.hits}

    def reached(self) -> int:
        """How many of PRIM's stops have a hit station near."""
        found = _stations(self.hits)
        return sum(_near(stop, found) for stop in _stations(self.group.truth))


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall, micro (over stations) and macro (mean over groups)."""

    groups: int
    placed: int
    precision: float
    recall: float
    macro_precision: float
    macro_recall: float
    exact: float


def score(judged: Sequence[Judged]) -> Score:
    """The score of the groups; shares of nothing are NaN."""
    counts = [_counts(one) for one in judged]
    found = [(right / hits) for right, hits, _, _ in counts if hits]
    return Score(
        groups=len(counts),
        placed=len(found),
        precision=_share(sum(c[0] for c in counts), sum(c[1] for c in counts)),
        recall=_share(sum(c[2] for c in counts), sum(c[3] for c in counts)),
        macro_precision=_share(sum(found), len(found)),
        macro_recall=_share(sum(c[2] / c[3] for c in counts), len(counts)),
        exact=_share(sum(one.exact for one in judged), len(judged)),
    )


def _counts(one: Judged) -> tuple[int, int, int, int]:
    """Right hits, hits, stops of PRIM's reached, stops of PRIM's."""
    right = one.right()
    return sum(right.values()), len(right), one.reached(), len(one.group.truth)


def intervals_by_day(judged: Sequence[Judged]) -> tuple[tuple[float, float], tuple[float, float]]:
    """95 % intervals of precision and recall: days drawn with replacement, always the same draw."""
    days: dict[object, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in judged:
        day = days[one.group.day]
        day[:] = [total + count for total, count in zip(day, _counts(one), strict=True)]
    draw, sums = random.Random(1), list(days.values())
    drawn = [draw.choices(sums, k=len(sums)) for _ in range(RESAMPLES)]
    samples = [[sum(column) for column in zip(*days_drawn, strict=True)] for days_drawn in drawn]
    return _interval([_share(s[0], s[1]) for s in samples]), _interval([_share(s[2], s[3]) for s in samples])


def shares_by(judged: Iterable[Judged], of: Callable[[Place], str]) -> dict[str, tuple[int, float]]:
    """Hit stations by what `of` says of their place: how many, and the share that is right."""
    seen: dict[str, list[bool]] = defaultdict(list)
    for one in judged:
        right = one.right()
        for key, place in one.hits.items():
            seen[of(place)].append(right[key])
    ordered = sorted(seen.items(), key=lambda item: -len(item[1]))
    return {name: (len(each), sum(each) / len(each)) for name, each in ordered}


def calibration(judged: Iterable[Judged]) -> list[tuple[int, float, float]]:
    """By tenth of confidence: points, mean confidence, share that is right."""
    tenths: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for one in judged:
        right = one.right()
        for key, place in one.hits.items():
            tenths[min(int(place.confidence * TENTHS), TENTHS - 1)].append((place.confidence, right[key]))
    return [
        (len(points), sum(c for c, _ in points) / len(points), sum(r for _, r in points) / len(points))
        for _, points in sorted(tenths.items())
    ]


def expected_calibration_error(rows: Sequence[tuple[int, float, float]]) -> float:
    """Mean distance of confidence and share, weighted by points."""
    off = sum(points * abs(confidence - right) for points, confidence, right in rows)
    return _share(off, sum(points for points, _, _ in rows))


def median_error_m(judged: Iterable[Judged]) -> float:
    """Median distance in metres from a hit station to the nearest stop of PRIM's."""
    errors = [
        min(_station(key).distance_m(stop) for stop in stops)
        for one in judged
        if (stops := _stations(one.group.truth))
        for key in one.hits
    ]
    return median(errors) if errors else float("nan")


def _station(key: Key) -> Station:
    station = Stations.load().get(key[1])
    if station is None:
        raise LookupError(f"zone {key[1]} is in no table")
    return station


def _stations(keys: Iterable[Key]) -> list[Station]:
    return [_station(key) for key in keys]


def _near(station: Station, others: Iterable[Station]) -> bool:
    return any(distance_m(station.lat, station.lon, other.lat, other.lon) <= NEAR_M for other in others)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _interval(values: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return ordered[int(0.025 * len(ordered))], ordered[int(0.975 * len(ordered)) - 1]
