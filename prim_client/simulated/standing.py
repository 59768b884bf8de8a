"""The few ids that have been in the feed for ever: begins in 2016, ends in 2033."""

from __future__ import annotations

from datetime import date
from functools import cache

from prim_client.simulated.network import SimulatedLine, rail_network
from prim_client.simulated.paris_dates import of_paris
from prim_client.simulated.publication import INFORMATION, INFORMING, Content, Link, Publication, make_id

# line, first day, last day, title, text
NOTICES = (
    ("C", date(2016, 3, 1), date(2033, 1, 6), "Accès aux quais", "L'accès aux quais se fait par le passage souterrain, l'ascenseur est en service de 5h30 à 23h30."),
    ("N", date(2020, 9, 1), date(2033, 3, 6), "Train à réservation", "Les trains à réservation obligatoire ne prennent pas de voyageurs de la région."),
    ("T4", date(2023, 1, 2), date(2031, 12, 31), "Vélos à bord", "Les vélos sont admis hors des heures de pointe, dans la voiture signalée."),
)  # fmt: skip


@cache
def standing_notices(seed: int) -> tuple[Publication, ...]:
    """The notices that every feed of these years holds."""
    return tuple(_publication(seed, line, *notice[1:]) for notice in NOTICES for line in rail_network().named(notice[0]))


def _publication(seed: int, line: SimulatedLine, first: date, last: date, title: str, text: str) -> Publication:
    period = (of_paris(first, 12), of_paris(last, 20))
    content = Content(INFORMATION, INFORMING, title, f"<p>{text}</p>", links=(Link(line),))
    return Publication(make_id(seed, "standing", title), (period,), (period,), period[0] - 3600, lambda: content)
