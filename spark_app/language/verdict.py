"""One polarity out of the evidence. The status decides; nothing is averaged.

The worst status that still holds is the polarity: a line that is cut between two stations is not half
cut because it runs elsewhere. "Restored" after the last bad word lifts it; a cause only shades it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from spark_app.language.evidence import Evidence
from spark_app.language.lexicon import Lexicon

CUT = -0.85  # at or below: nothing runs
GRAVE, SERIOUS = -0.5, -0.25  # depth of a cause
LATE_EVENING_CUT = -0.62
STILL_BAD_THOUGH_RESUMING = 0.85
NORMAL_WITH_EXCEPTION = -0.35
_LATE_HOUR = re.compile(r"2[0-3](?:h\d{0,2}|:\d\d)$|0?0h(?:\d\d)?$")
_FROM = frozenset("partir apres des from after".split())


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
    if exceptions and "bad" not in by_role:
        by_role.update(_implied(by_role, exceptions))
    if "bad" in by_role:
        return _round(_bad(by_role, tokens, lexicon))
    return _round(_without_bad(by_role))


def _round(value: float) -> float:
    return round(max(-1.0, min(1.0, value)), 4)


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
    if "resuming" in by_role:
        return max(item.value for item in by_role["resuming"]) + (0.15 if "normal" in by_role else 0.0)
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
    return causes if causes else _worst(by_role.get("icon", [Evidence("icon", 0.0, 0, 0)]))


def _only_late(tokens: list[str], lexicon: Lexicon) -> bool:
    """Whether a cut is a plan for late evenings: most riders never meet it."""
    if not lexicon.words["all_day"].keys().isdisjoint(tokens) or "toute la journee" in " ".join(tokens):
        return False
    from_late = any(
        before in _FROM and any(_LATE_HOUR.match(token) for token in tokens[index + 1 : index + 3])
        for index, before in enumerate(tokens)
    )
    planned = not lexicon.words["planned"].keys().isdisjoint(tokens)
    return from_late or (planned and not lexicon.words["night"].keys().isdisjoint(tokens))


def _exceptions(tokens: list[str], lexicon: Lexicon) -> list[int]:
    """Positions of "sauf" that exempt a place or a line; "sauf le samedi" exempts none."""
    found = []
    for index, token in enumerate(tokens):
        if token in lexicon.words["except"]:
            next_words = tokens[index + 1 : index + 5]
            if not any(word in lexicon.words["date"] or word[0].isdigit() for word in next_words):
                found.append(index)
    return found


def _excepted(item: Evidence, exceptions: list[int], tokens: list[str]) -> bool:
    return any(at < item.start and not {".", "\n", ";"} & set(tokens[at : item.start]) for at in exceptions)


def _implied(by_role: dict[str, list[Evidence]], exceptions: list[int]) -> dict[str, list[Evidence]]:
    """ "Trafic normal sauf sur la ligne 4": line 4 is not."""
    good = [item for role in ("normal", "restored") for item in by_role.get(role, ())]
    behind = [at for at in exceptions if any(item.end <= at for item in good)]
    if not behind:
        return {}
    return {"bad": [Evidence("bad", NORMAL_WITH_EXCEPTION, behind[0], behind[0] + 1, held=True, said="exception")]}
