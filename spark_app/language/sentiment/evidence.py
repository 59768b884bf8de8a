"""What each matched phrase says where it stands: negated, expected, over, history, or plainly so.

A reader looks a few words back and forth within the clause; so does this module. It knows no
single phrase of the lexicon, only their kinds.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

from spark_app.language.lexicon import Lexicon
from spark_app.language.phrase_matcher import Match
from spark_app.language.tokens import CLAUSE_ENDS

BEFORE, AFTER = 6, 7  # words of context on either side
SUBJECT = 10  # words back to the subject of a status: "tous les trains de la ligne T6 sont ..."
DENIED_TROUBLE, DENIED_STATUS = 0.75, 0.6  # "aucune perturbation", "n'est plus perturbe"
NOT_RESTORED, HISTORY = -0.5, -0.3
OF_VEHICLES, ALL_OF_THEM = -0.45, -0.82  # "tous les trains sont supprimes"
EQUIPMENT, POSSIBLE = 0.6, 0.7  # factors: a lift is no train; what may happen has not happened
NONE_LEFT, CALLED_OFF = -0.9, 0.7  # "plus de trains", "la greve est annulee"
_HOUR = re.compile(r"\d{1,2}(?:h\d{0,2}|:\d\d)$|\d{1,2}$")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that the text says about the service."""

    role: str  # bad, restored, normal, resuming, resumption, forecast, over, good, cause, no_impact, icon or hint
    value: float
    start: int  # words [start, end) of the text
    end: int
    held: bool = False  # "reste perturbe": no good news before or after lifts it
    said: str = ""  # why the role is not the phrase's own kind: negated, expected, ...


class Reader:
    """Weighs matches in their context. One per text."""

    def __init__(self, tokens: list[str], lexicon: Lexicon) -> None:
        self.tokens = tokens
        self.words = lexicon.words
        self._held: dict[str, set[str]] = {}  # most texts hold few small words: most questions end here
        for word in lexicon.kinds.keys() & tokens:
            for kind in lexicon.kinds[word]:
                self._held.setdefault(kind, set()).add(word)
        self._negates = "pas" in self._held or "none" in self._held

    def evidence(self, matches: list[Match]) -> list[Evidence]:
        """What the matches say, in the order of the text; phrases that say nothing are left out."""
        weighed = (_WEIGH[match.term.kind](self, match) for match in matches if match.term.kind in _WEIGH)
        return [item for item in weighed if item is not None]

    def words_before(self, match: Match, reach: int = BEFORE) -> list[str]:
        return self.tokens[max(match.clause, match.start - reach) : match.start]

    def words_after(self, match: Match, reach: int = AFTER) -> list[str]:
        following = self.tokens[match.end : match.end + reach]
        for index, token in enumerate(following):
            if token in CLAUSE_ENDS:
                return following[:index]
        return following

    def has(self, kind: str, tokens: list[str]) -> bool:
        """Whether a small word of `kind` is among `tokens`, which are words of this text."""
        return kind in self._held and not self._held[kind].isdisjoint(tokens)

    def denied(self, before: list[str]) -> bool:
        """Whether "ne … pas", "non" or "not" stands before; "plus" alone is a comparative."""
        if not self._negates:
            return False
        near = _since_comma(before)[-4:]
        if not self.has("pas", near):
            return False
        return self.has("ne", before) or any(token in self.words["pas"] and token != "plus" for token in near)

    def none_of(self, before: list[str]) -> bool:
        """Whether "aucun", "sans", "no" or "pas de" stands right before."""
        if not self._negates:
            return False
        near = _since_comma(before)[-3:]
        if self.has("none", near):
            return True
        if near[-1:] in (["de"], ["d'"]) and len(near) > 1:
            return near[-2] == "pas" or (near[-2] == "plus" and self.has("ne", before))
        return False

    def to_come(self, match: Match, before: list[str], noun: bool) -> bool:
        """Whether the phrase tells the future or a wish: "reprise estimee a 18h", "jusqu'au retour"."""
        after = self.words_after(match)
        if self.has("expected", before[-3:]) or self.has("unreal", before):
            return True
        if self.has("expected", after[:5]):
            return True
        return noun and _names_an_hour(after)

    def factor(self, match: Match, before: list[str]) -> float:
        """The strongest amplifier, else the strongest softener, of the two words on either side."""
        if "intensifier" not in self._held:
            return 1.0
        weights = self.words["intensifier"]
        near = before[-2:] + self.tokens[match.end : match.end + 2]
        factors = [weights[token] for token in near if token in weights]
        strongest = max(factors, default=1.0)
        return strongest if strongest > 1 else min(factors, default=1.0)

    def bad(self, match: Match, value: float, before: list[str]) -> Evidence:
        value *= self.factor(match, before)
        hedged = "possible" in self._held and not match.term.denies_itself
        if hedged and self.has("possible", before + self.words_after(match, 2)):
            value *= POSSIBLE
        if value <= OF_VEHICLES and self._all_vehicles(match):
            value = min(value, ALL_OF_THEM)
        if self.has("equipment", before):
            value *= EQUIPMENT
        held = self.has("lasting", before)
        return Evidence("bad", max(-1.0, value), match.start, match.end, held)

    def _all_vehicles(self, match: Match) -> bool:
        if "whole" not in self._held or "vehicle" not in self._held:
            return False
        subject = self.words_before(match, SUBJECT)
        return self.has("whole", subject) and self.has("vehicle", subject)

    def status(self, match: Match) -> Evidence | None:
        """`cut` and `bad`: adjectives and verbs."""
        term, before = match.term, self.words_before(match)
        if not term.denies_itself and (
            self.none_of(before) or (self.denied(before) and not self.has("possible", before[-1:]))
        ):
            return Evidence("good", DENIED_STATUS, match.start, match.end, said="negated")
        if self._called_off(match, before):
            return Evidence("over", CALLED_OFF, match.start, match.end, said="called off")
        if self.has("remedy", before[-3:]):
            return None
        if self.has("past", before):
            return Evidence("cause", HISTORY, match.start, match.end, said="past")
        if self.has("aftermath", before[-3:]) and self.has("unreal", before[-3:]):
            return None
        return self.bad(match, term.weight, before)

    def _called_off(self, match: Match, before: list[str]) -> bool:
        """Whether a strike or works are cancelled, and no train."""
        return (
            "called_off" in self._held
            and self.tokens[match.start] in self.words["called_off"]
            and self.has("facility", before[-4:])
            and not any(token in self.words["anchor"] and token not in self.words["facility"] for token in before[-4:])
        )

    def trouble(self, match: Match) -> Evidence | None:
        """`trouble`: nouns, which may be denied, ended or history."""
        term, before, after = match.term, self.words_before(match), self.words_after(match, 8)
        if self.none_of(before):
            return Evidence("good", DENIED_TROUBLE, match.start, match.end, said="negated")
        if self.has("remedy", before[-3:]):
            return None
        ended = self.has("ending", before[-4:]) or self._ended_after(after)
        if ended:
            if self.has("unreal", before) or self.has("expected", after) or _names_an_hour(after[-2:]):
                return Evidence("forecast", -0.35, match.start, match.end, said="expected")
            return Evidence("restored", 0.75, match.start, match.end, said="over")
        if self.has("aftermath", before[-4:]):
            return Evidence("cause", HISTORY, match.start, match.end, said="aftermath")
        return self.bad(match, term.weight, before)

    def _ended_after(self, after: list[str]) -> bool:
        if "ended" not in self._held:
            return False
        for index, token in enumerate(after):
            if token in self.words["ended"]:
                return not self.has("pas", after[:index])
        return False

    def restored(self, match: Match) -> Evidence | None:
        """`restored` and `normal`."""
        term, before = match.term, self.words_before(match)
        if self.denied(before):
            return Evidence("bad", NOT_RESTORED, match.start, match.end, held=True, said="negated")
        if self.none_of(before):
            return Evidence("bad", NOT_RESTORED, match.start, match.end, held=True, said="negated")
        is_noun = self.tokens[match.start] in ("retour", "back", "return", "levee")
        if term.kind == "restored" and self.to_come(match, before, is_noun):
            return Evidence("forecast", -0.3, match.start, match.end, said="expected")
        value = term.weight * (EQUIPMENT if self.has("equipment", before) else 1.0)
        return Evidence(term.kind, value, match.start, match.end)

    def resuming(self, match: Match) -> Evidence | None:
        """`resuming` and `resumption`."""
        before = self.words_before(match)
        noun = match.term.kind == "resumption"
        if self.denied(before) or (noun and self.none_of(before)):
            return Evidence("bad", NOT_RESTORED, match.start, match.end, held=True, said="negated")
        if noun and self.to_come(match, before, True):
            return Evidence("forecast", -0.4, match.start, match.end, said="expected")
        return Evidence(match.term.kind, match.term.weight, match.start, match.end)

    def ended_incident(self, match: Match) -> Evidence | None:
        """`over`: the incident has ended, unless it says when it will."""
        before = self.words_before(match)
        if self.denied(before + self.tokens[match.start : match.end]):
            return Evidence("cause", HISTORY, match.start, match.end, said="negated")
        if self.to_come(match, before, False):
            return Evidence("cause", HISTORY, match.start, match.end, said="expected")
        return Evidence("over", match.term.weight, match.start, match.end)

    def ended(self, match: Match) -> Evidence | None:
        """A cause that is over: "la greve est terminee" (the small word is found behind the cause)."""
        before = self.words_before(match)
        if self.none_of(before):
            return Evidence("good", DENIED_TROUBLE, match.start, match.end, said="negated")
        if self.has("ending", before[-4:]) and not self.has("unreal", before):
            return Evidence("over", 0.6, match.start, match.end, said="over")
        if "ended" in self._held and self._ended_after(self.words_after(match, 8)):
            return Evidence("over", 0.7, match.start, match.end, said="over")
        return Evidence("cause", match.term.weight, match.start, match.end)

    def good(self, match: Match) -> Evidence | None:
        before = self.words_before(match)
        if self.tokens[match.start] == "plus" and self.has("ne", before):  # "il n'y a plus de trains"
            return Evidence("bad", NONE_LEFT, match.start, match.end, said="negated")
        if self.denied(before) and not match.term.denies_itself:
            return None
        return Evidence("good", match.term.weight, match.start, match.end)

    def extension(self, match: Match) -> Evidence | None:
        """Good for a line, bad for works, a closure or a wait."""
        clause = self.words_before(match, 8) + self.words_after(match, 4)
        if self.has("facility", clause):
            return Evidence("bad", -0.45, match.start, match.end, held=True, said="extended")
        return self.good(match) if self.has("extendable", clause) else None

    def plain(self, match: Match) -> Evidence | None:
        """`forecast`, `no_impact`, `icon` and `hint` mean what they say."""
        return Evidence(match.term.kind, match.term.weight, match.start, match.end)


def _since_comma(tokens: list[str]) -> list[str]:
    if "," in tokens:
        return tokens[len(tokens) - tokens[::-1].index(",") :]
    return tokens


def _names_an_hour(tokens: list[str]) -> bool:
    """Whether "vers 18h", "a 18:30" or ": 18h" follows: an hour right behind a noun is a forecast."""
    for first, second in itertools.pairwise(tokens):
        if first in ("vers", "a", "des", ":", "at", "by", "around") and _HOUR.match(second):
            return True
    return False


_WEIGH: dict[str, Callable[[Reader, Match], Evidence | None]] = {
    "cut": Reader.status,
    "bad": Reader.status,
    "trouble": Reader.trouble,
    "restored": Reader.restored,
    "normal": Reader.restored,
    "resuming": Reader.resuming,
    "resumption": Reader.resuming,
    "over": Reader.ended_incident,
    "cause": Reader.ended,
    "good": Reader.good,
    "extension": Reader.extension,
    "forecast": Reader.plain,
    "no_impact": Reader.plain,
    "icon": Reader.plain,
    "hint": Reader.plain,
}
