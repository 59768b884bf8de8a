"""What causes and effects are called on the screen."""

from __future__ import annotations

CAUSES_FR = {
    "works": "travaux",
    "infrastructure": "panne d'installation",
    "rolling_stock": "panne de matériel",
    "technical": "incident technique",
    "operations": "exploitation",
    "staff": "manque de personnel",
    "strike": "mouvement social",
    "passenger_ill": "malaise voyageur",
    "passenger_incident": "incident voyageur",
    "person_hit": "accident de personne",
    "trespass": "personnes sur les voies",
    "unattended_item": "bagage oublié",
    "security": "sécurité, malveillance",
    "demonstration": "manifestation",
    "event": "évènement",
    "weather": "météo",
    "obstacle": "obstacle sur la voie",
    "fire": "incendie, fumée",
    "road": "circulation routière",
}
EFFECTS_FR = {
    "interrupted": "trafic interrompu",
    "disrupted": "trafic perturbé",
    "delayed": "ralentissements",
    "cancelled": "suppressions",
    "stationary": "stationnement",
    "not_served": "arrêt non desservi",
    "closed": "fermeture",
    "diverted": "déviation",
    "reduced": "offre réduite",
    "moved_stop": "arrêt déplacé",
    "timetable": "horaires modifiés",
    "crowded": "affluence",
    "resuming": "reprise",
    "restored": "trafic rétabli",
    "replacement": "bus de remplacement",
    "equipment": "équipement",
}
