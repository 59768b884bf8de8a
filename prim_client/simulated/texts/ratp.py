"""Messages as RATP's control centres word them: metro, their tramways, their buses. The words are ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random

from prim_client.messages.time_units import DAY_S
from prim_client.simulated.feed.causes import WORKS_RATP, Cause
from prim_client.simulated.feed.network import SimulatedLine, Stop
from prim_client.simulated.feed.paris_dates import clock, day_and_month, in_paris, long_day, round_up_s
from prim_client.simulated.feed.publication import (
    BLOCKING,
    DISTURBING,
    INCIDENT,
    WORKS,
    Content,
    Link,
    Sections,
    Spans,
    both_ways,
)

BOILERPLATE = "<br><a href='http://www.ratp.fr'>Plus d'informations sur le site ratp.fr</a></p>"
TAGS = ("Actualité",)
QUARTER_S = 900


class Stage(Enum):
    """How far an incident has come; the value is what RATP titles it."""

    STATIONED = "Train stationne"
    DISTURBED = "Trafic perturbé"
    CUT = "Trafic interrompu"
    SKIPPED = "Arrêt non desservi"
    RESUMING = "Reprise progressive / trafic reste perturbé"


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and why: a stretch of a line with the station of the incident in it."""

    line: SimulatedLine
    cause: Cause
    station: Stop
    stretch: tuple[Stop, ...]
    towards: Stop
    whole_line: bool


def incident(rng: Random, scene: Scene, stage: Stage, resumes_at: int) -> Content:
    """The message of one stage; `resumes_at`: when traffic is expected to resume."""
    place = _place(scene)
    reason = f"en raison {scene.cause.ratp_of}"
    at = f" à {scene.station.name}"
    if stage is Stage.STATIONED:
        vehicle = "Un tram" if scene.line.line.mode == "tram" else "Un train"
        text = f"{vehicle} stationne{at} en direction de {scene.towards.name} {reason}."
    elif stage is Stage.SKIPPED:
        text = f"L'arrêt {scene.station.name} n'est pas desservi en direction de {scene.towards.name} {reason}."
    elif stage is Stage.CUT:
        text = (
            f"Le trafic est interrompu {place} {reason}{at} . <br>"
            f"Heure de reprise estimée : {clock(round_up_s(resumes_at, QUARTER_S), ':')}.<br>"
            "Nos agents vous indiquent les lignes qui peuvent vous mener à destination."
        )
    elif stage is Stage.RESUMING:
        how = rng.choice(("reste perturbé", "reste très perturbé", "reste ralenti"))
        text = f"Le trafic reprend progressivement mais {how} {place}, conséquence {scene.cause.ratp_of}{at}."
    else:
        how = rng.choice(("perturbé", "perturbé", "ralenti", "très perturbé"))
        text = f"Le trafic est {how} {place} {reason}{at}."
    return Content(
        cause=INCIDENT,
        severity=BLOCKING if stage in (Stage.CUT, Stage.SKIPPED) else DISTURBING,
        title=f"{_line_title(scene.line)} : {scene.cause.ratp} - {stage.value}",
        message=f"<p>{text}{BOILERPLATE}",
        short_message=stage.value,
        tags=TAGS if rng.random() < 0.6 else (),
        links=(_link(scene, stage),),
        sections=_sections(scene, stage),
    )


def _place(scene: Scene) -> str:
    if scene.whole_line:
        return "sur l'ensemble de la ligne"
    return f"entre {scene.stretch[0].name} et {scene.stretch[-1].name}"


def _link(scene: Scene, stage: Stage) -> Link:
    if stage in (Stage.STATIONED, Stage.SKIPPED):
        return Link(scene.line, (scene.station,), whole=False)
    return Link(scene.line, () if scene.whole_line else scene.stretch)


def _sections(scene: Scene, stage: Stage) -> Sections:
    if scene.whole_line or stage not in (Stage.CUT, Stage.DISTURBED, Stage.RESUMING):
        return ()
    return both_ways(scene.line, scene.stretch[0], scene.stretch[-1])


def _line_title(line: SimulatedLine) -> str:
    names = {"metro": "Métro", "tram": "Tramway", "bus": "Bus", "rer": "RER"}
    return f"{names.get(line.line.mode, 'Ligne')} {line.name}"


def works(rng: Random, line: SimulatedLine, stretch: tuple[Stop, ...], periods: Spans) -> Content:
    """Planned works that cut a stretch, or close one stop of it."""
    first, last = periods[0][0], periods[-1][1]
    what = rng.choice(WORKS_RATP)
    dates = f"Du {day_and_month(first)} au {day_and_month(last)} inclus"
    closed = rng.random() < 0.25
    station = stretch[len(stretch) // 2]
    if closed:
        text = f"{dates}, la station {station.name} ne sera pas desservie en raison de {what.lower()}."
    else:
        text = (
            f"{dates}{_hours(periods)}, le trafic sera interrompu entre {stretch[0].name} et "
            f"{stretch[-1].name} en raison de {what.lower()}.<br>Un bus de remplacement dessert les stations."
        )
    short = "Arrêt non desservi" if closed else "Trafic interrompu"
    return Content(
        cause=WORKS,
        severity=BLOCKING,
        title=f"{_line_title(line)} : {what} - {short}",
        message=f"<p>{text}{BOILERPLATE}",
        short_message=f"{short} planifié",
        tags=TAGS if rng.random() < 0.7 else (),
        links=(Link(line, (station,) if closed else stretch),),
        sections=() if closed else both_ways(line, stretch[0], stretch[-1]),
    )


def _hours(periods: Spans) -> str:
    begin = in_paris(periods[0][0])
    return f", à partir de {begin:%H:%M}" if begin.hour >= 20 else ""


def diversion(
    rng: Random,
    line: SimulatedLine,
    missed: Sequence[Stop],
    periods: Spans,
    title: str,
    reason: str,
    *,
    ahead: bool,
) -> Content:
    """A bus that leaves out some stops; `ahead`: told before it begins."""
    towards = line.terminus(rng, missed[0])
    # RATP marks a station of the RER so, unescaped: a naive tag stripper eats it
    direction = f"{towards.name} <RER>" if rng.random() < 0.04 else towards.name
    missed_names = (
        f"les arrêts situés entre {missed[0].name} et {missed[-1].name}"
        if len(missed) > 1
        else f"l'arrêt {missed[0].name}"
    )
    many = len(missed) > 1
    served = (
        ("ne seront plus desservis" if ahead else "ne sont plus desservis")
        if many
        else ("ne sera pas desservi" if ahead else "n'est pas desservi")
    )
    first, last = periods[0][0], periods[-1][1]
    when = _period_text(first, last) if ahead else f"Reprise estimée : {_resumption(first, last)}"
    shift = "sera déviée" if ahead else "est déviée"
    return Content(
        cause=WORKS if reason == "travaux" else INCIDENT,
        severity=BLOCKING,
        title=f"Bus {line.name} : {title} - Arrêt(s) non desservi(s)",
        message=f"<p>La ligne {line.name} {shift} : {missed_names} {served} en direction de {direction}. "
        f"{when}. Raison : {reason}.{BOILERPLATE}",
        short_message="Arrêt(s) non desservi(s)",
        links=(Link(line, tuple(missed)),),
        sections=((line, missed[0], missed[-1]),) if many and rng.random() < 0.5 else (),
    )


def _period_text(first: int, last: int) -> str:
    if last - first < DAY_S:
        return f"Quand : {long_day(first)}, de {clock(first)} à {clock(last)}"
    return f"Quand : à partir du {long_day(first)}, jusqu'au {long_day(last)}"


def _resumption(first: int, last: int) -> str:
    return clock(last) if last - first < DAY_S else f"{long_day(last)}, à partir de {clock(last)}"
