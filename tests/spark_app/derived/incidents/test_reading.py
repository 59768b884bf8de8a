"""What a notice says: dialect, cause, place, and the periods that talk. All texts are our own."""

from dataclasses import replace

import pytest

from prim_client.messages.message import to_epoch_us
from prim_client.messages.paris_time import parse_begin, parse_end
from spark_app.derived.incidents.notice import BadNotice, notice_of
from spark_app.derived.incidents.phase import phase_of
from spark_app.derived.incidents.reading import place_words, read, same_place
from tests.made.notices import at, closing, held, notice, ratp, sncf


def test_ratp_names_its_cause_in_the_title_and_its_place_behind_the_reason():
    reading = read(ratp("a", 0, "Bagage oublié", "Place d'Italie"))
    assert (reading.dialect, reading.root, reading.causes) == ("ratp", "bagage oublie", frozenset({"unattended_item"}))
    assert reading.place == {"place", "italie"}


@pytest.mark.parametrize(
    ("motif", "root", "place"),
    [
        ("panne d'un train à Auber", "panne d un train", {"auber"}),
        (
            "accident de personne en Gare de Maisons Alfort. (incident terminé)",
            "accident de personne",
            {"maisons", "alfort"},
        ),
        ("affaires oubliées (en gare d'Auber)", "affaires oubliees", {"auber"}),
        ("panne sur les voies (signal dans le secteur de Meaux)", "panne sur les voies", {"meaux"}),
        (
            "panne du réseau.\n(courant coupé aux abords de La Ferté sous Jouarre)",
            "panne du reseau",
            {"ferte", "jouarre"},
        ),
        ("conditions de départ non réunies", "conditions de depart non reunies", set()),
    ],
)
def test_sncf_names_both_in_its_motif(motif, root, place):
    reading = read(sncf("a", 0, 0, motif))
    assert (reading.dialect, reading.root, reading.place) == ("sncf", root, place)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("En raison de travaux, la ligne 4135 est déviée vers Gare de Brunoy.", "travaux"),
        (
            "En raison des travaux de modernisation, l'arrêt Square des Sablons n'est plus desservi.",
            "travaux de modernisation",
        ),
        ("Trafic perturbé en raison de l'affluence, prévoyez un délai.", "affluence"),
        ("En raison du marché de Noël\nLa ligne 9 est déviée.", "marche de noel"),
        ("Trafic ralenti en raison d'une panne de signalisation. Reprise à 18h.", "panne de signalisation"),
    ],
)
def test_a_cause_ends_at_its_comma_and_begins_behind_its_article(text, cause):
    assert read(notice("a", 0, "Ligne 4135", text)).root == cause


@pytest.mark.parametrize("length_min", [1 / 60, 0.5, 59 / 60, 61 / 60])
def test_only_a_period_of_one_minute_is_a_closing_id(length_min):
    """Works of a week are published with a period of one second: announced before it, over after it."""
    begin = 60.0
    works = notice("a", 0, "Métro 2 : Travaux - Trafic interrompu", "Travaux.", (begin, begin + length_min))
    assert not read(works).closing
    assert phase_of(replace(works, observed_us=at(0)), read(works)) == "announced"
    assert phase_of(replace(works, observed_us=at(62)), read(works)) == "over"


def test_a_held_train_stands_at_the_place():
    reading = read(held("a", 0, "Place de Clichy"))
    assert reading.held
    assert reading.place == {"place", "clichy"}


def test_boilerplate_is_no_place():
    reading = read(
        notice(
            "a",
            0,
            "Ligne A : perturbé",
            "Trafic perturbé. Motif : panne d'un train.\nPlus d'informations sur le site.",
        )
    )
    assert (reading.root, reading.place) == ("panne d un train", frozenset())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Cergy-St-Christophe", "Cergy Saint Christophe", True),
        ("Villennes-sur- Seine", "Villennes", True),
        ("Porte de Montreuil", "Mairie de Montreuil", False),
        ("Saint-Denis – Université", "Saint-Denis - Porte de Paris", False),
        ("Campo-Formio et Place d'Italie", "Place d’Italie", True),
        ("", "Auber", False),
    ],
)
def test_places_agree_when_one_is_named_within_the_other(one, other, same):
    assert same_place(place_words(one), place_words(other)) is same


def test_periods_talk():
    assert read(closing("a", 0)).closing
    assert not read(ratp("a", 0, until=2)).closing


@pytest.mark.parametrize(
    ("begin", "end", "is_closing"),
    [
        ("20241027T023000", "20241027T023100", True),  # in the hour that comes twice: read as 61 minutes
        ("20241027T015930", "20241027T020030", True),  # its end may be in either pass
        ("20241027T023000", "20241027T033000", False),
        ("20240331T015930", "20240331T030030", True),  # over the hour that there is not
        ("20240331T013000", "20240331T033000", False),
    ],
)
def test_a_closing_id_is_known_in_the_nights_of_the_clock_change(begin, end, is_closing):
    period = (to_epoch_us(parse_begin(begin)), to_epoch_us(parse_end(end)))
    assert read(replace(closing("a", 0), periods=(period,))).closing is is_closing
    assert read(ratp("a", 0, until=46)).self_closed
    assert not read(ratp("a", 0, until=47)).self_closed
    assert not read(sncf("a", 0, 0, until=46)).self_closed


def test_equal_wordings_differ_in_announced_hours_only():
    one = sncf("a", 0, 0)
    later = notice("b", 5, one.title, one.text.replace("09h30", "11h"), (0, 90), line="C01742")
    other = notice("c", 5, one.title, one.text.replace("Torcy", "Noisy"), (0, 90), line="C01742")
    assert read(one).wording == read(later).wording != read(other).wording


@pytest.mark.parametrize(
    ("what", "phase"),
    [
        (ratp("a", 0), "active"),
        (notice("a", 5, "Métro 13 : Malaise - Trafic perturbé", "Bientôt.", (60, 90)), "announced"),
        (
            notice("a", 75, "Métro 13 : Travaux - Trafic perturbé", "La nuit.", (0, 60), (90, 120)),
            "announced",
        ),
        (ratp("a", 0, until=3), "over"),
        (closing("a", 0), "over"),
        (notice("a", 0.5, "Métro 13 : Malaise - Trafic perturbé", "Encore là.", (0, 1)), "over"),
        (sncf("a", 10, 0, "panne d'un train (incident terminé)"), "resuming"),
        (ratp("a", 0, manner="Reprise progressive / trafic reste perturbé"), "resuming"),
        (notice("a", 5, "Métro 13 : Malaise - Trafic perturbé", "Sans période."), "active"),
    ],
)
def test_phases(what, phase):
    assert phase_of(what, read(what)) == phase


ROW = {
    "id": "a",
    "observed_at": "2024-04-23T07:56:00+02:00",
    "lines": ["line:IDFM:C01383"],
    "cause": "perturbation",
    "severity": "bloquante",
    "title": "M&#233;tro",
    "text": "<p>Un<br>deux</p>",
    "periods": [{"begin": "20240423T074900", "end": None}, ["2024-04-23T04:00:00", "2024-04-23T05:00:00Z"]],
}


def test_a_row_is_read_with_prims_and_iso_moments():
    read_row = notice_of(ROW)
    assert (read_row.lines, read_row.channel, read_row.severity) == (("C01383",), "incident", "BLOQUANTE")
    assert (read_row.title, read_row.text) == ("Métro", "Un\ndeux")
    assert read_row.observed_us == 1_713_851_760_000_000
    assert read_row.periods == ((1_713_837_600_000_000, 1_713_848_400_000_000), (1_713_851_340_000_000, None))
    assert (read_row.begin_us(), read_row.end_us()) == (1_713_851_340_000_000, None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": ""}, "id = ''"),
        ({"observed_at": None}, "observed_at = None"),
        ({"observed_at": "gestern"}, "observed_at = 'gestern'"),
        ({"observed_at": "0001-01-01T00:00:00"}, "observed_at"),
        ({"lines": "C01383"}, "lines = 'C01383'"),
        ({"lines": [7]}, "lines holds 7"),
        ({"title": 3}, "title = 3"),
        ({"periods": [1]}, "periods holds 1"),
        ({"periods": [["20240423T080000", "20240423T070000"]]}, "periods: end 20240423T070000 is before"),
    ],
)
def test_a_bad_row_names_its_field(change, said):
    with pytest.raises(BadNotice) as error:
        notice_of(ROW | change)
    assert said in str(error.value)


def test_a_begin_that_has_come_counts_before_one_ahead():
    assert notice("a", 30, "t", "x", (0, 10), (20, 40), (50, 60)).begin_us() == at(20)
    assert notice("a", 30, "t", "x", (50, 60)).begin_us() == at(50)
    assert notice("a", 30, "t", "x").begin_us() == at(30)
