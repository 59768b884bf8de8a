"""Zones by station: commune, arrondissement of Paris and département, for filters, labels and exports.

The commune is the town that IDFM's open data give a stop zone ("Paris 12e" says the arrondissement,
too); the département is that of the commune's shape (`geo.network.zones`). Near a border a point may fall into
the neighbour's simplified shape: then the town's other stations decide.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from geo.network.stations import Station, Stations
from geo.network.zones import Zones

PARIS = "Paris"
# A département that holds less than this share of a town's stations is the neighbour's, drawn too large.
STRAY_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class StationZone:
    """Where a station is; what is not known is "".

    `arrondissement` is that of Paris ("12e"); `departement` a code ("94"), "" outside Île-de-France.
    """

    commune: str = ""
    arrondissement: str = ""
    departement: str = ""

    @property
    def label(self) -> str:
        """For popups and lists.

        >>> StationZone("Paris", "12e", "75").label, StationZone("Vincennes", "", "94").label
        ('Paris 12e', 'Vincennes (94)')
        """
        if self.arrondissement:
            return f"{self.commune} {self.arrondissement}"
        return f"{self.commune} ({self.departement})" if self.departement else self.commune


NOWHERE = StationZone()


def station_zone(zda: str) -> StationZone:
    """The zone of a stop zone's id; `NOWHERE` for an unknown one. All stations are looked up at the first call.

    >>> station_zone("43097").label
    'Bourg-la-Reine (92)'
    """
    return _by_zda().get(zda, NOWHERE)


@cache
def _by_zda() -> dict[str, StationZone]:
    return zones_of(Stations.load(), Zones.load())


def zones_of(stations: Iterable[Station], zones: Zones) -> dict[str, StationZone]:
    """ZdA -> zone of each of `stations`."""
    stations = list(stations)
    found = zones.of_all([(station.lat, station.lon) for station in stations])
    codes = [zone.departement if zone else "" for zone in found]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for station, code in zip(stations, codes, strict=True):
        counts[station.town][code] += 1
    return {
        station.zda: _zone(station.town, _settled(code, counts[station.town]))
        for station, code in zip(stations, codes, strict=True)
    }


def _settled(code: str, of_town: Counter[str]) -> str:
    """`code`, or the usual one of its town where it is a stray."""
    return code if of_town[code] >= STRAY_SHARE * of_town.total() else of_town.most_common(1)[0][0]


def _zone(town: str, departement: str) -> StationZone:
    if town.startswith(f"{PARIS} "):
        return StationZone(PARIS, town.removeprefix(f"{PARIS} "), departement)
    return StationZone(town, "", departement)
