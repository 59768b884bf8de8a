"""`./pulse search WORDS`: full text over the messages of a store, without accents and capitals, hits highlighted.

    ./pulse search 'signalisation "gare du nord"' [--store URL] [--limit 20] [--json]

Every word must be found, as a word or as the begin of one; words in quotation marks stand side by side. In SQLite the
full-text index answers, in the other databases the folded column. Exit codes: 0 found, 1 nothing found or no store,
2 no word to look for, 3 environment.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import orjson
from sqlalchemy import Connection, Select, func, inspect, select, text

from dashboard.choosing import severity
from dashboard.queries import read_revisions
from dashboard.records import Revision
from dashboard.store import Store, StoreUnavailable
from dashboard.theme import badge
from geo.command_line import ENVIRONMENT, FAILED, USAGE, add_config_argument, add_store_argument, complain, run_command
from prim_client.message import from_epoch_us
from prim_client.settings import SettingsError, load
from spark_app.language.folds import line_label
from spark_app.language.labels import CAUSES_FR
from spark_app.language.search_words import Term, marked, parse_question
from spark_app.tables import entry, message, revision_search
from spark_app.workspace import workspace

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
        tuple(_elsewhere(found, terms)),
        *times,
    )


def _elsewhere(found: Revision, terms: Sequence[Term]) -> Iterator[tuple[str, Pieces]]:
    """Every other searched text of a revision (spark_app.language.folds.TextFold) that a term finds, marked."""
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


def main(argv: Sequence[str]) -> int:
    """`pulse search`; returns the exit code."""
    options = _arguments(argv)
    question = " ".join(options.words)
    if not parse_question(question):
        return complain(f"{question!r} holds no word to look for; words of one letter are ignored", USAGE)
    try:
        place = workspace(load(options.config), options.source, options.store)
        with Store(place.store_url).reading() as connection:
            found = search(connection, question, options.limit)
    except SettingsError as error:
        return complain(error, ENVIRONMENT)
    except StoreUnavailable as error:
        return complain(error, FAILED)
    print(orjson.dumps(asdict(found)).decode() if options.json else _shown(found, coloured=sys.stdout.isatty()))
    return 0 if found.total else FAILED


def _shown(found: Found, coloured: bool) -> str:
    before, after = ("\033[1;33m", "\033[0m") if coloured else ("[", "]")

    lines = [f"{found.total} found, the newest {len(found.hits)}:"] if found.total else ["nothing found"]
    for hit in found.hits:
        seen = from_epoch_us(hit.last_us).isoformat(timespec="minutes") if hit.last_us else ""
        named = ", ".join(f"{badge(line).label} ({line})" for line in hit.lines)
        texts = [in_brackets(pieces, before, after) for pieces in (hit.title, hit.text)]
        also = [f"{kind}: {in_brackets(pieces, before, after)}" for kind, pieces in hit.elsewhere]
        lines.append("\n".join([f"\n{hit.id}  {hit.channel}  {named}  {seen}", *texts, *also]))
    return "\n".join(lines)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse search", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("words", nargs="+", help="what to look for; in quotation marks: side by side")
    parser.add_argument("--source", choices=("live", "simulated"), help="default: live with a key, else simulated")
    add_store_argument(parser)
    parser.add_argument("--limit", type=_positive, default=LIMIT, help="how many are shown (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_config_argument(parser)
    return parser.parse_args(argv)


def _positive(text_: str) -> int:
    value = int(text_)
    if not 1 <= value <= LIMIT_MAX:
        raise argparse.ArgumentTypeError(f"{value} is not from 1 to {LIMIT_MAX}")
    return value


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
