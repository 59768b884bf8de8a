"""Where a row is: lines and stops found in the reference tables, or coordinates as they were given."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cached_property

from geo.network.line_names import LineNames, canonical_id
from geo.network.lines import Line, Lines
from geo.network.stations import Station, Stations, UnknownStopId
from geo.network.stops import resolve_stops
from prim_client.inputs.file.fields import BadRow, Row, number, objects, several, short_text, title
from prim_client.messages.message import LineRef, Section, StationRef, Unresolved

MARGIN_DEG = 0.1  # about 10 km around the outermost stations
UNKNOWN_MODE = "other"
GIVEN = "given"  # method of a place whose coordinates were in the row
BY_ID = "stop_id"
NO_LINE = LineRef("", "", UNKNOWN_MODE, "")


class Places:
    """Places rows with these reference tables."""

    def __init__(self, lines: Lines, stations: Stations) -> None:
        self._lines = lines
        self._stations = stations

    def line_refs(self, row: Row) -> tuple[LineRef, ...]:
        """The lines of a row with its stations; none if it names no place. Raises BadRow."""
        if row.get("lines"):
            return tuple(self._nested_line(line) for line in objects(row, "lines"))
        point = self._point(row, title(row, "place"))
        lines = [self._line(name, short_text(row, "mode")) for name in several(row, "line")]
        stops = several(row, "stops")
        if lines:
            first, *others = [self._with_stops(line, stops) for line in lines]
            return (replace(first, stations=first.stations + point), *others)
        stations = tuple(self._station_without_line(stop) for stop in stops) + point
        return (replace(NO_LINE, stations=stations),) if stations else ()

    def _line(self, name: str, mode: str) -> Line:
        """The line of an id or a name. Bus lines share names: then only the mode or the id tells."""
        if known := self._lines.get(canonical_id(name) or name):
            return known
        fitting = [line for line in self._names.candidates(name) if not mode or line.mode == mode]
        on_rails = [line for line in fitting if line.mode != "bus"]
        for choice in (on_rails, fitting):
            if len(choice) == 1:
                return choice[0]
        if not fitting:
            raise BadRow(f"line = {name!r}: no line of the reference has this id or name")
        labels = ", ".join(f"{line.label} = {line.id}" for line in fitting[:3])
        raise BadRow(f"line = {name!r} is the name of {len(fitting)} lines ({labels} …): give the id")

    @cached_property
    def _names(self) -> LineNames:
        return LineNames(self._lines)

    def _with_stops(self, line: Line, stops: list[str]) -> LineRef:
        """The stops, by id or by name, on the line; what cannot be placed is listed, and no error."""
        named = [(stop, "") if ":" in stop else ("", stop) for stop in stops]
        found = resolve_stops(line.id, line.mode, named, stations=self._stations) if named else []
        placed = tuple(_station_ref(r.station, r.method, r.confidence) for r in found if r.station)
        lost = tuple(Unresolved("".join(r.stop_ids[:1]), r.name, r.reason) for r in found if r.station is None)
        return replace(_line_ref(line), stations=placed, unresolved=lost)

    def _station_without_line(self, stop: str) -> StationRef:
        """It must be an id: a name alone may lie anywhere."""
        try:
            found = self._stations.get(stop) or next(iter(self._stations.of_stop_id(stop)), None)
        except UnknownStopId:
            found = None
        if found is None:
            raise BadRow(f"stops = {stop!r}: without a line, give a stop zone (ZdA) or a stop id of PRIM")
        return _station_ref(found, BY_ID, 1.0)

    def _point(self, row: Row, name: str) -> tuple[StationRef, ...]:
        """The place of the row's coordinates, if it has some. Each point is a station of its own."""
        lat, lon = number(row, "lat"), number(row, "lon")
        if lat is None and lon is None:
            return ()
        if lat is None or lon is None:
            raise BadRow(f"lat = {row.get('lat')!r}, lon = {row.get('lon')!r}: one of them is missing")
        if not self._in_region(lat, lon):
            raise BadRow(f"lat = {lat:g}, lon = {lon:g} {self._why_not(lat, lon)}")
        # "@" keeps the id apart from those of stop zones, which are digits
        id_ = hashlib.blake2b(f"{lat:.5f} {lon:.5f}".encode(), digest_size=4).hexdigest()
        return (StationRef(f"@{id_}", "", name or f"{lat:.5f}, {lon:.5f}", lat, lon, GIVEN, 1.0),)

    def _why_not(self, lat: float, lon: float) -> str:
        if self._in_region(lon, lat):
            return "are swapped: the other way round they lie in the region"
        south, north, west, east = self._bounds
        return f"lie outside the region (lat {south:.1f} to {north:.1f}, lon {west:.1f} to {east:.1f})"

    def _in_region(self, lat: float, lon: float) -> bool:
        south, north, west, east = self._bounds
        return south <= lat <= north and west <= lon <= east

    @cached_property
    def _bounds(self) -> tuple[float, float, float, float]:
        """South, north, west, east in degrees."""
        lats, lons = [s.lat for s in self._stations], [s.lon for s in self._stations]
        return (
            min(lats) - MARGIN_DEG,
            max(lats) + MARGIN_DEG,
            min(lons) - MARGIN_DEG,
            max(lons) + MARGIN_DEG,
        )

    def _nested_line(self, value: Row) -> LineRef:
        """A line as the message contract nests it: what our own log writes can be read again."""
        known = self._lines.get(short_text(value, "id"))
        stations = tuple(self._nested_station(station) for station in objects(value, "stations"))
        if known is None and not stations:
            raise BadRow(f"lines.id = {value.get('id')!r}: no line of the reference has this id")
        sections = tuple(Section(short_text(s, "from"), short_text(s, "to")) for s in objects(value, "sections"))
        return replace(_line_ref(known) if known else NO_LINE, stations=stations, sections=sections)

    def _nested_station(self, value: Row) -> StationRef:
        station = self._stations.get(short_text(value, "zda"))
        if station:
            return _station_ref(station, BY_ID, 1.0)
        point = self._point(value, title(value, "name"))
        if not point:
            raise BadRow(f"lines.stations.zda = {value.get('zda')!r}: no such stop zone, and no coordinates")
        return point[0]


def _line_ref(line: Line) -> LineRef:
    return LineRef(line.id, line.name, line.mode, line.network)


def _station_ref(station: Station, method: str, confidence: float) -> StationRef:
    return StationRef(station.zda, station.zdc, station.name, station.lat, station.lon, method, confidence)
