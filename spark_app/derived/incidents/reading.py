"""Parser of notices in the grammar of the feed: cause, place, manner, and the kind of their period.

Two dialects. RATP titles `Line : cause - manner` and publishes an update as a new id with a new begin; it closes with
an id whose period lasts one minute, its *closing id*. SNCF ends its text with `Motif : cause (…) à place` and keeps
the begin of the period, to the second, over all updates of one incident.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from prim_client.messages.paris_time import period_length_us
from prim_client.messages.time_units import MINUTE_US
from spark_app.derived.incidents.notice import Notice
from spark_app.language.tags import causes_of
from spark_app.language.tokens import fold

CLOSING_US = MINUTE_US  # 408 of RATP's 1,155 notices with a cause on the recorded rail days: exactly one minute
SELF_CLOSED_US = 46 * MINUTE_US  # exactly 46 minutes: written once and never updated (73 of those notices)

LONG_TEXT_CHARACTERS = 120  # two events do not share such a text by chance

Words = frozenset[str]

_RATP_TITLE = re.compile(
    r"^[^:]{1,30}:\s*(?P<cause>.{1,100}?)\s+-\s+(?:trafic|trains?|trams?|metros?|rames?|reprise|stationnements?|arret|service|bus)\b"
)
_MOTIF = re.compile(r"\bmotifs?\s*:?\s*(?P<motif>\S.{0,400})", re.DOTALL)
_BECAUSE = re.compile(
    r"\ben (?:raison|repercussion|consequence) (?:des |du |de la |de l'|d'|de )\s*(?P<motif>\S.{0,400})", re.DOTALL
)
_SENTENCE_END = re.compile(r"\.(?=\s|$)|\n")
_CLAUSE_END = re.compile(r"\.(?=\s|$)|\n|,\s")  # "en raison de travaux, la ligne …": the comma ends the cause
_BOILERPLATE = re.compile(r"\b(?:pour )?plus d'informations|\brendez-vous|\bheure de reprise|\bdes bus\b|\bprevoir\b")
_AT = re.compile(
    r"(?:^|[\s(])(?i:a|au|aux|(?:en|a la|de la) gare d[eu']|dans le secteur d[eu']|aux abords d[eu']|entre)\s*"
    r"(?i:la |le |les |l')?(?P<place>[A-Z][^\n.]*)"
)
_STANDS_AT = re.compile(
    r"(?:stationne(?:nt)?|est prolonge|desservie?s?|perturbe)\s+a\s+(?P<place>.+?)(?:\s+en "
    r"(?:direction|raison|repercussion)|\.|$)"
)
_HELD = re.compile(r"\bstationne(?:nt)?\b|stationnement est prolonge")
_PROGRESS = re.compile(
    r"\(?\s*(?:fin d'? ?incident|incidents? (?:en cours|terminee?s?|cloturee?s?)|en cours|terminee?s?)\s*\)?"
)
_RESUMES = re.compile(
    r"\breprise (?:progressive|du trafic)|\breprend\b|\breprennent\b|retour (?:progressif )?a la normale"
    r"|incidents? terminee?s?|fin d'? ?incident|\bretabli"
)
_HOURS = re.compile(
    r"(?:jusqu'a|jusqu a|heure de reprise estimee ?:|reprise (?:du trafic )?estimee ?(?:a|vers|:)?|a partir "
    r"de)\s*(?:environ\s*)?\d{1,2}\s?[h:]\s?\d{0,2}"
)
_TRAIN = re.compile(r"^trains? (?:supprime|modifie|retarde|suivant)|suppressions?\s*$|\bdiffere\b")
_NOT_WORDS = re.compile(r"[^a-z0-9]+")
# Words that many places share; without them the rest still tells places apart.
_COMMON_PLACE_WORDS = frozenset(
    "de du des la le les l d a au aux en et sur sous gare gares station secteur paris dans st ste saint sainte "
    "entre direction rer metro".split()
)
VARIOUS = "divers incidents"  # RATP's own word when causes add up


@dataclass(frozen=True, slots=True)
class Reading:
    """A notice in the terms of the rules."""

    dialect: str  # ratp, sncf or other
    root: str  # the cause in the notice's own words, folded; empty if none is told
    causes: Words  # classes of the cause dictionary
    place: Words  # words of the place that the cause names, or where a train is held; empty if none
    held: bool  # trains stand: over in minutes
    resuming: bool  # service comes back, or the incident itself is over
    train: bool  # about single trains, not about the line
    closing: bool  # the one-minute period with which RATP ends an incident
    self_closed: bool  # RATP's 46-minute period: published once, never updated
    title: str  # folded
    wording: str  # title and text without announced hours: equal wordings say the same thing


def read(notice: Notice) -> Reading:
    """What `notice` says."""
    said = _read_words(notice.title, notice.text)
    lengths = [period_length_us(begin, end) for begin, end in notice.periods if end is not None]
    only = lengths[0] if len(notice.periods) == 1 and lengths else None
    return Reading(
        *said[:7],
        closing=only == CLOSING_US,
        self_closed=said[0] == "ratp" and only == SELF_CLOSED_US,
        title=said[7],
        wording=said[8],
    )


@lru_cache(maxsize=2_048)
def _read_words(title: str, text: str) -> tuple[str, str, Words, Words, bool, bool, bool, str, str]:
    plain_title, plain_text = fold(title).strip(), fold(text)
    ratp, motif = _RATP_TITLE.match(plain_title), _MOTIF.search(plain_text)
    told = motif or _BECAUSE.search(plain_text)
    start, tail = (told.start("motif"), _BOILERPLATE.split(told["motif"])[0]) if told else (0, "")
    spoken = text[start : start + len(tail)]  # with its capitals: fold() keeps every character at its place
    reason = (_SENTENCE_END if motif else _CLAUSE_END).split(tail)[0]
    if motif:
        dialect, root, causes = "sncf", _reason_words(reason), causes_of(tail)
    elif ratp:
        dialect, root, causes = "ratp", ratp["cause"].strip(" ."), causes_of(ratp["cause"])
    else:
        dialect, root, causes = "other", _reason_words(reason), causes_of(tail)
    held = bool(_HELD.search(plain_text))
    return (
        dialect,
        root,
        frozenset(causes),
        _place(spoken, plain_text),
        held,
        bool(_RESUMES.search(f"{plain_title} {plain_text}")),
        bool(_TRAIN.search(plain_text) or _TRAIN.search(plain_title)),
        plain_title,
        _wording(plain_title, plain_text, dialect),
    )


def _reason_words(reason: str) -> str:
    """The cause without its brackets, its place and how far it has come."""
    bare = re.sub(r"\(.*?\)", " ", _PROGRESS.sub(" ", reason))
    bare = re.split(r"\s(?:a|au|aux|en gare|dans le secteur|entre)\s", bare)[0].removeprefix("une ").removeprefix("un ")
    return " ".join(_NOT_WORDS.sub(" ", bare).split())


def _place(spoken: str, plain_text: str) -> Words:
    """Words of the place: where the cause is, else where the train stands."""
    at = _AT.search("".join(fold(letter).upper() if letter.isupper() else fold(letter) for letter in spoken))
    if at and (words := place_words(re.split(r"[()]", at["place"])[0])):
        return words
    stands = _STANDS_AT.search(plain_text)
    return place_words(stands["place"]) if stands else frozenset()


def place_words(place: str) -> Words:
    """The words that tell `place` from others.

    >>> sorted(place_words("Gare de St-Denis - Université"))
    ['denis', 'universite']
    """
    bare = _PROGRESS.sub(" ", fold(place))
    return frozenset(_NOT_WORDS.sub(" ", bare).split()) - _COMMON_PLACE_WORDS


def same_place(one: Words, other: Words) -> bool:
    """Whether two places agree: one is named within the other, words may be cut short.

    >>> same_place(place_words("Réaumur-Sébasto"), place_words("Réaumur - Sébastopol"))
    True
    >>> same_place(place_words("Porte de Montreuil"), place_words("Mairie de Montreuil"))
    False
    """
    few, many = sorted((one, other), key=len)
    return bool(few) and all(any(_cut_short(word, whole) for whole in many) for word in few)


def _cut_short(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return short == long or (len(short) >= 4 and long.startswith(short))


def _wording(title: str, text: str, dialect: str) -> str:
    """SNCF retitles one text; RATP's texts are short and only the title tells their line."""
    said = text if dialect != "ratp" and len(text) >= LONG_TEXT_CHARACTERS else f"{title} | {text}"
    return " ".join(_NOT_WORDS.sub(" ", _HOURS.sub(" ", said)).split())
