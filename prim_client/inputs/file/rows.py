"""Reads one row of a file input to a disruption, or to the reason why it is none.

Fields are those of the message contract (`prim_client.messages.message`); `prim_client.inputs.file.file_input` lists
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from geo.network.lines import Lines
from geo.network.stations import Stations
from prim_client.inputs.file.fields import BadRow, Row, moment, one_of, several, short_text, text, title
from prim_client.inputs.file.places import Places
from prim_client.messages.message import SEVERITIES, Body, Channel, Severity
from prim_client.messages.polls import Disruption
from prim_client.messages.revisions import content_hash
from prim_client.messages.text import plain_text, plain_title, safe_html

ID_MAX_CHARS = 191  # what every database of the store can index
LASTS = timedelta(hours=1)  # a message without an end is taken to hold so long
FUTURE_MAX = timedelta(days=1)  # an event time later than this is a typing error
CAUSE_OF = {
    Channel.INCIDENT: "PERTURBATION",
    Channel.WORKS: "TRAVAUX",
    Channel.INFORMATION: "INFORMATION",
}
CHANNEL_OF = {cause: channel for channel, cause in CAUSE_OF.items()}
FIELDS = (
    "id",
    "event_time",
    "published_at",
    "channel",
    "severity",
    "cause",
    "title",
    "short_message",
    "text",
    "html",
    "tags",
    "begin",
    "end",
    "line",
    "mode",
    "stops",
    "lat",
    "lon",
    "place",
    "lines",
    "kind",
)
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Message:
    """A good row: what it says, and when it says that it was observed (None: not said)."""

    event_time: datetime | None
    disruption: Disruption


class RowReader:
    """Reads rows with the reference tables at hand."""

    def __init__(self, lines: Lines | None = None, stations: Stations | None = None) -> None:
        self._places = Places(lines or Lines.load(), stations or Stations.load())

    def read(self, row: Row, now: datetime) -> Message:
        """The message of a row; `now` (UTC) stands in for a missing event time. Raises BadRow."""
        event_time = _event_time(row, now)
        period = _period(row, event_time or now)
        body = self._body(row)
        said = orjson.dumps([body, moment(row, "begin"), moment(row, "end")])
        when = event_time.isoformat() if event_time else ""
        id_ = short_text(row, "id", ID_MAX_CHARS) or f"file-{content_hash(said + when.encode())}"
        disruption = Disruption(id_, content_hash(said), moment(row, "published_at"), (period,), body)
        return Message(event_time, disruption)

    def _body(self, row: Row) -> Body:
        raw = text(row, "text") or text(row, "html")
        plain = plain_text(raw)
        if not plain:
            raise BadRow("text is missing: a message without text says nothing")
        cause, channel = _cause_and_channel(row)
        return Body(
            channel=channel,
            severity=one_of(row, "severity", SEVERITIES, Severity.DISTURBING.value),
            cause=cause,
            title=title(row, "title") or plain_title(plain.split("\n")[0]),
            short_message=title(row, "short_message"),
            text=plain,
            html=safe_html(text(row, "html") or raw),
            tags=tuple(several(row, "tags")),
            lines=self._places.line_refs(row),
        )


def _event_time(row: Row, now: datetime) -> datetime | None:
    found = moment(row, "event_time")
    if found and found > now + FUTURE_MAX:
        raise BadRow(f"event_time = {row['event_time']!r}: it lies in the future")
    return found


def _period(row: Row, at: datetime) -> tuple[datetime, datetime]:
    begin = moment(row, "begin") or at
    end = at if short_text(row, "kind") == CLOSED else moment(row, "end") or max(begin, at) + LASTS
    if end < begin:
        raise BadRow(f"end = {end:%Y-%m-%d %H:%M} UTC lies before begin = {begin:%Y-%m-%d %H:%M} UTC")
    return begin, end


def _cause_and_channel(row: Row) -> tuple[str, Channel]:
    """Each tells the other if only one is given."""
    cause, channel = short_text(row, "cause"), one_of(row, "channel", tuple(Channel), "")
    found = Channel(channel) if channel else CHANNEL_OF.get(cause, Channel.INCIDENT)
    return cause or CAUSE_OF[found], found
