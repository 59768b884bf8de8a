"""Texts that nobody would write cost no more than texts that people write."""

import time

import pytest

from geo.geocoder import locate

RER_A, BUS = "C01742", "C01212"
MEGABYTE = 1_000_000
# Not a measurement (`./pulse bench geocode` has that) but a guard: a tenth of a second is usual, and a pattern
# that backtracks over 10,000 characters takes minutes.
GUARD_S = 10.0

HOSTILE = {
    "one letter": "a",
    "capitals": "A ",
    "brackets": "(",
    "zero-width spaces": "\u200b",
    "newlines": "\n",
    "full stops": ". ",
    "quotation marks": "« ",
    "the grammar's own characters": "\ue000 et ",
    "a list without end": "Nation, Vincennes et ",
    "entre": "entre ",
    "entre Nation": "entre Nation ",
    "de Nation à": "de Nation à ",
    "sens": "sens Nation - ",
    "axe": "axe Nation - ",
    "départ": "départ Nation 12h30 arrivée ",
    "cause": "en raison de ",
    "sauf": "sauf ",
    "cut names": "Saint-M. ",
    "misspelt names": "Natiom Vincenes ",
    "names that are everywhere": "arrêts Mairie, Église et ",
    "towns": "Versailles Montreuil, Nanterre ",
    "reports": "reporter a ",
}


@pytest.fixture(scope="module", autouse=True)
def tables():
    locate("", "Nation", [RER_A])
    locate("", "arrêt Mairie à Draveil", [BUS])


@pytest.mark.parametrize("line_id", [RER_A, BUS])
@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_megabyte_costs_little(piece, line_id):
    text = (piece * (MEGABYTE // len(piece) + 1))[:MEGABYTE]
    started = time.process_time()
    located = locate(text, text, [line_id])
    assert time.process_time() - started < GUARD_S
    assert located.cut
