"""Messages as SNCF's Transilien centres word them: RER, trains, some tramways. The words are ours.

Their editor writes numeric entities, empty paragraphs and long tails of line breaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from random import Random

from prim_client.simulated.feed.causes import WORKS_SNCF, Cause
from prim_client.simulated.feed.network import SimulatedLine, Stop
from prim_client.simulated.feed.paris_dates import clock, day_and_month, in_paris, short_day
from prim_client.simulated.feed.publication import (
    BLOCKING,
    DISTURBING,
    INCIDENT,
    INFORMING,
    WORKS,
    Content,
    Link,
    Spans,
    both_ways,
)

TAIL = "<br><br><br></p>"
TITLE_CHARS = 12  # station names in titles are cut like this
TAGS = ("Actualité",)


class State(Enum):
    """How the traffic runs: title, sentence."""

    SLOW = ("ralentissements", "Le trafic est ralenti")
    VERY_SLOW = ("fortement ralenti", "Le trafic est fortement ralenti")
    DISTURBED = ("perturbations", "Le trafic est perturbé")
    VERY_DISTURBED = ("fortes perturbations", "Le trafic est fortement perturbé")
    CUT = ("interruption", "Le trafic est interrompu")
    SKIPPED = ("gares non desservies", "Plusieurs gares ne sont pas desservies")
    CANCELLED = ("suppression", "Train supprimé")


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and why."""

    line: SimulatedLine
    cause: Cause
    station: Stop
    stretch: tuple[Stop, ...]
    whole_line: bool
    names_stops: bool  # the ids of the stops come with it
    title: str  # the first message's; most updates keep it


def incident(rng: Random, scene: Scene, state: State, until: int, stops: tuple[Stop, ...]) -> Content:
    """The message of one state until the announced end, with all `stops` of the scene or a twin's part."""
    text = _cancelled(rng, scene, until) if state is State.CANCELLED else _traffic(rng, scene, state, until)
    listed = () if scene.whole_line or not scene.names_stops else stops
    return Content(
        cause=INCIDENT,
        severity=BLOCKING if state is State.CUT else DISTURBING if rng.random() < 0.97 else INFORMING,
        title=scene.title if rng.random() < 0.85 else draw_title(rng, scene.line, scene.stretch, state),
        message=f"<p>{entities(text)}{TAIL}",
        short_message=state.value[0].capitalize() if rng.random() < 0.5 else "",
        tags=TAGS if rng.random() < 0.6 else (),
        links=(Link(scene.line, listed),),
        sections=both_ways(scene.line, scene.stretch[0], scene.stretch[-1]) if listed and rng.random() < 0.6 else (),
    )


def _traffic(rng: Random, scene: Scene, state: State, until: int) -> str:
    where = (
        "sur l'ensemble de la ligne"
        if scene.whole_line
        else f"entre {scene.stretch[0].name} et {scene.stretch[-1].name} dans les 2 sens"
    )
    end = f" jusqu'à {clock(until)}" if rng.random() < 0.7 else ""
    text = f"{state.value[1]} {where}{end}.<br><br>"
    if rng.random() < 0.35:
        text += "Des trains peuvent être retardés ou supprimés, leur desserte modifiée.<br><br>"
    if rng.random() < 0.4:
        text += "Les horaires de votre train sont dans l'application &#206;le-de-France Mobilités.<br><br>"
    near = rng.choice(("à", "en gare de", "dans le secteur de"))
    return f"{text}Motif : {scene.cause.sncf} {near} {scene.station.name}."


def _cancelled(rng: Random, scene: Scene, until: int) -> str:
    code = "".join(rng.choice("BDGKLMPRSTVZ") + rng.choice("AEIOU") for _ in range(2))
    leaves = until - 60 * rng.randint(25, 80)
    following = leaves + 60 * rng.choice((10, 15, 20, 30))
    ends = f"au départ de {scene.stretch[0].name}", f"à destination de {scene.stretch[-1].name}"
    return (
        f"Train supprimé :<br>- {code}, {ends[0]} à {clock(leaves)}, {ends[1]} (arrivée {clock(until)})."
        f"<br><br>Prochain train à circuler : départ {clock(following)}, une affluence plus forte est à "
        f"prévoir.<br><br>Motif : {scene.cause.sncf}."
    )


def draw_title(rng: Random, line: SimulatedLine, stretch: tuple[Stop, ...], state: State) -> str:
    """A title: line and state, often with the ends of the stretch; seldom nothing but a full stop."""
    name = _line_title(line)
    if rng.random() < 0.006:
        return "."
    if state is State.CANCELLED or rng.random() < 0.3:
        joint = rng.choice((" - ", " <-> ", " &lt;-&gt; ", " -> "))
        return f"{name} : {joint.join((_cut(stretch[0].name), _cut(stretch[-1].name)))} {state.value[0]}"
    return f"{name} : {state.value[0]}"


def works(rng: Random, line: SimulatedLine, stretch: tuple[Stop, ...], periods: Spans, *, names_stops: bool) -> Content:
    """Planned works: nights, weekends, or days, with their dates in the text."""
    what = rng.choice(WORKS_SNCF)
    cut = rng.random() < 0.75
    first, last = stretch[0].name, stretch[-1].name
    how = "Le trafic est interrompu" if cut else "Le trafic est ralenti"
    extra = rng.choice(
        (
            "Un service de bus de remplacement est mis en place et dessert toutes les gares.",
            "Des bus relient les gares concernées, le temps de parcours est allongé.",
            f"Les trains sont origine et terminus {first}.",
        )
    )
    bold = rng.random() < 0.3
    label = "<b>Période :</b>" if bold else "Période :"
    text = (
        f"{label} {_hours(periods)}<br><br>Dates : {_dates(periods)}.</p><p><br></p>"
        f"<p>{how} entre {first} et {last}.<br><br>{extra}<br><br>"
        f"Le calculateur d'itinéraire connaît ces horaires.<br><br>Motif : {what}."
    )
    short = "Trafic interrompu planifié" if cut else "trafic ralenti"
    days = f"{short_day(periods[0][0])} au {short_day(periods[-1][0])}"
    return Content(
        cause=WORKS,
        severity=DISTURBING,
        title=f"{_line_title(line)} : {_cut(first)} - {_cut(last)} du {days}",
        message=f"<p>{entities(text)}{TAIL}",
        short_message=short if rng.random() < 0.6 else "",
        tags=TAGS if rng.random() < 0.6 else (),
        links=(Link(line, stretch if names_stops else ()),),
        sections=both_ways(line, stretch[0], stretch[-1]) if rng.random() < 0.5 else (),
    )


def _hours(periods: Spans) -> str:
    begin, end = in_paris(periods[0][0]), in_paris(periods[0][1])
    if begin.hour >= 20:
        return f"en soirée, à partir de {begin:%Hh%M}"
    return "toute la journée" if periods[0][1] - periods[0][0] > 12 * 3600 else f"de {begin:%Hh%M} à {end:%Hh%M}"


def _dates(periods: Spans) -> str:
    if len(periods) == 1:
        return f"le {day_and_month(periods[0][0])}"
    return f"du {day_and_month(periods[0][0])} au {day_and_month(periods[-1][0])}"


def _line_title(line: SimulatedLine) -> str:
    return f"RER {line.name}" if line.line.mode == "rer" else f"Ligne {line.name}"


def _cut(name: str) -> str:
    """A station name as the titles of SNCF cut it.

    >>> _cut("Saint-Martin-d'Étampes"), _cut("Juvisy")
    ("St-Martin-d'.", 'Juvisy')
    """
    short = name.replace("Saint-", "St-").replace("Sainte-", "Ste-")
    return short if len(short) <= TITLE_CHARS else f"{short[:TITLE_CHARS].rstrip(' -')}."


def entities(text: str) -> str:
    """Letters outside ASCII as numeric entities.

    >>> entities("à Étampes")
    '&#224; &#201;tampes'
    """
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")
