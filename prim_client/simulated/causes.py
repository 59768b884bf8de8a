"""Why things go wrong, how often, for how long, and how each operator says it.

The causes and their shares follow the counts of 12 days of rail answers (2,752 new ids, spring 2024);
the words are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


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


CAUSES = (
    Cause("Bagage oublié", "d'un bagage oublié", "bagage abandonné", 15, 6, 10, 0.55, 30),
    Cause("Malaise voyageur", "d'un malaise voyageur", "malaise d'un voyageur", 8, 12, 7, 0.35, 22),
    Cause("Personnes sur les voies", "de personnes sur les voies", "personnes sur les voies", 9, 3, 8, 0.45, 35),
    Cause("Actionnement d'un signal d'alarme", "de l'actionnement d'un signal d'alarme", "signal d'alarme tiré", 7, 3, 3, 0.08, 14),
    Cause("Panne de signalisation", "d'une panne de signalisation", "panne de signalisation", 6, 2, 14, 0.25, 70),
    Cause("Métro en panne", "d'un train en panne", "panne d'un train", 8, 0, 16, 0.2, 40),
    Cause("Tramway en panne", "d'un tramway en panne", "tramway en panne", 0, 14, 0, 0.35, 35),
    Cause("Incident technique", "d'un incident technique", "incident technique", 9, 4, 4, 0.2, 35),
    Cause("Incident d'exploitation", "d'un incident d'exploitation", "incident d'exploitation", 7, 3, 2, 0.05, 30),
    Cause("Mesures de régulation", "de mesures de régulation", "régulation du trafic", 5, 3, 4, 0.02, 18),
    Cause("Gêne à la fermeture des portes", "d'une gêne à la fermeture des portes", "portes bloquées", 5, 4, 2, 0.03, 12),
    Cause("Incident (intervention conducteur)", "d'un incident nécessitant l'intervention du conducteur", "conducteur indisponible", 13, 2, 3, 0.02, 12),
    Cause("Obstacle sur la voie", "d'un obstacle sur la voie", "obstacle sur la voie", 1, 8, 7, 0.4, 45),
    Cause("Accident sur la voie publique", "d'un accident sur la voie publique", "accident de la circulation", 0, 14, 1, 0.6, 45),
    Cause("Mesures de sécurité", "de mesures de sécurité", "intervention des forces de l'ordre", 3, 6, 3, 0.5, 40),
    Cause("Difficultés d'exploitation", "de difficultés d'exploitation", "manque de personnel", 5, 2, 9, 0.02, 160),
    Cause("Conditions météorologiques", "des conditions météorologiques", "conditions météorologiques", 1, 3, 4, 0.15, 180),
    Cause("Accident de personne", "d'un accident de personne", "accident de personne", 0.7, 0.5, 3, 0.85, 130),
    Cause("Alimentation électrique", "d'un défaut d'alimentation électrique", "défaut d'alimentation électrique", 1.5, 2, 5, 0.45, 95),
    Cause("Acte de malveillance", "d'un acte de malveillance", "acte de malveillance", 1, 2, 4, 0.3, 90),
)  # fmt: skip

WORKS_RATP = ("Travaux", "Travaux de modernisation", "Travaux de renouvellement des voies", "Maintenance")
WORKS_SNCF = (
    "travaux", "travaux de maintenance", "travaux sur les voies", "remplacement d'aiguillages",
    "travaux de modernisation", "rénovation des quais",
)  # fmt: skip
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
    weights = [
        c.weight_metro if mode == "metro" else c.weight_tram if mode == "tram" else c.weight_rail for c in CAUSES
    ]
    return rng.choices(CAUSES, weights)[0]


def draw_bus_cause(rng: Random) -> tuple[str, str]:
    """Title and reason of an incident on the road."""
    title, reason, _ = rng.choices(BUS_CAUSES, [weight for *_, weight in BUS_CAUSES])[0]
    return title, reason
