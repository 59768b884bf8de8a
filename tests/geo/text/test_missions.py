"""An incident that cuts a section is felt along the journeys of the trains that would pass it."""

from geo.text.geocoder import locate
from geo.text.phrase_reader import MISSION_RULE

RER_D, LINE_H, METRO_4 = "C01728", "C01737", "C01374"
CUT = "Le trafic est interrompu entre Orry-la-Ville et Goussainville dans les 2 sens."


def felt(title, text, line_id):
    return {place.name for place in locate(title, text, [line_id]).hits if place.rule == MISSION_RULE}


def test_a_bare_interruption_is_felt_along_the_whole_journey():
    names = felt("Ligne D : interruption", CUT, RER_D)
    assert {"Creil", "Gare du Nord", "Juvisy", "Évry Courcouronnes", "Corbeil-Essonnes"} <= names
    assert not names & {"Goussainville", "Melun", "Malesherbes", "Ris-Orangis"}


def test_one_way_it_is_felt_behind_the_section_only():
    names = felt("Ligne D : interruption", "Le trafic est interrompu de Orry-la-Ville vers Goussainville.", RER_D)
    assert "Corbeil-Essonnes" in names and "Creil" not in names


def test_a_title_that_says_what_becomes_of_the_rest_adds_nothing():
    assert felt("Ligne D : interruption et ralentissements", CUT, RER_D) == set()


def test_works_add_nothing_to_their_section():
    assert felt("Ligne D : interruption", f"Période : le soir\n{CUT}", RER_D) == set()


def test_the_rest_of_the_line_means_the_journeys_whatever_the_title():
    text = "Le trafic est interrompu entre Persan et Creil et perturbé sur le reste de la ligne."
    assert {"Pontoise", "Valmondois"} <= felt("Ligne H : perturbations", text, LINE_H)


def test_lines_without_journeys_in_the_table_keep_to_the_section():
    assert felt("Métro 4 : Incident - Trafic interrompu", "Trafic interrompu entre Cité et Odéon.", METRO_4) == set()


def test_a_journey_is_less_sure_than_the_section_itself():
    hits = locate("Ligne D : interruption", CUT, [RER_D]).hits
    assert max(p.confidence for p in hits if p.rule == MISSION_RULE) < min(
        p.confidence for p in hits if p.rule != MISSION_RULE
    )
