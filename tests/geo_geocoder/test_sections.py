"""A hundred messages in our own words, with the stations hit as the line maps show them."""

from pathlib import Path

import pytest

from geo.geocoder import locate
from geo.stations import Stations

CASES = [
    [field.strip() for field in row.split("|")]
    for row in (Path(__file__).parent / "section_cases.txt").read_text("utf-8").splitlines()
    if row.strip() and not row.startswith("#")
]


def zdas_named(line_id: str, names: str) -> set[str]:
    """The zones of names joined by semicolons, each naming exactly one station of the line."""
    zdas = set()
    for name in [] if names == "-" else names.split(";"):
        (station,) = Stations.load().of_name_on_line(name.strip(), line_id)
        zdas.add(station.zda)
    return zdas


def test_there_are_a_hundred_cases_and_no_two_are_alike():
    assert len(CASES) == 100
    assert len({(line, text) for line, text, _ in CASES}) == 100


@pytest.mark.parametrize(("line_id", "text", "names"), CASES, ids=[text[:60] for _, text, _ in CASES])
def test_the_stations_hit_are_those_of_the_line_map(line_id, text, names):
    located = locate("", text.replace("\\n", "\n"), [line_id])
    assert {place.zda for place in located.hits} == zdas_named(line_id, names)
