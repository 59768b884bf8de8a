"""Reads one published disruption with its links: checks the fields, cleans the text, places the stops."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from geo.network.lines import Lines, mode_of_prim, strip_id
from geo.network.stations import Station
from geo.network.stops import Resolved, resolve_stops
from prim_client.messages.links import LINE_ID_MAX_CHARS, LineLink
from prim_client.messages.message import Body, Channel, LineRef, Section, StationRef, Unresolved
from prim_client.messages.paris_time import parse_begin, parse_end
from prim_client.messages.polls import Disruption
from prim_client.messages.revisions import revision_hash
from prim_client.messages.text import plain_text, plain_title, safe_html

ID_MAX_CHARS = 191  # what every database of the store can index
WORD_MAX_CHARS = 32  # severity and cause are one word of PRIM's lists
CHANNEL_OF_CAUSE = {"PERTURBATION": Channel.INCIDENT, "TRAVAUX": Channel.WORKS}
UNKNOWN_MODE = "other"

Periods = tuple[tuple[datetime, datetime | None], ...]


class BrokenRecord(ValueError):
    """A record that cannot be read; the message names the field and its value."""


def read_id(record: Any) -> str:
    """The id of a record. Raises BrokenRecord if it has none that can be used."""
    value = record.get("id") if isinstance(record, dict) else None
    if not isinstance(value, str) or not 0 < len(value) <= ID_MAX_CHARS:
        raise BrokenRecord(f"id = {value!r:.60}: expected a text of 1 to {ID_MAX_CHARS} characters")
    return value


def read_disruption(
    record: dict[str, Any], links: tuple[LineLink, ...], lines: Lines, *, trimmed: bool = False
) -> Disruption:
    """The disruption of a published `record` and the lines that name it.

    Args:
        record: one object of `disruptions`.
        links: the lines and stops that carry its id; none for an orphan.
        lines: reference lines; one it does not have keeps PRIM's name and mode.
        trimmed: periods are no part of the revision.

    Raises BrokenRecord naming the first field that is wrong.
    """
    title, message = _text(record, "title"), _text(record, "message")
    severity, cause = _code(record, "severity"), _code(record, "cause")
    raw_periods, sections = _raw_periods(record), _sections(record)
    last_update = _text(record, "lastUpdate")
    return Disruption(
        id=read_id(record),
        revision=revision_hash(
            title=title,
            message=message,
            severity=severity,
            cause=cause,
            sections=sections,
            links=[(link.line_id, [stop_id for stop_id, _ in link.stops]) for link in links],
            periods=raw_periods,
            trimmed=trimmed,
        ),
        published_at=_time(parse_end, last_update, "lastUpdate") if last_update else None,
        periods=_periods(raw_periods),
        body=_body(record, _line_refs(links, sections, lines)),
    )


def _body(record: dict[str, Any], lines: tuple[LineRef, ...]) -> Body:
    """What `record` says, cleaned, about `lines`."""
    cause, message = _code(record, "cause"), _text(record, "message")
    return Body(
        channel=CHANNEL_OF_CAUSE.get(cause, Channel.INFORMATION),
        severity=_code(record, "severity"),
        cause=cause,
        title=plain_title(_text(record, "title")),
        short_message=plain_title(_text(record, "shortMessage")),
        text=plain_text(message),
        html=safe_html(message),
        tags=_tags(record),
        lines=lines,
    )


def _text(record: dict[str, Any], field: str) -> str:
    value = record.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BrokenRecord(f"{field} = {value!r:.60}: expected a text")
    return value


def _code(record: dict[str, Any], field: str) -> str:
    value = _text(record, field)
    if len(value) > WORD_MAX_CHARS:
        raise BrokenRecord(f"{field} = {value!r:.60}: expected at most {WORD_MAX_CHARS} characters")
    return value


def _list(record: dict[str, Any], field: str) -> list[Any]:
    value = record.get(field)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BrokenRecord(f"{field} = {value!r:.60}: expected a list")
    return value


def _objects(record: dict[str, Any], field: str) -> list[dict[str, Any]]:
    for item in _list(record, field):
        if not isinstance(item, dict):
            raise BrokenRecord(f"{field} holds {item!r:.60}: expected objects")
    return _list(record, field)


def _tags(record: dict[str, Any]) -> tuple[str, ...]:
    tags = _list(record, "tags")
    if not all(isinstance(tag, str) for tag in tags):
        raise BrokenRecord(f"tags = {tags!r:.60}: expected texts")
    return tuple(plain_title(tag) for tag in tags)


def _raw_periods(record: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(_text(period, "begin"), _text(period, "end") or None) for period in _objects(record, "applicationPeriods")]


def _periods(raw: list[tuple[str, str | None]]) -> Periods:
    """Sorted UTC periods. Without any, the disruption holds for as long as it is published."""
    periods = set()
    for begin, end in raw:
        period = (_time(parse_begin, begin, "begin"), _time(parse_end, end, "end") if end else None)
        if period[1] is not None and period[1] < period[0]:
            raise BrokenRecord(f"applicationPeriods: end {end} is before begin {begin}")
        periods.add(period)
    return tuple(sorted(periods, key=lambda period: (period[0], period[1] is None, period[1] or period[0])))


def _time(parse: Callable[[str], datetime], text: str, field: str) -> datetime:
    try:
        return parse(text)
    except ValueError as error:
        raise BrokenRecord(f"{field} = {error}") from None


def _sections(record: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(line id, name of one end, name of the other), each once, in the order published."""
    found = [
        (_section_line(section), _end_name(section, "from"), _end_name(section, "to"))
        for section in _objects(record, "impactedSections")
    ]
    return list(dict.fromkeys(found))


def _section_line(section: dict[str, Any]) -> str:
    line_id = _text(section, "lineId")
    if len(line_id) > LINE_ID_MAX_CHARS:
        raise BrokenRecord(
            f"impactedSections.lineId = {line_id!r:.60}: expected at most {LINE_ID_MAX_CHARS} characters"
        )
    return line_id


def _end_name(section: dict[str, Any], field: str) -> str:
    end = section.get(field)
    if not isinstance(end, dict):
        raise BrokenRecord(f"impactedSections.{field} = {end!r:.60}: expected an object")
    return plain_title(_text(end, "name"))


def _line_refs(links: tuple[LineLink, ...], sections: list[tuple[str, str, str]], lines: Lines) -> tuple[LineRef, ...]:
    """The lines by id. Bus lines are placed last: the other lines' stations tell their stops apart."""
    linked = {link.line_id for link in links}
    by_section = [LineLink(line_id, strip_id(line_id), "", ()) for line_id, _, _ in sections if line_id]
    all_links = {link.line_id: link for link in (*(s for s in by_section if s.line_id not in linked), *links)}
    refs: list[LineRef] = []
    near: list[Station] = []
    for link in sorted(all_links.values(), key=lambda link: (_mode(link, lines) == "bus", link)):
        resolved = resolve_stops(strip_id(link.line_id), _mode(link, lines), link.stops, near=near)
        near += [stop.station for stop in resolved if stop.station]
        refs.append(_line_ref(link, resolved, sections, lines))
    return tuple(sorted(refs, key=lambda ref: ref.id))


def _line_ref(link: LineLink, resolved: list[Resolved], sections: list[tuple[str, str, str]], lines: Lines) -> LineRef:
    known = lines.get(link.line_id)
    return LineRef(
        id=strip_id(link.line_id),
        name=known.name if known else plain_title(link.name),
        mode=_mode(link, lines),
        network=known.network if known else "",
        stations=tuple(sorted(_stations(resolved), key=lambda station: (len(station.zda), station.zda))),
        sections=tuple(Section(start, end) for line_id, start, end in sections if line_id == link.line_id),
        unresolved=tuple(
            Unresolved(stop.stop_ids[0] if stop.stop_ids else "", plain_title(stop.name), stop.reason)
            for stop in sorted(resolved, key=lambda stop: (stop.stop_ids, stop.name))
            if stop.station is None
        ),
    )


def _stations(resolved: list[Resolved]) -> list[StationRef]:
    return [
        StationRef(found.zda, found.zdc, found.name, found.lat, found.lon, stop.method, stop.confidence)
        for stop in resolved
        if (found := stop.station) is not None
    ]


def _mode(link: LineLink, lines: Lines) -> str:
    known = lines.get(link.line_id)
    if known:
        return known.mode
    try:
        return mode_of_prim(link.mode)
    except ValueError:  # a mode that PRIM never sent before: the line is kept, its mode is not known
        return UNKNOWN_MODE
