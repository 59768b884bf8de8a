"""Service in numbers: "1 train sur 4", "toutes les 10 minutes au lieu de 5", "2 out of 3 trains"; long delays."""

from __future__ import annotations

from spark_app.language.sentiment.evidence import Evidence

NUMBERS = {
    "un": 1,
    "une": 1,
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "cinq": 5,
    "six": 6,
    "dix": 10,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "ten": 10,
}
VEHICLES = frozenset("train trains metro metros rame rames bus tram trams tramway tramways rer".split())
INTERVAL_WORDS = 4  # an interval and its unit: "toutes les dix minutes"
MORE_TRAINS = 0.3
LONG_DELAY_MIN = 60
LONG_DELAY = -0.8
_DELAY_WORDS = frozenset("retard retards delay delays allongement allongements late attente".split())


def share_value(runs: int, planned: int) -> float:
    """Polarity of `runs` vehicles out of `planned`."""
    share = runs / planned
    if share <= 0.34:
        return -0.85
    if share <= 0.5:
        return -0.65
    return -0.4 if share < 0.85 else -0.2


def find_ratios(tokens: list[str]) -> list[Evidence]:
    """Ratios of running vehicles, as lasting bad news.

    >>> [item.value for item in find_ratios("1 train sur 4".split())]
    [-0.85]
    """
    found: list[Evidence] = []
    if VEHICLES.isdisjoint(tokens):
        return found
    for index, token in enumerate(tokens):
        if token in {"sur", "in"}:
            found.extend(_ratio(tokens, index - 2, index, index + 1))
        elif token == "out" and tokens[index + 1 : index + 2] == ["of"]:
            found.extend(_ratio(tokens, index - 2, index, index + 2))
            found.extend(_ratio(tokens, index - 1, index + 3, index + 2))
    return found


def _ratio(tokens: list[str], runs_at: int, vehicle_to: int, planned_at: int) -> list[Evidence]:
    if runs_at < 0 or planned_at >= len(tokens):
        return []
    runs, planned = _number(tokens[runs_at]), _number(tokens[planned_at])
    named = VEHICLES.intersection(tokens[runs_at : max(vehicle_to, planned_at) + 2])
    if not named or not runs or not planned or not 0 < runs < planned <= 20:
        return []
    return [Evidence("bad", share_value(runs, planned), runs_at, planned_at + 1, held=True, said="ratio")]


def _number(token: str) -> int | None:
    return int(token) if token.isdigit() and len(token) < 4 else NUMBERS.get(token)


def find_intervals(tokens: list[str]) -> list[Evidence]:
    """Intervals between trains, and trains an hour, where both the new and the usual number are named.

    >>> [item.value for item in find_intervals("un train toutes les 10 minutes au lieu de 5".split())]
    [-0.65]
    >>> [item.value for item in find_intervals("2 trains par heure au lieu de 6".split())]
    [-0.85]
    """
    found: list[Evidence] = []
    if "lieu" not in tokens and "contre" not in tokens:
        return found
    for index, token in enumerate(tokens):
        after = (
            index + 3 if tokens[index : index + 3] == ["au", "lieu", "de"] else index + 1 if token == "contre" else 0
        )
        if after and (share := _share(tokens, index, after)):
            start, runs, planned = share
            value = share_value(runs, planned) if runs < planned else MORE_TRAINS
            role = "bad" if value < 0 else "good"
            found.append(Evidence(role, value, start, after, held=value < 0, said="interval"))
    return found


def _share(tokens: list[str], before: int, after: int) -> tuple[int, int, int] | None:
    """Where "toutes les 10 minutes" or "2 trains par heure" begins before the words "au lieu de" at [before, after),
    and (running, planned) as two numbers whose ratio is that of the trains."""
    first = max(0, before - INTERVAL_WORDS)
    start, now_min = _interval(tokens, first, before)
    _, usual_min = _interval(tokens, after, after + INTERVAL_WORDS, unit_min=1)
    if now_min and usual_min and "toutes" in tokens[max(0, start - 2) : start]:
        return start, usual_min, now_min
    if tokens[max(0, before - 2) : before] in (["par", "heure"], ["l'", "heure"], ["a", "l'heure"]):
        at, now = next(((at, n) for at in range(first, before) if (n := _number(tokens[at]))), (0, 0))
        usual = next((n for token in tokens[after : after + 2] if (n := _number(token))), 0)
        return (at, now, usual) if now and usual else None
    return None


def _interval(tokens: list[str], start: int, stop: int, unit_min: int = 0) -> tuple[int, int]:
    """Where an interval stands in tokens [start, stop) and its minutes; 0 if there is none.

    `unit_min`: what a bare number counts, if it may stand without a unit.
    """
    for at in range(start, min(stop, len(tokens))):
        if tokens[at].startswith("heure"):
            return at, 60
        amount = _number(tokens[at])
        if amount:
            unit = tokens[at + 1] if at + 1 < len(tokens) else ""
            return at, amount if unit.startswith("min") else amount * (60 if unit.startswith("heure") else unit_min)
    return start, 0


def find_long_delays(tokens: list[str]) -> list[Evidence]:
    """Delays of an hour and more: "plus de deux heures de retard", "retards de 90 minutes"."""
    found: list[Evidence] = []
    if _DELAY_WORDS.isdisjoint(tokens):
        return found
    for index, token in enumerate(tokens):
        if token in _DELAY_WORDS:
            for at in range(max(0, index - 4), min(len(tokens) - 1, index + 7)):
                if _minutes(tokens, at) >= LONG_DELAY_MIN:
                    found.append(Evidence("bad", LONG_DELAY, min(at, index), max(at + 2, index + 1), said="long delay"))
                    break
    return found


def _minutes(tokens: list[str], at: int) -> int:
    amount, unit = _number(tokens[at]) or 0, tokens[at + 1]
    if unit.startswith(("heure", "hour")):
        return amount * 60
    return amount if unit.startswith("min") else 0
