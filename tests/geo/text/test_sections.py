"""A hundred messages in our own words, with the stations hit as the line maps show them."""

from pathlib import Path
from random import Random

import pytest

from geo.network.stations import Stations
from geo.text.folding import words
from geo.text.gazetteer import Gazetteer
from geo.text.geocoder import locate
from geo.text.grammar.phrases import PHRASES
from geo.text.mentions import find_mentions
from geo.text.tagging import clauses, tag_of

CASES = [
    [field.strip() for field in row.split("|")]
    for row in (Path(__file__).parent / "section_cases.txt").read_text("utf-8").splitlines()
    if row.strip() and not row.startswith("#")
]


def zdas_named(line_id: str, names: str) -> set[str]:
    """The zones of names joined by semicolons, each naming exactly one station of the line; "*" is all, "-" none."""
    if names == "*":
        return {station.zda for station in Stations.load().of_line(line_id)}
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


PIECES = (
    "sauf  hormis  excepte  a l'exception de  mis a part  circulent  maintenus  assures  entre  ente  enter  et  "
    "vers  n'est pas "
    "desservi  est ferme  report a  est deplace a  transfere  decale  rendre a  arret provisoire a  dessert  "
    "desservent  ne marque "
    "pas  ne s'arrete pas  ne desservent  desserte  detourne par  devie par  directs de  itineraire par  dans le "
    "sens  ainsi que  "
    "depart  arrivee  train au depart de  a destination de  missions  departs  de  du  depuis  jusqu'a  interrompu "
    "de  perturbe de  "
    "axe  troncon  section  branche  parcours  trajet  relation  ligne  en direction de  directions  pour  en "
    "provenance de  terminus  "
    "origine  limite  retournement  fait demi-tour  via  correspondance  rer a  metro 4  bus 12  a  -  <>  ->  / "
    " §  ,  12h30"
).split("  ")


def made_up_texts():
    """Texts put together from the pieces of all phrases, most of which nobody would write."""
    draw, tags = Random(1), [tag_of(number) for number in range(3)]
    for _ in range(8_000):
        yield " ".join(draw.choice(tags if draw.random() < 0.4 else PIECES) for _ in range(draw.randint(2, 9)))


def hand_made_texts():
    """The clauses of the hundred messages."""
    for line_id, text, _ in CASES:
        trees = Gazetteer.load().trees([line_id])
        yield from (clause.text for clause in clauses(text, find_mentions(text, words(text), trees)))


def test_a_phrase_matches_nothing_without_what_it_says_it_needs():
    matched = set()
    for text in (*made_up_texts(), *hand_made_texts()):
        for phrase in PHRASES:
            if phrase.pattern.search(text):
                assert phrase.may_match(text), (phrase.rule, text)
                matched.add(phrase.rule)
    assert {phrase.rule for phrase in PHRASES if phrase.needs} - matched <= {"ainsi que X et Y", "de X et Y"}
