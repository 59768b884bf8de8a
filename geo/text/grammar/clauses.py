"""What a clause is about: tables of how sentences, headings and lists begin in the feed."""

import re
from enum import StrEnum

from geo.text.grammar.words import any_of


class ClauseKind(StrEnum):
    """What a clause is about, decided by how it begins."""

    WHERE = "where"
    TRAINS = "trains"  # a list of trains that do not run, or run otherwise
    NEXT = "next trains"  # trains that do run
    REPLACEMENT = "replacement"  # buses and other ways round
    CAUSE = "cause"
    INFORMATION = "information"  # about the message itself
    DATES = "dates"


_LAST_TRAINS = (
    r"(?:les? |ces? )?(?:deux |trois )?(?:derniers?|premiers?) "
    r"(?:trains?|trams?|tramways?|metros?|bus|departs?|passages?)\b"
)
_INFORMATION = (
    "plus d'infor", "pour (?:plus|en savoir|toute)", "rendez-vous", "retrouvez", "consultez", "telechargez", "cliquez",
    "infos? ", r".*\b(?:a proximite|a pied|de marche|(?<!pas )(?<!non )(?<!plus )desservie?s? par)\b",
    "heure de reprise", "reprise (?:estimee|prevue)", "retour (?:estime|a la normale)", "nous (?:vous|nous)",
    "vous (?:pouvez|etes)", "les horaires du", "verifiez", "preparez", "pensez", "veuillez", "merci",
    "risque d'affluence", "par consequent", "il est necessaire", "attention", "a noter", "de plus,", "si vous",
    rf"{_LAST_TRAINS}(?!.*(?:supprim|terminus|ne circul))",
    "pour (?:vous rendre|se rendre|rejoindre|quitter|aller|poursuivre|votre)", "a destination de", "votre", "affluence",
    "en savoir",
)  # fmt: skip
_REPLACEMENT = (
    (r"(?:un |des |les |le |la |une |\*)*(?:service de )?"
    r"(?:bus|navettes?|autocars?|cars?|substitution|taxis?)\b(?! ?ligne)"),
    "(?:un |des )?(?:itineraires?|correspondances?) ", r"(?:pour )?(?:les |tous les )?(?:voyageurs|clients|usagers)\b",
    "empruntez",
    "reportez", "privilegiez", "utilisez", "prenez", "prendre", r"report\b", "renforcement", "rejoignez",
    "(?:les )?(?:lignes?|trains?) de l'axe", "un arret (?:provisoire|de report)", "mise? en place",
)  # fmt: skip
# "Trafic normal sur les axes :"; what is spared by it or goes on behind it is read as any other sentence.
_RUNS_WELL = (
    r"(?:le |la |les |un )?(?:trafic|circulation|service|trains?|metros?|trams?|bus|desserte)\b[^\n.,;:]{0,40}?"
    r"\b(?:normal\w*|fluides?|reguli\w+|habituel\w*)\b"
    r"(?!.*\b(?:sauf|hormis|excepte\w*|mais|ne|pas|jusqu|retabli\w*|perturb\w*|interromp\w*|ralenti\w*|supprim\w*)\b)"
)
_BEGINNINGS = (
    (ClauseKind.CAUSE, (r"motifs?\b", "raisons? ?:", "causes? ?:")),
    (
        ClauseKind.NEXT,
        ("(?:les? )?prochains? (?:train|depart|passage)", "(?:le |les )?trains? precedents?", _RUNS_WELL),
    ),
    (ClauseKind.INFORMATION, _INFORMATION),
    (ClauseKind.REPLACEMENT, _REPLACEMENT),
    (ClauseKind.DATES, ("(?:periodes?|dates?|horaires?|jours?) ?:",)),
    (ClauseKind.TRAINS, ("trains? (?:supprim|concern|modifi|suivant|retard|annul)", "les trains suivants")),
)
CLAUSES: tuple[tuple[ClauseKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"[\W_]*+{any_of(*beginnings)}")) for kind, beginnings in _BEGINNINGS
)
# A clause that ends so heads the bulleted lines below it.
HEADS = re.compile(r"[:,]\s*+$")
BULLET = re.compile(r"^\s*+[-*•·]")
# Headings of trains that run, however they begin.
NEXT_HEADS = re.compile(
    r"\b(?:prochains? (?:trains?|departs?|passages?)|trains? suivants? (?:a|au) |"
    r"pour les (?:voyageurs|clients|usagers)|les (?:voyageurs|clients) au depart)[^\n]{0,200}:\s*$|"
    rf"^[\W_]*+(?:{_LAST_TRAINS}) (?:a circul|qui circul)"
)
# "Aucun train ne circule entre :" and "sur les axes :" go on in each line of the list below them.
HEADS_LISTED = re.compile(
    r"\b(?:(?P<between>entre)|(?:axe|troncon|section|relation|parcours)s?(?: suivante?s?)?) ?:\s*+$"
)
# Where the cause begins inside a clause, and where the clause goes on behind it.
_CAUSE_BEGINS = any_of(
    r"\ben raison\b",
    r"\ben repercussion\b",
    r"\bsuite (?:a|au|aux)\b",
    r"\ba cause\b",
    r"\bdu fait\b",
    r"\bpour cause\b",
    r"\bcause ?:",
    r"\bmotif\b",
    r"\braison ?:",
    r"\ba la suite\b",
    r"\bconsecuti",
    r"\bapres (?:un|une|des) (?:incident|panne|accident|malaise)",
    r"\bdue? (?:a|au|aux)\b",
)
_GOES_ON = (
    r"(?:, (?:l[ea]s? |l'|des |une? )?| (?:les |l')(?=arrets?\b))"
    r"(?:trafic|trains?|gares?|lignes?|arrets?|stations?|circulation|metros?|trams?|aucun)\b"
)
CAUSE_WITHIN = re.compile(rf"{_CAUSE_BEGINS}.*?(?={_GOES_ON}|$)")
# An abbreviation before its full stop ends no sentence; those of the first row also with a small letter.
SHORT_WORDS = frozenset("av ave bd bld blvd fbg fg mme mmes mlle pl pte rte sq st ste sts stes tel".split())
SHORT_NAMES = frozenset("all boul cdt ch cial col dr gal gen gd hop imp lt m mal mm mr pdt pr pres prof prte".split())
# "ligne B. Le trafic ..." ends a sentence, "Franklin D. Roosevelt" does not: the word before the letter tells.
LINE_WORDS = frozenset(
    "acces axe bat batiment branche bus et gare hall ligne lignes metro noctilien ou porte quai quais rer secteur "
    "sortie terminal train trains tram tramway transilien voie voies zone".split()
)
LAST_WORDS = re.compile(r"(?:(?P<before>\w+)[\s'-]+)?(?P<last>[^\W\d_]+)$")
# Advice to riders inside a sentence, up to its end: where they should go, not where it happens.
ADVICE_WORDS = ("ez ", "merci ", "rejoindre ", "il est ")  # no advice without one: looking for them is quicker
ADVICE_WITHIN = re.compile(
    r"\b(?:prenez|empruntez|rejoignez|privilegiez|utilisez|descendez|montez|changez|pour rejoindre|vous pouvez|"
    r"(?:nous vous (?:invitons|conseillons|recommandons|prions)|merci|veuillez|"
    r"il est (?:conseille|possible|recommande)) (?:a |d'|de |bien vouloir )*"
    r"(?:prendre|emprunter|rejoindre|privilegier|utiliser|descendre|monter|changer))\b.*"
)
SENTENCE_END = re.compile(r"[.!?]+(?:\s+(?=[^a-zà-ÿ\s(])|\s*$)|\n")
LINE_PREFIX = re.compile(r"^.{0,24}?\b(?:ligne|metro|rer|tram(?:way)?|train|bus|noctilien)\s*\S{1,4}\s*:?")
