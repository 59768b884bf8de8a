"""Why things go wrong, how often, for how long, and how each operator says it.

The causes and their shares follow the counts of 12 days of rail answers (2,752 new ids, spring 2024);
the words are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from prim_client.simulated.feed.tables import read_rows


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause of an incident.

    `ratp`, `ratp_of`: title and what follows "en raison" at RATP; `sncf`: what follows "Motif :" at
    SNCF. `weight_*`: how often, per kind of line (0: never there). `blocks`: chance that traffic is
    cut. `minutes`: median length.
    """

    ratp: str
    ratp_of: str
    sncf: str
    weight_metro: float
    weight_tram: float
    weight_rail: float
    blocks: float
    minutes: float


CAUSES = tuple(Cause(title, of, sncf, *map(float, numbers)) for title, of, sncf, *numbers in read_rows("causes.csv"))

WORKS_RATP = ("Travaux", "Travaux de modernisation", "Travaux de renouvellement des voies", "Maintenance")
WORKS_SNCF = (
    "travaux",
    "travaux de maintenance",
    "travaux sur les voies",
    "remplacement d'aiguillages",
    "travaux de modernisation",
    "rénovation des quais",
)
BUS_CAUSES = (
    ("Manifestation", "manifestation", 5.0),
    ("Accident sur la voie publique", "accident de la circulation", 3.0),
    ("Stationnement gênant", "stationnement gênant", 3.0),
    ("Mesures de sécurité", "mesures de sécurité", 2.0),
    ("Difficultés de circulation", "difficultés de circulation", 3.0),
    ("Incident sur la voie publique", "fuite d'eau sur la chaussée", 1.5),
    ("Sport et Spectacle", "évènement sportif", 2.0),
)

# Ids a line had in those 12 days: which lines have the trouble.
LINE_WEIGHTS = {
    "C": 291, "D": 265, "13": 224, "A": 210, "J": 167, "P": 129, "R": 126, "8": 93, "6": 88, "L": 82,
    "7": 81, "11": 80, "5": 79, "9": 76, "4": 74, "12": 68, "E": 60, "14": 51, "2": 49, "T12": 48,
    "3": 45, "B": 38, "N": 37, "H": 34, "1": 33, "T4": 31, "T3a": 31, "U": 25, "K": 19, "3bis": 18,
    "T1": 15, "T2": 15, "10": 12, "7bis": 11, "T13": 7, "ORLYVAL": 7, "T3b": 6, "T6": 6, "T7": 6,
    "T8": 5, "T5": 5, "T9": 4, "T11": 4, "V": 4, "T10": 3, "T14": 2, "C1": 1,
}  # fmt: skip


def draw_cause(rng: Random, mode: str) -> Cause:
    """A cause that fits the mode of the line ("metro", "tram"; anything else: trains)."""
    weight = f"weight_{mode}" if mode in ("metro", "tram") else "weight_rail"
    return rng.choices(CAUSES, [getattr(cause, weight) for cause in CAUSES])[0]


def draw_bus_cause(rng: Random) -> tuple[str, str]:
    """Title and reason of an incident on the road."""
    title, reason, _ = rng.choices(BUS_CAUSES, [weight for *_, weight in BUS_CAUSES])[0]
    return title, reason
