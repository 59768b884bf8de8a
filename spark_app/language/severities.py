"""The seven wordings of Île-de-France Mobilités, and the rule by which a message has one of them.

PRIM publishes three severities and three causes; riders are told seven. The text decides what those leave open:

| wording | rule |
|---|---|
| travaux bloquants | works, BLOQUANTE |
| travaux | other works |
| information | an information, or severity INFORMATION |
| interruption | BLOQUANTE, and title or text say that traffic is interrupted or that nothing runs |
| bloquante | other BLOQUANTE |
| ralentissement ou info horaire | PERTURBEE, and the text tells of delays or times and of nothing worse |
| perturbation non bloquante | everything else |
"""

from __future__ import annotations

from functools import lru_cache

from prim_client.messages.message import Channel, Severity
from spark_app.language.tags import effects_of

SEVERITIES = (  # gravest first: the order of reading
    "interruption",
    "blocking",
    "works_blocking",
    "disrupted",
    "slow",
    "works",
    "information",
)
_TIMES = frozenset(("delayed", "timetable", "stationary"))
_WORSE = frozenset(("interrupted", "cancelled", "not_served", "closed", "diverted", "reduced", "moved_stop"))


@lru_cache(maxsize=50_000)
def severity_of(channel: str, severity: str, title: str, text: str) -> str:
    """One of SEVERITIES.

    >>> severity_of("incident", "BLOQUANTE", "Métro 4", "Le trafic est interrompu entre A et B.")
    'interruption'
    >>> severity_of("incident", "PERTURBEE", "RER B : trafic ralenti", "")
    'slow'
    """
    if channel == Channel.WORKS.value:
        return "works_blocking" if severity == Severity.BLOCKING.value else "works"
    if channel == Channel.INFORMATION.value or severity == Severity.INFORMING.value:
        return "information"
    effects = frozenset(effects_of(f"{title}\n{text}"))
    if severity == Severity.BLOCKING.value:
        return "interruption" if "interrupted" in effects else "blocking"
    return "slow" if effects & _TIMES and not effects & _WORSE else "disrupted"


def rank(severity: str) -> int:
    """0 is the gravest."""
    return SEVERITIES.index(severity)
