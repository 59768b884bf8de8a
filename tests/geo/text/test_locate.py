"""What `locate` says about a message: roles, methods, spans, refusals and reasons."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

from geo.network.stations import Stations
from geo.network.topology import Topology
from geo.text.geocoder import NO_LINE, NO_NAME, ONLY_DIRECTION, TEXT_MAX_CHARS, locate
from geo.text.places import EXTENTS, Method, Role
from geo.text.rejected_names import AMBIGUOUS, CAUSE

RER_A, RER_B, RER_C, RER_D, LINE_J = "C01742", "C01743", "C01727", "C01728", "C01739"
METRO_1, METRO_4, METRO_6, METRO_7, METRO_8, METRO_13 = "C01371", "C01374", "C01376", "C01377", "C01378", "C01383"
BUS_OF_EVRY, UNKNOWN_BUS = "C01627", "C99999"


def names(located, role=Role.HIT):
    return [place.name for place in located.places if place.role is role and place.has_point]


class TestRoles:
    def test_a_direction_is_no_hit(self):
        located = locate("", "Le train stationne à Daumesnil en direction de Balard.", [METRO_8])
        assert names(located) == ["Daumesnil"]
        assert names(located, Role.DIRECTION) == ["Balard"]

    def test_a_terminus_is_no_hit(self):
        located = locate(
            "", "Trafic perturbé entre Nation et Bel-Air. Les trains sont terminus à Daumesnil.", [METRO_6]
        )
        assert "Daumesnil" not in names(located)
        assert names(located, Role.TERMINUS) == ["Daumesnil"]

    def test_what_is_excepted_is_no_hit(self):
        located = locate("", "Les gares ne sont pas desservies entre Nation et Vincennes, sauf Vincennes.", [RER_A])
        assert names(located) == ["Nation"]
        assert names(located, Role.EXCEPTION) == ["Vincennes"]

    def test_an_excepted_section_is_spared_with_all_its_stations(self):
        text = "Trafic interrompu entre Auber et Vincennes, sauf entre Châtelet - Les Halles et Nation."
        assert names(locate("", text, [RER_A])) == ["Auber", "Vincennes"]

    def test_the_way_round_is_a_detour(self):
        text = "Arrêt Agora non desservi.\nReport à l'arrêt Miroirs."
        roles = {place.name: place.role for place in locate("", text, [BUS_OF_EVRY]).places if place.has_point}
        assert [role for name, role in roles.items() if "Agora" in name] == [Role.HIT]

    @pytest.mark.parametrize(
        "text",
        [
            "Trafic interrompu entre Nation et Bel-Air. Bus de remplacement entre Nation et Bercy.",
            "Trafic interrompu entre Nation et Bel-Air.\nDernier train de Bercy vers Nation : 21h.",
            "Trafic interrompu entre Nation et Bel-Air. Les trains circulent entre Bercy et Étoile.",
            (
                "Trafic interrompu entre Nation et Bel-Air. Attention, le trafic est interrompu entre Bercy et "
                "Étoile demain."
            ),
            "Trafic interrompu entre Nation et Bel-Air en raison d'un incident à Bercy.",
            "Trafic interrompu entre Nation et Bel-Air.\nMotif : panne à Bercy. Incident terminé à Étoile.",
        ],
    )
    def test_sentences_about_something_else_add_no_hit(self, text):
        assert names(locate("", text, [METRO_6])) == ["Nation", "Picpus", "Bel-Air"]


class TestConventions:
    """What PRIM's own ids list when the text leaves it open; docs/geocoding.md has the counts."""

    def test_a_direction_alone_means_the_way_there_on_the_metro(self):
        hits = names(locate("", "Le trafic est perturbé en direction de Balard.", [METRO_8]))
        assert len(hits) == len(Topology.load().stations_between(METRO_8, *ends(METRO_8, "Balard", "Pointe du Lac")))

    def test_a_direction_alone_leaves_out_the_branch_that_trains_do_not_come_from(self):
        hits = names(locate("", "Le trafic est perturbé en direction de Les Courtilles.", [METRO_13]))
        assert "Brochant" in hits and "Duroc" in hits and "Garibaldi" not in hits

    def test_a_direction_alone_on_a_train_line_is_no_place(self):
        located = locate("", "Les horaires changent à destination de Dourdan.", [RER_C])
        assert located.hits == () and located.unplaced == ONLY_DIRECTION

    def test_the_section_in_a_train_title_beats_the_journeys_in_its_text(self):
        text = "Train supprimé :\n- BOVO départ Juvisy 19h25, arrivée Malesherbes 20h26 circule au départ de Corbeil."
        hits = names(locate("Ligne D Ris-Orangis - Évry : suppression", text, [RER_D]))
        assert hits == ["Ris-Orangis", "Grand-Bourg", "Évry"]

    def test_a_section_in_the_text_beats_the_title(self):
        located = locate("Ligne A : Auber - Vincennes", "Trafic interrompu entre Auber et Châtelet.", [RER_A])
        assert names(located) == ["Auber", "Châtelet-Les Halles"]

    def test_an_unserved_station_is_hit_and_not_its_neighbours(self):
        text = "La gare de Houilles - Carrières en direction de Poissy n'est pas desservie."
        located = locate("", text, [RER_A])
        assert names(located) == ["Houilles-Carrières-sur-Seine"]
        assert names(located, Role.DIRECTION) == ["Poissy"]


class TestReasons:
    def test_spans_point_at_the_matched_words(self):
        text = "Le trafic est interrompu entre Réaumur-Sébasto. et Châtelet."
        for place in locate("", text, [METRO_4]).hits:
            assert text[slice(*place.span)] == place.words == "Réaumur-Sébasto. et Châtelet"

    def test_spans_stay_true_behind_ligatures_and_zero_width_spaces(self):
        text = "Cœur\u200b de l’incident\u200b : le train stationne à Ch\u200bâtelet."
        (place,) = locate("", text, [METRO_4]).hits
        assert text[slice(*place.span)] == "Ch\u200bâtelet"

    def test_a_name_of_several_stations_is_refused_with_its_candidates(self):
        located = locate("", "Le train stationne à Versailles.", [RER_C])
        (refused,) = located.refused
        assert located.hits == () and refused.reason == AMBIGUOUS
        assert refused.stations == ("Versailles Château", "Versailles-Chantiers")

    def test_the_cause_is_refused_with_that_reason(self):
        located = locate("", "Trafic interrompu entre Nation et Picpus en raison d'un incident à Passy.", [METRO_6])
        assert [(refused.words, refused.reason) for refused in located.refused] == [("Passy", CAUSE)]

    def test_a_misspelt_name_is_fuzzy_and_less_sure(self):
        (exact,) = locate("", "Le train stationne à Montparnasse-Bienvenüe.", [METRO_6]).hits
        (fuzzy,) = locate("", "Le train stationne à Montparnase-Bienvenüe.", [METRO_6]).hits
        assert exact.zda == fuzzy.zda
        assert (exact.method, fuzzy.method) == (Method.NAME_ON_LINE, Method.NAME_FUZZY)
        assert exact.confidence > fuzzy.confidence

    @pytest.mark.parametrize(
        ("text", "lines", "reason"),
        [
            ("Grève nationale.", [METRO_4], NO_NAME),
            ("Perturbations.", [], NO_LINE),
        ],
    )
    def test_without_a_point_there_is_a_reason(self, text, lines, reason):
        located = locate("", text, lines)
        assert located.hits == () and located.unplaced == reason

    def test_street_names_and_common_words_are_no_stations(self):
        text = "La nation est en grève, rendez-vous dans la cité."
        assert locate("", text, [METRO_1, METRO_4]).hits == ()

    def test_each_place_has_a_confidence_in_range(self):
        located = locate("", "Trafic interrompu entre Juvisy et Melun, sauf Évry, en direction de Melun.", [RER_D])
        assert located.places and all(0 < place.confidence <= 1 for place in located.places)


class TestPublishedIds:
    def test_stops_go_before_the_text(self):
        stop = ("C01742", "stop_point:IDFM:monomodalStopPlace:47900", "Vincennes")
        located = locate("", "Trafic interrompu entre Auber et Nation.", [RER_A], stops=[stop])
        assert [(p.zda, p.method) for p in located.hits] == [("47900", Method.STOP_ID)]

    def test_sections_are_followed_along_the_line(self):
        section = (f"line:IDFM:{RER_A}", "Nation (Paris)", "Fontenay-sous-Bois")
        located = locate("Info", "Voir affiches.", [RER_A], sections=[section])
        assert names(located) == ["Nation", "Vincennes", "Fontenay-sous-Bois"]
        assert {place.source for place in located.hits} == {"sections"}

    def test_a_section_with_an_unknown_end_is_no_place(self):
        assert locate("", "", [RER_A], sections=[(RER_A, "Nation", "Lyon Part-Dieu")]).hits == ()

    def test_of_a_bus_section_the_two_ends_are_known_by_name_and_town(self):
        section = ("line:IDFM:C01281", "Les Laitières (Montreuil)", "Château de Vincennes (Vincennes)")
        found = locate("", "", ["C01281"], sections=[section]).hits
        assert [(place.name, place.method) for place in found] == [
            ("Les Laitières", Method.SECTION_ESTIMATED),
            ("Château de Vincennes", Method.SECTION_ESTIMATED),
        ]

    def test_a_bus_section_with_unknown_ends_is_no_place(self):
        section = ("line:IDFM:C01281", "Quai Numéro 9¾ (Montreuil)", "Place Imaginaire (Vincennes)")
        assert locate("", "", ["C01281"], sections=[section]).hits == ()


class TestSeveralLines:
    def test_a_section_is_followed_on_every_line_that_has_both_ends(self):
        hits = locate("", "Trafic interrompu entre Nation et Vincennes.", [RER_A, METRO_1]).hits
        assert {place.line for place in hits if place.name == "Nation"} == {RER_A, METRO_1}

    @pytest.mark.parametrize("line", ["C01742", "line:IDFM:C01742", "STIF:Line::C01742:"])
    def test_a_line_is_known_by_any_of_its_ids(self, line):
        assert names(locate("", "Le train stationne à Auber.", [line])) == ["Auber"]


class TestBus:
    def test_the_ends_of_a_section_are_estimated(self):
        text = "La ligne est déviée : les arrêts situés entre Agora et Les Miroirs ne sont plus desservis."
        hits = locate("", text, [BUS_OF_EVRY]).hits
        assert {place.method for place in hits} == {Method.SECTION_ESTIMATED}
        assert all("vry" in Stations.load().get(place.zda).town for place in hits)

    def test_a_namesake_elsewhere_is_told_apart_by_the_town(self):
        (place,) = locate("", "Travaux à Gonesse : l'arrêt Hôpital n'est pas desservi.", [UNKNOWN_BUS]).hits
        assert Stations.load().get(place.zda).town == "Gonesse"

    def test_a_town_is_not_taken_for_a_stop_of_its_name(self):
        text = "À Villeneuve-Saint-Georges, l'arrêt Poste n'est pas desservi."
        assert "Villeneuve-Saint-Georges" not in names(locate("", text, [UNKNOWN_BUS]))

    def test_a_doubtful_name_is_refused(self):
        located = locate("", "L'arrêt Église n'est pas desservi.", [UNKNOWN_BUS])
        assert located.hits == () and [refused.reason for refused in located.refused] == [AMBIGUOUS]

    def test_a_named_town_is_an_extent_when_no_stop_is_known(self):
        located = locate("", "Retards à prévoir à Persan.", [UNKNOWN_BUS])
        assert located.hits == () and located.unplaced == NO_NAME
        assert next((p.method, p.name, p.lat) for p in located.places) == (Method.ZONE, "Persan", None)


class TestPureness:
    def test_the_answer_pickles(self):
        located = locate("", "Trafic interrompu entre Nation et Vincennes.", [RER_A])
        assert pickle.loads(pickle.dumps(located)) == located

    def test_threads_get_the_same_answers(self):
        texts = [f"Trafic interrompu entre Nation et {end}." for end in ("Vincennes", "Torcy", "Auber", "Poissy")] * 25
        alone = [locate("", text, [RER_A]) for text in texts]
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda text: locate("", text, [RER_A]), texts)) == alone

    def test_extents_never_have_a_point_and_points_lie_in_the_region(self):
        for text, lines in (("Ensemble de la ligne perturbé.", [RER_A]), ("Entre Nation et Torcy.", [RER_A, RER_B])):
            for place in locate("", text, lines).places:
                assert (place.lat is None) == (place.method in EXTENTS)
                assert place.lat is None or (47.9 < place.lat < 49.5 and 1.1 < place.lon < 3.6)

    def test_a_text_that_is_too_long_is_cut_and_says_so(self):
        inside = locate("", "x" * 50 + " Le train stationne à Auber.", [RER_A])
        beyond = locate("", "x" * TEXT_MAX_CHARS + " Le train stationne à Auber.", [RER_A])
        assert names(inside) == ["Auber"] and not inside.cut
        assert names(beyond) == [] and beyond.cut


def ends(line_id: str, *wanted: str) -> list[str]:
    return [Stations.load().of_name_on_line(name, line_id)[0].zda for name in wanted]
