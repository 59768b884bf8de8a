"""Writes revisions to the store: each (id, revision) gets its number, its texts and its hits exactly once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, func, select, tuple_

from spark_app.fold.revision_hits import CACHED_REVISIONS, Registry, line_weights_e9, weights_e9
from spark_app.store.engine import append, in_chunks
from spark_app.store.tables import revision, revision_hit

Key = tuple[str, str]  # (id, revision hash)
Row = Mapping[str, Any]
NOWHERE = {
    "line": "",
    "mode": "",
    "zda": "",
    "zdc": "",
    "name": "",
    "lat": None,
    "lon": None,
    "method": "",
    "confidence": None,
    "words": "",
    "rule": "",
}


def key_of(row: Row) -> Key:
    """The revision that a message is about."""
    return row["id"], row["revision"]


class RevisionStore:
    """Numbers of the revisions in use; their hits are in `registry`. Both are read back where forgotten."""

    def __init__(self, registry: Registry, analyzer_version: str) -> None:
        self.registry, self.analyzer_version = registry, analyzer_version
        self._revs: dict[Key, int] = {}

    def __getitem__(self, key: Key) -> int:
        return self._revs[key]

    def __contains__(self, key: Key) -> bool:
        return key in self._revs

    def find(self, connection: Connection, keys: Iterable[Key]) -> None:
        """Learn the numbers of those `keys` that the store holds; retention may have dropped what is in mind."""
        keys = set(keys)
        self._forget_dropped(connection, keys & self._revs.keys())
        for chunk in in_chunks(sorted(keys - self._revs.keys()), 200):
            wanted = tuple_(revision.c.id, revision.c.revision).in_(chunk)
            for row in connection.execute(select(revision.c.id, revision.c.revision, revision.c.rev).where(wanted)):
                self._revs[row[0], row[1]] = row[2]

    def _forget_dropped(self, connection: Connection, keys: Iterable[Key]) -> None:
        of = {self._revs[key]: key for key in keys}
        for chunk in in_chunks(of):
            held = connection.execute(select(revision.c.rev).where(revision.c.rev.in_(chunk))).scalars()
            for rev in set(chunk).difference(held):
                del self._revs[of[rev]]

    def add(self, connection: Connection, bodies: Mapping[Key, Row]) -> None:
        """Write new revisions in the order of `bodies`, numbered from the store's last."""
        rev = connection.execute(select(func.max(revision.c.rev))).scalar() or 0
        revisions, hits = [], []
        for key, body in bodies.items():
            rev += 1
            own = body["hits"] or [NOWHERE]
            self._revs[key] = rev
            self.registry.add(rev, body["channel"], body["polarity"], own)
            revisions.append(_revision_row(rev, body, self.analyzer_version))
            hits += _hit_rows(rev, own)
        append(connection, revision, revisions)
        append(connection, revision_hit, hits)

    def load_hits(self, connection: Connection, keys: Iterable[Key]) -> None:
        """Read back the hits of those `keys` that the registry has forgotten."""
        forgotten = sorted({self._revs[key] for key in keys if self.registry.get(self._revs[key]) is None})
        for chunk in in_chunks(forgotten):
            heads = connection.execute(select(revision).where(revision.c.rev.in_(chunk))).mappings().all()
            query = select(revision_hit).where(revision_hit.c.rev.in_(chunk))
            by_rev: dict[int, list[Row]] = {}
            for hit in connection.execute(query.order_by(revision_hit.c.rev, revision_hit.c.hit)).mappings():
                by_rev.setdefault(hit["rev"], []).append(dict(hit))
            for head in heads:
                self.registry.add(head["rev"], head["channel"], head["polarity"], by_rev[head["rev"]])

    def trim(self) -> None:
        """Forget what was not used lately; between batches only."""
        self.registry.trim()
        while len(self._revs) > CACHED_REVISIONS:
            del self._revs[next(iter(self._revs))]


def _revision_row(rev: int, body: Row, analyzer_version: str) -> dict[str, Any]:
    same = ("id", "revision", "channel", "severity", "cause", "title", "short_message", "text", "html")
    return {
        "rev": rev,
        **{name: body[name] or "" for name in same},
        "tags": body["tags"] or "[]",
        "lines": body["lines"] or "[]",
        "published_at_us": body["published_us"],
        "polarity": body["polarity"],
        "analyzer": analyzer_version,
        "unplaced": _unplaced_reason(body),
    }


def _unplaced_reason(body: Row) -> str:
    if any(hit["zda"] for hit in body["hits"] or []):
        return ""
    return body["unplaced"] or "no station is named"


def _hit_rows(rev: int, hits: list[Row]) -> list[dict[str, Any]]:
    weights = zip(weights_e9(len(hits)), line_weights_e9([hit["line"] for hit in hits]), strict=True)
    same = ("line", "mode", "zda", "zdc", "lat", "lon", "method", "confidence", "words", "rule")
    return [
        {
            "rev": rev,
            "hit": number,
            **{name: hit[name] for name in same},
            "station": hit["name"],
            "weight_e9": weight,
            "line_weight_e9": line_weight,
        }
        for number, (hit, (weight, line_weight)) in enumerate(zip(hits, weights, strict=True))
    ]
