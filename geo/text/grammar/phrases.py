"""How the operators say where: the phrases of PRIM's French, as a table.

Order matters: a phrase takes its names out of the text, later phrases do not see them. The counts
behind the conventions are in `docs/geocoding.md`; `geo.text.grammar.words` explains the notation.
"""

import re
from enum import StrEnum
from typing import NamedTuple

from geo.text.grammar.words import BOTH, BRANCHES, ENDS, LIST, OF, ONE_OF, TIME, TO, VIA, D, N, any_of, gap


class Action(StrEnum):
    """What a phrase says about the names of its group `a`, or about all of them if it has none.

    The names of a group `b` of a phrase that is no section are directions.
    """

    SECTION = "section"  # every station from `a` to `b`
    STATIONS = "stations"  # each name by itself
    DIRECTION = "direction"
    TERMINUS = "terminus"
    DETOUR = "detour"
    EXCEPTION = "exception"


class Phrase(NamedTuple):
    """A phrase: its name (the `rule` of a place), what it says, and its pattern with groups a, b, via.

    `needs`: the pattern matches no text without one of these; looking for them is ten times as fast.
    """

    rule: str
    action: Action
    pattern: re.Pattern[str]
    needs: tuple[str, ...] = ()

    def may_match(self, text: str) -> bool:
        """Whether the text has what the pattern needs."""
        return not self.needs or any(need in text for need in self.needs)


def _phrase(rule: str, action: Action, *pattern: str, needs: str = "") -> Phrase:
    return Phrase(rule, action, re.compile("".join(pattern)), tuple(needs.split("|")) if needs else ())


_NOT_SERVED = any_of(
    "n'est",
    "ne sont",
    "n'etai(?:en)?t",
    "ne ser(?:as?|ont)",
    "non desserv",
    r"fermee?s?\b",
    r"(?:est|sont|sera|seront|etait) (?:\w+ )?(?:fermee?s?|deplac|supprim|report|neutralis|transfer|decal)",
)
_STOPS_NOT = any_of(r"marqu\w+ (?:pas|plus)", r"s'arret\w+ (?:pas|plus)", r"desserv\w+ (?:pas|plus|ni)")
_MOVED = any_of(
    r"report\w*", "reporter", r"deplac\w+", r"transfer\w+", r"decal\w+", "rendre", "diriger", "arrets? provisoires?"
)
_AT = any_of(
    "a",
    "au",
    "aux",
    "en",
    "dans",
    "devant",
    "proche",
    "pres",
    "secteur",
    "sortie",
    "hauteur",
    "station",
    "gares?",
    "arrets?",
    "stations?",
)
_STRETCH = any_of("axes?", "troncons?", "sections?", "branches?", "parcours", "trajets?", "relations?", "lignes?")

PHRASES: tuple[Phrase, ...] = (
    _phrase(
        "sauf", Action.EXCEPTION,
        r"\b(?:sauf|hormis|excepte|a l'exception|mis a part)\b", gap(40), rf"(?:entre )?{LIST}{VIA}",
        needs="sauf|hormis|excepte|exception|mis a part",
    ),
    _phrase(
        "circule entre X et Y", Action.DETOUR,
        r"(?<!un train )(?<!ne )\b(?:circulent|maintenus|assures)(?: normalement| uniquement)? ",
        rf"entre {D}{N} ?(?:et|-|a) ?{D}{N}",
        needs="circulent|maintenus|assures",
    ),
    _phrase(
        "entre X et Y", Action.SECTION,
        rf"\b(?:entre|ente|enter) {D}(?P<a>{ONE_OF}) ?",
        rf"(?:,? ?\bet\b|-|{BOTH}|/|\ba\b|\bvers\b|\bjusqu'a\b) ?(?:entre )?{D}(?P<b>{ENDS}){VIA}",
        needs="entre|ente|enter",
    ),
    _phrase(
        "X non desservi", Action.STATIONS,
        rf"(?P<a>{LIST})(?: ?\(?(?:en direction|dans le sens|vers) ?{OF}{D}(?P<b>{LIST}))?",
        gap(30), rf"?\b{_NOT_SERVED}",
        rf"(?:(?: pas| plus)? desservie?s? (?:de|entre) {D}{N} ?(?:vers|et|a) ?{D}{ENDS})?",
    ),
    _phrase(
        "report à X", Action.DETOUR,
        rf"\b{_MOVED}(?: provisoirement)?\b", gap(30), r"?\b(?:a|au|aux|sur|vers|chez)\b", gap(30), rf"?{D}{LIST}",
        needs="report|deplac|transfer|decal|rendre|diriger|provisoire",
    ),
    _phrase(
        "dessert X", Action.DETOUR,
        r"(?<!ne )(?<!n')(?<!non )\b(?:dessert|desservent|desservira|desserviront|desservant)\b",
        gap(40), rf"?{D}{LIST}", needs="desser",
    ),
    _phrase(
        "ne marque pas l'arrêt à X", Action.STATIONS,
        rf"(?:(?P<b>{N}[^.\n]{{0,80}}?) )?\bne {_STOPS_NOT}", gap(40), rf"?{D}(?P<a>{LIST})",
        needs="ne ",
    ),
    _phrase(
        "ne desserv X", Action.STATIONS,
        r"\b(?:ne desserv\w+|desserte)\b", gap(40), rf"?{D}{LIST}", needs="desser",
    ),
    _phrase(
        "détourné par X", Action.DETOUR,
        r"\b(?:detournee?s?|devi(?:e|ee|es|ees)|directs? de|itineraire par)\b", gap(60),
        rf"{D}{LIST}(?: ?(?:a|et) {D}{N})?",
        needs="detourne|devi|direct|itineraire",
    ),
    _phrase(
        "dans le sens", Action.DIRECTION,
        r"\b(?:dans (?:le|les|un) |en |seul )?sens (?:de circulation )?", rf"{D}{N}(?: ?(?:-|/|et|{TO}) ?{D}{N})*",
        needs="sens ",
    ),
    _phrase(
        "ainsi que X et Y", Action.SECTION,
        rf"(?<=§) ?,? ?(?:ainsi que|et|,) {D}(?P<a>{N}) (?:et|vers|->) {D}(?P<b>{N}){VIA}",
        needs="§",
    ),
    _phrase(
        "départ X arrivée Y", Action.SECTION,
        r"\bdepart ", gap(30, ""), rf"?{D}(?P<a>{N})", gap(40, ""), r"\b(?:arrivee|passage)", gap(40, ""),
        rf"?{D}(?P<b>{N})", needs="depart ",
    ),
    _phrase(
        "train", Action.SECTION,
        r"\b(?:trains?|missions?|departs?)\b", gap(40),
        rf"\b(?:au depart|partant|en provenance|de|depuis) ?(?:d'|de |du )?{D}(?P<a>{N}) ?,? ?(?:et )?",
        rf"(?:a destination|pour|vers|en direction|jusqu'(?:a|au)|a)(?: d'| de | du )? ?{D}(?P<b>{ENDS}){VIA}",
        needs="train|mission|depart",
    ),
    _phrase(
        "de X vers Y", Action.SECTION,
        rf"(?:\b(?:de|du|des|depuis|au depart|en provenance) ?|\bd'){D}",
        rf"(?P<a>{N}(?: ?(?:/|\bet\b|\bou\b|,) ?{D}{N})?) ?,? ?(?:et )?{TO} ?{D}(?P<b>{ENDS}){VIA}",
    ),
    _phrase(
        "de X et Y", Action.SECTION,
        rf"\b(?:interrompue?|perturbee?|ralentie?|suspendue?) (?:de |d'|du ){D}(?P<a>{N}) et {D}(?P<b>{N}){VIA}",
        needs="interromp|perturb|ralenti|suspendu",
    ),
    _phrase("X <> Y", Action.SECTION, rf"(?P<a>{BRANCHES}) ?{BOTH} ?{D}(?P<b>{BRANCHES}){VIA}", needs="<|>"),
    _phrase(
        "axe X - Y", Action.SECTION,
        rf"\b{_STRETCH} {D}(?P<a>{BRANCHES}) ?(?:/|-|et|a) ?{D}(?P<b>{BRANCHES}){VIA}",
        needs="axe|troncon|section|branche|parcours|trajet|relation|ligne",
    ),
    _phrase(
        "en direction de X", Action.DIRECTION,
        rf"(?:\b(?:en|dans la|les|dans les|toutes?) )?\bdirections?\b ?{D}{LIST}",
        needs="direction",
    ),
    _phrase(
        "vers X", Action.DIRECTION,
        rf"\b(?:vers|a destination|pour|jusqu'(?:a|au|en)|en provenance|au depart|depuis) ?{D}{LIST}",
        needs="vers|destination|pour|jusqu|provenance|depart|depuis",
    ),
    _phrase(
        "terminus X", Action.TERMINUS,
        r"\b(?:terminus|origine|limitee?s?|retournement|fait demi-tour|font demi-tour) ",
        rf"(?:a |au |en |provisoire )?{D}{LIST}",
        needs="terminus|origine|limite|retournement|demi-tour",
    ),
    _phrase(
        "via X", Action.DETOUR, rf"\b(?:via|correspondances?|rer [a-e]|metro \d+|bus \d+) ?(?:a |en )?{D}{LIST}",
        needs="via|correspondance|rer |metro |bus ",
    ),
    _phrase("à X", Action.STATIONS, rf"(?:\b{_AT}\b ?)+{D}{LIST}"),
)  # fmt: skip
TITLE_PHRASES: tuple[Phrase, ...] = (
    _phrase(
        "titre X - Y",
        Action.SECTION,
        rf"(?P<a>{BRANCHES}) ?(?:-|{BOTH}|/(?= ?{N} ?[^-<>/ ])) ?{D}(?P<b>{BRANCHES})(?! ?-{N})",
    ),
)

REST_OF_LINE = re.compile(r"\breste (?:de la|du) (?:ligne|reseau|parcours)")
# Titles of incidents that cut a line and leave open what becomes of the rest. "Interruption et
# ralentissements" does not: the text then says where trains are slow.
CUT_TITLE = re.compile(r"^\W*(?:interruptions?|interruptions? et (?:fortes )?perturbations)\W*$|\binterrompu\W*$")
CUT_WORD = re.compile(r"interr(?:uption|ompu)")  # no such title without it: looked for before names are
WORKS = re.compile(r"\b(?:periodes?|dates?)\b[^:\n]{0,20}:")
# A train by its stations and times: "départ X 07h33, arrivée Y 08h33", "le train de 9h12 au départ de X vers Y".
TRAIN_TIMES = re.compile(
    rf"\b(?:departs?|arrivees?|passage)\b.*(?:{TIME})|(?:{TIME}).*\b(?:departs?|arrivees?)\b|"
    rf"^\W*(?:le )?trains? [^.]*(?:{TIME})"
)
# Where a train's planned journey ends in the text and what becomes of it begins.
TRAIN_CHANGED = re.compile(r"\b(?:est rendu|sera|est|a son depart|circule|terminus|origine|au lieu)\b")
