"""Where a cluster is drawn, how wide it is, and when a circle would lie about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from geo.distance import distance_m
from geo.projection import to_degrees
from spark_app.language.cluster_names import SEPARATOR, Spot
from spark_app.tables import ORIGIN_M, WEIGHT_E9

TREND_LEAST, TREND_SHARE = 0.5, 0.2  # a smaller change (disruptions, share) is none
SEVERAL = "*"
LEADS = 0.5
LABEL_MAX_M = 5_000.0  # farther from the centre, the station of a title is no label there
CIRCLE_WIDTH_MAX_KM = 15.0  # wider than this, the middle of the hits is no place that means anything


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster of one channel in one window.

    `disruptions` and `stations` are means over the observed ticks; `polarity` and `spread` are over
    disruptions, None without evidence; `width_km` is twice the RMS distance of the hits from their mean.
    """

    channel: str
    index: int
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
    name: str  # of the station nearest to the centre
    line: str = ""  # that most of its disruptions are on; SEVERAL if none leads
    cause: str = ""  # that most of their texts name; SEVERAL if none leads
    before: float | None = None  # `disruptions` one span earlier; None: not known
    title: str = ""  # what it is about, as the store calls it; empty before its first tick
    place: str = ""  # where it is, for the label at its centre
    station_count: int = 0  # distinct stations that it had in the window

    @property
    def shown(self) -> str:
        """What the screen calls it."""
        return self.title or self.name

    @property
    def where(self) -> str:
        """The place alone: what else the screen says of a cluster is counted in the window."""
        return self.place or self.name

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
        """The name of the cluster within the store: channel and index."""
        return f"{self.channel}:{self.index}"

    @property
    def drawn_as(self) -> str:
        """`circle`; or `stations` where it is too wide or of one disruption; `nothing` without a station."""
        if self.lat is None:
            return "nothing"
        return "stations" if self.width_km > CIRCLE_WIDTH_MAX_KM or len(self.ids) < 2 else "circle"


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
    key: tuple[str, int], measures: Mapping[str, int], ticks_observed: int, ids: Iterable[str], name: str, **more: Any
) -> Cluster:
    """The cluster of a row of sums (`spark_app.tables.MEASURES`) over `ticks_observed` ticks."""
    lat, lon, width_km = centre_of(measures)
    ticks = max(ticks_observed, 1)
    polarity, spread = polarity_of(measures)
    return Cluster(
        channel=key[0],
        index=key[1],
        name=name,
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


def label_at(lat: float | None, lon: float | None, title: str, places: Mapping[str, Spot]) -> str:
    """The station that the title begins with if it is near to the centre, else the nearest:
    a label is where it says."""
    named = title.split(SEPARATOR, maxsplit=1)[0]
    if lat is None or lon is None or not places:
        return named
    if named in places and distance_m(lat, lon, *places[named]) <= LABEL_MAX_M:
        return named
    return nearest_name(lat, lon, [(name, *spot) for name, spot in sorted(places.items())])


def nearest_name(lat: float | None, lon: float | None, places: Iterable[tuple[str, float, float]]) -> str:
    """The name of the place (name, lat, lon) nearest to a centre; "" without either."""
    if lat is None or lon is None:
        return ""
    return min(((distance_m(lat, lon, p[1], p[2]), p[0]) for p in places), default=(0.0, ""))[1]
