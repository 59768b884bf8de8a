"""Mentions of stations in a text: longest match first, in the spellings that the feed has.

Exact words, words cut by a full stop ("Corbeil-Ess."), a cut last word without one ("Massy-P"), one
wrong letter in a long word, and the beginning of a name that no other station of the line shares.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from geo.text.folding import Word
from geo.text.gazetteer import BELOW_KEPT, GENERIC_WORDS, SMALL_WORDS, Kind, Node

FUZZY_MIN_CHARS = 6  # shorter words differ by one letter too easily ("Rome", "Dome")
BEGINNING_MIN_CHARS = 5
CUT_MIN_CHARS = 3  # of a first word with a full stop: "Montp.", not "M."
GLUED = frozenset({"en", "et"})  # "Montempoivreen direction de": a lost space
MEMO_MAX = 4_096  # words that a node remembers: a feed's vocabulary, and no hostile text's
# Words that go on with the sentence, never a cut word of a name.
NOT_CUT = frozenset("a au aux d de des dont du en est et l la le les ou par pour puis sur un une vers via y".split())
MENTIONS_MAX = 200  # names read in one text; the most on record are 46
NAME_BREAKS = frozenset(",;:!?\n")  # no name goes on behind one
# Tokens farther apart than this belong to two names.
GAP_MAX_CHARS = 3


@dataclass(frozen=True, slots=True)
class Mention:
    """Words of a text that name stations.

    `start`, `end` are offsets in the text; `zdas` holds, for each line that has such a name, the zone
    ids it may mean; `exact` is False for a cut or misspelt name, or the beginning of one.
    """

    start: int
    end: int
    zdas: dict[str, frozenset[str]]
    exact: bool


class _Match(NamedTuple):
    end: int  # number of the word behind the match
    faults: int
    kind: Kind
    zdas: frozenset[str]
    dot: bool

    @property
    def rank(self) -> tuple[int, int, int, int]:
        return (self.end, -len(self.zdas), -self.faults, -self.kind)


def find_mentions(text: str, words: Sequence[Word], trees: Mapping[str, Node], *, whole: bool = False) -> list[Mention]:
    """The stations that `words` of `text` name, in order, none overlapping another.

    Args:
        text: the text as given.
        words: its words (`geo.text.folding.words`).
        trees: for each line id the names of its stations.
        whole: accept whole names only: in the names of a whole region a cut one fits too often.
    """
    plain = not any(word.capital for word in words)  # typed without capitals: they say nothing
    found: list[Mention] = []
    behind = 0  # number of the word behind the last name
    for i in _beginnings(words, trees.values(), whole):
        if i < behind:
            continue
        matches = {
            line_id: best for line_id, tree in trees.items() if (best := _best(text, words, i, tree, plain, whole))
        }
        if not matches:
            continue
        mention, behind = _mention(text, words, i, matches)
        if found and _same_place(text, found[-1], mention):
            mention = _joined(text, found.pop(), mention)
        found.append(mention)
        if len(found) == MENTIONS_MAX:
            break
    return found


def _beginnings(words: Sequence[Word], trees: Iterable[Node], whole: bool) -> list[int]:
    """The numbers of the words that a name may begin with: most words of a text are passed over by this alone."""
    heads = [tree.children for tree in trees]
    known = heads[0] if len(heads) == 1 else set().union(*heads)  # the tree of all bus stops is not copied
    if whole:
        return [i for i, word in enumerate(words) if word.text in known]
    return [i for i, word in enumerate(words) if word.text in known or (word.capital and word.text not in SMALL_WORDS)]


def _same_place(text: str, one: Mention, other: Mention) -> bool:
    """Whether the second only says the first in other words: "Aéroport CDG 1 (Terminal 3)"."""
    between = text[one.end : other.start]
    return (
        one.zdas == other.zdas
        and len(between) <= GAP_MAX_CHARS
        and not any(char.isalnum() or char in NAME_BREAKS for char in between)
    )


def _joined(text: str, one: Mention, other: Mention) -> Mention:
    closed = "(" in text[one.end : other.start] and text[other.end : other.end + 1] == ")"
    return Mention(one.start, other.end + closed, one.zdas, one.exact and other.exact)


def _mention(text: str, words: Sequence[Word], i: int, matches: dict[str, _Match]) -> tuple[Mention, int]:
    best = max(matches.values(), key=lambda match: match.rank)
    same = {line_id: match for line_id, match in matches.items() if match.end == best.end}
    exact = best.faults == 0 and best.kind is not Kind.BEGINNING
    end = words[best.end - 1].end + best.dot
    if "(" in text[words[i].start : end] and text[end : end + 1] == ")":
        end += 1
    zdas = {line_id: match.zdas for line_id, match in same.items()}
    return Mention(words[i].start, end, zdas, exact), best.end


def _best(text: str, words: Sequence[Word], i: int, root: Node, plain: bool, whole: bool) -> _Match | None:
    best: _Match | None = None
    for match in _matches(text, words, i, root, 0, whole):
        if whole and (match.faults or match.kind is Kind.BEGINNING):
            continue
        if _believable(words, i, match, plain) and (best is None or match.rank > best.rank):
            best = match
    return best


def _believable(words: Sequence[Word], i: int, match: _Match, plain: bool) -> bool:
    """A single word is a name only with a capital: "Nation", not "la nation"."""
    one = match.end == i + 1
    if one and not (words[i].capital or plain):
        return False
    if match.kind is Kind.BEGINNING or (one and match.faults):
        said = [word.text for word in words[i : match.end] if word.text not in SMALL_WORDS]
        return sum(map(len, said)) >= BEGINNING_MIN_CHARS and not GENERIC_WORDS.issuperset(said)
    return True


def _matches(text: str, words: Sequence[Word], i: int, node: Node, depth: int, whole: bool) -> Iterator[_Match]:
    """Every way to read names from word `i` on, having read `depth` words of them."""
    if i >= len(words):
        return
    for child, faults, dot in _steps(words[i], node, depth, whole):
        ended = child.stations()
        if ended:
            yield _Match(i + 1, faults, ended[1], ended[0], dot)
        elif len(child.below) <= BELOW_KEPT:
            yield _Match(i + 1, faults, Kind.BEGINNING, frozenset(child.below), dot)
        follow = _next_word(text, words, i, child)
        if follow is not None:
            for match in _matches(text, words, follow, child, depth + 1, whole):
                yield _Match(match.end, match.faults + faults, match.kind, match.zdas, match.dot)


def _steps(word: Word, node: Node, depth: int, whole: bool) -> Iterator[tuple[Node, int, bool]]:
    """The children of `node` that `word` may stand for, with faults and whether a full stop belongs to it."""
    exact = node.children.get(word.text)
    if exact:
        yield exact, 0, False
        return
    if whole:
        return
    key = (word.text, word.dotted, word.capital, depth > 0)
    steps = node.doubtful.get(key)
    if steps is None:
        steps = tuple(_doubtful_steps(word, node, depth))
        if len(node.doubtful) < MEMO_MAX:
            node.doubtful[key] = steps
    yield from steps


def _doubtful_steps(word: Word, node: Node, depth: int) -> Iterator[tuple[Node, int, bool]]:
    """The children whose word is cut, misspelt or run together with the next one."""
    cut = _may_be_cut(word, depth)
    long = len(word.text) >= FUZZY_MIN_CHARS and (word.capital or depth)
    if not (cut or long):
        return
    for other, child in node.children.items():
        if long and word.text.startswith(other) and word.text[len(other) :] in GLUED:
            yield child, 1, False
        elif cut and other.startswith(word.text):
            yield child, 1, word.dotted
        elif long and other[0] == word.text[0] and one_letter_apart(word.text, other):
            yield child, 1, False


def _may_be_cut(word: Word, depth: int) -> bool:
    if word.text in NOT_CUT and not (word.dotted or word.capital):
        return False
    if word.dotted:
        return depth > 0 or word.capital
    return depth > 0 and (word.capital or len(word.text) >= CUT_MIN_CHARS)


def _next_word(text: str, words: Sequence[Word], i: int, node: Node) -> int | None:
    """The number of the next carrying word of the same name, None when the name is over."""
    j = i + 1
    while (
        j < len(words) and words[j].text not in node.children and (_is_small(words[j]) or _is_initial(words[j], node))
    ):
        j += 1
    if j >= len(words):
        return None
    for k in range(i, j):
        between = text[words[k].end : words[k + 1].start]
        if len(between) > GAP_MAX_CHARS or not NAME_BREAKS.isdisjoint(between):
            return None
    return j


def _is_small(word: Word) -> bool:
    """A small word, unless a full stop shows that it is a cut one ("Saint-L.")."""
    return word.text in SMALL_WORDS and not word.dotted


def _is_initial(word: Word, node: Node) -> bool:
    """Whether a word is the initial of a second name ("Franklin D. Roosevelt"), and no cut word of the tree."""
    return word.dotted and len(word.text) == 1 and not any(other[0] == word.text for other in node.children)


def one_letter_apart(one: str, other: str) -> bool:
    """Whether one letter less, more or other makes `one` of `other`.

    >>> one_letter_apart("bienvenue", "bienvenu"), one_letter_apart("a", "bc")
    (True, False)
    """
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1 or len(other) < FUZZY_MIN_CHARS - 2:
        return False
    i = 0
    while i < len(one) and one[i] == other[i]:
        i += 1
    return one[i + (len(one) == len(other)) :] == other[i + 1 :]
