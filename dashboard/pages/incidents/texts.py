"""Words of the page of incidents."""

from __future__ import annotations

from dashboard.ui.texts import Words

SEVERITIES = {
    "BLOQUANTE": "incidents.blocking",
    "PERTURBEE": "incidents.disturbed",
    "INFORMATION": "incidents.informing",
}
TEXTS = {
    "incidents.title": ("Incidents", "Incidents"),
    "incidents.empty": ("Aucun incident pour ce choix.", "No incident for this choice."),
    "incidents.counts": (
        (
            "{disruptions} {disruptions:identifiant|identifiants} de PRIM = {incidents} {incidents:incident "
            "publié|incidents publiés} = "
            "{episodes} {episodes:épisode|épisodes}, du {begin} au {end}."
        ),
        (
            "{disruptions} {disruptions:id|ids} of PRIM = {incidents} published {incidents:incident|incidents} = "
            "{episodes} {episodes:episode|episodes}, from {begin} to {end}."
        ),
    ),
    "incidents.counts_help": (
        (
            "Incident publié : les identifiants que l'exploitant tient pour un même incident, tels que nos règles les "
            "retrouvent. Épisode : ce qu'un voyageur appellerait un seul événement."
        ),
        (
            "Published incident: the ids that the operator holds for one incident, as far as our rules find "
            "them. Episode: "
            "what a rider would call one event."
        ),
    ),
    "incidents.search": ("Chercher un titre, une cause, une ligne", "Search a title, a cause, a line"),
    "incidents.sort": ("Trier par", "Sort by"),
    "incidents.by_opened": ("début", "begin"),
    "incidents.by_duration": ("durée", "duration"),
    "incidents.by_ids": ("identifiants", "ids"),
    "incidents.by_severity": ("gravité", "severity"),
    "incidents.by_error": ("écart de la fin annoncée", "error of the announced end"),
    "incidents.span": ("Période", "Period"),
    "incidents.listed": ("Les {listed} premiers sur {total} :", "The first {listed} of {total}:"),
    "incidents.lines": ("Lignes", "Lines"),
    "incidents.what": ("Incident", "Incident"),
    "incidents.phase": ("Phase", "Phase"),
    "incidents.begin": ("Début", "Begin"),
    "incidents.end": ("Fin", "End"),
    "incidents.duration": ("Durée", "Duration"),
    "incidents.announced_end": ("Fin annoncée d'abord", "End announced first"),
    "incidents.ids": ("Id.", "Ids"),
    "incidents.announced": ("annoncé", "announced"),
    "incidents.active": ("en cours", "active"),
    "incidents.resuming": ("reprise", "resuming"),
    "incidents.over": ("terminé", "over"),
    "incidents.blocking": ("bloquante", "blocking"),
    "incidents.disturbed": ("perturbée", "disturbed"),
    "incidents.informing": ("information", "information"),
    "incidents.only_ended": ("seule sa fin a été publiée", "only its end was published"),
    "incidents.before": ("avant {moment}", "before {moment}"),
    "incidents.closing_id": ("dit par l'identifiant de clôture", "said by the closing id"),
    "incidents.period_over": ("période annoncée écoulée", "announced period over"),
    "incidents.vanished": ("disparu des relevés corrects", "gone from good polls"),
    "incidents.early": ("finie {minutes} avant", "over {minutes} before"),
    "incidents.late": ("finie {minutes} après", "over {minutes} after"),
    "incidents.exact": ("à l'heure dite", "on time"),
    "incidents.life": ("La vie d'un incident", "The life of one incident"),
    "incidents.later": (
        "Su plus tard, après la fenêtre : {phase} à {moment}.",
        "Known later, after the window: {phase} at {moment}.",
    ),
    "incidents.later_ended": (
        "Su plus tard, après la fenêtre : fin effective {moment}, {how}.",
        "Known later, after the window: effective end {moment}, {how}.",
    ),
    "incidents.gone": ("Cet incident n'est plus dans l'entrepôt.", "This incident is no longer in the store."),
    "incidents.close": ("Fermer", "Close"),
    "incidents.steps": ("Ce qui a été publié", "What was published"),
    "incidents.kind_announced": ("annoncé", "announced"),
    "incidents.kind_opened": ("publié, en vigueur", "published, in force"),
    "incidents.kind_updated": ("modifié", "edited"),
    "incidents.kind_paused": ("suspendu", "paused"),
    "incidents.kind_closed": ("fin de {ids} {ids:identifiant|identifiants}", "end of {ids} {ids:id|ids}"),
    "incidents.as_ids": ("sous {ids} {ids:identifiant|identifiants}", "as {ids} {ids:id|ids}"),
    "incidents.ends": ("Fins annoncées", "Announced ends"),
    "incidents.at": ("Annoncée à", "Announced at"),
    "incidents.until": ("pour", "for"),
    "incidents.source_text": ("heure dans le texte", "hour in the text"),
    "incidents.source_period": ("fin de la période", "end of the period"),
    "incidents.error": ("Écart", "Error"),
    "incidents.effective": ("Fin effective {moment}, {how}.", "Effective end {moment}, {how}."),
    "incidents.siblings": ("Du même épisode", "Of the same episode"),
    "incidents.bar": ("Identifiant {n}, de {begin} à {end}", "Id {n}, from {begin} to {end}"),
    "incidents.reliability": ("Les fins annoncées ont-elles tenu ?", "Did announced ends hold?"),
    "incidents.reliability_help": (
        (
            "Fin annoncée moins fin effective, en minutes, à chaque annonce : positif, c'était fini avant. Masqué sous "
            "{least} {least:annonce|annonces} ({hidden} {hidden:groupe|groupes})."
        ),
        (
            "Announced end less effective end, in minutes, at each announcement: positive, it was over before. "
            "Hidden below "
            "{least} {least:announcement|announcements} ({hidden} {hidden:group|groups})."
        ),
    ),
    "incidents.by": ("Par", "By"),
    "incidents.group_line": ("ligne", "line"),
    "incidents.group_cause": ("cause", "cause"),
    "incidents.group_hour": ("heure", "hour"),
    "incidents.no_cause": ("non dite", "not told"),
    "incidents.count": ("Incidents", "Incidents"),
    "incidents.announcements": ("Annonces", "Announcements"),
    "incidents.median": ("Médiane", "Median"),
    "incidents.gaps": ("Ce que l'on n'a pas vu", "What was not seen"),
    "incidents.gaps_none": (
        "{ticks} pas {ticks:observé|observés}, aucun trou.",
        "{ticks} {ticks:tick|ticks} observed, no gap.",
    ),
    "incidents.gaps_some": (
        "{missed} pas sur {ticks} sans relevé correct : ce qui commence ou finit là n'est pas daté mieux que le trou.",
        (
            "{missed} of {ticks} {ticks:tick|ticks} without a good poll: what begins or ends there is dated no better "
            "than the gap."
        ),
    ),
    "incidents.gap": ("de {begin} à {end} ({ticks} pas)", "from {begin} to {end} ({ticks} {ticks:tick|ticks})"),
    "incidents.none": ("–", "–"),
    "incidents.why_new": ("rien d'antérieur ne correspond", "nothing before fits"),
    "incidents.why_twin": ("les mêmes mots à la même minute", "the same words in the same minute"),
    "incidents.why_update": ("suite du même incident", "an update of the same incident"),
    "incidents.why_closing id": ("identifiant de clôture", "closing id"),
    "incidents.why_changed cause": ("même incident, autre cause", "the same incident, another cause"),
    "incidents.why_same event": ("nouvel incident du même épisode", "a new incident of the same episode"),
    "incidents.why_told": ("un seul incident pour IDFM", "one incident to IDFM"),
    "incidents.why_merged": ("réuni après coup", "merged later"),
}
HOW = {
    "closing id": "incidents.closing_id",
    "period over": "incidents.period_over",
    "vanished": "incidents.vanished",
}


def error_word(error: float, words: Words) -> str:
    """An announcement error in words; within a minute it was on time."""
    if abs(error) < 1:
        return words("incidents.exact")
    return words("incidents.early" if error > 0 else "incidents.late", minutes=duration(abs(error)))


def duration(minutes: float | None) -> str:
    """`45 min`, `2 h 05`, `3 j`; nothing for None.

    >>> duration(45.2), duration(125), duration(3 * 1440), duration(0)
    ('45 min', '2 h 05', '3 j', '< 1 min')
    """
    if minutes is None:
        return ""
    whole = round(minutes)
    if not whole:
        return "< 1 min"
    if whole < 60:
        return f"{whole} min"
    return f"{whole // 60} h {whole % 60:02d}" if whole < 48 * 60 else f"{whole // 1440} j"
