"""What one cluster of a window is: its size, its place, its signs and its trend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from dashboard.store.lives import Key, cluster_id
from dashboard.store.records import PlacedHit
from geo.network.projection import to_degrees
from spark_app.derived.clusters.lineage import NOBODY
from spark_app.derived.clusters.places import Place
from spark_app.derived.clusters.signs import hue_of, letter_of, pattern_of
from spark_app.store.tables import NO_CLUSTER, ORIGIN_M, WEIGHT_E9

TREND_LEAST, TREND_SHARE = 0.5, 0.2  # a smaller change (disruptions, share) is none
SEVERAL = "*"
LEADS = 0.5


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster of one channel in one window.

    `disruptions` and `stations` are means over the observed ticks; `polarity` and `spread` are over
    disruptions, None without evidence; `width_km` is twice the RMS distance of the hits from their mean.
    """

    channel: str
    number: int  # of its life, or of an index without one (dashboard.store.lives)
    disruptions: float
    stations: float
    opened: float
    closed: float
    polarity: float | None
    spread: float | None
    hits: int
    lat: float | None
    lon: float | None
    width_km: float
    ids: tuple[str, ...]
    medoid: Place  # the station of its hits that lies in their middle
    name: str  # of the station that it is called after
    sign: int = NOBODY  # of its life: letter, hue and pattern follow from it
    index: int = NO_CLUSTER  # the model's, at the last tick at which it had one
    line: str = ""  # that most of its disruptions are on; SEVERAL if none leads
    cause: str = ""  # that most of their texts name; SEVERAL if none leads
    before: float | None = None  # `disruptions` one span earlier; None: not known
    territory: tuple[frozenset[PlacedHit], ...] = ()  # the hits of each of its disruptions
    station_count: int = 0  # distinct stations that it had in the window

    def count(self, size: str) -> int:
        """What the screen writes on it: its distinct disruptions or stations of the window,
        which can be counted there."""
        return self.station_count if size == "stations" else len(self.ids)

    @property
    def trend(self) -> str:
        """`up` or `down` from one window to the next that shares no tick with it, else `flat`; "" if unknown."""
        if self.before is None:
            return ""
        change = self.disruptions - self.before
        if abs(change) < max(TREND_LEAST, TREND_SHARE * max(self.before, self.disruptions)):
            return "flat"
        return "up" if change > 0 else "down"

    @property
    def key(self) -> str:
        """Its identity: `incident:208`, or `incident:new-3`."""
        return cluster_id(self.channel, self.number)

    @property
    def letter(self) -> str:
        """What marks it on screen, unlike every other cluster there; empty without a life."""
        return letter_of(self.sign)

    @property
    def hue(self) -> int | None:
        """Its colour: `dashboard.ui.theme.cluster_colour`; None without a life."""
        return hue_of(self.sign)

    @property
    def pattern(self) -> int:
        """On its colour: 0 is plain. Hue and pattern together are unlike those of every other cluster on screen."""
        return pattern_of(self.sign)

    @property
    def is_new(self) -> bool:
        """Whether it has no life yet."""
        return self.number < NO_CLUSTER


def leading(values: Iterable[str]) -> str:
    """The value of more than half of them, SEVERAL if none is, "" of nothing.

    >>> leading(["a", "a", "b"]), leading(["a", "b"]), leading([])
    ('a', '*', '')
    """
    counts = Counter(value for value in values if value)
    if not counts:
        return ""
    value, n = counts.most_common(1)[0]
    return value if n > LEADS * counts.total() else SEVERAL


def make_cluster(
    key: Key, measures: Mapping[str, int], ticks_observed: int, ids: Iterable[str], medoid: Place, **more: Any
) -> Cluster:
    """The cluster of a row of sums (`spark_app.store.tables.MEASURES`) over `ticks_observed` ticks."""
    lat, lon, width_km = centre_of(measures)
    ticks = max(ticks_observed, 1)
    polarity, spread = polarity_of(measures)
    return Cluster(
        channel=key[0],
        number=key[1],
        medoid=medoid,
        ids=tuple(sorted(set(ids))),
        disruptions=measures["disruptions_e9"] / WEIGHT_E9 / ticks,
        stations=measures["stations"] / ticks,
        opened=measures["opened_e9"] / WEIGHT_E9,
        closed=measures["closed_e9"] / WEIGHT_E9,
        polarity=polarity,
        spread=spread,
        hits=measures["hits"],
        lat=lat,
        lon=lon,
        width_km=width_km,
        **more,
    )


def centre_of(measures: Mapping[str, int]) -> tuple[float | None, float | None, float]:
    """Latitude, longitude (degrees) and width (km) of the hits; None, None, 0.0 without a hit."""
    n, x_m, y_m = measures["hits"], measures["x_m"], measures["y_m"]
    if not n:
        return None, None, 0.0
    lat, lon = to_degrees((ORIGIN_M[0] + x_m / n) / 1000, (ORIGIN_M[1] + y_m / n) / 1000)
    variance_m2 = (measures["r2_m2"] * n - x_m * x_m - y_m * y_m) / (n * n)  # integers until the division
    return float(lat), float(lon), 2 * sqrt(max(variance_m2, 0.0)) / 1000


def polarity_of(measures: Mapping[str, int]) -> tuple[float | None, float | None]:
    """Mean and standard deviation of the polarity over the scored disruptions; None, None without any."""
    scored_e12 = measures["scored_e9"] * 1000
    if not scored_e12:
        return None, None
    mean = measures["polarity_e12"] / scored_e12
    return mean, sqrt(max(measures.get("polarity_sq_e12", 0) / scored_e12 - mean * mean, 0.0))
