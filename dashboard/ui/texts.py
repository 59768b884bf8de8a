"""The words of the screen in French and English: one table, `key: (French, English)`.

`{n}` stands for a value, a number as the language writes it; `{n:station|stations}` for the word that fits the
number `n`: French has its plural from 2 on, English for anything but 1.

Python uses it through `Words`, the browser through `pulse.t` with the same keys. A page may bring keys of
its own (`Page.texts`); every key has both languages, which a test holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from dashboard.ui.paris_time import moment_word

LANGUAGES = ("fr", "en")
FIELD = re.compile(r"\{(\w+)(?::([^{}|]*)\|([^{}]*))?\}")  # {n}, {n:one|many}; assets/pulse.js has the same
NARROW = "\u202f"  # the space of French print: narrow, and no line breaks at it
Texts = Mapping[str, tuple[str, str]]

TEXTS: dict[str, tuple[str, str]] = {
    # frame
    "nav.label": ("Pages", "Pages"),
    "skip": ("Aller au contenu", "Skip to content"),
    "unofficial": ("non officiel", "unofficial"),
    "tool.filters": ("Filtres", "Filters"),
    "tool.language": ("English", "Français"),
    "tool.language.label": ("Show in English", "Afficher en français"),
    "tool.theme": ("Thème clair ou sombre", "Light or dark theme"),
    "tool.copy": ("Copier le lien", "Copy the link"),
    "theme.name": ("Thème {name}", "{name} theme"),
    "theme.system": ("du système", "System"),
    "theme.light": ("clair", "Light"),
    "theme.dark": ("sombre", "Dark"),
    "tool.copied": ("Lien copié", "Link copied"),
    "tool.close": ("Fermer", "Close"),
    "none": ("—", "—"),
    "pair": ("{name} : {value}", "{name}: {value}"),
    "and_more": ("et {n} {n:autre|autres}, dans le tableau", "and {n} more, in the table"),
    # refresh
    "live.on": ("En direct", "Live"),
    "live.back": ("Revenir au direct", "Back to live"),
    "live.end": ("Dernière fenêtre", "Last window"),
    "live.to_end": ("Aller à la fin", "Go to the end"),
    "pause.on": ("Pause", "Pause"),
    "pause.off": ("Reprendre", "Resume"),
    "pause.key": ("Touche P", "Key P"),
    "pause.state": ("affichage en pause", "display paused"),
    "pace.label": ("Rythme d'actualisation", "Refresh pace"),
    "pace.2": ("2 s", "2 s"),
    "pace.10": ("10 s", "10 s"),
    "pace.60": ("60 s", "60 s"),
    "pace.off": ("jamais", "never"),
    "dot.ok": ("Le serveur répond", "The server answers"),
    "dot.paused": ("En pause", "Paused"),
    "dot.old": ("Données anciennes ou serveur muet", "Old data, or a silent server"),
    "fresh.connecting": ("connexion…", "connecting…"),
    "fresh.none": ("aucun relevé", "no poll yet"),
    "fresh.good": ("dernier relevé correct {when}", "last good poll {when}"),
    "fresh.good_ago": ("dernier relevé correct {when} ({ago})", "last good poll {when} ({ago})"),
    "fresh.again": ("Les données sont de nouveau à jour.", "The data are up to date again."),
    "fresh.silent": ("Le serveur de Pulse ne répond plus.", "Pulse's server does not answer."),
    "fresh.silent_for": (
        "Le serveur de Pulse ne répond plus depuis {n} s. L'écran garde le dernier état reçu.",
        "Pulse's server has not answered for {n} s. The screen keeps the last state received.",
    ),
    "fresh.error": ("Données indisponibles.", "No data available."),
    "fresh.error_why": ("Données indisponibles : {why}", "No data available: {why}"),
    "fresh.empty": ("Le dépôt est vide.", "The store is empty."),
    "fresh.empty_why": (
        "Le dépôt est vide : la chaîne n'a encore rien écrit.",
        "The store is empty: the pipeline has written nothing yet.",
    ),
    "fresh.down": ("Une partie de Pulse est arrêtée.", "A part of Pulse is down."),
    "fresh.down_why": (
        "{part} : à l'arrêt depuis {when}, ce qui est enregistré reste affiché ({why}).",
        "{part}: down since {when}, what is stored stays on the screen ({why}).",
    ),
    "part.network": ("Réseau simulé", "Simulated network"),
    "part.log": ("Collecte et journal", "Collector and log"),
    "part.spark": ("Calcul (Spark)", "Computation (Spark)"),
    "part.derive": ("Incidents, alertes et tendances", "Incidents, alerts and trends"),
    "part.page": ("Cette page", "This page"),
    "fresh.old": ("Données anciennes.", "Old data."),
    "fresh.old_why": (
        "Données anciennes : {text}. La carte ne montre pas l'état présent.",
        "Old data: {text}. The map does not show the present state.",
    ),
    "fresh.late": ("Calcul en retard.", "Computation is late."),
    "fresh.late_why": (
        "Calcul en retard : dernière observation calculée {when}, {ago}. La carte ne montre pas l'état présent.",
        "Computation is late: last observation computed {when}, {ago}. The map does not show the present state.",
    ),
    "fresh.never": ("jamais", "never"),
    # derived folds
    "fold.incomplete": (
        "Tables incomplètes : {names} ({n} {n:entrée écartée|entrées écartées}, depuis le {since}).",
        "Incomplete tables: {names} ({n} {n:entry|entries} set aside, since {since}).",
    ),
    "fold.late": (
        "Calculs en retard : {names} ({n} {n:entrée|entrées} en attente, depuis {minutes} min).",
        "Late computations: {names} ({n} {n:entry|entries} waiting, for {minutes} min).",
    ),
    "fold.more": ("Voir la page Données", "See the page Data"),
    "fold.name.alerts": ("alertes", "alerts"),
    "fold.name.clusters": ("foyers dans le temps", "clusters over time"),
    "fold.name.incidents": ("incidents", "incidents"),
    "fold.name.texts": ("recherche", "search"),
    "fold.name.trends": ("tendances", "trends"),
    "at": ("à {time}", "at {time}"),
    "on_at": ("le {date} à {time}", "on {date} at {time}"),
    "ago.s": ("il y a {n} s", "{n} s ago"),
    "ago.min": ("il y a {n} min", "{n} min ago"),
    "ago.h": ("il y a {n} h", "{n} h ago"),
    "ago.d": ("il y a {n} {n:jour|jours}", "{n} {n:day|days} ago"),
    "source.live": ("PRIM", "PRIM"),
    "source.simulated": ("réseau simulé", "simulated network"),
    "source.file": ("fichier", "file"),
    "source.recorded": ("enregistrement du {day}", "recording of {day}"),
    # filters
    "filter.label": ("Filtres", "Filters"),
    "filter.channel": ("Nature", "Kind"),
    "filter.mode": ("Réseau", "Network"),
    "filter.lines": ("Lignes", "Lines"),
    "filter.other_line": ("Autre ligne", "Other line"),
    "filter.line.hint": ("Bus 191, Noctilien…", "Bus 191, Noctilien…"),
    "filter.line.label": ("Chercher une ligne", "Find a line"),
    "filter.line.none": ("Aucune ligne de ce nom", "No line of that name"),
    "filter.severity": ("Gravité", "Severity"),
    "filter.cause": ("Cause", "Cause"),
    "filter.zone": ("Département ou commune", "Département or commune"),
    "filter.zone.hint": ("Commune…", "Commune…"),
    "filter.zone.label": ("Chercher une commune", "Find a commune"),
    "filter.zone.none": ("Aucune commune de ce nom", "No commune of that name"),
    "filter.text": ("Texte", "Text"),
    "filter.text.hint": ("Mots du message", "Words of the message"),
    "filter.area": ("Zone dessinée", "Drawn area"),
    "filter.area.draw": ("Dessiner", "Draw"),
    "filter.area.view": ("La carte visible", "The visible map"),
    "filter.area.clear": ("Effacer", "Clear"),
    "filter.area.help": (
        "Cliquez les coins sur la carte ; double-clic ou Entrée pour finir, Échap pour annuler.",
        "Click the corners on the map; double-click or Enter to finish, Escape to cancel.",
    ),
    "filter.rail": ("Ferré", "Rail"),
    "filter.all": ("Tout", "All"),
    "filter.reset": ("Effacer les filtres", "Clear filters"),
    "filter.counts": (
        "À côté d'un choix : ses perturbations en cours à la dernière observation.",
        "Beside a choice: its disruptions ongoing at the last observation.",
    ),
    "channel.incident": ("Incidents", "Incidents"),
    "channel.works": ("Travaux", "Works"),
    "channel.information": ("Information", "Information"),
    "mode.rer": ("RER", "RER"),
    "mode.train": ("Train", "Train"),
    "mode.metro": ("Métro", "Metro"),
    "mode.tram": ("Tram", "Tram"),
    "mode.bus": ("Bus", "Bus"),
    "mode.cable": ("Câble", "Cable"),
    "mode.funicular": ("Funiculaire", "Funicular"),
    "mode.shuttle": ("Navette", "Shuttle"),
    "mode.other": ("Autre", "Other"),
    "severity.interruption": ("Interruption", "Interruption"),
    "severity.blocking": ("Perturbation bloquante", "Blocking disruption"),
    "severity.works_blocking": ("Travaux bloquants", "Blocking works"),
    "severity.disrupted": ("Perturbation non bloquante", "Non-blocking disruption"),
    "severity.slow": ("Ralentissement ou info horaire", "Delays or times"),
    "severity.works": ("Travaux", "Works"),
    "severity.information": ("Information", "Information"),
    "severity.short.interruption": ("Interruption", "Interrupted"),
    "severity.short.blocking": ("Bloquante", "Blocking"),
    "severity.short.works_blocking": ("Travaux bloquants", "Blocking works"),
    "severity.short.disrupted": ("Non bloquante", "Not blocking"),
    "severity.short.slow": ("Ralentissement", "Delays"),
    "severity.short.works": ("Travaux", "Works"),
    "severity.short.information": ("Information", "Information"),
    "severity.rule": ("Comment est-elle déterminée ?", "How is it determined?"),
    "severity.rule.about": (
        "PRIM publie trois gravités et trois causes ; le texte du message décide du reste.",
        "PRIM publishes three severities and three causes; the text of the message decides the rest.",
    ),
    "severity.rule.interruption": (
        "gravité « bloquante », et le texte dit que le trafic est interrompu ou que rien ne circule",
        "severity “blocking”, and the text says that traffic is interrupted or that nothing runs",
    ),
    "severity.rule.blocking": ("gravité « bloquante », autrement", "severity “blocking” otherwise"),
    "severity.rule.works_blocking": ("travaux de gravité « bloquante »", "works of severity “blocking”"),
    "severity.rule.disrupted": ("gravité « perturbée », autrement", "severity “disrupted” otherwise"),
    "severity.rule.slow": (
        "gravité « perturbée », et le texte ne parle que de retards ou d'horaires",
        "severity “disrupted”, and the text tells of delays or times only",
    ),
    "severity.rule.works": ("autres travaux", "other works"),
    "severity.rule.information": (
        "message d'information, ou gravité « information »",
        "an information message, or severity “information”",
    ),
    "cause.works": ("travaux", "works"),
    "cause.infrastructure": ("panne d'installation", "infrastructure failure"),
    "cause.rolling_stock": ("panne de matériel", "train failure"),
    "cause.technical": ("incident technique", "technical incident"),
    "cause.operations": ("exploitation", "operations"),
    "cause.staff": ("manque de personnel", "staff shortage"),
    "cause.strike": ("mouvement social", "strike"),
    "cause.passenger_ill": ("malaise voyageur", "ill passenger"),
    "cause.passenger_incident": ("incident voyageur", "passenger incident"),
    "cause.person_hit": ("accident de personne", "person hit"),
    "cause.trespass": ("personnes sur les voies", "people on the tracks"),
    "cause.unattended_item": ("bagage oublié", "unattended item"),
    "cause.security": ("sécurité, malveillance", "security, vandalism"),
    "cause.demonstration": ("manifestation", "demonstration"),
    "cause.event": ("évènement", "event"),
    "cause.weather": ("météo", "weather"),
    "cause.obstacle": ("obstacle sur la voie", "obstacle on the track"),
    "cause.fire": ("incendie, fumée", "fire, smoke"),
    "cause.road": ("circulation routière", "road traffic"),
    "cause.unnamed": ("non dite", "not named"),
    # map
    "map.clusters": ("Foyers", "Clusters"),
    "map.label": ("Carte des perturbations", "Map of disruptions"),
    "map.fit": ("Voir toutes les stations touchées", "Show every station hit"),
    "map.colour": ("Couleur :", "Colour:"),
    "map.colour.cluster": ("foyer", "cluster"),
    "map.colour.severity": ("gravité", "severity"),
    "map.colour.polarity": ("polarité", "polarity"),
    "map.trail": ("chemin d'1 h ; tirets : scission, fusion", "way of an hour; dashes: split, merger"),
    "map.hull": ("étendue", "extent"),
    "map.shade": ("foncé : plus négatif", "darker: more negative"),
    "map.polarity": ("Polarité du texte", "Polarity of the text"),
    "map.positive": ("positif", "positive"),
    "map.no_evidence": ("sans indice", "no evidence"),
    "map.blocked": ("cerclée : trafic bloqué", "ringed: traffic blocked"),
    "map.scale": ("Ce que disent les couleurs", "What the colours say"),
    "cluster.name": ("Foyer {name}", "Cluster {name}"),
    "cluster.new": ("nouv.", "new"),
    "clusters.title": ("Foyers", "Clusters"),
    "clusters.count": ("{n} {n:foyer|foyers}", "{n} {n:cluster|clusters}"),
    "clusters.label": ("Liste des foyers de la fenêtre", "List of the clusters of the window"),
    "clusters.order": ("Trier les foyers", "Sort the clusters"),
    "clusters.by.size": ("taille", "size"),
    "clusters.by.growth": ("hausse", "growth"),
    "clusters.by.severity": ("gravité", "severity"),
    "clusters.none": ("Aucun foyer dans cette fenêtre.", "No cluster in this window."),
    "clusters.unknown": (
        "Aucune observation dans cette fenêtre : on ne sait pas.",
        "Nothing was observed in this window: nobody knows.",
    ),
    "clusters.nowhere": ("Sans lieu", "Without a place"),
    "clusters.nowhere.why": ("comptées, jamais dessinées", "counted, never drawn"),
    "clusters.absent": ("Pas dans cette fenêtre : le foyer choisi", "Not in this window: the chosen cluster"),
    "clusters.absent.name": ("Pas dans cette fenêtre : {name}", "Not in this window: {name}"),
    "clusters.forget": ("Ne plus le choisir", "Choose it no longer"),
    "clusters.sizes": ("Taille, {begin} → {end}", "Size, {begin} → {end}"),
    "cluster.lines": ("plusieurs lignes", "several lines"),
    "cluster.causes": ("causes diverses", "various causes"),
    "cluster.nowhere": ("sans lieu", "no place"),
    "extent.section": ("{from} → {to}", "{from} → {to}"),
    "extent.more": ("{names} et {n} {n:autre|autres}", "{names} and {n} more"),
    "trend.up": ("en hausse", "growing"),
    "trend.down": ("en baisse", "shrinking"),
    "trend.flat": ("stable", "stable"),
    "trend.from": (
        "{trend}, comparé à la fenêtre d'avant",
        "{trend}, compared with the window before",
    ),
    # figures
    "figures.label": ("Fenêtre affichée", "Window on screen"),
    "figures.closed": ("fenêtre close", "closed window"),
    "figures.open": ("fenêtre en cours", "open window"),
    "figures.observed": ("{n} {n:observation|observations} sur {of}", "{n} of {of} {of:observation|observations}"),
    "figures.missing": (
        "{n} {n:observation manque|observations manquent}",
        "{n} {n:observation is|observations are} missing",
    ),
    "window.missing": (
        (
            "Fenêtre incomplète : {missing} {missing:instant|instants} sur {of} {missing:n'a pas été observé|n'ont pas "
            "été observés}."
        ),
        "Incomplete window: {missing} of {of} {of:tick|ticks} {missing:was|were} not observed.",
    ),
    "window.unseen": (
        (
            "{begin} → {end} : {missing} {missing:instant|instants} sur {of} {missing:n'a pas été observé|n'ont pas "
            "été observés}."
        ),
        "{begin} → {end}: {missing} of {of} {of:tick|ticks} {missing:was|were} not observed.",
    ),
    "figures.ongoing_at": ("en cours à {time}", "ongoing at {time}"),
    "figures.ongoing": ("en cours", "ongoing"),
    "figures.awaited": ("{n:publiée|publiées} ; foyers à {time}", "published; clusters at {time}"),
    "figures.ongoing.why": (
        "Perturbations en cours au dernier relevé observé de la fenêtre",
        "Disruptions ongoing at the last observed poll of the window",
    ),
    "figures.stations": ("{n:station touchée|stations touchées}", "{n:station|stations} hit"),
    "figures.opened": ("{n:ouverte|ouvertes}", "opened"),
    "figures.over": ("{n:terminée|terminées}", "over"),
    "figures.unplaced": ("sans lieu", "without a place"),
    "figures.unplaced.why": (
        "Perturbations en cours dont aucun point n'a été trouvé : comptées, jamais dessinées",
        "Ongoing disruptions for which no point was found: counted, never drawn",
    ),
    "figures.unknown": (
        "Aucune observation dans cette fenêtre : on ne sait pas.",
        "Nothing was observed in this window: nobody knows.",
    ),
    "figures.quiet": (
        "Aucune perturbation publiée à {time} pour ce choix.",
        "No disruption published at {time} for this choice.",
    ),
    "figures.told": ("{time} : {ongoing} en cours, {stations}", "{time}: {ongoing} ongoing, {stations}"),
    "n.disruptions": ("{n} {n:perturbation|perturbations}", "{n} {n:disruption|disruptions}"),
    "n.stations": ("{n} {n:station|stations}", "{n} {n:station|stations}"),
    "n.stations_hit": ("{n} {n:station touchée|stations touchées}", "{n} {n:station|stations} hit"),
    "n.lines_hit": ("{n} {n:ligne touchée|lignes touchées}", "{n} {n:line|lines} hit"),
    # popups
    "popup.untitled": ("(sans titre)", "(untitled)"),
    "popup.since": ("depuis {begin} · {end}", "since {begin} · {end}"),
    "popup.end": ("fin prévue {end}", "expected end {end}"),
    "popup.no_end": ("fin non annoncée", "no announced end"),
    "popup.place": ("Lieu : {how}{said}{sure}", "Place: {how}{said}{sure}"),
    "popup.said": (" : « {words} » ({rule})", ": “{words}” ({rule})"),
    "popup.sure": (", confiance {n} %", ", confidence {n}%"),
    "popup.unplaced": ("Sans lieu : {why}", "No place: {why}"),
    "popup.polarity": ("{extent} · polarité {value}", "{extent} · polarity {value}"),
    "popup.cluster": (
        (
            "{disruptions} et {stations} dans la fenêtre, {opened} {opened:ouverte|ouvertes}, {over} "
            "{over:terminée|terminées}"
        ),
        "{disruptions} and {stations} in the window, {opened} opened, {over} {over:is|are} over",
    ),
    "popup.width": ("polarité {value} · largeur {width} km", "polarity {value} · width {width} km"),
    "popup.gone": ("Plus touché au relevé de {time}.", "No longer hit at the poll of {time}."),
    "method.stop_id": ("arrêt désigné par PRIM", "stop named by PRIM"),
    "method.stop_name": ("nom d'arrêt de PRIM", "stop name of PRIM"),
    "method.section": ("entre deux stations nommées", "between two named stations"),
    "method.name_on_line": ("station nommée dans le texte", "station named in the text"),
    "method.name_fuzzy": ("nom approché dans le texte", "similar name in the text"),
    "method.whole_line": ("toute la ligne, dite dans le texte", "the whole line, by the text"),
    "method.section_estimated": ("tronçon de bus estimé", "estimated stretch of bus line"),
    "state.opened": ("ouverte", "opened"),
    "state.new": ("ouverte", "opened"),
    "state.ongoing": ("en cours", "ongoing"),
    "state.over": ("terminée", "over"),
    # table
    "table.title": ("Perturbations", "Disruptions"),
    "table.label": ("Perturbations de la fenêtre", "Disruptions of the window"),
    "table.count": ("{n} dans la fenêtre, dont {ongoing} en cours", "{n} in the window, {ongoing} of them ongoing"),
    "table.lines": ("Lignes", "Lines"),
    "table.disruption": ("Perturbation", "Disruption"),
    "table.severity": ("Gravité", "Severity"),
    "table.period": ("Période", "Period"),
    "table.polarity": ("Polarité", "Polarity"),
    "table.nothing": ("Aucune perturbation publiée pour ce choix", "No disruption published for this choice"),
    "table.unknown": ("Aucune donnée : on ne sait pas", "No data: nobody knows"),
    # timeline
    "timeline.title": ("Taille des foyers par fenêtre glissante", "Cluster sizes by sliding window"),
    "timeline.title.line": ("Perturbations des lignes par fenêtre glissante", "Disruptions of lines by sliding window"),
    "timeline.measure": ("mesure", "measure"),
    "timeline.disruptions": ("perturbations", "disruptions"),
    "timeline.stations": ("stations", "stations"),
    "timeline.stack": ("barres", "bars"),
    "timeline.by_cluster": ("foyers", "clusters"),
    "timeline.by_line": ("lignes", "lines"),
    "timeline.span": ("durée", "length"),
    "timeline.slider": (
        "Fenêtre affichée ; flèches pour changer, Fin pour le direct",
        "Window on screen; arrows change it, End goes live",
    ),
    "timeline.none": ("aucune observation", "no observation"),
    "timeline.in_clusters": ("{n} {n:foyer|foyers}", "{n} {n:cluster|clusters}"),
    "timeline.largest": ("le plus grand : {name}", "the largest: {name}"),
    "timeline.open": ("fenêtre en cours", "open window"),
    "timeline.others": ("autres", "others"),
    "timeline.polarity": ("polarité moyenne", "mean polarity"),
    "timeline.alert": ("alerte {line}", "alert {line}"),
    "play.label": ("Lecture", "Playback"),
    "play.toggle": ("Lire les fenêtres (touche K)", "Play the windows (key K)"),
    "play.stop": ("Arrêter (touche K)", "Stop (key K)"),
    "play.back": ("Fenêtre précédente (touche J)", "Previous window (key J)"),
    "play.on": ("Fenêtre suivante (touche L)", "Next window (key L)"),
    "play.loop": ("En boucle", "Loop"),
    "play.speed": ("{n} / s", "{n} / s"),
    "play.speed.label": ("Fenêtres par seconde", "Windows a second"),
    "span.6h": ("6 h", "6 h"),
    "span.24h": ("24 h", "24 h"),
    "span.7j": ("7 j", "7 d"),
    "span.30j": ("30 j", "30 d"),
    # export
    "export.button": ("Exporter", "Export"),
    "export.snapshot": ("Tout, avec le manifeste (zip)", "Everything, with the manifest (zip)"),
    "export.report": ("Rapport, une page HTML", "Report, one HTML page"),
    "export.hits.csv": ("Points touchés, CSV", "Hits, CSV"),
    "export.hits.geojson": ("Points touchés, GeoJSON", "Hits, GeoJSON"),
    "export.hits.parquet": ("Points touchés, GeoParquet", "Hits, GeoParquet"),
    "export.clusters.csv": ("Foyers, CSV", "Clusters, CSV"),
    "export.clusters.geojson": ("Foyers, GeoJSON", "Clusters, GeoJSON"),
    "export.clusters.parquet": ("Foyers, GeoParquet", "Clusters, GeoParquet"),
    "export.clusters.png": ("Carte, PNG", "Map, PNG"),
    "export.manifest": ("Manifeste, JSON", "Manifest, JSON"),
    "export.note": (
        "La fenêtre à l'écran, en UTC. Non officiel ; source et licence dans chaque fichier.",
        "The window on screen, in UTC. Unofficial; source and licence in every file.",
    ),
    "take.timeline.csv": ("La chronologie en CSV", "The timeline as CSV"),
    "take.timeline.png": ("La chronologie en image", "The timeline as an image"),
    "take.map.png": ("La carte en image", "The map as an image"),
    "take.table.csv": ("Le tableau en CSV", "The table as CSV"),
    "take.link.csv": ("{name} : les lignes en CSV", "{name}: the rows as CSV"),
    "take.link.png": ("{name} : l'image (PNG)", "{name}: the image (PNG)"),
    "take.table": ("Ce tableau en CSV", "This table as CSV"),
    # pictures
    "picture.paris": ("{moment} (heure de Paris)", "{moment} (Paris time)"),
    "picture.chosen": ("Bande bleue : la fenêtre de {begin} à {end}", "Blue band: the window from {begin} to {end}"),
    "picture.too_short": ("trop peu de jours", "too few days"),
    "picture.areas": (
        "Aire d'un cercle : perturbations ouvertes dans la fenêtre",
        "Area of a circle: disruptions that opened in the window",
    ),
    "picture.all_modes": ("tous les modes", "all modes"),
    "picture.life": (
        "Barre : un identifiant de PRIM ; triangle : fin annoncée ; trait : fin effective",
        "Bar: an id of PRIM; triangle: announced end; stroke: effective end",
    ),
    "picture.clouds": ("Taille d'un mot : son poids dans le sujet", "Size of a word: its weight in the topic"),
    "picture.notices": ("{n} {n:texte publié|textes publiés}", "{n} published {n:text|texts}"),
    "picture.texts": ("{n} {n:texte|textes}", "{n} {n:text|texts}"),
    "picture.none": ("rien à montrer", "nothing to show"),
    "picture.map": ("Carte de la fenêtre", "Map of the window"),
    "picture.timeline": ("Chronologie", "Timeline"),
    "picture.region": ("Toute la région", "The whole region"),
    "picture.outside": (
        "Toute la région ; hors du cadre : {stations}",
        "The whole region; outside the frame: {stations}",
    ),
    "picture.trends": (
        "Barre : perturbations ouvertes dans la fenêtre ; trait : ce que la semaine d'avant fait attendre",
        "Bar: disruptions that opened in the window; stroke: what the week before leads one to expect",
    ),
    "picture.alerts": (
        "Barre : niveau le plus haut ; trait : niveau habituel",
        "Bar: highest level; stroke: usual level",
    ),
    "picture.unobserved": ("non observé", "not observed"),
    "picture.hours": (
        "Perturbations par heure, moyenne ; la plus haute barre : {most}",
        "Disruptions in each hour, mean; the tallest bar: {most}",
    ),
    "picture.quantiles": ("trait : de p10 à p90 ; point : médiane", "line: from p10 to p90; dot: median"),
    # books
    "book.polls": ("Relevés", "Polls"),
    "book.messages": ("Messages", "Messages"),
    "book.store": ("Dépôt", "Store"),
    "book.ticks": ("Pas de 5 min", "5 min ticks"),
    "book.received": ("{n:reçu|reçus}", "received"),
    "book.changed": ("{n:nouveau|nouveaux}", "changed"),
    "book.unchanged": ("{n:inchangé|inchangés}", "unchanged"),
    "book.rejected": ("{n:rejeté|rejetés}", "rejected"),
    "book.refusals": ("Relevés rejetés", "Rejected polls"),
    "book.schedule": ("Relevés attendus", "Polls expected"),
    "book.missed": ("{n:manqué|manqués}", "missed"),
    "book.late": ("en retard", "late"),
    "book.empty": ("{n:vide|vides}", "empty"),
    "book.failed": ("sans réponse", "without an answer"),
    "book.other": ("{n:inutilisable|inutilisables}", "unusable"),
    "book.made": ("{n:produit|produits}", "made"),
    "book.logged": ("{n:journalisé|journalisés}", "logged"),
    "book.filtered": ("{n:filtré|filtrés}", "filtered"),
    "book.stored": ("{n:stocké|stockés}", "stored"),
    "book.dead_lettered": ("{n:refusé|refusés}", "dead-lettered"),
    "book.expected": ("{n:attendu|attendus}", "expected"),
    "book.observed": ("{n:observé|observés}", "observed"),
    "book.unobserved": ("{n:non observé|non observés}", "unobserved"),
    "book.unplaced": ("Sans lieu", "No place"),
    "book.unplaced_messages": ("{n} {n:message|messages}", "{n} {n:message|messages}"),
    "book.missing": (
        "Dépôt d'une version plus ancienne, encore sans {tables} : de cela on ne sait rien ; ./pulse up les ajoute.",
        "A store of an older version, without {tables} yet: of these nothing is known; ./pulse up adds them.",
    ),
    "book.holds": ("Les comptes tombent juste", "The books balance"),
    "book.wrong": (
        "Les comptes ne tombent pas (encore) juste : des messages sont en chemin, ou il en manque",
        "The books do not balance (yet): messages are on their way, or missing",
    ),
    # lines in the address that are none
    "notice.unknown": ("Ligne inconnue : « {name} ».", "Unknown line: “{name}”."),
    "notice.shared": ("« {name} » est le nom de {n} {n:ligne|lignes}.", "“{name}” is the name of {n} {n:line|lines}."),
    "notice.nearest": ("Vouliez-vous dire :", "Did you mean:"),
    "notice.close": ("Fermer", "Close"),
    # nothing to show
    "screen.empty": (
        "Le dépôt est vide : la chaîne n'a encore écrit aucune fenêtre.",
        "The store is empty: the pipeline has not written a window yet.",
    ),
    "screen.no_window": (
        "La fenêtre de l'adresse, ({asked}) n'est pas dans le dépôt.",
        "The window of the address ({asked}) is not in the store.",
    ),
    "screen.nearest": ("La plus proche : {day}, {begin} → {end}", "The nearest: {day}, {begin} → {end}"),
    "screen.no_choice": (
        "Le choix {name} = « {value} » de l'adresse n'existe pas.",
        "The choice {name} = “{value}” of the address does not exist.",
    ),
    "screen.forget": ("Renoncer au choix {name}", "Give up the choice {name}"),
}


class Words:
    """The texts of one language.

    >>> Words("en", {"greet": ("Bonjour {name}", "Hello {name}")})("greet", name="Ada")
    'Hello Ada'
    """

    def __init__(self, language: str, texts: Texts = TEXTS) -> None:
        if language not in LANGUAGES:
            raise ValueError(f"language {language!r}: there are {', '.join(LANGUAGES)}")
        self.language = language
        french = language == "fr"
        self._texts = {key: typeset(both[0]) if french else both[1] for key, both in texts.items()}

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key` with `values` in its braces. Raises KeyError for a key that no table has, or a value not
        given.

        >>> Words("fr", {"found": ("{n} {n:station|stations}", "{n} {n:station|stations}")})("found", n=1234)
        '1\\u202f234 stations'
        """
        text = self._texts[key]
        return FIELD.sub(lambda field: self._filled(field[1], field[2], field[3], values), text) if values else text

    def _filled(self, name: str, one: str | None, many: str | None, values: Mapping[str, object]) -> str:
        value = values[name]
        if isinstance(value, (int, float)):
            shown = round(value, 1)
            return (
                self.number(shown, 0 if shown == round(shown) else 1)
                if one is None
                else self._fitting(shown, one, many or "")
            )
        if one is not None:
            raise TypeError(f"{value!r} is not a number: no word can be chosen by it")
        return str(value)

    def _fitting(self, shown: float, one: str, many: str) -> str:
        plural = shown != 1 if self.language == "en" else shown >= 2
        return many if plural else one

    def number(self, value: float, decimals: int = 0) -> str:
        """A number as the language writes it.

        >>> Words("en").number(-12345.67, 1), Words("fr").number(-12345.67, 1)
        ('−12,345.7', '−12\\u202f345,7')
        """
        text = f"{value:,.{decimals}f}".replace("-", "−")
        return text if self.language == "en" else text.replace(",", NARROW).replace(".", ",")

    def moment(self, micros: int | None, near_us: int) -> str:
        """A moment in Paris, beside one that the reader knows: `dashboard.ui.paris_time.moment_word`."""
        return moment_word(micros, near_us, self.language)

    def percent(self, share: float, decimals: int = 0) -> str:
        """A share of 1 as a percentage.

        >>> Words("en").percent(0.125, 1)
        '12.5%'
        """
        return self.number(100 * share, decimals) + ("%" if self.language == "en" else f"{NARROW}%")

    def data(self) -> dict[str, str]:
        """All of them, for the browser."""
        return self._texts


def typeset(text: str) -> str:
    """French puts a narrow space before : ; ! ? % and inside of « ».

    >>> typeset("Lieu : « Nation » ?")
    'Lieu\\u202f: «\\u202fNation\\u202f»\\u202f?'
    """
    return re.sub(r" (?=[:;!?%»])|(?<=«) ", NARROW, text)
