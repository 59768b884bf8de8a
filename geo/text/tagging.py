"""Tagged text: clauses in which each station name is one character, ready for the grammar."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from geo.text.folding import fold
from geo.text.grammar.clauses import (
    BULLET,
    CLAUSES,
    HEADS,
    HEADS_LISTED,
    LAST_WORDS,
    LINE_PREFIX,
    LINE_WORDS,
    NEXT_HEADS,
    SENTENCE_END,
    SHORT_NAMES,
    SHORT_WORDS,
    ClauseKind,
)
from geo.text.grammar.words import FIRST_TAG, LAST_TAG
from geo.text.mentions import Mention

TAG = re.compile(f"[{chr(FIRST_TAG)}-{chr(LAST_TAG)}]")
# Patterns may look at a sentence from each of its words: that is quadratic, so its length is bounded.
SENTENCE_MAX_CHARS = 1_000  # the longest tagged sentence on record has 400
_PARAGRAPH = "\x1e"
# "Aéroport CDG 1 (Terminal 3)": what stands in brackets behind a name adds nothing to it.
_BRACKETS = re.compile(
    rf"(?<={TAG.pattern}) ?\((?!\s?(?:via|sauf|direction|vers|sens))[^(){TAG.pattern[1:-1]}]{{0,60}}\)"
)
# "entre Versailles-R.D. et Paris": the full stop of a cut name ends no sentence.
_NAME_DOT = re.compile(rf"(?<={TAG.pattern})\.(?= ?[a-z(,/<>-])")
_SPACES = re.compile(r" {2,}")
HEADING_KINDS = frozenset({ClauseKind.TRAINS, ClauseKind.NEXT, ClauseKind.REPLACEMENT, ClauseKind.INFORMATION})


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence or line of a text, tagged, and what it is about."""

    kind: ClauseKind
    text: str


def tag_of(number: int) -> str:
    """The character that stands for mention `number`."""
    return chr(FIRST_TAG + number)


def numbers(tagged: str) -> list[int]:
    """The numbers of the mentions in a piece of tagged text, in order."""
    return [ord(tag) - FIRST_TAG for tag in TAG.findall(tagged)]


def tagged_title(title: str, mentions: Sequence[Mention]) -> str:
    """The tagged title, without the line's own name at its head."""
    tagged = _tagged(title, mentions).replace("\n", " ")
    return LINE_PREFIX.sub("", tagged, count=1)


def clauses(text: str, mentions: Sequence[Mention]) -> list[Clause]:
    """The clauses of `text` in order; bulleted lines are about what their heading is about.

    A cause goes on to the end of its paragraph, a list of trains that run to the next heading.
    """
    found: list[Clause] = []
    heading: ClauseKind | None = None
    listed = ""  # what a heading leaves to be said before each line of its list
    for paragraph in _tagged(text, mentions).split(_PARAGRAPH):
        cause = False
        for sentence in _sentences(paragraph):
            kind = ClauseKind.CAUSE if cause else _kind(sentence)
            kind, heading = _under_heading(sentence, kind, heading)
            bullet = BULLET.match(sentence)
            listed = _listed(sentence) or (listed if bullet else "")
            cause = cause or kind is ClauseKind.CAUSE
            whole = listed + sentence[bullet.end() :].strip() if bullet and listed else sentence
            found.append(Clause(kind, whole))
    return found


def _listed(sentence: str) -> str:
    """What a heading leaves to be said before each line of its list; empty if it is no such heading."""
    heading = HEADS_LISTED.search(sentence)
    return "" if heading is None else "entre " if heading["between"] else "axe "


def _sentences(paragraph: str) -> Iterator[str]:
    """The sentences of a paragraph; one that no writer would write is cut into pieces."""
    for sentence in filter(str.strip, paragraph.split("\n")):
        for start in range(0, len(sentence), SENTENCE_MAX_CHARS):
            yield sentence[start : start + SENTENCE_MAX_CHARS]


def _under_heading(sentence: str, kind: ClauseKind, heading: ClauseKind | None) -> tuple[ClauseKind, ClauseKind | None]:
    """The kind of a sentence in view of the last heading, and the heading for the next one."""
    if NEXT_HEADS.search(sentence):
        return ClauseKind.NEXT, ClauseKind.NEXT
    if HEADS.search(sentence):
        kind = heading if heading is ClauseKind.NEXT and kind is ClauseKind.WHERE else kind
        return kind, kind if kind in HEADING_KINDS else None
    if heading and kind in (ClauseKind.WHERE, ClauseKind.TRAINS) and BULLET.match(sentence):
        return heading, heading
    return kind, heading if BULLET.match(sentence) else None


def _kind(sentence: str) -> ClauseKind:
    return next((kind for kind, pattern in CLAUSES if pattern.match(sentence)), ClauseKind.WHERE)


def _tagged(text: str, mentions: Sequence[Mention]) -> str:
    """`text` folded, names as tags, ends of sentences as newlines, of paragraphs as separators."""
    if TAG.search(text):  # no writer uses these characters, and here they mean names
        text = TAG.sub(" ", text)
    pieces, last = [], 0
    for number, mention in enumerate(mentions):
        pieces += [_fold_piece(text[last : mention.start]), tag_of(number)]
        last = mention.end
    tagged = _SPACES.sub(" ", "".join(pieces) + _fold_piece(text[last:]))
    return _NAME_DOT.sub("", _BRACKETS.sub("", tagged))


def _fold_piece(piece: str) -> str:
    return fold(SENTENCE_END.sub(_end, piece))


def _end(end: re.Match[str]) -> str:
    if "\n" in end[0]:
        return _PARAGRAPH
    return end[0] if end[0].startswith(".") and _is_cut_word(end.string[: end.start()]) else "\n"


def _is_cut_word(before: str) -> bool:
    """Whether the full stop behind `before` belongs to an abbreviation or to the initial of a name."""
    words = LAST_WORDS.search(before[-40:])
    if words is None:
        return False
    last, capital = fold(words["last"]), words["last"][0].isupper()
    if len(last) == 1:
        return capital and bool(words["before"]) and fold(words["before"]) not in LINE_WORDS
    return last in SHORT_WORDS or (capital and last in SHORT_NAMES)
