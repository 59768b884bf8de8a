"""Full text over everything that was published."""

from __future__ import annotations

from dashboard.pages.search.read import LIMIT_MAX, Hit, Pieces, in_brackets, search
from dashboard.tables.dataset import Asked, Dataset, Found, Listed, Parameter, Row, columns
from dashboard.window.refusals import SelectionError
from dashboard.window.selection import utc_or_none
from spark_app.language.search_words import parse_question

COLUMNS = columns("""
    disruption  text     PRIM's id
    channel     text     incident, works or information
    wording     text     the wording of its severity that riders are told
    lines       texts    line ids
    title       text     as published, plain
    text        text     as published, plain
    found        text     what matched, between square brackets: title, text, or another kind that it names
    first_utc   moment?  when it was first said
    last_utc    moment?  when it was last said
""")
WORDS = Parameter("words", "words to look for; in quotation marks they stand side by side", required=True)


def found(asked: Asked) -> Found:
    """The newest revisions that hold every word."""
    words = asked.given["words"]
    if not parse_question(words):
        raise SelectionError(f"words = {words[:80]!r}: expected a word of two letters or more, or a number")
    with asked.reading() as connection:
        answer = search(connection, words, LIMIT_MAX)
    return Found([_row(hit) for hit in answer.hits], about={"in_all": answer.total})


def _row(hit: Hit) -> Row:
    return {
        "disruption": hit.id,
        "channel": hit.channel,
        "wording": hit.severity,
        "lines": list(hit.lines),
        "title": _plain(hit.title),
        "text": _plain(hit.text),
        "found": _found(hit),
        "first_utc": utc_or_none(hit.first_us),
        "last_utc": utc_or_none(hit.last_us),
    }


def _found(hit: Hit) -> str:
    """Title and text where a term stands in them, and everything else that matched."""
    shown = [in_brackets(pieces) for pieces in (hit.title, hit.text) if any(is_found for _, is_found in pieces)]
    return " · ".join([*shown, *(f"{kind}: {in_brackets(pieces)}" for kind, pieces in hit.elsewhere)])


def _plain(pieces: Pieces) -> str:
    return "".join(piece for piece, _ in pieces)


DATASETS = (
    Dataset(
        "search",
        None,
        f"The newest {LIMIT_MAX} texts that hold every word",
        COLUMNS,
        found,
        (WORDS,),
        chosen=False,
        fold="texts",
        lists=(Listed("lines", ("disruption", "title"), "line", "line id", "lignes", "lines", "line"),),
    ),
)
