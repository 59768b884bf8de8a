"""The few ids that have been in the feed for ever: begins in 2016, ends in 2033."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from prim_client.messages.time_units import HOUR_S
from prim_client.simulated.feed.network import SimulatedLine, rail_network
from prim_client.simulated.feed.paris_dates import of_paris
from prim_client.simulated.feed.publication import INFORMATION, INFORMING, Content, Link, Publication, make_id


@dataclass(frozen=True, slots=True)
class _Notice:
    line: str
    first: date
    last: date
    title: str
    text: str


NOTICES = (
    _Notice(
        "C",
        date(2016, 3, 1),
        date(2033, 1, 6),
        "Accès aux quais",
        "L'accès aux quais se fait par le passage souterrain, l'ascenseur est en service de 5h30 à 23h30.",
    ),
    _Notice(
        "N",
        date(2020, 9, 1),
        date(2033, 3, 6),
        "Train à réservation",
        "Les trains à réservation obligatoire ne prennent pas de voyageurs de la région.",
    ),
    _Notice(
        "T4",
        date(2023, 1, 2),
        date(2031, 12, 31),
        "Vélos à bord",
        "Les vélos sont admis hors des heures de pointe, dans la voiture signalée.",
    ),
)


@cache
def standing_notices(seed: int) -> tuple[Publication, ...]:
    """The notices that every feed of these years holds."""
    return tuple(_publication(seed, line, notice) for notice in NOTICES for line in rail_network().named(notice.line))


def _publication(seed: int, line: SimulatedLine, notice: _Notice) -> Publication:
    period = (of_paris(notice.first, 12), of_paris(notice.last, 20))
    content = Content(INFORMATION, INFORMING, notice.title, f"<p>{notice.text}</p>", links=(Link(line),))
    id_ = make_id(seed, "standing", notice.title)
    return Publication(id_, (period,), (period,), period[0] - HOUR_S, lambda: content)
