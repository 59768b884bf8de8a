"""The life of an incident: begin, end and how it is known, phases, announced ends. Minutes of one morning."""

from dataclasses import replace

import pytest

from prim_client.messages.message import to_epoch_us
from prim_client.messages.paris_time import parse_begin
from spark_app.derived.incidents.life import Event, Life, announced_end
from spark_app.derived.incidents.notice import Notice
from spark_app.derived.incidents.reading import read
from tests.made.notices import at, closing, notice, ratp, sncf


def lived(*steps):
    """A life after (kind, notice[, minute, last seen]) steps; every id is new at its first step."""
    life, known = Life("a", "a", "incident"), {}
    for step in steps:
        kind, what, minute, seen = (*step, None, None)[:4]
        moment = what.observed_us if minute is None else at(minute)
        rev = known.setdefault(what.id, len(known) + 1)
        event = Event(
            0, moment, kind, False, rev, None if seen is None else at(seen), replace(what, observed_us=moment)
        )
        life.take(event, read(what), rev != life.rev and rev > life.disruptions)
    return life


def test_a_closing_id_gives_the_effective_end_and_is_never_active():
    life = lived(("opened", ratp("a", 0)), ("opened", closing("b", 30)), ("closed", closing("b", 30)))
    assert (life.phase, life.opened_us, life.ended_us, life.ended_by) == ("over", at(0), at(30), "closing id")
    assert life.active == {}
    late = lived(
        ("opened", ratp("a", 0)),
        ("opened", closing("b", 30)),
        ("closed", closing("b", 30)),
        ("closed", ratp("a", 0), 45, 34),
    )
    assert (late.ended_us, late.ended_by) == (at(30), "closing id")


def test_a_closing_id_alone_tells_an_end_and_no_begin():
    life = lived(("opened", closing("b", 30)), ("closed", closing("b", 30)))
    assert (life.phase, life.opened_us, life.ended_us, life.ended_by) == ("over", None, at(30), "closing id")
    late = lived(("opened", closing("b", 30)), ("opened", ratp("a", 0)))  # read in the other order
    assert (late.phase, late.opened_us, late.ended_us) == ("over", at(0), at(30))


def test_what_vanishes_ended_when_it_was_last_seen():
    life = lived(("opened", sncf("a", 5, 0.8)), ("closed", sncf("a", 5, 0.8), 40, 30))
    assert (life.phase, life.ended_us, life.ended_by) == ("over", at(30), "vanished")


def test_what_stays_to_its_announced_end_ended_then():
    life = lived(("opened", sncf("a", 5, 0.8)), ("closed", sncf("a", 5, 0.8), 92, 92))
    assert (life.ended_us, life.ended_by) == (at(90), "period over")


def test_it_is_over_when_its_last_id_is():
    first, second = sncf("a", 5, 0.8), sncf("b", 5, 3.1)
    life = lived(("opened", first), ("opened", second), ("closed", first, 20, 10))
    assert (life.phase, life.ended_us, life.disruptions) == ("active", None, 2)
    life = lived(("opened", first), ("opened", second), ("closed", first, 20, 10), ("closed", second, 60, 50))
    assert (life.phase, life.ended_us) == ("over", at(50))


def test_an_id_that_comes_back_takes_the_end_away_again():
    one = sncf("a", 5, 0.8)
    life = lived(("opened", one), ("closed", one, 40, 30), ("opened", one, 60))
    assert (life.phase, life.ended_us, life.ended_by, life.disruptions) == ("active", None, "", 1)


def test_works_between_two_nights_are_announced_again():
    night = notice("a", 5, "Ligne C : travaux", "La nuit.", (0, 60), (900, 960), channel="works")
    life = lived(("announced", night, -30), ("opened", night), ("ongoing", night), ("paused", night, 61))
    assert (life.phase, life.ended_us, life.published_us, life.opened_us, life.messages) == (
        "announced",
        None,
        at(-30),
        at(0),
        4,
    )


def test_service_comes_back_before_it_is_over():
    life = lived(
        ("opened", ratp("a", 0)),
        ("opened", ratp("b", 20, manner="Reprise progressive / trafic reste perturbé")),
    )
    assert life.phase == "resuming"


def test_the_worst_severity_stays():
    life = lived(("opened", ratp("a", 0, severity="BLOQUANTE")), ("opened", ratp("b", 20, severity="PERTURBEE")))
    assert life.severity == "BLOQUANTE"


def paris(text):
    return to_epoch_us(parse_begin(text))


@pytest.mark.parametrize(
    ("seen", "text", "end", "announced"),
    [
        (
            "20240423T101000",
            "Heure de reprise estimée : 10h40.",
            "20240424T051500",
            ("20240423T104000", "text"),
        ),
        (
            "20240423T101000",
            "Le trafic est interrompu jusqu'à 11:30.",
            "20240423T120000",
            ("20240423T113000", "text"),
        ),
        (
            "20240423T101000",
            "Le trafic est interrompu jusqu’à 11h et ralenti ensuite.",
            None,
            ("20240423T110000", "text"),
        ),
        (
            "20240423T235000",
            "Heure de reprise estimée : 00h40.",
            "20240424T051500",
            ("20240424T004000", "text"),
        ),
        (
            "20240424T001000",
            "Heure de reprise estimée : 23h50.",
            "20240424T051500",
            ("20240423T235000", "text"),
        ),
        ("20240423T101000", "Le trafic est perturbé.", "20240423T120000", ("20240423T120000", "period")),
        ("20240423T101000", "Le trafic est perturbé.", "20240424T051500", None),
        ("20240423T101000", "Le trafic est perturbé.", None, None),
    ],
)
def test_the_announced_end_is_the_hour_in_the_text_or_the_period_but_not_the_end_of_service(seen, text, end, announced):
    period = (paris("20240423T100000"), end and paris(end))
    said = Notice(
        "a",
        paris(seen),
        ("C01383",),
        "incident",
        "BLOQUANTE",
        "Métro 13 : Malaise - Trafic interrompu",
        text,
        (period,),
    )
    assert announced_end(said, read(said)) == (announced and (paris(announced[0]), announced[1]))


def test_announced_ends_are_told_when_they_change():
    life, told = Life("a", "a", "incident"), []
    for minute, until in ((5, 90), (20, 90), (40, 120), (50, 120)):
        what = sncf(f"d{minute}", minute, 0.8, until=until)
        what = replace(what, text=what.text.replace(" jusqu'à 09h30", ""))
        told.append(life.take(Event(0, at(minute), "opened", False, minute, None, what), read(what), True))
    assert told == [(at(90), "period"), None, (at(120), "period"), None]
    assert (life.first_end_us, life.last_end_us) == (at(90), at(120))


def test_a_merge_takes_over_the_first_announced_end_of_the_younger():
    old, young = lived(("opened", closing("a", 2))), lived(("opened", sncf("b", 5, 0.8)))
    assert old.first_end_us is None and young.first_end_us is not None
    old.absorb(young)
    assert (old.first_end_us, old.last_end_us) == (young.first_end_us, young.last_end_us)


def test_a_closing_id_that_turns_out_to_belong_ends_what_began_before_it():
    alone = lived(("opened", closing("b", 30)), ("closed", closing("b", 30)))
    old = lived(("opened", ratp("a", 0)))
    old.absorb(alone)
    assert (old.phase, old.opened_us, old.ended_us, old.ended_by) == ("over", at(0), at(30), "closing id")
    later = lived(("opened", ratp("a", 0)), ("opened", ratp("c", 40)))
    later.absorb(alone)
    assert (later.phase, later.ended_us) == ("active", None)


@pytest.mark.parametrize("kind", ["ongoing", "updated"])
def test_what_is_first_read_while_it_goes_on_is_active_since_its_begin(kind):
    """The message with which it opened was dropped, held back by a filter, or set aside."""
    life = lived((kind, sncf("a", 40, 0.8)))
    assert (life.phase, life.opened_us, life.initial, life.disruptions) == ("active", at(0.8), True, 1)
    ahead = lived(("updated", sncf("a", 40, 60.8)))
    assert (ahead.phase, ahead.opened_us) == ("announced", None)


def test_what_is_first_read_when_it_closes_has_a_begin_and_an_end():
    life = lived(("closed", sncf("a", 5, 0.8), 40, 30))
    assert (life.phase, life.opened_us, life.ended_us, life.ended_by) == ("over", at(0.8), at(30), "vanished")
    assert (life.messages, life.revisions, life.initial) == (1, 1, True)
    over = lived(("closed", sncf("a", 5, 0.8), 92, 92))
    assert (over.ended_us, over.ended_by) == (at(90), "period over")
    bare = lived(("closed", replace(sncf("a", 5, 0.8), periods=()), 40, 30))
    assert (bare.phase, bare.opened_us, bare.ended_us) == ("over", at(30), at(30))


def test_another_text_about_what_lies_ahead_leaves_it_announced():
    ahead = sncf("a", 5, 60.8)
    life = lived(("announced", ahead), ("updated", ahead, 20))
    assert (life.phase, life.opened_us) == ("announced", None)
