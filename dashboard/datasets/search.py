"""Full text over everything that was published."""

from __future__ import annotations

from dashboard.datasets import Asked, Dataset, Found, Parameter, Row, columns
from dashboard.search import LIMIT_MAX, Hit, Pieces, search
from dashboard.selection import utc_or_none

COLUMNS = columns("""
    disruption  text     PRIM's id
    channel     text     incident, works or information
    wording     text     the wording of its severity that riders are told
    lines       texts    line ids
    title       text     as published, plain
    text        text     as published, plain
    first_utc   moment?  when it was first said
    last_utc    moment?  when it was last said
""")
WORDS = Parameter("words", "words to look for; in quotation marks they stand side by side", required=True)


def found(asked: Asked) -> Found:
    """The newest revisions that hold every word."""
    with asked.reading() as connection:
        answer = search(connection, asked.given["words"], LIMIT_MAX)
    return Found([_row(hit) for hit in answer.hits], about={"in_all": answer.total})


def _row(hit: Hit) -> Row:
    return {
        "disruption": hit.id, "channel": hit.channel, "wording": hit.severity, "lines": list(hit.lines),
        "title": _plain(hit.title), "text": _plain(hit.text),
        "first_utc": utc_or_none(hit.first_us), "last_utc": utc_or_none(hit.last_us),
    }  # fmt: skip


def _plain(pieces: Pieces) -> str:
    return "".join(piece for piece, _ in pieces)


DATASETS = (Dataset("search", None, f"The newest {LIMIT_MAX} texts that hold every word", COLUMNS, found, (WORDS,), chosen=False, fold="texts"),)
