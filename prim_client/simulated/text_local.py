"""Messages of the bus operators around Paris: each writes as it likes, with colours and emoji. The words are ours."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from prim_client.simulated.network import SimulatedLine, Stop
from prim_client.simulated.paris_dates import clock, day_and_month, long_day, short_day
from prim_client.simulated.publication import (
    BLOCKING,
    DISTURBING,
    INCIDENT,
    INFORMATION,
    INFORMING,
    WORKS,
    Content,
    Link,
    Spans,
)

SORRY = (
    "Veuillez nous excuser pour la gêne occasionnée.",
    "Merci de votre compréhension.",
    "Nous vous prions de bien vouloir nous excuser pour ce désagrément.",
)
ROADS = ("rue de la Gare", "avenue Jean Jaurès", "rue du Moulin", "route de Paris", "rue Pasteur", "avenue de la République")
JOBS = ("voirie", "réseaux", "assainissement", "réfection de la chaussée", "raccordement électrique")


def works(rng: Random, lines: Sequence[SimulatedLine], missed: Sequence[Stop], periods: Spans, *, names_stops: bool) -> Content:
    """Road works in a commune: some stops of one or more lines are not served or moved."""
    town = missed[0].station.town
    road, job = rng.choice(ROADS), rng.choice(JOBS)
    first, last = periods[0][0], periods[-1][1]
    names = _listed([stop.name for stop in missed])
    spared = next((stop.name for stop in lines[0].stops if stop not in missed), lines[0].stops[0].name)
    style = rng.choice((_plain, _coloured, _emoji))
    title, message = style(rng, lines, town, road, job, names, spared, first, last)
    incident = rng.random() < 0.4  # many file their works as incidents
    return Content(
        cause=INCIDENT if incident else WORKS,
        severity=rng.choice((BLOCKING, DISTURBING, DISTURBING)),
        title=title,
        message=message,
        short_message="Arrêt(s) non desservi(s)" if rng.random() < 0.3 else "",
        tags=("Actualité",) if rng.random() < 0.4 else (),
        links=tuple(
            Link(line, tuple(stop for stop in missed if stop in line.stops) if names_stops else ()) for line in lines
        ),
    )


def _plain(rng, lines, town, road, job, names, spared, first, last):
    text = (
        f"En raison de travaux de {job} {road} à {town}, {names} ne seront pas desservis.<br>"
        f"Du {long_day(first)} au {long_day(last)}.<br>"
        f"Nous vous invitons à vous reporter à l'arrêt {spared}.<br>{rng.choice(SORRY)}"
    )
    return f"Travaux {town}", f"<p>{text}</p>"


def _coloured(rng, lines, town, road, job, names, spared, first, last):
    span = '<span style="background-color:hsl(0,0%,100%);color:rgb(15,20,25);">'
    text = (
        f"<p>{span}En raison de la fermeture {road} ({town}), l'itinéraire est modifié.&nbsp;</span></p>"
        f'<p>&nbsp;</p><p><span style="color:red;"><strong><u>Du {day_and_month(first)} au '
        f"{day_and_month(last)}</u></strong></span></p><p>{span}Non desservis : {names}.</span></p>"
        f"<ul><li>Report conseillé : <strong>{spared}</strong></li></ul><p>{rng.choice(SORRY)}</p>"
    )
    return f"{_names(lines)} - Travaux {road} du {short_day(first)} au {short_day(last)}", text


def _emoji(rng, lines, town, road, job, names, spared, first, last):
    title = f"⚠️🚍#InfoTrafic - {_names(lines)} - Du {day_and_month(first)} au {day_and_month(last)}"
    text = (
        f"<p><p><b>{title}</b><br><br>En raison de travaux de {job} à {town}, la ligne est déviée :<br><br>"
        f"❌ {names[0].upper()}{names[1:]} non desservis<br>✅ Report à l'arrêt <strong>«&nbsp;{spared}&nbsp;»</strong>"
        f"<br><br>{rng.choice(SORRY)}</p></p>"
    )
    return title, text


def cancelled_trips(rng: Random, line: SimulatedLine, periods: Spans) -> Content:
    """Some departures of the day that will not run."""
    first = periods[0][0]
    times = sorted(clock(first + 60 * rng.randint(10, 600)) for _ in range(rng.randint(1, 4)))
    listed = "<br>".join(f"❌Départ de {line.stops[0].name} : <b>{time}</b>" for time in times)
    title = f"⚠🚍 Ligne {line.name} - {long_day(first)}"
    return Content(
        cause=INCIDENT, severity=DISTURBING, title=title,
        message=f"<p><p><b>{title}</b><br><br>En raison de contraintes d'exploitation, les départs suivants "
        f"sont supprimés :<br><br>{listed}<br><br>{rng.choice(SORRY)}</p></p>",
        links=(Link(line),),
    )  # fmt: skip


NOTICES = (
    ("Nouveaux horaires de la ligne {line}", "Les horaires de la ligne {line} changent : consultez la fiche horaire en ligne ou à l'arrêt {stop}."),
    ("Bus de soirée {town}", "Le soir, un bus à la demande attend les voyageurs en gare et les dépose à l'arrêt le plus proche.<br>Indiquez votre arrêt au conducteur."),
    ("Ligne {line} : arrêt {stop} déplacé", "L'arrêt {stop} est déplacé d'une cinquantaine de mètres pendant l'aménagement du carrefour."),
    ("Enquête sur la ligne {line}", "Des enquêteurs vous interrogent à bord de la ligne {line} : vos réponses aident à améliorer l'offre."),
    ("Vente de titres à {town}", "Le point de vente de {town} accueille les voyageurs du lundi au vendredi."),
)  # fmt: skip


def notice(rng: Random, line: SimulatedLine, periods: Spans) -> Content:
    """Something to know, nothing that goes wrong."""
    stop = rng.choice(line.stops)
    title, text = (part.format(line=line.name, stop=stop.name, town=stop.station.town) for part in rng.choice(NOTICES))
    return Content(
        cause=INFORMATION,
        severity=INFORMING if rng.random() < 0.84 else DISTURBING,
        title=title,
        message=f"<p>{text}</p><p>À partir du {long_day(periods[0][0])}.</p>",
        links=(Link(line),),
    )


def _names(lines: Sequence[SimulatedLine]) -> str:
    names = [line.name for line in lines]
    return f"Ligne {names[0]}" if len(names) == 1 else f"Lignes {' et '.join(names)}"


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"l'arrêt {names[0]}"
    return f"les arrêts {', '.join(names[:-1])} et {names[-1]}"
