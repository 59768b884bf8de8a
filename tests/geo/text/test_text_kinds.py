"""Kinds of sentences that the feed has and that are easily misread, one class each."""

from __future__ import annotations

import pytest

from geo.text.geocoder import locate
from geo.text.places import Role

METRO_1, METRO_9, RER_B, RER_D = "C01371", "C01379", "C01743", "C01728"
BUS_209, BUS_N21, BUS_255, BUS_OF_THE_SOUTH = "C02437", "C01401", "C01246", "C00667"
BUS_330, BUS_318 = "C01289", "C01281"


def hits(text, line, title="", sections=()):
    located = locate(title, text, [line], sections=[(line, *each) for each in sections])
    return {place.name for place in located.places if place.role is Role.HIT and place.has_point}


class TestOneStopClosed:
    """PRIM's section runs from the stop before to the stop behind, which are served."""

    AROUND = (("François Mansard (Le Plessis-Trévise)", "Île Caroline (Le Plessis-Trévise)"),)

    @pytest.mark.parametrize(
        "text",
        [
            "L'arrêt Thérèse n'est pas desservi vers Villiers-sur-Marne en raison de travaux.",
            "Arrêt Thérèse non desservi.",
            "L'arrêt Thérèse ne sera pas marqué du 3 au 5 mai.",
            "L’arrêt « Thérèse » est supprimé (travaux).",
            "L'arrêt Thérèse ne seras desservi dans aucun sens.",
        ],
    )
    def test_the_text_says_which(self, text):
        assert hits(text, BUS_209, "Bus 209 : Arrêt non desservi", self.AROUND) == {"Thérèse"}

    def test_a_stop_may_be_called_by_a_part_of_its_name(self):
        around = [("Châtelet (Paris)", "Saint-Michel Notre-Dame (Paris)")]
        for name in ("Cité - Palais de Justice", "Palais de Justice"):
            text = f"L'arrêt {name} de la ligne N21 n'est pas marqué en direction de l'Hôpital de Longjumeau (travaux)."
            assert hits(text, BUS_N21, sections=around) == {"Cité - Palais de Justice"}

    def test_one_that_no_table_knows_hits_neither_of_its_neighbours(self):
        located = locate("", "L'arrêt Abri Neuf n'est pas desservi.", [BUS_209], sections=[(BUS_209, *self.AROUND[0])])
        assert [place.name for place in located.hits if place.has_point] == []
        assert located.unplaced

    def test_stops_between_two_are_the_section(self):
        ends = ("Les Laitières (Montreuil)", "Château de Vincennes (Vincennes)")
        text = "Les arrêts situés entre Les Laitières et Château de Vincennes ne sont plus desservis."
        assert hits(text, BUS_318, sections=[ends]) == hits("", BUS_318, sections=[ends]) != set()

    def test_on_rails_too(self):
        around = [("Nation (Paris)", "Bastille (Paris)")]
        assert hits("La station Gare de Lyon n'est pas desservie.", METRO_1, sections=around) == {"Gare de Lyon"}

    def test_a_deviation_without_a_name_is_the_section(self):
        assert len(hits("La ligne 209 est déviée.", BUS_209, sections=self.AROUND)) == 2


class TestInitials:
    """The full stop of an initial or of an abbreviation ends no sentence."""

    @pytest.mark.parametrize(
        "text",
        [
            "Métro interrompu de Franklin D. Roosevelt à Nation.",
            "Plus de trafic entre Franklin D. Roosevelt et Nation jusqu'à 18h.",
            "Le trafic est interrompu entre F. D. Roosevelt et Nation.",
        ],
    )
    def test_a_section_from_such_a_station(self, text):
        found = hits(text, METRO_1)
        assert len(found) == 13 and {"Franklin D. Roosevelt", "Concorde", "Bastille", "Nation"} <= found

    def test_a_list_goes_on_behind_it(self):
        text = (
            "Les arrêts ne sont plus desservis à Alma - Marceau, Franklin D. Roosevelt, Saint-Philippe-du-Roule et "
            "Miromesnil."
        )
        assert len(hits(text, METRO_9)) == 4

    def test_the_name_of_a_line_ends_one(self):
        text = "Trafic interrompu entre Nation et Bastille sur la ligne A. Gare de Lyon reste desservie."
        assert "Bastille" in hits(text, METRO_1)


class TestAdvice:
    @pytest.mark.parametrize(
        "advice",
        [
            "Pour les voyageurs au départ de Créteil-Pompadour en direction de Melun, prenez un train vers Juvisy.",
            "Voyageurs de Juvisy vers Melun, merci d'emprunter le RER C.",
            "Empruntez la ligne R de Melun à Gare de Lyon.",
            "En direction de Juvisy, veuillez prendre le train vers Melun.",
            "Vous pouvez rejoindre Melun depuis Juvisy par le bus.",
        ],
    )
    def test_where_riders_should_go_is_no_hit(self, advice):
        assert hits(f"Créteil-Pompadour n'est pas desservi.\n{advice}", RER_D) == {"Créteil Pompadour"}


class TestNormalTraffic:
    @pytest.mark.parametrize(
        "heading", ["Trafic normal sur les axes :", "Le trafic est normal sur :", "Service normal sur les sections :"]
    )
    def test_a_list_under_such_a_heading_is_no_hit(self, heading):
        text = (
            f"Service réduit, deux trains sur trois sur l'axe :\n- Goussainville - Melun\n{heading}\n"
            "- Juvisy - Corbeil via Ris Orangis\n- Corbeil Essonnes - Malesherbes"
        )
        found = hits(text, RER_D)
        assert {"Goussainville", "Gare de Lyon", "Melun"} <= found
        assert not {"Malesherbes", "Boutigny", "Juvisy", "Corbeil-Essonnes"} & found

    def test_what_such_a_sentence_spares_is_hit(self):
        assert "Melun" in hits(
            "Trafic normal. Les trains ne circulent pas entre Villeneuve-Saint-Georges et Melun.", RER_D
        )

    def test_initials_of_a_town_name_a_station(self):
        assert "Villeneuve-Saint-Georges" in hits("Trafic interrompu entre Villeneuve SG et Melun.", RER_D)


class TestBranches:
    @pytest.mark.parametrize(
        "text",
        [
            "- Gare du Nord <> Aéroport CDG 2 / Mitry-Claye : moins de trains",
            "Moins de trains sur l'axe Gare du Nord - Aéroport CDG 2 / Mitry-Claye.",
            "Pas de trains sur les axes :\n- Aéroport CDG 2 / Mitry-Claye - Gare du Nord",
        ],
    )
    def test_an_end_may_be_two_termini(self, text):
        found = hits(text, RER_B)
        assert {"Gare du Nord", "Aulnay-sous-Bois", "Sevran-Livry", "Mitry-Claye"} <= found
        assert any("Charles De Gaulle 2" in name for name in found)


class TestCompounds:
    def test_a_name_is_not_cut_at_its_dash(self):
        text = (
            "Ligne 255 déviée : les arrêts entre Porte de Paris - Stade de France et Saint-Denis - Université ne sont "
            "plus desservis."
        )
        assert hits(text, BUS_255, "Bus 255 : Manifestation") == {"Porte de Paris", "Saint-Denis-Université"}

    def test_nor_at_its_hyphen(self):
        text = "L'arrêt Gare est déplacé à Villiers-sur-Marne et à Livry-Gargan."
        assert not {"Villiers", "Gargan"} & hits(text, BUS_330)

    def test_both_parts_count_where_both_are_near(self):
        text = "Les arrêts situés entre Étienne Marcel - Cornet et Pantin RER - Mairie ne sont plus desservis."
        assert hits(text, BUS_330) == {"Etienne Marcel", "Pantin RER - Mairie"}


class TestRoads:
    @pytest.mark.parametrize(
        "text",
        [
            "Travaux Rte de Longpont : l'arrêt Rond-Point est supprimé.",
            "En raison de travaux avenue de Longpont, l'arrêt Rond-Point n'est pas desservi.",
            "Travaux rues de Longpont et de Montlhéry : arrêt Rond-Point non desservi.",
        ],
    )
    def test_a_road_of_the_cause_is_no_stop(self, text):
        assert hits(text, BUS_OF_THE_SOUTH) == set()
