"""Whole lines: which texts hit every station of a line, and which only name it."""

import pytest

from geo.network.stations import Stations
from geo.text.geocoder import NO_NAME, WHOLE_LINE, locate
from geo.text.places import Method, Role

METRO_4, METRO_6, METRO_8, TRAM_9 = "C01374", "C01376", "C01378", "C02317"
RER_C, RER_D, LINE_R, BUS = "C01727", "C01728", "C01731", "C01180"
WHOLE_RULE, TRAFFIC_RULE, SECTION_RULE = "ensemble de la ligne", "trafic de la ligne", "entre X et Y"


def hit_zones(text: str, *lines: str, title: str = "") -> set[tuple[str, str]]:
    return {(place.line, place.zda) for place in locate(title, text, lines).hits}


def all_zones(*lines: str) -> set[tuple[str, str]]:
    return {(line, station.zda) for line in lines for station in Stations.load().of_line(line)}


def rules(text: str, line: str) -> dict[str, str]:
    """Name of each hit station -> the rule that hit it."""
    return {place.name: place.rule for place in locate("", text, [line]).hits}


@pytest.mark.parametrize(
    "text",
    [
        "Le trafic est perturbé sur l'ensemble de la ligne.",
        "Le trafic est interrompu sur toute la ligne à partir de 23h00.",
        "Trafic perturbé sur l’ensemble de la ligne 6 en raison d'un malaise voyageur à Bercy.",
        "Retards sur la totalité de la ligne.",
        "Le trafic reprend mais reste très perturbé sur l'ensemble de la ligne.",
        "Le trafic reprend progressivement sur l'ensemble de la ligne.",
        "De plus, le trafic est perturbé sur toute la ligne.",
        "Les métros stationnent sur l'ensemble de la ligne en raison d'un incident à Nation.",
        "La ligne entière est perturbée.",
        "Toutes les stations de la ligne sont fermées.",
        "Sur l'ensemble de la ligne, les trains circulent avec des retards.",
        "Trafic interrompu sur l'ensemble de la ligne. Bus de remplacement à Nation.",
    ],
)
def test_trouble_on_the_whole_line_hits_every_station(text):
    assert hit_zones(text, METRO_6) == all_zones(METRO_6)


@pytest.mark.parametrize(
    "text",
    [
        "Le trafic reprend sur l'ensemble de la ligne.",
        "Le trafic est revenu à la normale sur toute la ligne.",
        "Le trafic est rétabli sur l'ensemble de la ligne.",
        "Sur l'ensemble de la ligne, le trafic est normal.",
        "Reprise du trafic sur l'ensemble de la ligne estimée à 18h.",
        "Le trafic n'est plus perturbé sur l'ensemble de la ligne.",
        "Des bus de remplacement circulent sur l'ensemble de la ligne.",
        "Perturbations sur une partie de la ligne.",
    ],
)
def test_a_line_that_runs_or_a_way_round_is_not_hit(text):
    located = locate("", text, [METRO_6])
    assert located.hits == () and located.unplaced == NO_NAME


@pytest.mark.parametrize(
    "text",
    [
        "Trafic interrompu sur toute la ligne entre Nation et Daumesnil.",
        "Le trafic, interrompu entre Nation et Daumesnil, reprend sur l'ensemble de la ligne.",
        "Trafic interrompu entre Nation et Daumesnil. Le trafic est normal sur le reste de la ligne.",
        "Bus de remplacement sur l'ensemble de la ligne. Trafic interrompu entre Nation et Daumesnil.",
    ],
)
def test_a_section_beside_an_extent_that_is_well_stays_a_section(text):
    assert set(rules(text, METRO_6)) == {"Nation", "Picpus", "Bel-Air", "Daumesnil"}


@pytest.mark.parametrize(
    "text",
    [
        "Trafic perturbé entre Nation et Daumesnil puis sur toute la ligne.",
        "Le trafic est interrompu entre Nation et Daumesnil et fortement perturbé sur l'ensemble de la ligne.",
    ],
)
def test_a_section_and_the_whole_line_hit_all_and_each_station_has_its_own_reason(text):
    found = rules(text, METRO_6)
    assert len(found) == len(all_zones(METRO_6))
    assert {name for name, rule in found.items() if rule == SECTION_RULE} == {
        "Nation",
        "Picpus",
        "Bel-Air",
        "Daumesnil",
    }
    assert found["Passy"] == WHOLE_RULE


def test_every_branch_is_part_of_the_line_and_the_part_of_one_branch_is_not_the_line():
    assert hit_zones("Le trafic est ralenti sur l'ensemble de la ligne.", RER_D) == all_zones(RER_D)
    on_branch = hit_zones("Le trafic est ralenti sur l'ensemble de la branche de Malesherbes.", RER_D)
    assert len(on_branch) == 1


def test_what_is_said_to_be_spared_is_not_hit():
    text = (
        "Trafic perturbé sur l'ensemble de la ligne à l'exception des trains circulant entre Versailles Chantiers "
        "et Massy Palaiseau."
    )
    spared = all_zones(RER_C) - hit_zones(text, RER_C)
    assert {Stations.load().get(zda).name for _, zda in spared} >= {"Versailles-Chantiers", "Massy-Palaiseau"}
    assert len(spared) < 10


def test_of_several_lines_the_named_one_is_hit_and_without_a_name_all():
    assert hit_zones("Le trafic est ralenti sur l'ensemble de la ligne D.", RER_D, LINE_R) == all_zones(RER_D)
    assert hit_zones("Le trafic est ralenti sur toute la ligne à partir de 9h.", RER_D, LINE_R) == all_zones(
        RER_D, LINE_R
    )


def test_the_title_may_say_it_and_a_section_in_the_text_is_surer():
    title = "Ligne 6 : trafic perturbé sur toute la ligne"
    assert hit_zones("Motif : panne d'un train à Bercy.", METRO_6, title=title) == all_zones(METRO_6)
    assert len(hit_zones("Trafic interrompu entre Nation et Daumesnil.", METRO_6, title=title)) == 4
    assert hit_zones("", METRO_6, title="Toute la ligne 6 perturbée") == all_zones(METRO_6)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("", "Trafic perturbé sur la ligne 6"),
        ("Métro 6 : Trafic perturbé", "Plus d'informations sur le site ratp.fr"),
        ("", "Le trafic est très ralenti en raison d'un incident d'exploitation."),
        ("", "La circulation des métros est interrompue jusqu'à 18h."),
    ],
)
def test_disturbed_traffic_in_a_message_that_names_no_place_is_of_the_whole_line(title, text):
    located = locate(title, text, [METRO_6])
    assert {(p.line, p.zda) for p in located.hits} == all_zones(METRO_6)
    assert {p.rule for p in located.hits} == {TRAFFIC_RULE}


@pytest.mark.parametrize(
    "text",
    [
        "Trafic perturbé. L'arrêt Mairie Nouvelle n'est pas desservi.",
        "Trafic perturbé entre Tartempion et Perlimpinpin.",
        "Le trafic est perturbé vers Perlimpinpin.",
        "Les horaires changent le 3 mai.",
        "L'arrêt Cimetière n'est pas desservi en raison de travaux.",
    ],
)
def test_a_place_that_no_table_knows_does_not_make_it_the_whole_line(text):
    assert locate("", text, [METRO_8]).hits == ()


def test_a_station_that_the_message_names_is_nearer_than_its_disturbed_traffic():
    assert set(rules("Trafic perturbé à Nation.", METRO_6)) == {"Nation"}


def test_each_hit_tells_the_words_and_that_the_whole_line_is_meant():
    text = "Le trafic est perturbé sur l'ensemble de la ligne, en direction de Nation."
    located = locate("", text, [METRO_6])
    for place in located.hits:
        assert (place.method, place.rule, place.source) == (Method.WHOLE_LINE, WHOLE_RULE, "text")
        assert text[slice(*place.span)] == place.words == "ensemble de la ligne"
    assert {p.name for p in located.places if p.role is Role.DIRECTION} == {"Nation"}
    assert Method.LINE in {place.method for place in located.places}


def test_a_bus_line_whose_stops_are_not_published_stays_an_extent():
    located = locate("", "Le trafic est perturbé sur l'ensemble de la ligne.", [BUS])
    assert located.hits == () and located.unplaced == WHOLE_LINE
    assert [(place.method, place.line) for place in located.places] == [(Method.LINE, BUS)]


def test_stops_by_id_go_before_the_text():
    stop = ("C01376", "stop_point:IDFM:22084", "Nation")
    located = locate("", "Le trafic est perturbé sur l'ensemble de la ligne.", [METRO_6], stops=[stop])
    assert {place.method for place in located.hits} <= {Method.STOP_ID} or located.hits == ()
