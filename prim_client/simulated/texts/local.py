"""Messages of the bus operators around Paris: each as it likes, with colours and emoji. Our words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from prim_client.simulated.feed.network import SimulatedLine, Stop
from prim_client.simulated.feed.paris_dates import clock, day_and_month, long_day, short_day
from prim_client.simulated.feed.publication import (
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
from prim_client.simulated.feed.tables import read_rows

SORRY = (
    "Veuillez nous excuser pour la gêne occasionnée.",
    "Merci de votre compréhension.",
    "Nous vous prions de bien vouloir nous excuser pour ce désagrément.",
)
ROADS = (
    "rue de la Gare",
    "avenue Jean Jaurès",
    "rue du Moulin",
    "route de Paris",
    "rue Pasteur",
    "avenue de la République",
)
JOBS = ("voirie", "réseaux", "assainissement", "réfection de la chaussée", "raccordement électrique")
NOTICES = read_rows("notices.csv")
FILED_AS_INCIDENT = 0.4  # many operators file their works as PERTURBATION


@dataclass(frozen=True, slots=True)
class _Roadworks:
    """What the styles below put into words."""

    lines: str  # "Ligne 12", "Lignes 12 et 14"
    town: str
    road: str
    job: str
    missed: str  # "les arrêts A et B"
    instead: str  # a stop that is served
    first: int
    last: int
    sorry: str


def works(
    rng: Random, lines: Sequence[SimulatedLine], missed: Sequence[Stop], periods: Spans, *, names_stops: bool
) -> Content:
    """Road works in a commune: some stops of one or more lines are not served."""
    served = [stop.name for stop in lines[0].stops if stop not in missed]
    job = _Roadworks(
        lines=_names(lines),
        town=missed[0].station.town,
        road=rng.choice(ROADS),
        job=rng.choice(JOBS),
        missed=_listed([stop.name for stop in missed]),
        instead=rng.choice(served or ["provisoire"]),
        first=periods[0][0],
        last=periods[-1][1],
        sorry=rng.choice(SORRY),
    )
    title, message = rng.choice(STYLES)(job)
    return Content(
        cause=INCIDENT if rng.random() < FILED_AS_INCIDENT else WORKS,
        severity=rng.choice((BLOCKING, DISTURBING, DISTURBING)),
        title=title,
        message=message,
        short_message="Arrêt(s) non desservi(s)" if rng.random() < 0.3 else "",
        tags=("Actualité",) if rng.random() < 0.4 else (),
        links=tuple(_link(line, missed if names_stops else ()) for line in lines),
    )


def _plain(job: _Roadworks) -> tuple[str, str]:
    return f"Travaux {job.town}", (
        f"<p>En raison de travaux de {job.job} {job.road} à {job.town}, {job.missed} ne seront pas desservis."
        f"<br>Du {long_day(job.first)} au {long_day(job.last)}.<br>"
        f"Nous vous invitons à vous reporter à l'arrêt {job.instead}.<br>{job.sorry}</p>"
    )


def _coloured(job: _Roadworks) -> tuple[str, str]:
    grey = '<span style="background-color:hsl(0,0%,100%);color:rgb(15,20,25);">'
    red = '<span style="color:red;"><strong><u>'
    title = f"{job.lines} - Travaux {job.road} du {short_day(job.first)} au {short_day(job.last)}"
    return title, (
        f"<p>{grey}En raison de la fermeture {job.road} ({job.town}), l'itinéraire est modifié.&nbsp;</span>"
        f"</p><p>&nbsp;</p>"
        f"<p>{red}Du {day_and_month(job.first)} au {day_and_month(job.last)}</u></strong></span></p>"
        f"<p>{grey}Non desservis : {job.missed}.</span></p>"
        f"<ul><li>Report conseillé : <strong>{job.instead}</strong></li></ul><p>{job.sorry}</p>"
    )


def _emoji(job: _Roadworks) -> tuple[str, str]:
    title = f"⚠️🚍#InfoTrafic - {job.lines} - Du {day_and_month(job.first)} au {day_and_month(job.last)}"
    missed = job.missed[0].upper() + job.missed[1:]
    return title, (
        f"<p><p><b>{title}</b><br><br>En raison de travaux de {job.job} à {job.town}, la ligne est déviée :"
        f"<br><br>❌ {missed} non desservis<br>"
        f"✅ Report à l'arrêt <strong>«&nbsp;{job.instead}&nbsp;»</strong><br><br>{job.sorry}</p></p>"
    )


STYLES: tuple[Callable[[_Roadworks], tuple[str, str]], ...] = (_plain, _coloured, _emoji)


def cancelled_trips(rng: Random, line: SimulatedLine, periods: Spans) -> Content:
    """Some departures of the day that will not run."""
    first = periods[0][0]
    times = sorted(clock(first + 60 * rng.randint(10, 600)) for _ in range(rng.randint(1, 4)))
    listed = "<br>".join(f"❌Départ de {line.stops[0].name} : <b>{time}</b>" for time in times)
    title = f"⚠🚍 Ligne {line.name} - {long_day(first)}"
    return Content(
        cause=INCIDENT,
        severity=DISTURBING,
        title=title,
        message=f"<p><p><b>{title}</b><br><br>En raison de contraintes d'exploitation, les départs suivants "
        f"sont supprimés :<br><br>{listed}<br><br>{rng.choice(SORRY)}</p></p>",
        links=(Link(line),),
    )


def notice(rng: Random, line: SimulatedLine, periods: Spans) -> Content:
    """Something to know, nothing that goes wrong."""
    stop = rng.choice(line.stops)
    names = {"line": line.name, "stop": stop.name, "town": stop.station.town}
    title, text = (part.format(**names) for part in rng.choice(NOTICES))
    return Content(
        cause=INFORMATION,
        severity=INFORMING if rng.random() < 0.84 else DISTURBING,
        title=title,
        message=f"<p>{text}</p><p>À partir du {long_day(periods[0][0])}.</p>",
        links=(Link(line),),
    )


def _link(line: SimulatedLine, missed: Sequence[Stop]) -> Link:
    return Link(line, tuple(stop for stop in missed if stop in line.stops))


def _names(lines: Sequence[SimulatedLine]) -> str:
    names = [line.name for line in lines]
    return f"Ligne {names[0]}" if len(names) == 1 else f"Lignes {' et '.join(names)}"


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"l'arrêt {names[0]}"
    return f"les arrêts {', '.join(names[:-1])} et {names[-1]}"
