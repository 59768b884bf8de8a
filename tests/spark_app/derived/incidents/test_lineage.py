"""Which disruptions are one incident, and which incidents one event, in the feed's own grammar."""

from dataclasses import replace

import pytest

from spark_app.derived.incidents import memory
from spark_app.derived.incidents.lineage import Lineage, Merge
from tests.made.notices import at, closing, held, notice, ratp, sncf


def incidents(*notices):
    """Incident of each notice, in order."""
    lineage = Lineage()
    return [lineage.take(each).incident for each in notices]


def episodes(*notices):
    lineage = Lineage()
    return [lineage.take(each).episode for each in notices]


def whys(*notices):
    lineage = Lineage()
    return [lineage.take(each).why for each in notices]


# --- RATP


def test_an_update_and_the_closing_id_are_the_same_incident():
    assert incidents(ratp("a", 0), ratp("b", 30), closing("c", 50)) == ["a", "a", "a"]


def test_the_reason_is_said_in_words():
    assert whys(ratp("a", 0), ratp("b", 30), closing("c", 50)) == [
        "new: nothing before fits",
        "update: the same cause on the same line at the same place, 30 min after the last begin, not closed between",
        (
            "closing id: the same cause on the same line at the same place, 20 min after the last begin, not "
            "closed between"
        ),
    ]


def test_nothing_is_chained_onto_a_closing_id():
    assert incidents(ratp("a", 0), closing("b", 20), ratp("c", 40), closing("d", 60)) == ["a", "a", "c", "c"]


def test_what_comes_back_soon_at_the_same_place_is_one_event():
    assert episodes(ratp("a", 0), closing("b", 20), ratp("c", 40), closing("d", 60)) == ["a"] * 4


def test_the_closing_id_is_known_by_its_words_however_long_the_incident_held():
    long = [ratp("a", 0, place=""), ratp("b", 400, place="", until=401)]
    assert incidents(*long) == ["a", "a"]
    assert whys(*long)[1] == "closing id: the words of an id that began 400 min before and was not closed"
    assert incidents(ratp("a", 0, place=""), closing("b", 400, place="")) == ["a", "b"]


def test_an_earlier_id_that_is_read_after_the_closing_one_belongs_before_it():
    assert incidents(closing("b", 20), ratp("a", 0, severity="BLOQUANTE")) == ["b", "b"]


@pytest.mark.parametrize(
    "other",
    [
        ratp("b", 10, place="Varenne"),
        ratp("b", 10, cause="Panne de signalisation", place="Varenne"),
        ratp("b", 10, line="C01379"),
        ratp("b", 400),
        ratp("b", 150, place=""),
        ratp("b", 10, channel="works", until=300),
    ],
)
def test_another_place_cause_line_or_time_is_another_incident(other):
    assert incidents(ratp("a", 0), other) == ["a", "b"]


def test_another_cause_at_the_same_place_within_minutes_is_the_same_incident_told_anew():
    assert incidents(held("a", 0, cause="Actionnement d'un signal d'alarme"), ratp("b", 4, "Malaise voyageur")) == [
        "a",
        "a",
    ]
    assert incidents(ratp("a", 0), ratp("b", 20, "Malaise voyageur")) == ["a", "b"]


def test_divers_incidents_adds_up_what_goes_on():
    assert incidents(ratp("a", 0, place=""), ratp("b", 70, "Divers incidents", "")) == ["a", "a"]
    assert (
        incidents(ratp("a", 0, place=""), closing("b", 30, place=""), ratp("c", 70, "Divers incidents", ""))[2] == "c"
    )


def test_a_period_of_46_minutes_stands_for_itself():
    assert incidents(ratp("a", 0, until=46), ratp("b", 11), closing("c", 20)) == ["a", "b", "b"]
    assert incidents(ratp("a", 0), ratp("b", 11, until=57)) == ["a", "b"]


def test_what_follows_at_once_at_the_same_place_is_one_event_whatever_its_cause():
    after = [closing("a", 0), ratp("b", 8, "Malaise voyageur")]
    assert (incidents(*after), episodes(*after)) == (["a", "b"], ["a", "a"])
    assert episodes(closing("a", 0), ratp("b", 12, "Malaise voyageur")) == ["a", "b"]
    assert episodes(closing("a", 0), ratp("b", 8, "Malaise voyageur", "Varenne")) == ["a", "b"]


def test_the_same_cause_without_a_place_is_one_event_for_half_an_hour():
    assert episodes(closing("a", 0), ratp("b", 28, place="")) == ["a", "a"]
    assert episodes(closing("a", 0), ratp("b", 32, place="")) == ["a", "b"]
    assert episodes(closing("a", 0, place=""), closing("b", 28, place="", line="C01379")) == ["a", "b"]


def test_the_next_train_that_is_held_hours_later_is_another_event():
    assert episodes(held("a", 0), held("b", 140)) == ["a", "b"]


def test_two_chains_of_one_cause_keep_to_their_places():
    assert incidents(
        ratp("a", 0, place="Varenne"),
        ratp("b", 2, place="Liège"),
        closing("c", 30, place="Varenne"),
        closing("d", 31, place="Liège"),
    ) == ["a", "b", "a", "b"]


def test_lines_of_one_moment_are_decided_whatever_their_order():
    first, last = replace(ratp("a", 0, place=""), observed_us=at(24)), closing("b", 20, place="")
    assert [(d.incident, d.phase) for d in Lineage().take_together([last, first])] == [
        ("a", "over"),
        ("a", "active"),
    ]


# --- SNCF


def test_an_update_keeps_the_begin_to_the_second_whatever_it_says():
    assert incidents(sncf("a", 5, 0.8), sncf("b", 40, 0.8, "malaise voyageur à Nation", "interrompu")) == [
        "a",
        "a",
    ]


def test_a_begin_on_the_minute_may_be_chance():
    assert incidents(sncf("a", 5, 0), sncf("b", 6, 0, "malaise voyageur à Nation", "interrompu")) == [
        "a",
        "b",
    ]
    assert incidents(sncf("a", 5, 0), sncf("b", 40, 0, said="interrompu")) == ["a", "a"]


def test_another_line_with_the_same_begin_is_another_incident():
    assert incidents(sncf("a", 5, 0.8), sncf("b", 40, 0.8, said="interrompu", line="C01743")) == ["a", "b"]


def test_twins_are_one_incident_though_their_periods_differ():
    assert incidents(sncf("a", 5, 0.8), sncf("b", 5, 3.1), sncf("c", 7, 4.4)) == ["a", "a", "a"]


def test_one_text_for_two_lines_is_one_incident():
    assert incidents(sncf("a", 5, 0.8), sncf("b", 6, 2.2, line="C01743")) == ["a", "a"]


def test_the_same_words_much_later_are_another_incident():
    assert incidents(sncf("a", 5, 0.8), sncf("b", 80, 77.3)) == ["a", "b"]
    assert incidents(sncf("a", 5, 0.8), sncf("b", 50, 47.3)) == ["a", "a"]


def test_what_is_announced_until_then_goes_on_until_then():
    new = sncf("b", 80, 79.3, "panne d'un train (rupture) à Auber", "interrompu")
    assert episodes(sncf("a", 5, 0.8, until=60), new) == ["a", "a"]
    assert episodes(sncf("a", 5, 0.8, until=30), new) == ["a", "b"]


def test_notices_without_a_cause_keep_their_title():
    storms = [
        notice(i, seen, "Ligne L : alerte orages", text, (0, 900), line="C01740")
        for i, seen, text in (("a", 0, "De forts orages sont prévus."), ("b", 200, "Les orages viennent plus tard."))
    ]
    assert incidents(*storms, notice("c", 300, "Ligne L : alerte neige", "Neige.", (0, 900), line="C01740")) == [
        "a",
        "a",
        "c",
    ]


def test_two_trains_without_their_driver_are_two_events():
    texts = [
        f"Train supprimé : le train de {h}h20 ne part pas de Juvisy, prenez le suivant qui dessert aussi les gares "
        "de la branche. Motif : conditions de départ non réunies."
        for h in (8, 9)
    ]
    pair = [
        notice(id_, 5 + n, "Ligne D : suppression", text, (n + 0.3, 90))
        for n, (id_, text) in enumerate(zip("ab", texts, strict=True))
    ]
    assert episodes(*pair) == ["a", "b"]


def test_a_text_that_bridges_two_incidents_merges_them_and_the_old_name_resolves():
    lineage = Lineage()
    first = lineage.take(sncf("a", 5, 0.8, "panne d'un train à Torcy", said="ralenti"))
    second = lineage.take(sncf("b", 20, 17.3, "malaise voyageur à Nation"))
    assert (first.incident, second.incident, second.episode) == ("a", "b", "b")
    bridge = notice(
        "c",
        40,
        "Ligne A : perturbé",
        "Le trafic est perturbé. Motif : divers.",
        (0.8, 90),
        (17.3, 90),
        line="C01742",
    )
    decision = lineage.take(bridge)
    why = decision.merges[0].why
    assert decision.incident == "a"
    assert decision.merges == (Merge("incident", "b", "a", why), Merge("episode", "b", "a", why))
    assert lineage.take(sncf("b", 45, 17.3)).incident == "a"


# --- all


def test_an_id_that_flaps_all_night_stays_one_incident():
    flapping = [
        notice("a", minute * 8, "Ligne A : perturbé", "Motif : panne d'un train.", (0.4, 900)) for minute in range(62)
    ]
    assert set(incidents(*flapping)) == {"a"}


def test_works_keep_their_incident_over_editions():
    text = (
        "Le trafic est interrompu entre Juvisy et Brétigny les soirs de la semaine, des bus roulent toute la nuit {}."
    )
    editions = [
        notice(i, seen, "Ligne C : Juvisy - Brétigny", text.format(end), (1_200, 1_500), channel="works")
        for i, seen, end in (("a", 0, ""), ("b", 300, "encore"))
    ]
    other = notice(
        "c",
        310,
        "Ligne C : Juvisy - Étampes",
        "D'autres travaux, un autre soir, d'autres gares.",
        (1_200, 1_500),
        channel="works",
    )
    assert incidents(*editions, other) == ["a", "a", "c"]


def test_works_that_meet_in_one_night_of_many_are_not_the_same_works():
    def nights(id_, seen, first):
        text = (
            f"Les lundis du {first} au {first + 5} avril le trafic est interrompu entre Olympiades et Orly, "
            "prenez le bus."
        )
        spans = [(1_200 + 1_440 * night, 1_500 + 1_440 * night) for night in range(first, first + 5)]
        return notice(id_, seen, "Métro 14 : Travaux - Trafic interrompu", text, *spans, channel="works")

    assert incidents(nights("a", 0, 1), nights("b", 300, 4), nights("c", 600, 1)) == ["a", "b", "a"]


def test_an_orphan_is_known_by_the_line_in_its_title():
    orphans = [
        notice(i, seen, title, "Motif : panne d'un train.", (0.8, 90), line="")
        for i, seen, title in (
            ("a", 5, "Ligne J : perturbé"),
            ("b", 30, "Ligne J : interrompu"),
            ("c", 30, "Ligne L : perturbé"),
        )
    ]
    assert incidents(*orphans) == ["a", "a", "c"]


def test_the_closing_id_ends_the_incident_though_its_other_ids_are_still_read():
    lineage = Lineage()
    assert [lineage.take(each).phase for each in (ratp("a", 0), closing("b", 1.5))] == ["active", "over"]


def test_one_of_twins_that_is_over_does_not_end_the_incident():
    lineage = Lineage()
    assert lineage.take(sncf("a", 20, 0.8)).phase == "active"
    assert lineage.take(sncf("b", 20, 0.7, until=10)).phase == "active"


STREAM = [
    ratp("a", 0),
    sncf("s", 5, 0.8),
    ratp("b", 30),
    sncf("t", 35, 0.8, said="interrompu"),
    sncf("u", 35, 30.2, said="interrompu"),
    closing("c", 50),
    held("d", 60),
    ratp("e", 70),
    closing("f", 90),
    sncf("v", 95, 30.2, "malaise voyageur"),
]


@pytest.mark.parametrize("cut", range(len(STREAM) + 1))
def test_a_restart_anywhere_changes_nothing(cut):
    undisturbed, first = Lineage(), Lineage()
    expected = [undisturbed.take(each) for each in STREAM]
    decided = [first.take(each) for each in STREAM[:cut]]
    second = memory.load(memory.dump(first), first.known)
    decided += [second.take(each) for each in STREAM[cut:]]
    assert decided == expected
    assert memory.dump(second) == memory.dump(undisturbed)


@pytest.mark.parametrize("state", [b"", b"nonsense", memory.dump(Lineage())[:-3]])
def test_a_memory_that_is_none_is_refused(state):
    with pytest.raises(ValueError, match="not a memory of incidents"):
        memory.load(state, lambda _id: None)


def test_what_is_long_over_is_forgotten_and_asked_for_when_it_returns():
    lineage = Lineage(known=lambda id_: ("a", "a") if id_ == "b" else None)
    lineage.take(closing("a", 0))
    lineage.take(sncf("z", 2_000, 1_990.5))
    assert "a" not in lineage.records
    assert lineage.take(ratp("b", 2_010)).incident == "a"
