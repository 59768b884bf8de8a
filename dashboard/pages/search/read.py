"""Full text over the messages of a store, without accents and capitals.

In SQLite the full-text index answers, in the other databases the folded column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, Select, func, inspect, select, text

from dashboard.store.queries import read_revisions
from dashboard.store.records import Revision
from dashboard.window.hit_filter import severity
from spark_app.derived.tags.folds import line_label
from spark_app.language.labels import CAUSES_FR
from spark_app.language.search_words import Term, marked, parse_question
from spark_app.store.tables import entry, message, revision_search

LIMIT, LIMIT_MAX = 20, 200

ELSEWHERE = ("summary", "line", "station", "cause", "id")  # where a term may stand that title and text do not show

Pieces = list[tuple[str, bool]]  # of a text; true where a term was found


@dataclass(frozen=True, slots=True)
class Hit:
    """A revision that was found, and when it was first and last said."""

    rev: int
    id: str
    channel: str
    severity: str  # the wording that riders are told: spark_app/language/severities.py
    lines: tuple[str, ...]
    title: Pieces
    text: Pieces
    elsewhere: tuple[tuple[str, Pieces], ...]  # what matched besides: (kind, its words), kinds in ELSEWHERE
    first_us: int | None
    last_us: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """The newest revisions that were found, and how many there are in all."""

    total: int
    hits: tuple[Hit, ...]


def search(connection: Connection, question: str, limit: int = LIMIT) -> Found:
    """The newest revisions that hold every term of `question`; nothing for a question without a word."""
    terms = parse_question(question)
    if not terms:
        return Found(0, ())
    query = _with_index(terms) if _has_index(connection) else _with_column(terms)
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar() or 0
    newest = query.order_by(revision_search.c.rev.desc()).limit(min(limit, LIMIT_MAX))
    revs = list(connection.execute(newest).scalars())
    revisions, times = read_revisions(connection, revs), _times(connection, revs)
    return Found(int(total), tuple(_hit(revisions[rev], terms, times.get(rev, (None, None))) for rev in revs))


def _has_index(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite" and inspect(connection).has_table("revision_fts")


def _with_index(terms: Iterable[Term]) -> Select[int]:
    """By SQLite's FTS5; the words hold letters and digits only, so they need no escaping inside the marks."""
    wanted = " ".join(f'"{" ".join(term.words)}"{"*" if term.begun else ""}' for term in terms)
    found = text("select rowid from revision_fts where revision_fts match :wanted").bindparams(wanted=wanted)
    return select(revision_search.c.rev).where(revision_search.c.rev.in_(found))


def _with_column(terms: Iterable[Term]) -> Select[int]:
    """By the folded column, which has a space around each word."""
    query = select(revision_search.c.rev)
    for term in terms:
        words = f" {' '.join(term.words)}{'' if term.begun else ' '}"
        query = query.where(revision_search.c.words.contains(words))
    return query


def _times(connection: Connection, revs: Sequence[int]) -> dict[int, tuple[int, int]]:
    query = (
        select(message.c.rev, func.min(entry.c.event_time_us), func.max(entry.c.event_time_us))
        .join_from(message, entry, message.c.entry == entry.c.entry)
        .where(message.c.rev.in_(revs))
        .group_by(message.c.rev)
    )
    return {rev: (int(first), int(last)) for rev, first, last in connection.execute(query)}


def _hit(found: Revision, terms: Sequence[Term], times: tuple[int | None, int | None]) -> Hit:
    lines = tuple(dict.fromkeys(hit.line for hit in found.hits if hit.line))
    return Hit(
        found.rev,
        found.id,
        found.channel,
        severity(found),
        lines,
        marked(found.title, terms),
        marked(found.text, terms),
        tuple(_other_matches(found, terms)),
        *times,
    )


def _other_matches(found: Revision, terms: Sequence[Term]) -> Iterator[tuple[str, Pieces]]:
    """Every other searched text of a revision (spark_app.derived.tags.folds.TextFold) that a term finds, marked."""
    texts = {
        "summary": [found.short_message],
        "line": [line_label(line["id"], line["name"]) for line in orjson.loads(found.lines)],
        "station": [hit.station for hit in found.hits],
        "cause": [CAUSES_FR.get(cause, cause) for cause in found.causes],
        "id": [found.id],
    }
    for kind in ELSEWHERE:
        for text_ in dict.fromkeys(texts[kind]):
            pieces = marked(text_, terms)
            if any(is_found for _, is_found in pieces):
                yield kind, pieces


def in_brackets(pieces: Pieces, before: str = "[", after: str = "]") -> str:
    """A text on one line with what was found between marks."""
    return "".join(f"{before}{piece}{after}" if is_found else piece for piece, is_found in pieces).replace("\n", " ")
