"""Attribution that must stand wherever our figures are shown or copied: source, licence, and not official."""

from __future__ import annotations

import json
from collections.abc import Mapping

NOT_OFFICIAL = "non officiel"
OF_SOURCE = {
    "live": "Données temps réel : PRIM, Île-de-France Mobilités, Licence Mobilité",
    "recorded": "Enregistrement de PRIM (projet ratpstatus), ODbL",
    "simulated": "Données fictives, produites par le simulateur de Pulse",
    "file": "Données d'un fichier fourni par l'utilisateur",
}
REFERENCE = "Référentiels : Île-de-France Mobilités, IGN, INSEE, Licence Ouverte 2.0 ; arrêts du métro ODbL"
REUSE = f"Traitement : Pulse, {NOT_OFFICIAL}"


def attribution(meta: Mapping[str, str]) -> str:
    """One line for a screen or a row of an export.

    Args:
        meta: facts about the store; `source` and `credit` (JSON of `prim_client.inputs.recorded.credit.Credit`) count
        here.
    """
    source = meta.get("source", "")
    of_data = of_recording(meta) or OF_SOURCE.get(source, f"Source : {source or 'inconnue'}")
    return f"{of_data} · {REFERENCE} · {REUSE}"


def of_recording(meta: Mapping[str, str]) -> str:
    """Who recorded the data; empty for other data, and for a store of before this was kept, which says what it said."""
    credit = meta.get("credit", "")
    if not credit:
        return ""
    facts = json.loads(credit)
    return f"Enregistrement de {facts['publisher']} ({facts['recorder'] or 'auteur inconnu'}), {facts['licence']}"
