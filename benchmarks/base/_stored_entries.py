"""Entries as the store would give them back, without a store: for folds that are measured or tested alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from prim_client.messages.message import Entry, Message, to_epoch_us, to_plain
from spark_app.store.entry_reader import StoredEntry, StoredMessage, StoredRevision


def stored(entries: Iterable[Entry], first: int = 0) -> Iterator[StoredEntry]:
    """The entries of a log from `first` on, as stored; revisions are without hits."""
    revisions: dict[tuple[str, str], StoredRevision] = {}
    for number, entry in enumerate(entries, first):
        messages = tuple(
            _message(number, part, message, _revision(message, revisions))
            for part, message in enumerate(entry.messages)
        )
        yield StoredEntry(number, to_epoch_us(entry.event_time), entry.tick, entry.observed, messages)


def _revision(message: Message, revisions: dict[tuple[str, str], StoredRevision]) -> StoredRevision:
    key, body = (message.id, message.revision), message.body
    if key not in revisions:
        lines = tuple(to_plain(line) for line in body.lines)
        revisions[key] = StoredRevision(
            rev=len(revisions) + 1,
            id=message.id,
            revision=message.revision,
            channel=str(body.channel),
            severity=body.severity,
            cause=body.cause,
            title=body.title,
            short_message=body.short_message,
            text=body.text,
            tags=body.tags,
            lines=lines,
            published_at_us=_us(message.published_at),
            polarity=None,
            unplaced="",
            hits=(),
        )
    return revisions[key]


def _message(entry: int, part: int, message: Message, revision: StoredRevision) -> StoredMessage:
    return StoredMessage(
        entry,
        part,
        revision.rev,
        str(message.kind),
        message.initial,
        _us(message.begin),
        _us(message.end),
        _us(message.last_seen_at),
        "",
        revision,
    )


def _us(moment: datetime | None) -> int | None:
    return None if moment is None else to_epoch_us(moment)
