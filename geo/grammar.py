"""How the operators say where: the phrases of PRIM's French, as tables.

A text is read as *tagged* text: folded (`geo.folding`), with each station name replaced by one
character of the private use area. So a phrase is a regular expression with a single character for a
name, and whatever a pattern matches tells which names it holds. Order matters: a phrase takes its
names out of the text, later phrases do not see them. `docs/geocoding.md` has the counts behind the
conventions.
"""

import re
from enum import StrEnum
from typing import NamedTuple

FIRST_TAG, LAST_TAG = 0xE000, 0xF8FF
N = f"[{chr(FIRST_TAG)}-{chr(LAST_TAG)}]"  # one name

# Small words between a preposition and a name. Possessive (`*+`): they are never given back, so no
# text can make a pattern try them in all ways.
D = r"(?:(?:la|le|les|de|du|des|gares?|stations?|arrets?|aeroport|paris|secteur|terminus)\b ?|[ld]' ?|[:(\"«*] ?)*+"
OF = r"(?:d'|du |des |de )"
_OR = rf"(?: ?(?:,|/|\bou\b) ?{D}{N})"
_AND = rf"(?: ?(?:,|/|-|;|\bet\b|\bou\b|\bpuis\b|\bainsi que\b)(?: ?(?:et|ou|puis|a|au|aux)\b)? ?{D}{N})"
ONE_OF = rf"{N}{_OR}*"
LIST = rf"{N}{_AND}*"
# A list that does not swallow the beginning of the next "X vers Y" or "X et Y".
ENDS = rf"{N}(?: ?(?:,|/|\bet\b|\bou\b)(?: ?et)? ?{D}{N}(?! ?(?:\bvers\b|\ba destination\b|->|\bet\b ?(?:la |le |les |l'|)?{N})))*"
VIA = rf"(?: ?\(? ?(?:via|par) {D}(?P<via>{LIST}))?"
TO = r"(?:vers|a destination d(?:e |'|u )|jusqu'(?:a|au|en)|a|au|<?-*>+|pour)"
BOTH = r"(?:<-*>|<>|<|-+>|>)"
TIME = r"\d{1,2} ?[h:] ?\d\d|\d{1,2} ?h\b"


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
    """A phrase: its name (the `rule` of a place), what it says, and its pattern with groups a, b, via."""

    rule: str
    action: Action
    pattern: re.Pattern[str]


def _phrase(rule: str, action: Action, pattern: str) -> Phrase:
    return Phrase(rule, action, re.compile(pattern))


PHRASES: tuple[Phrase, ...] = (
    _phrase("sauf", Action.EXCEPTION,
            rf"\b(?:sauf|hormis|excepte|a l'exception|mis a part)\b[^.\n{N[1:-1]}]{{0,40}}(?:entre )?{LIST}{VIA}"),
    _phrase("circule entre X et Y", Action.DETOUR,
            rf"(?<!un train )(?<!ne )\b(?:circulent|maintenus|assures)(?: normalement| uniquement)? entre {D}{N} ?(?:et|-|a) ?{D}{N}"),
    _phrase("entre X et Y", Action.SECTION,
            rf"\b(?:entre|ente|enter) {D}(?P<a>{ONE_OF}) ?(?:,? ?\bet\b|-|{BOTH}|/|\ba\b|\bvers\b|\bjusqu'a\b) ?(?:entre )?{D}(?P<b>{ENDS}){VIA}"),
    _phrase("X non desservi", Action.STATIONS,
            rf"(?P<a>{LIST})(?: ?\(?(?:en direction|dans le sens|vers) ?(?:d'|de |du |des )?{D}(?P<b>{LIST}))?[^.\n{N[1:-1]}]{{0,30}}?"
            rf"\b(?:n'est|ne sont|n'etai(?:en)?t|ne ser(?:a|ont)|non desserv|fermee?s?\b|(?:est|sont|sera|seront|etait) (?:\w+ )?(?:fermee?s?|deplac|supprim|report|neutralis|transfer|decal))"),
    _phrase("report à X", Action.DETOUR,
            rf"\b(?:report\w*|reporter|deplac\w+|transfer\w+|decal\w+|rendre|diriger|arrets? provisoires?)(?: provisoirement)?\b[^.\n{N[1:-1]}]{{0,30}}?"
            rf"\b(?:a|au|aux|sur|vers|chez)\b[^.\n{N[1:-1]}]{{0,30}}?{D}{LIST}"),
    _phrase("dessert X", Action.DETOUR,
            rf"(?<!ne )(?<!n')(?<!non )\b(?:dessert|desservent|desservira|desserviront|desservant)\b[^.\n{N[1:-1]}]{{0,40}}?{D}{LIST}"),
    _phrase("ne marque pas l'arrêt à X", Action.STATIONS,
            rf"(?:(?P<b>{N}[^.\n]{{0,80}}?) )?\bne (?:marqu\w+ (?:pas|plus)|s'arret\w+ (?:pas|plus)|desserv\w+ (?:pas|plus|ni))"
            rf"[^.\n{N[1:-1]}]{{0,40}}?{D}(?P<a>{LIST})"),
    _phrase("ne desserv X", Action.STATIONS,
            rf"\b(?:ne desserv\w+|desserte)\b[^.\n{N[1:-1]}]{{0,40}}?{D}{LIST}"),
    _phrase("détourné par X", Action.DETOUR,
            rf"\b(?:detournee?s?|devi(?:e|ee|es|ees)|directs? de|itineraire par)\b[^.\n{N[1:-1]}]{{0,60}}{D}{LIST}(?: ?(?:a|et) {D}{N})?"),
    _phrase("dans le sens", Action.DIRECTION,
            rf"\b(?:dans (?:le|les|un) |en |seul )?sens (?:de circulation )?{D}{N}(?: ?(?:-|/|et|{TO}) ?{D}{N})*"),
    _phrase("ainsi que X et Y", Action.SECTION,
            rf"(?<=§) ?,? ?(?:ainsi que|et|,) {D}(?P<a>{N}) (?:et|vers|->) {D}(?P<b>{N}){VIA}"),
    _phrase("départ X arrivée Y", Action.SECTION,
            rf"\bdepart [^\n{N[1:-1]}]{{0,30}}?{D}(?P<a>{N})[^\n{N[1:-1]}]{{0,40}}\b(?:arrivee|passage)[^\n{N[1:-1]}]{{0,40}}?{D}(?P<b>{N})"),
    _phrase("train", Action.SECTION,
            rf"\b(?:trains?|missions?|departs?)\b[^.\n{N[1:-1]}]{{0,40}}\b(?:au depart|partant|en provenance|de|depuis) ?(?:d'|de |du )?{D}(?P<a>{N})"
            rf" ?,? ?(?:et )?(?:a destination|pour|vers|en direction|jusqu'(?:a|au)|a)(?: d'| de | du )? ?{D}(?P<b>{ENDS}){VIA}"),
    _phrase("de X vers Y", Action.SECTION,
            rf"(?:\b(?:de|du|des|depuis|au depart|en provenance) ?|\bd')"
            rf"{D}(?P<a>{N}(?: ?(?:/|\bet\b|\bou\b|,) ?{D}{N})?) ?,? ?(?:et )?{TO} ?{D}(?P<b>{ENDS}){VIA}"),
    _phrase("de X et Y", Action.SECTION,
            rf"\b(?:interrompue?|perturbee?|ralentie?|suspendue?) (?:de |d'|du ){D}(?P<a>{N}) et {D}(?P<b>{N}){VIA}"),
    _phrase("X <> Y", Action.SECTION, rf"(?P<a>{N}) ?{BOTH} ?{D}(?P<b>{N}){VIA}"),
    _phrase("axe X - Y", Action.SECTION,
            rf"\b(?:axes?|troncons?|sections?|branches?|parcours|trajets?|relations?|lignes?) {D}(?P<a>{N}) ?(?:/|-|et|a) ?{D}(?P<b>{N}){VIA}"),
    _phrase("en direction de X", Action.DIRECTION,
            rf"(?:\b(?:en|dans la|les|dans les|toutes?) )?\bdirections?\b ?{D}{LIST}"),
    _phrase("vers X", Action.DIRECTION,
            rf"\b(?:vers|a destination|pour|jusqu'(?:a|au|en)|en provenance|au depart|depuis) ?{D}{LIST}"),
    _phrase("terminus X", Action.TERMINUS,
            rf"\b(?:terminus|origine|limitee?s?|retournement|fait demi-tour|font demi-tour) (?:a |au |en |provisoire )?{D}{LIST}"),
    _phrase("via X", Action.DETOUR, rf"\b(?:via|correspondances?|rer [a-e]|metro \d+|bus \d+) ?(?:a |en )?{D}{LIST}"),
    _phrase("à X", Action.STATIONS,
            rf"(?:\b(?:a|au|aux|en|dans|devant|proche|pres|secteur|sortie|hauteur|station|gares?|arrets?|stations?)\b ?)+{D}{LIST}"),
)  # fmt: skip
TITLE_PHRASES: tuple[Phrase, ...] = (
    _phrase("titre X - Y", Action.SECTION, rf"(?P<a>{N}(?: ?/ ?{N})*) ?(?:-|{BOTH}|/(?= ?{N} ?[^-<>/ ])) ?{D}(?P<b>{N}(?: ?/ ?{N})*)(?! ?-{N})"),
)


class ClauseKind(StrEnum):
    """What a clause is about, decided by how it begins."""

    WHERE = "where"
    TRAINS = "trains"  # a list of trains that do not run, or run otherwise
    NEXT = "next trains"  # trains that do run
    REPLACEMENT = "replacement"  # buses and other ways round
    CAUSE = "cause"
    INFORMATION = "information"  # about the message itself
    DATES = "dates"


_LAST_TRAINS = r"(?:les? |ces? )?(?:deux |trois )?(?:derniers?|premiers?) (?:trains?|trams?|tramways?|metros?|bus|departs?|passages?)\b"
CLAUSES: tuple[tuple[ClauseKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"[\W_]*+(?:{pattern})"))
    for kind, pattern in (
        (ClauseKind.CAUSE, r"motifs?\b|raisons? ?:|causes? ?:"),
        (ClauseKind.NEXT, r"(?:les? )?prochains? (?:train|depart|passage)|(?:le |les )?trains? precedents?"),
        (ClauseKind.INFORMATION,
         r"plus d'infor|pour (?:plus|en savoir|toute)|rendez-vous|retrouvez|consultez|telechargez|cliquez|infos? |"
         r".*\b(?:a proximite|a pied|de marche|(?<!pas )(?<!non )(?<!plus )desservie?s? par)\b|heure de reprise|reprise (?:estimee|prevue)|retour (?:estime|a la normale)|nous (?:vous|nous)|vous (?:pouvez|etes)|"
         r"les horaires du|verifiez|preparez|pensez|veuillez|merci|risque d'affluence|par consequent|attention|a noter|de plus,|si vous|"
         rf"{_LAST_TRAINS}(?!.*(?:supprim|terminus|ne circul))|"
         r"pour (?:vous rendre|se rendre|rejoindre|quitter|aller|poursuivre|votre)|a destination de|votre|affluence|en savoir"),
        (ClauseKind.REPLACEMENT,
         r"(?:un |des |les |le |la |une |\*)*(?:service de )?(?:bus|navettes?|autocars?|cars?|substitution|taxis?)\b(?! ?ligne)|"
         r"(?:un |des )?(?:itineraires?|correspondances?) |les voyageurs|voyageurs|les clients|empruntez|reportez|privilegiez|"
         r"utilisez|prenez|prendre|report\b|renforcement|rejoignez|(?:les )?(?:lignes?|trains?) de l'axe|un arret (?:provisoire|de report)|mise? en place"),
        (ClauseKind.DATES, r"(?:periodes?|dates?|horaires?|jours?) ?:"),
        (ClauseKind.TRAINS, r"trains? (?:supprim|concern|modifi|suivant|retard|annul)|les trains suivants"),
    )
)  # fmt: skip
# A clause that ends so heads the bulleted lines below it.
HEADS = re.compile(r":\s*+$")
BULLET = re.compile(r"^\s*+[-*•·]")
NEXT_HEADS = re.compile(
    r"\b(?:prochains? (?:trains?|departs?|passages?)|trains? suivants? (?:a|au) |pour les (?:voyageurs|clients|usagers)|les (?:voyageurs|clients) au depart)[^\n]{0,200}:\s*$|"
    rf"^[\W_]*+(?:{_LAST_TRAINS}) (?:a circul|qui circul)"
)
# "Aucun train ne circule entre :" goes on in each line of the list below it.
HEADS_BETWEEN = re.compile(r"\bentre ?:\s*+$")
# Where the cause begins inside a clause, and where the clause goes on behind it.
CAUSE_WITHIN = re.compile(
    r"(?:\ben raison\b|\ben repercussion\b|\bsuite (?:a|au|aux)\b|\ba cause\b|\bdu fait\b|\bpour cause\b|\bcause ?:|"
    r"\bmotif\b|\braison ?:|\ba la suite\b|\bconsecuti|\bapres (?:un|une|des) (?:incident|panne|accident|malaise)|"
    r"\bdue? (?:a|au|aux)\b)"
    r".*?(?=, (?:l[ea]s? |l'|des |une? )?(?:trafic|trains?|gares?|lignes?|arrets?|stations?|circulation|metros?|trams?|aucun)\b|$)"
)
WHOLE_LINE = re.compile(
    r"\b(?:ensemble|totalite|integralite) (?:de la|des|du|de vos) (?:lignes?|reseau|axes?|branches?|parcours)|\btoute la ligne\b|"
    r"\btoutes les (?:gares|stations|branches)\b|\bensemble de l'axe"
)
REST_OF_LINE = re.compile(r"\breste (?:de la|du) (?:ligne|reseau|parcours)")
# Titles of incidents that cut a line and leave open what becomes of the rest. "Interruption et
# ralentissements" does not: the text then says where trains are slow.
CUT_TITLE = re.compile(r"^\W*(?:interruptions?|interruptions? et (?:fortes )?perturbations)\W*$|\binterrompu\W*$")
WORKS = re.compile(r"\b(?:periodes?|dates?)\b[^:\n]{0,20}:")
# A train by its stations and times: "départ X 07h33, arrivée Y 08h33", "le train de 9h12 au départ de X vers Y".
TRAIN_TIMES = re.compile(
    rf"\b(?:departs?|arrivees?|passage)\b.*(?:{TIME})|(?:{TIME}).*\b(?:departs?|arrivees?)\b|^\W*(?:le )?trains? [^.]*(?:{TIME})"
)
# Where a train's planned journey ends in the text and what becomes of it begins.
TRAIN_CHANGED = re.compile(r"\b(?:est rendu|sera|est|a son depart|circule|terminus|origine|au lieu)\b")
SENTENCE_END = re.compile(r"[.!?]+(?:\s+(?=[^a-zà-ÿ\s(])|\s*$)|\n")
LINE_PREFIX = re.compile(r"^.{0,24}?\b(?:ligne|metro|rer|tram(?:way)?|train|bus|noctilien)\s*\S{1,4}\s*:?")
