"""One polarity out of the evidence. The status decides; nothing is averaged.

The worst status that still holds is the polarity: a line that is cut between two stations is not half
cut because it runs elsewhere. "Restored" after the last bad word lifts it; a cause only shades it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from spark_app.language.lexicon import Lexicon
from spark_app.language.sentiment.evidence import Evidence

CUT = -0.85  # at or below: nothing runs
GRAVE, SERIOUS = -0.5, -0.25  # depth of a cause
LATE_EVENING_CUT = -0.62
REOPENED = 0.5  # "rouverte" says more than "reprend"
STILL_BAD_THOUGH_RESUMING = 0.85
NORMAL_WITH_EXCEPTION = -0.35  # "trafic normal sauf ligne 4", "trafic normal, cependant ..."
_LATE_HOUR = re.compile(r"2[0-3](?:h\d{0,2}|:\d\d)$|0?0h(?:\d\d)?$")
_FROM = frozenset("partir apres des entre from after between".split())


def decide(evidence: list[Evidence], tokens: list[str], lexicon: Lexicon) -> float | None:
    """Polarity in [-1, 1] of a text with these words; None without evidence."""
    if not evidence:
        return None
    exceptions = _exceptions(tokens, lexicon)
    by_role: dict[str, list[Evidence]] = {}
    for item in evidence:
        if item.role in ("restored", "normal", "resuming") and _excepted(item, exceptions, tokens):
            continue
        by_role.setdefault(item.role, []).append(item)
    if "bad" not in by_role and "normal" in by_role:
        by_role.update(_implied(by_role, exceptions, _contrasts_at(tokens, evidence, lexicon)))
    if "bad" in by_role:
        return _round(_bad(by_role, tokens, lexicon))
    return _round(_without_bad(by_role))


def _round(value: float | None) -> float | None:
    return None if value is None else round(max(-1.0, min(1.0, value)), 4)


def _bad(by_role: dict[str, list[Evidence]], tokens: list[str], lexicon: Lexicon) -> float:
    bad, worst = by_role["bad"], _worst(by_role["bad"])
    last, held = max(item.start for item in bad), any(item.held for item in bad)
    restored = [item for item in by_role.get("restored", ()) if item.start > last]
    resuming = by_role.get("resuming", ())
    if restored and not held:
        return max(item.value for item in restored) - 0.1
    if any(item.start > last for item in resuming) and not held:
        return 0.3
    if worst <= CUT and _only_late(tokens, lexicon):
        worst = LATE_EVENING_CUT
    if resuming or ("over" in by_role and worst > CUT):
        worst = max(worst * STILL_BAD_THOUGH_RESUMING, -0.75)
    if "no_impact" in by_role and worst > CUT:
        worst *= 0.6
    return worst + _shade(by_role, worst)


def _worst(items: Iterable[Evidence]) -> float:
    return min(item.value for item in items)


def _shade(by_role: dict[str, list[Evidence]], worst: float) -> float:
    """A grave cause makes a status worse, but never a disturbance into a cut."""
    deepest = _worst(by_role["cause"]) if "cause" in by_role else 0.0
    shade = -0.1 if deepest <= GRAVE else -0.02 if deepest <= SERIOUS else 0.0
    return shade if worst <= CUT else max(shade, CUT + 0.01 - worst)


def _without_bad(by_role: dict[str, list[Evidence]]) -> float | None:
    causes = _worst(by_role["cause"]) if "cause" in by_role else 0.0
    if "restored" in by_role:
        return max(item.value for item in by_role["restored"]) - (0.05 if causes else 0.0)
    resuming = by_role.get("resuming", []) + by_role.get("resumption", [])
    if resuming:
        best = max(item.value for item in resuming)
        complete = "normal" in by_role or (best >= REOPENED and "over" in by_role)
        return best + (0.2 if complete else 0.0)
    if "normal" in by_role:
        return max(item.value for item in by_role["normal"])
    if "no_impact" in by_role:
        return 0.0
    if "forecast" in by_role:
        return min(_worst(by_role["forecast"]), causes)
    if "over" in by_role:
        return max(item.value for item in by_role["over"])
    if "good" in by_role:
        return max(item.value for item in by_role["good"]) + 0.5 * causes
    if causes:
        return causes
    weak = by_role.get("icon") or by_role.get("hint")
    return _worst(weak) if weak else None


def _only_late(tokens: list[str], lexicon: Lexicon) -> bool:
    """Whether a cut is a plan for late evenings: most riders never meet it."""
    if "journee" in tokens and "toute la journee" in " ".join(tokens):
        return False
    if not lexicon.words["night"].keys().isdisjoint(tokens):
        return not lexicon.words["planned"].keys().isdisjoint(tokens) or _from_late(tokens)
    return _from_late(tokens)


def _from_late(tokens: list[str]) -> bool:
    """Whether it says "a partir de 22h30"."""
    late = [index for index, token in enumerate(tokens) if token[0] in "02" and _LATE_HOUR.match(token)]
    return any(not _FROM.isdisjoint(tokens[max(0, index - 2) : index]) for index in late)


def _exceptions(tokens: list[str], lexicon: Lexicon) -> list[int]:
    """Positions of "sauf" that exempt a place or a line; "sauf le samedi" exempts none."""
    if lexicon.words["except"].keys().isdisjoint(tokens):
        return []
    return [
        index
        for index, token in enumerate(tokens)
        if token in lexicon.words["except"] and not _names_a_date(tokens[index + 1 : index + 5], lexicon)
    ]


def _names_a_date(tokens: list[str], lexicon: Lexicon) -> bool:
    if any(token in lexicon.words["date"] for token in tokens):
        return True
    named = [token for token in tokens if token not in ("le", "les", "du", "au")]
    return bool(named) and named[0][0].isdigit()


def _excepted(item: Evidence, exceptions: list[int], tokens: list[str]) -> bool:
    return any(at < item.start and not {".", "\n", ";"} & set(tokens[at : item.start]) for at in exceptions)


def _contrasts_at(tokens: list[str], evidence: list[Evidence], lexicon: Lexicon) -> list[int]:
    """Positions of "mais", "cependant" with nothing known behind: what follows is no good news."""
    last = max(item.start for item in evidence)
    return [at for at in range(last, len(tokens)) if tokens[at] in lexicon.words["contrast"]]


def _implied(by_role: dict[str, list[Evidence]], *turns: list[int]) -> dict[str, list[Evidence]]:
    """In "Trafic normal sauf sur la ligne 4", line 4 is not normal. `turns`: positions of such words."""
    end = min(item.end for item in by_role["normal"])
    behind = [at for positions in turns for at in positions if at >= end]
    if not behind:
        return {}
    return {"bad": [Evidence("bad", NORMAL_WITH_EXCEPTION, behind[0], behind[0] + 1, held=True, said="exception")]}
