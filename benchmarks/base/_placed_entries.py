"""Recorded or simulated polls as the derived folds see them, places and all, without Spark."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from geo.text.geocoder import locate
from geo.text.places import Place
from prim_client.messages.differ import Differ
from prim_client.messages.message import Body, Entry, LineRef, Message, to_epoch_us, to_plain
from prim_client.messages.parse import Parser
from prim_client.messages.polls import RawPoll
from spark_app.fold.revision_hits import weights_e9
from spark_app.store.entry_reader import StoredEntry, StoredHit, StoredMessage, StoredRevision

TICK_S, GRACE_S, TOLERANCE_S = 300, 600, 600  # as the shipped configuration


@dataclass
class Entries:
    """Numbers entries and revisions as a store does."""

    source: str
    parser: Parser = field(default_factory=Parser)
    _revisions: dict[tuple[str, str], StoredRevision] = field(default_factory=dict)
    _next: int = 0

    def of_polls(self, polls: Iterable[RawPoll]) -> Iterator[StoredEntry]:
        """The entries that the differ makes of `polls`, in log order."""
        differ = Differ(TICK_S, GRACE_S, TOLERANCE_S, self.source)
        for raw in polls:
            for entry in differ.feed(self.parser.parse(raw)).entries:
                yield self.stored(entry)

    def stored(self, entry: Entry) -> StoredEntry:
        """An entry of the log as the store gives it back; invalid messages are dead letters there."""
        number, self._next = self._next, self._next + 1
        good = [message for message in entry.messages if str(message.kind) != "invalid"]
        messages = tuple(self._message(number, part, message) for part, message in enumerate(good))
        return StoredEntry(number, to_epoch_us(entry.event_time), entry.tick, entry.observed, messages)

    def _message(self, entry: int, part: int, message: Message) -> StoredMessage:
        revision = self._revision(message)
        moments = (message.begin, message.end, message.last_seen_at)
        begin_us, end_us, last_seen_us = (None if at is None else to_epoch_us(at) for at in moments)
        return StoredMessage(
            entry,
            part,
            revision.rev,
            str(message.kind),
            message.initial,
            begin_us,
            end_us,
            last_seen_us,
            "-" * len(revision.hits),
            revision,
        )

    def _revision(self, message: Message) -> StoredRevision:
        key = (message.id, message.revision)
        if key not in self._revisions:
            self._revisions[key] = self._made(message, len(self._revisions))
        return self._revisions[key]

    def _made(self, message: Message, rev: int) -> StoredRevision:
        body = message.body
        hits, unplaced = _hits(body)
        weights = weights_e9(len(hits)) if hits else ()
        return StoredRevision(
            rev=rev,
            id=message.id,
            revision=message.revision,
            channel=str(body.channel),
            severity=body.severity,
            cause=body.cause,
            title=body.title,
            short_message=body.short_message,
            text=body.text,
            tags=body.tags,
            lines=tuple(_line(line) for line in body.lines),
            published_at_us=None if message.published_at is None else to_epoch_us(message.published_at),
            polarity=None,
            unplaced=unplaced,
            hits=tuple(StoredHit(**hit, weight_e9=weight) for hit, weight in zip(hits, weights, strict=True)),
        )


def _line(line: LineRef) -> dict[str, Any]:
    return {
        "id": line.id,
        "name": line.name,
        "mode": line.mode,
        "network": line.network,
        "sections": to_plain(line.sections),
        "unresolved": to_plain(line.unresolved),
    }


def _hits(body: Body) -> tuple[list[dict[str, Any]], str]:
    """Hits as the store has them: PRIM's stops, else what the words say, else one without station a line."""
    published = [
        {
            "line": line.id,
            "mode": line.mode,
            "zda": s.zda,
            "zdc": s.zdc,
            "station": s.name,
            "lat": s.lat,
            "lon": s.lon,
            "method": s.method,
            "confidence": s.confidence,
        }
        for line in body.lines
        for s in line.stations
    ]
    bare = [
        {
            "line": line.id,
            "mode": line.mode,
            "zda": "",
            "zdc": "",
            "station": "",
            "lat": None,
            "lon": None,
            "method": "",
            "confidence": None,
        }
        for line in body.lines
    ]
    if published:
        with_stations = {hit["line"] for hit in published}
        return [*published, *(hit for hit in bare if hit["line"] not in with_stations)], ""
    read, unplaced = _read(body)
    return read or bare, unplaced


def _read(body: Body) -> tuple[list[dict[str, Any]], str]:
    modes = {line.id: line.mode for line in body.lines}
    sections = [(line.id, s.from_, s.to) for line in body.lines for s in line.sections]
    best: dict[tuple[str, str], Place] = {}
    located = locate(body.title, body.text, list(modes), sections=sections)
    for place in located.hits:
        best.setdefault((place.line, place.zda), place)
    hits = [
        {
            "line": p.line,
            "mode": modes.get(p.line, ""),
            "zda": p.zda,
            "zdc": p.zdc,
            "station": p.name,
            "lat": p.lat,
            "lon": p.lon,
            "method": str(p.method),
            "confidence": p.confidence,
        }
        for p in best.values()
    ]
    return hits, located.unplaced
