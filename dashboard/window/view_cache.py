"""A cache of views by selection: views of closed windows stay, as they cannot change any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection

from dashboard.store import queries
from dashboard.store.cache import Cache
from dashboard.store.lives import Key, read_lives
from dashboard.store.measures import Measures
from dashboard.store.reader import Store
from dashboard.store.records import Revision, Span
from dashboard.store.trails import read_trails
from dashboard.window.selection import NoSuchWindow, Selection, format_utc, parse_selection
from dashboard.window.view import Before, Content, View, make_view, union_measures
from prim_client.messages.message import CHANNELS

Held = dict[Key, set[str]]  # ids of the disruptions of each cluster at a tick
REVISIONS_KEPT = 20_000  # about 60 MB: months of rail, a week of everything


class Views:
    """Views of one store; what cannot change any more is kept. `topics_folder` is where its topics lie, if they do."""

    def __init__(self, store: Store, topics_folder: Path | None = None) -> None:
        self.store, self.topics_folder = store, topics_folder
        self._contents, self._views, self._lock = Cache(16), Cache(64), Lock()
        self._revisions: dict[int, Revision] = {}
        self._revisions_of = ""
        self._ticks, self._folded = Cache(32), 0
        self.charts = Cache(32)  # of the timeline, which fills it
        self.painted = Cache(32)  # of the screen, which fills it

    def selection(self, query: Mapping[str, Any]) -> Selection:
        """The choice of an address; a line may also be one that only the store has.
        Raises SelectionError, StoreUnavailable."""
        return parse_selection(query, self.has_line)

    def has_line(self, line_id: str) -> bool:
        """Whether the store has a hit on a line of this id. Raises StoreUnavailable."""
        with self.store.reading() as connection:
            return queries.has_line(connection, line_id)

    def find(self, selection: Selection) -> View | None:
        """The view of a choice; None while the store has no such window. Raises StoreUnavailable."""
        with self.store.reading() as connection:
            version = queries.read_version(connection)
            key = (version.data(), selection)
            return self._views.get(key, lambda: self._make(connection, version.store, selection))

    def get(self, selection: Selection) -> View:
        """The view of a choice. Raises NoSuchWindow or StoreUnavailable."""
        view = self.find(selection)
        if view is None:
            asked = "latest" if selection.end_us is None else format_utc(selection.end_us)
            raise NoSuchWindow(f"window = {asked!r}: the store {self.store.name} has no such window")
        return view

    def _make(self, connection: Connection, store: str, selection: Selection) -> View | None:
        end_us = selection.end_us
        span = queries.live_span(connection) if end_us is None else queries.span_at(connection, end_us)
        if span is None:
            return None
        content = self.content(connection, store, span)
        measures = self.measures(connection, span, selection, content)
        view = make_view(selection, span, content, measures, self._window_before(connection, store, span, selection))
        shown = [(cluster.channel, cluster.number) for cluster in view.clusters]
        return replace(view, trails=read_trails(connection, shown, span.end_us))

    def _window_before(self, connection: Connection, store: str, span: Span, selection: Selection) -> Before | None:
        """The window that ends where this one begins, if the model is still the same."""
        earlier = queries.span_at(connection, span.begin_us)
        if earlier is None or earlier.generation != span.generation:
            return None
        content = self.content(connection, store, earlier)
        return Before(self.measures(connection, earlier, selection, content), earlier.ticks_observed)

    def content(self, connection: Connection, store: str, span: Span) -> Content:
        """The messages of a window, kept until an entry is added to it, when all its revisions have their tags.

        The lives of its clusters are as the folds say now.
        """
        kept = self._contents.get((store, span), lambda: self._load(connection, store, span), _is_tagged)
        return replace(kept, lives=read_lives(connection, CHANNELS, span.begin_us, span.end_us))

    def _load(self, connection: Connection, store: str, span: Span) -> Content:
        messages = queries.messages_between(connection, span.first_entry, span.last_entry)
        ticks = queries.ticks_between(connection, span.begin_us, span.end_us)
        revisions = self.revisions(connection, store, {m.rev for m in messages})
        return Content(tuple(ticks), tuple(messages), revisions, queries.read_meta(connection))

    def revisions(self, connection: Connection, store: str, revs: Iterable[int]) -> dict[int, Revision]:
        """Revisions never change within a store: each is read once, when it has its tags."""
        wanted = set(revs)
        with self._lock:
            if self._revisions_of != store or len(self._revisions) > REVISIONS_KEPT:
                self._revisions, self._revisions_of = {}, store
            kept = self._revisions
        found = queries.read_revisions(connection, [rev for rev in wanted if rev not in kept])
        kept.update({rev: revision for rev, revision in found.items() if revision.tagged})
        return {rev: found.get(rev) or kept[rev] for rev in wanted}

    def revisions_now(self, connection: Connection, revs: Iterable[int]) -> dict[int, Revision]:
        """Revisions of the store that is being read."""
        return self.revisions(connection, queries.read_version(connection).store, revs)

    def ticks_of(self, connection: Connection, store: str, selection: Selection) -> dict[int, Measures]:
        """The facts by tick of one choice, kept: once the fold of clusters has taken a tick in, it does not change.

        Callers fill it. A fold that begins anew numbers the clusters anew.
        """
        return self._of_ticks(connection).get((store, selection.choice(), "facts"), dict)

    def held_of(self, connection: Connection, store: str, selection: Selection) -> dict[int, Held]:
        """The disruptions of each cluster by tick of one choice, kept in the same way."""
        return self._of_ticks(connection).get((store, selection.choice(), "held"), dict)

    def _of_ticks(self, connection: Connection) -> Cache:
        folded = queries.next_entry_of(connection, "clusters")
        with self._lock:
            if folded < self._folded:
                self._ticks, self._folded = Cache(32), 0
            self._folded = folded
            return self._ticks

    def measures(self, connection: Connection, span: Span, selection: Selection, content: Content) -> Measures:
        """The window's measures by cluster: the pipeline's own for a line or a scope, counted from hits for a union.

        Where an index of the model stood for several lives in the window, only hits can tell whose they are.
        """
        scope = selection.scope()
        if scope is not None:
            facts = queries.window_facts(connection, span.end_us, selection.channels, scope)
            clusters = content.lives.of_indices(facts, [tick for tick in content.ticks if tick.observed])
            if clusters is not None:
                return {clusters[key]: measures for key, measures in facts.items()}
        return union_measures(content, selection)


def _is_tagged(content: Content) -> bool:
    return all(revision.tagged for revision in content.revisions.values())
