"""The derived folds of the language part: tags and search words, trends.

Each is a thin adapter: what it does is pure and stands in tags, search_words and trend_book.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, delete, select

from geo.network.lines import Lines
from geo.network.station_zones import station_zone
from prim_client.messages.message import from_epoch_us
from spark_app.derived.tags.trend_book import TrendBook
from spark_app.derived.tags.trends import Sighting, Trend, Trends
from spark_app.language.labels import CAUSES_FR
from spark_app.language.search_words import search_text
from spark_app.language.tags import Tag, tags_of
from spark_app.store.engine import append, in_chunks
from spark_app.store.entry_reader import StoredEntry, StoredMessage, StoredRevision
from spark_app.store.tables import revision, revision_search, revision_tag, trend, trend_sighting

# Versions of the rules: raise one with every change of what its fold writes
# (tests/spark_app/language/test_rule_versions.py).
# A rule of tags is part of all three. Stores made before hold version 1 under a hash of the source; empty the former
# names of a rule with its version 2.
TEXTS, TRENDS = 1, 1
FORMER_TEXTS, FORMER_TRENDS = ("eb2262112dad",), ("6e8c15b5b351",)
CACHED_TAGS = 2_048
VALUE_MAX_CHARACTERS = 191


class RevisionTags:
    """Tags of revisions of one store, each worked out once while it is in use."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Tag, ...]] = {}

    def __call__(self, stored: StoredRevision) -> tuple[Tag, ...]:
        """Causes, effects, lines, modes, interchanges and communes of a revision, each once."""
        found = self._known.get(stored.rev)
        if found is None:
            if len(self._known) >= CACHED_TAGS:
                self._known.clear()
            found = self._known[stored.rev] = revision_tags(stored)
        return found

    def causes_fr(self, stored: StoredRevision) -> list[str]:
        """Its causes as they are called on the screen."""
        return [CAUSES_FR[value] for kind, value in self(stored) if kind == "cause"]


def revision_tags(stored: StoredRevision) -> tuple[Tag, ...]:
    """The tags of a revision of the store; a station is its interchange, or its zone where it has none."""
    placed = [hit for hit in stored.hits if hit.zda]
    found = tags_of(
        stored.title,
        stored.text,
        lines=[line["id"] for line in stored.lines],
        modes=[line["mode"] for line in stored.lines],
        stations=[hit.zdc or hit.zda for hit in placed],
        places=[station_zone(hit.zda).label for hit in placed],
    )
    return tuple((kind, value[:VALUE_MAX_CHARACTERS]) for kind, value in found)


class TextFold:
    """Tags and search words of each revision, once."""

    name, tables = "texts", (revision_tag, revision_search)

    version, former_versions = str(TEXTS), FORMER_TEXTS

    def __init__(self, tags: RevisionTags) -> None:
        self._tags = tags

    def begin(self, state: Any) -> None:
        self._written: set[int] = set()  # a revision of before is found in the table

    def fold(self, connection: Connection, entries: Sequence[StoredEntry]) -> None:
        used = {message.rev: message.revision for one in entries for message in one.messages}
        new = sorted(used.keys() - self._written)
        for chunk in in_chunks(new):
            written = select(revision_search.c.rev).where(revision_search.c.rev.in_(chunk))
            missing = sorted(set(chunk) - set(connection.execute(written).scalars()))
            append(connection, revision_tag, [row for rev in missing for row in self._tag_rows(used[rev])])
            append(connection, revision_search, [self._search_row(used[rev]) for rev in missing])
        self._written |= used.keys()

    def state(self) -> Any:
        return {}  # the tables say it all

    def prune(self, connection: Connection, before_us: int) -> None:
        kept = select(revision.c.rev).scalar_subquery()
        for table in self.tables:
            connection.execute(delete(table).where(table.c.rev.not_in(kept)))
        self._written.clear()

    def _tag_rows(self, stored: StoredRevision) -> list[dict[str, Any]]:
        return [{"rev": stored.rev, "kind": kind, "value": value} for kind, value in self._tags(stored)]

    def _search_row(self, stored: StoredRevision) -> dict[str, Any]:
        stations = dict.fromkeys(hit.station for hit in stored.hits if hit.station)
        lines = [line_label(line["id"], line["name"]) for line in stored.lines]
        texts = [stored.title, stored.short_message, stored.text, *lines, *stations, *self._tags.causes_fr(stored)]
        return {"rev": stored.rev, "words": search_text([*texts, stored.id])}


def line_label(line_id: str, name: str) -> str:
    """What people call a line: "RER B", "Métro 4"; the published name where the tables do not have it."""
    line = Lines.load().get(line_id)
    return line.label if line else name or line_id


class TrendFold:
    """What opened, and at each tick the ten most unusual and the ten most frequent tags."""

    name, tables = "trends", (trend_sighting, trend)
    _TRENDING = ("cause", "effect", "line", "mode", "station")  # a commune is its stations

    def __init__(self, tags: RevisionTags, window: timedelta, memory: timedelta) -> None:
        self._tags, self._window, self._memory = tags, window, memory
        spans = f"{window.total_seconds():g}-{memory.total_seconds():g}"
        self.version = f"{TRENDS}-{spans}"
        self.former_versions = tuple(f"{former}-{spans}" for former in FORMER_TRENDS)

    def begin(self, state: Any) -> None:
        if state is None:
            self._book = TrendBook(self._window, self._memory)
        else:
            self._book = TrendBook.restored(self._window, self._memory, state)

    def fold(self, connection: Connection, entries: Sequence[StoredEntry]) -> None:
        for one in entries:
            self._book.begin(from_epoch_us(one.event_time_us))
            opened = [message for message in one.messages if message.kind == "opened" and not message.initial]
            append(connection, trend_sighting, [self._see(one, message) for message in opened])
            if one.tick:  # the window holds its end: what opened at the tick itself
                found = self._book.trends_before(from_epoch_us(one.event_time_us + 1))
                append(connection, trend, self._rows(one.event_time_us, found))

    def _see(self, one: StoredEntry, message: StoredMessage) -> dict[str, Any]:
        tags = tuple(tag for tag in self._tags(message.revision) if tag[0] in self._TRENDING)
        seen = self._book.see(Sighting(from_epoch_us(one.event_time_us), message.revision.id, tags))
        return {
            "entry": one.entry,
            "part": message.part,
            "opened_us": one.event_time_us,
            "rev": message.rev,
            "disruption": seen.disruption,
        }

    def _rows(self, end_us: int, found: Trends) -> list[dict[str, Any]]:
        begin_us = end_us - self._window // timedelta(microseconds=1)
        rankings = (("unusual", found.unusual), ("frequent", found.frequent))
        return [
            {"begin_us": begin_us, "end_us": end_us, "ranking": name, "place": place} | _measures(one)
            for name, ranking in rankings
            for place, one in enumerate(ranking)
        ]

    def state(self) -> Any:
        return self._book.state()

    def prune(self, connection: Connection, before_us: int) -> None:
        connection.execute(delete(trend).where(trend.c.end_us < before_us))
        connection.execute(delete(trend_sighting).where(trend_sighting.c.opened_us < before_us))


def _measures(one: Trend) -> dict[str, Any]:
    return {
        "kind": one.tag[0],
        "value": one.tag[1],
        "disruptions": one.count,
        "expected": one.expected,
        "surprise": one.surprise,
        "also": orjson.dumps(one.also).decode(),
    }


def language_folds(window: timedelta, memory: timedelta) -> list[Any]:
    """The folds, in the order in which they run."""
    tags = RevisionTags()
    return [TextFold(tags), TrendFold(tags, window, memory)]
