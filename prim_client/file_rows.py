"""One row of a file input -> a disruption, or the reason why it is none.

Fields are those of the message contract (`prim_client.message`); see `prim_client.file_input` for the
table. Every refusal names the field, its value and what was expected.
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import orjson

from geo.lines import Line, Lines
from geo.stations import Station, Stations, UnknownStopId
from geo.stops import resolve_stops
from prim_client.inputs import Disruption
from prim_client.message import Body, Channel, LineRef, Section, StationRef, Unresolved
from prim_client.paris_time import readings
from prim_client.revisions import content_hash
from prim_client.text import HTML_MAX_CHARS, plain_text, plain_title, safe_html

ID_MAX_CHARS = 191  # what every database of the store can index
SHORT_MAX_CHARS = 500  # title, name of a line or a stop
SEPARATOR = "|"  # between several lines, stops or tags in one cell
LASTS = timedelta(hours=1)  # a message without an end is taken to hold so long
YEAR_MIN = 2000
FUTURE_MAX = timedelta(days=1)  # an event time later than this is a typing error
SEVERITIES = ("BLOQUANTE", "PERTURBEE", "INFORMATION")
CAUSE_OF = {Channel.INCIDENT: "PERTURBATION", Channel.WORKS: "TRAVAUX", Channel.INFORMATION: "INFORMATION"}
CHANNEL_OF = {cause: channel for channel, cause in CAUSE_OF.items()}
MARGIN_DEG = 0.1  # about 10 km around the outermost stations
UNKNOWN_MODE = "other"
GIVEN = "given"  # method of a place whose coordinates were in the row
TIME_FORMS = ("%Y%m%dT%H%M%S", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
FIELDS = (
    "id", "event_time", "published_at", "channel", "severity", "cause", "title", "short_message", "text",
    "html", "tags", "begin", "end", "line", "mode", "stops", "lat", "lon", "place", "lines", "kind",
)  # fmt: skip


class BadRow(ValueError):
    """A row that breaks the contract; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Row:
    """A good row: what it says, and when it says that it was observed (None: not said)."""

    event_time: datetime | None
    disruption: Disruption


class RowReader:
    """Reads rows with the reference tables at hand."""

    def __init__(self, lines: Lines | None = None, stations: Stations | None = None) -> None:
        self._lines = lines or Lines.load()
        self._stations = stations or Stations.load()

    def read(self, row: Mapping[str, Any], now: datetime) -> Row:
        """The row as a disruption; `now` (UTC) stands in for a missing event time. Raises BadRow."""
        event_time = _event_time(row, now)
        at = event_time or now
        body = self._body(row)
        begin = _time(row, "begin") or at
        end = at if _word(row, "kind") == "closed" else _time(row, "end") or max(begin, at) + LASTS
        if end < begin:
            raise BadRow(f"end = {end:%Y-%m-%d %H:%M} UTC lies before begin = {begin:%Y-%m-%d %H:%M} UTC")
        said = orjson.dumps([body, _time(row, "begin"), _time(row, "end")])
        id_ = _word(row, "id", ID_MAX_CHARS) or _own_id(said, event_time)
        return Row(event_time, Disruption(id_, content_hash(said), _time(row, "published_at"), ((begin, end),), body))

    def _body(self, row: Mapping[str, Any]) -> Body:
        raw = _text(row, "text") or _text(row, "html")
        text = plain_text(raw)
        if not text:
            raise BadRow("text is missing: a message without text says nothing")
        cause, channel = _cause_and_channel(row)
        return Body(
            channel=channel,
            severity=_one_of(row, "severity", SEVERITIES, "PERTURBEE"),
            cause=cause,
            title=_title(row, "title") or plain_title(text.split("\n")[0]),
            short_message=_title(row, "short_message"),
            text=text,
            html=safe_html(_text(row, "html") or raw),
            tags=tuple(_several(row, "tags")),
            lines=self._line_refs(row),
        )

    # Places ---------------------------------------------------------------------------------------

    def _line_refs(self, row: Mapping[str, Any]) -> tuple[LineRef, ...]:
        if row.get("lines"):
            return tuple(self._nested_line(line) for line in _objects(row, "lines"))
        point = self._point(row, _title(row, "place"))
        lines = [self._line(name, _word(row, "mode")) for name in _several(row, "line")]
        stops = _several(row, "stops")
        if not lines and stops:
            return (_line_ref(None, tuple(map(self._station_by_id, stops)) + point),)
        refs = [self._with_stops(line, stops) for line in lines]
        if point:
            first = refs[0] if refs else _line_ref(None, ())
            refs[:1] = [_with_stations(first, point)]
        return tuple(refs)

    def _line(self, name: str, mode: str) -> Line:
        """The line of an id or a name. Bus lines share their names: then the mode or the id must tell."""
        if known := self._lines.get(name):
            return known
        named = self._by_name.get(_key(name), ())
        fitting = [line for line in named if not mode or line.mode == mode]
        on_rails = [line for line in fitting if line.mode != "bus"]
        for choice in (on_rails, fitting):
            if len(choice) == 1:
                return choice[0]
        if not fitting:
            raise BadRow(f"line = {name!r}: no line of the reference has this id or name")
        labels = ", ".join(f"{line.label} = {line.id}" for line in fitting[:4])
        raise BadRow(f"line = {name!r} is the name of {len(fitting)} lines ({labels} …): give the id")

    @cached_property
    def _by_name(self) -> dict[str, list[Line]]:
        names: dict[str, list[Line]] = {}
        for line in self._lines:
            for key in {_key(line.name), _key(line.label)}:
                names.setdefault(key, []).append(line)
        return names

    def _with_stops(self, line: Line, stops: list[str]) -> LineRef:
        """The stops, by id or by name, on the line; what cannot be placed is listed, and no error."""
        named = [(stop, "") if ":" in stop else ("", stop) for stop in stops]
        found = resolve_stops(line.id, line.mode, named, stations=self._stations) if named else []
        placed = tuple(_station_ref(r.station, r.method, r.confidence) for r in found if r.station)
        lost = tuple(
            Unresolved("".join(r.stop_ids[:1]), r.name, r.reason) for r in found if r.station is None
        )
        return _line_ref(line, placed, unresolved=lost)

    def _station_by_id(self, stop: str) -> StationRef:
        """A stop without a line must be an id: a name alone may lie anywhere."""
        try:
            found = self._stations.get(stop) or next(iter(self._stations.of_stop_id(stop)), None)
        except UnknownStopId:
            found = None
        if found is None:
            raise BadRow(f"stops = {stop!r}: without a line, give a stop zone (ZdA) or a stop id of PRIM")
        return _station_ref(found, "stop_id", 1.0)

    def _point(self, row: Mapping[str, Any], place: str) -> tuple[StationRef, ...]:
        lat, lon = _number(row, "lat"), _number(row, "lon")
        if lat is None and lon is None:
            return ()
        if lat is None or lon is None:
            raise BadRow(f"lat = {row.get('lat')!r}, lon = {row.get('lon')!r}: one of them is missing")
        if not self._in_region(lat, lon):
            swapped = self._in_region(lon, lat)
            raise BadRow(
                f"lat = {lat:g}, lon = {lon:g} "
                + ("are swapped: they lie in Île-de-France the other way round" if swapped else "lie outside the region")
            )
        # Each point counts as a place of its own; "@" keeps its id apart from the stop zones'.
        id_ = hashlib.blake2b(f"{lat:.5f} {lon:.5f}".encode(), digest_size=4).hexdigest()
        return (StationRef(f"@{id_}", "", place or f"{lat:.5f}, {lon:.5f}", lat, lon, GIVEN, 1.0),)

    def _in_region(self, lat: float, lon: float) -> bool:
        south, north, west, east = self._bounds
        return south <= lat <= north and west <= lon <= east

    @cached_property
    def _bounds(self) -> tuple[float, float, float, float]:
        lats, lons = [s.lat for s in self._stations], [s.lon for s in self._stations]
        return min(lats) - MARGIN_DEG, max(lats) + MARGIN_DEG, min(lons) - MARGIN_DEG, max(lons) + MARGIN_DEG

    def _nested_line(self, value: Mapping[str, Any]) -> LineRef:
        """A line as the message contract nests it: what our own log writes can be read again."""
        known = self._lines.get(_word(value, "id"))
        stations = tuple(self._nested_station(station) for station in _objects(value, "stations"))
        if known is None and not stations:
            raise BadRow(f"lines.id = {value.get('id')!r}: no line of the reference has this id")
        sections = tuple(Section(_word(s, "from"), _word(s, "to")) for s in _objects(value, "sections"))
        return _line_ref(known, stations, sections=sections)

    def _nested_station(self, value: Mapping[str, Any]) -> StationRef:
        station = self._stations.get(_word(value, "zda"))
        if station:
            return _station_ref(station, "stop_id", 1.0)
        point = self._point(value, _title(value, "name"))
        if not point:
            raise BadRow(f"lines.stations.zda = {value.get('zda')!r}: no such stop zone, and no coordinates")
        return point[0]


def _line_ref(
    line: Line | None,
    stations: tuple[StationRef, ...],
    sections: tuple[Section, ...] = (),
    unresolved: tuple[Unresolved, ...] = (),
) -> LineRef:
    if line is None:
        return LineRef("", "", UNKNOWN_MODE, "", stations, sections, unresolved)
    return LineRef(line.id, line.name, line.mode, line.network, stations, sections, unresolved)


def _with_stations(ref: LineRef, more: tuple[StationRef, ...]) -> LineRef:
    return LineRef(ref.id, ref.name, ref.mode, ref.network, ref.stations + more, ref.sections, ref.unresolved)


def _station_ref(station: Station, method: str, confidence: float) -> StationRef:
    return StationRef(station.zda, station.zdc, station.name, station.lat, station.lon, method, confidence)


def _own_id(said: bytes, event_time: datetime | None) -> str:
    """An id for a row without one: the same for the same row."""
    when = event_time.isoformat() if event_time else ""
    return f"file-{content_hash(said + when.encode())}"


# Fields -------------------------------------------------------------------------------------------


def _text(row: Mapping[str, Any], field: str, max_chars: int = HTML_MAX_CHARS) -> str:
    value = row.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRow(f"{field} = {value!r:.60}: expected a text, found {type(value).__name__}")
    if len(value) > max_chars:
        raise BadRow(f"{field} has {len(value)} characters, more than {max_chars}")
    if found := _CONTROL.search(value):
        raise BadRow(f"{field} has the control character U+{ord(found[0]):04X} at {found.start()}")
    return value.strip()


def _word(row: Mapping[str, Any], field: str, max_chars: int = SHORT_MAX_CHARS) -> str:
    """A short text; numbers are taken for one (ids and line names often are)."""
    value = row.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return _text({field: value}, field, max_chars)


def _title(row: Mapping[str, Any], field: str) -> str:
    value = _word(row, field)
    return plain_title(value) if value else ""


def _several(row: Mapping[str, Any], field: str) -> list[str]:
    """The texts of a list, or of a cell with `|` between them."""
    value = row.get(field)
    parts = value if isinstance(value, list) else _word({field: value}, field, HTML_MAX_CHARS).split(SEPARATOR)
    return [part for item in parts if (part := _word({field: item}, field))]


def _objects(row: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    value = row.get(field)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadRow(f"{field} = {value!r:.60}: expected a list of objects")
    return value


def _one_of(row: Mapping[str, Any], field: str, allowed: tuple[str, ...], default: str) -> str:
    value = _word(row, field)
    if not value:
        return default
    for choice in allowed:
        if _key(value) == _key(choice):
            return choice
    raise BadRow(f"{field} = {value!r}: expected one of {', '.join(allowed)}")


def _cause_and_channel(row: Mapping[str, Any]) -> tuple[str, Channel]:
    cause, channel = _word(row, "cause"), _one_of(row, "channel", tuple(Channel), "")
    if not channel:
        channel = CHANNEL_OF.get(cause, Channel.INCIDENT)
    return cause or CAUSE_OF[Channel(channel)], Channel(channel)


def _key(text: str) -> str:
    """Without accents and case."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold().strip()


def _number(row: Mapping[str, Any], field: str) -> float | None:
    value = row.get(field)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(value.replace(",", ".") if isinstance(value, str) else value)
    except (TypeError, ValueError):
        raise BadRow(f"{field} = {value!r:.60}: expected degrees as a number") from None
    if not math.isfinite(number):
        raise BadRow(f"{field} = {value!r:.60}: expected a finite number")
    return number


def _event_time(row: Mapping[str, Any], now: datetime) -> datetime | None:
    moment = _time(row, "event_time")
    if moment and moment > now + FUTURE_MAX:
        raise BadRow(f"event_time = {row['event_time']!r}: it lies in the future")
    return moment


def _time(row: Mapping[str, Any], field: str) -> datetime | None:
    """UTC of ISO 8601, of PRIM's form, or of `05/10/2026 18:05`; without a zone it is Paris time."""
    value = _word(row, field)
    if not value:
        return None
    moment = _parsed(value)
    if moment is None:
        raise BadRow(f"{field} = {value!r}: expected a time like 2026-10-05T18:05:00+02:00")
    if not YEAR_MIN <= moment.year < 9998:
        raise BadRow(f"{field} = {value!r}: year {moment.year} is not in {YEAR_MIN} to 9997")
    if moment.tzinfo is None:
        return readings(moment)[1 if field == "end" else 0]
    return moment.astimezone(UTC)


def _parsed(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        pass
    for form in TIME_FORMS:
        try:
            return datetime.strptime(value, form)
        except ValueError:
            continue
    return None
