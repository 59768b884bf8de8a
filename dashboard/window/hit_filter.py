"""The hit filter of a selection: by line, mode, zone and drawn area of the hit, by severity, cause and words of
its disruption. Also the counts beside each choice."""

from __future__ import annotations

from functools import lru_cache

import shapely

from dashboard.store.records import Hit, Revision, is_placed
from dashboard.window.selection import NO_CAUSE, Selection
from geo.network.accents import without_accents
from geo.network.zones import Zones
from spark_app.language.severities import severity_of


def causes_of(revision: Revision) -> tuple[str, ...]:
    """The causes that a disruption counts under: those of its tags in the store, else NO_CAUSE."""
    return revision.causes or (NO_CAUSE,)


_folded = lru_cache(maxsize=50_000)(without_accents)  # texts of messages, asked for with every choice


@lru_cache(maxsize=50_000)
def zones_of(lat: float, lon: float) -> tuple[str, ...]:
    """Département and commune (INSEE) of a point in degrees; () outside the region."""
    zone = Zones.load().zone_at(lat, lon)
    return () if zone is None else (zone.departement, zone.insee)


def area_shape(area: tuple[tuple[float, float], ...]) -> shapely.Geometry:
    """The polygon of (lat, lon) corners; two corners are opposite ones of a rectangle."""
    points = [(lon, lat) for lat, lon in area]
    if len(points) == 2:
        (west, south), (east, north) = points
        return shapely.box(min(west, east), min(south, north), max(west, east), max(south, north))
    shape = shapely.Polygon(points)
    return shape if shape.is_valid else shape.buffer(0)


class Choosing:
    """One Selection, ready to be asked about many hits."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self._words = tuple(_folded(selection.text).split())
        self._zones = frozenset(selection.zones)
        self._area = area_shape(selection.area) if selection.area else None
        self._inside: dict[tuple[float, float], bool] = {}

    def severity(self, revision: Revision) -> bool:
        """Whether the wording of its severity is chosen."""
        chosen = self.selection.severities
        return not chosen or severity(revision) in chosen

    def cause(self, revision: Revision) -> bool:
        """Whether one of its causes is chosen."""
        chosen = self.selection.causes
        return not chosen or not set(chosen).isdisjoint(causes_of(revision))

    def words(self, revision: Revision) -> bool:
        """Whether title and text hold every word that is looked for."""
        if not self._words:
            return True
        said = _folded(f"{revision.title} {revision.text}")
        return all(word in said for word in self._words)

    def line(self, hit: Hit) -> bool:
        """Whether its line or mode is chosen."""
        return self.selection.holds(hit.line, hit.mode)

    def zone(self, hit: Hit) -> bool:
        """Whether it lies in a chosen département or commune; a hit without a place lies in none."""
        if not self._zones:
            return True
        return is_placed(hit) and not self._zones.isdisjoint(zones_of(hit.lat, hit.lon))

    def area(self, hit: Hit) -> bool:
        """Whether it lies in the drawn area."""
        if self._area is None:
            return True
        if not is_placed(hit):
            return False
        place = (hit.lat, hit.lon)
        if place not in self._inside:
            self._inside[place] = bool(self._area.covers(shapely.Point(hit.lon, hit.lat)))
        return self._inside[place]

    def disruption(self, revision: Revision) -> bool:
        """Whether the disruption itself is chosen, channel included."""
        return (
            revision.channel in self.selection.channels
            and self.severity(revision)
            and self.cause(revision)
            and self.words(revision)
        )

    def hit(self, hit: Hit) -> bool:
        """Whether the hit is chosen, of a disruption that is."""
        return self.line(hit) and self.zone(hit) and self.area(hit)


def severity(revision: Revision) -> str:
    """The wording of a revision's severity: one of SEVERITIES."""
    return severity_of(revision.channel, revision.severity, revision.title, revision.text)
