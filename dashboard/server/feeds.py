"""Feeds for other programs: alerts as Atom (RFC 4287), the works of a line as iCalendar (RFC 5545)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from flask import Flask, Response, request
from sqlalchemy import Connection, Select, func, select

from dashboard.store import queries
from dashboard.store.reader import Store, StoreUnavailable
from dashboard.ui.licences import NOT_OFFICIAL, attribution
from dashboard.window.refusals import NoSuchLine, SelectionError, check_names
from dashboard.window.selection import format_utc, resolve_line
from dashboard.window.view_cache import Views
from geo.network.line_names import UnknownLine
from prim_client.messages.message import from_epoch_us
from spark_app.derived.alerts.words import line_label, sentence
from spark_app.store import tables

ALERTS_MAX = 100
ATOM = "http://www.w3.org/2005/Atom"
EVENTS_MAX = 500
KEPT_US = 30 * 86_400_000_000  # works that were over this long before the newest entry are left out
FOLD_OCTETS = 73  # of a line, which RFC 5545 bounds by 75 without its end
XML_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])  # XML 1.0 has no way to write them


def register(server: Flask, views: Views) -> None:
    """Serve `/alerts.atom?lines=…` and `/works/<line>.ics`; a line is an id in any form, or a public name."""

    @server.get("/alerts.atom")
    def alerts() -> Response:
        return _answer("application/atom+xml", lambda: read_atom(views.store, _chosen_lines(views)))

    @server.get("/works/<id:line>.ics")
    def works(line: str) -> Response:
        return _answer("text/calendar", lambda: read_calendar(views.store, resolve_line(line, views.has_line)))


def _chosen_lines(views: Views) -> tuple[str, ...]:
    check_names(request.args, ("lines",), "alerts.atom")
    return views.selection(request.args.to_dict()).lines


def _answer(mimetype: str, make: Callable[[], bytes]) -> Response:
    try:
        return Response(
            make(), content_type=f"{mimetype}; charset=utf-8", headers={"Cache-Control": "private, max-age=60"}
        )
    except (
        NoSuchLine
    ) as error:  # an unknown calendar is not there; of a name of several lines nobody knows which is meant
        is_missing = isinstance(error.cause, UnknownLine) and not request.args
        return Response(f"{error}\n", 404 if is_missing else 400, mimetype="text/plain")
    except SelectionError as error:
        return Response(f"{error}\n", 400, mimetype="text/plain")
    except StoreUnavailable as error:
        return Response(f"{error}\n", 503, mimetype="text/plain")


def read_atom(store: Store, lines: Sequence[str] = ()) -> bytes:
    """The newest alerts, of these lines or of all. Raises StoreUnavailable."""
    alert = tables.alert.c
    query = select(tables.alert).order_by(alert.raised_us.desc(), alert.id).limit(ALERTS_MAX)
    with store.reading() as connection:
        note = attribution(queries.read_meta(connection))
        found = connection.execute(query.where(alert.line.in_(lines)) if lines else query)
        return atom([row._asdict() for row in found], note, _last_change_us(connection))


def _last_change_us(connection: Connection) -> int:
    """Of all alerts, not only of those in the feed: one that leaves it takes nothing back.
    Without any, the newest entry."""
    a = tables.alert.c
    changed_us = (queries.scalar(connection, func.max(column), default=0) for column in (a.raised_us, a.cleared_us))
    return max(changed_us) or queries.newest_event_us(connection)


def atom(rows: Sequence[Mapping[str, Any]], note: str, updated_us: int) -> bytes:
    """An Atom feed of rows of table `alert`, newest first, that last changed at `updated_us`."""
    feed = ElementTree.Element("feed", xmlns=ATOM)
    _put(feed, "id", "urn:pulse:alerts")
    _put(feed, "title", f"Pulse : alertes ({NOT_OFFICIAL})")
    _put(feed, "updated", format_utc(updated_us))
    _put(_put(feed, "author"), "name", f"Pulse, {NOT_OFFICIAL}")
    _put(feed, "rights", note)
    for row in rows:
        _put_entry(feed, row, note)
    text: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return text


def _put_entry(feed: ElementTree.Element, row: Mapping[str, Any], note: str) -> None:
    entry = _put(feed, "entry")
    _put(entry, "id", f"urn:pulse:alert:{quote(row['id'], safe='')}")
    over = row["cleared_us"] is not None
    _put(entry, "title", sentence(row) + (" (terminée)" if over else ""))
    _put(entry, "published", format_utc(row["raised_us"]))
    _put(entry, "updated", format_utc(_updated_us(row)))
    _put(entry, "category", term=row["line"], label=line_label(row["line"]))
    until = f" · terminée : {format_utc(row['cleared_us'])}" if over else ""
    _put(entry, "summary", f"{row['title']}{until} · {note}")


def _put(parent: ElementTree.Element, tag: str, text: str = "", **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, tag, attributes)
    child.text = text.translate(XML_FORBIDDEN) or None
    return child


def _updated_us(row: Mapping[str, Any]) -> int:
    updated_us: int = row["raised_us"] if row["cleared_us"] is None else row["cleared_us"]
    return updated_us


@dataclass
class Works:
    """Works under one id: what was published last, and the periods that are known, begin -> end."""

    id: str
    title: str = ""
    text: str = ""
    rev: int = -1
    said_us: int = 0
    periods: dict[int, int | None] = field(default_factory=dict)

    def take(self, at_us: int, kind: str, rev: int, begin_us: int | None, end_us: int | None) -> None:
        """A message about them, in log order. A new revision takes back what was to come."""
        if rev != self.rev or kind == "closed":
            self.periods = {begin: end for begin, end in self.periods.items() if begin <= at_us}
        self.rev, self.said_us = rev, at_us
        if kind == "closed":
            self.periods = {b: at_us if e is None or e > at_us else e for b, e in self.periods.items()}
        elif begin_us is not None:
            self.periods[begin_us] = end_us


def read_calendar(store: Store, line: str) -> bytes:
    """The works of a line that are not long over. Raises StoreUnavailable."""
    with store.reading() as connection:
        note = attribution(queries.read_meta(connection))
        newest_us = queries.newest_event_us(connection)
        found = works_of_line(connection, line)
    return calendar(line, found, note, newest_us)


def works_of_line(connection: Connection, line: str) -> list[Works]:
    """All works that were published for a line, by id."""
    found: dict[str, Works] = {}
    for row in connection.execute(_messages_about_works(line)):
        works = found.setdefault(row.id, Works(row.id))
        works.title, works.text = row.title, row.text
        works.take(row.event_time_us, row.kind, row.rev, row.begin_us, row.end_us)
    return [works for _, works in sorted(found.items())]


def _messages_about_works(line: str) -> Select[Any]:
    m, r, h, e = tables.message.c, tables.revision.c, tables.revision_hit.c, tables.entry.c
    on_line = select(h.rev).where(h.line == line)
    return (
        select(e.event_time_us, m.kind, m.rev, m.begin_us, m.end_us, r.id, r.title, r.text)
        .join_from(tables.message, tables.revision, m.rev == r.rev)
        .join(tables.entry, m.entry == e.entry)
        .where(r.channel == "works", m.kind != "ongoing", r.rev.in_(on_line))
        .order_by(m.entry, m.part)
    )


def calendar(line: str, found: Iterable[Works], note: str, newest_us: int) -> bytes:
    """An iCalendar of works; moments in UTC, CRLF at the ends of lines, no line over 75 octets."""
    label = line_label(line)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Pulse//non officiel//FR",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(f'Travaux, {label} ({NOT_OFFICIAL})')}",
        f"X-WR-CALDESC:{escaped(note)}",
    ]
    events = [
        (begin_us, end_us, works)
        for works in found
        for begin_us, end_us in works.periods.items()
        if end_us is None or end_us > newest_us - KEPT_US
    ]
    for begin_us, end_us, works in sorted(events, key=lambda event: (event[0], event[2].id))[-EVENTS_MAX:]:
        lines += _event(line, label, works, begin_us, end_us, note)
    return "".join(f"{folded(text)}\r\n" for text in [*lines, "END:VCALENDAR"]).encode("utf-8")


def _event(line: str, label: str, works: Works, begin_us: int, end_us: int | None, note: str) -> list[str]:
    ends = [f"DTEND:{_ical(end_us)}"] if end_us is not None else []
    told = works.text if end_us is not None else f"{works.text}\nFin non annoncée."
    return [
        "BEGIN:VEVENT",
        f"UID:{escaped(works.id)}-{line}-{_ical(begin_us)}@pulse",
        f"DTSTAMP:{_ical(works.said_us)}",
        f"DTSTART:{_ical(begin_us)}",
        *ends,
        f"SUMMARY:{escaped(f'{label} : {works.title}')}",
        f"DESCRIPTION:{escaped(f'{told}{chr(10)}{note}')}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _ical(at_us: int) -> str:
    return f"{from_epoch_us(at_us):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    r"""A text as a value of iCalendar.

    >>> escaped("a, b; c\\\nd")
    'a\\, b\\; c\\\\\\nd'
    """
    clean = "".join(char for char in text if char >= " " or char == "\n")
    return clean.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(text: str) -> str:
    """A line of iCalendar cut into pieces of at most 75 octets, never inside a character."""
    pieces, piece, octets = [], "", 0
    for char in text:
        size = len(char.encode("utf-8"))
        if octets + size > FOLD_OCTETS:
            pieces.append(piece)
            piece, octets = "", 0
        piece, octets = piece + char, octets + size
    return "\r\n ".join([*pieces, piece])
