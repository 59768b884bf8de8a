"""Texts that nobody would write cost no more than texts that people write."""

import time

import pytest

from benchmarks.geocoder._hostile_texts import PIECES, hostile_text
from geo.text.geocoder import locate

RER_A, BUS = "C01742", "C01212"
# Not a measurement (`./pulse bench geocode` has that) but a guard: a tenth of a second is usual, and a pattern
# that backtracks over 10,000 characters takes minutes.
GUARD_S = 10.0


@pytest.fixture(scope="module", autouse=True)
def tables():
    locate("", "Nation", [RER_A])
    locate("", "arrêt Mairie à Draveil", [BUS])


@pytest.mark.parametrize("line_id", [RER_A, BUS])
@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)
def test_a_hostile_megabyte_costs_little(piece, line_id):
    text = hostile_text(piece)
    started = time.process_time()
    located = locate(text, text, [line_id])
    assert time.process_time() - started < GUARD_S
    assert located.cut
