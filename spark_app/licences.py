"""What must be said wherever our figures are shown or copied: source, licence, and not official."""

from __future__ import annotations

NOT_OFFICIAL = "non officiel"
OF_SOURCE = {
    "live": "Données temps réel : PRIM, Île-de-France Mobilités, Licence Mobilité",
    "recorded": "Enregistrement de PRIM (projet ratpstatus), ODbL",
    "simulated": "Données fictives, produites par le simulateur de Pulse",
    "file": "Données d'un fichier fourni par l'utilisateur",
}
REFERENCE = "Référentiels : Île-de-France Mobilités, IGN, INSEE, Licence Ouverte 2.0 ; arrêts du métro ODbL"
REUSE = f"Traitement : Pulse, {NOT_OFFICIAL}"


def attribution(source: str) -> str:
    """One line for a screen or a row of an export."""
    return " · ".join([OF_SOURCE.get(source, f"Source : {source or 'inconnue'}"), REFERENCE, REUSE])
