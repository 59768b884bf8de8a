"""What counts as a change, and what does not."""

import hashlib

import pytest

from prim_client.messages.parse import Parser
from prim_client.messages.polls import Snapshot
from tests.made.bodies import NATION, VINCENNES, answer, impacted, line, poll, record, rer_a

LATER = [{"begin": "20260302T063000", "end": "20260302T103000"}]


@pytest.fixture(scope="module")
def parser() -> Parser:
    return Parser()


def revision(parser: Parser, record_=None, lines=None, **changes) -> str:
    parsed = parser.parse(poll(answer([record_ or record()], lines), **changes))
    assert isinstance(parsed, Snapshot)
    return parsed.disruptions["d-1"].revision


def test_a_revision_is_sixteen_hex_digits_and_the_same_in_every_process(parser):
    hashed = (
        '["RER A : essai","<p>Le trafic est interrompu vers Nation.</p>","BLOQUANTE","PERTURBATION",'
        '[["line:IDFM:C01742",["stop_point:IDFM:monomodalStopPlace:43224","stop_point:IDFM:monomodalStopPlace:473875"]]],'
        '[],[["20260302T063000","20260302T093000"]]]'
    )
    assert revision(parser) == hashlib.blake2b(hashed.encode(), digest_size=8).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [
        record(title="autre"),
        record(message="<p>autre</p>"),
        record(severity="PERTURBEE"),
        record(cause="TRAVAUX"),
        record(applicationPeriods=LATER),
        record(applicationPeriods=[]),
        record(message="<b>Le trafic</b>"),
        record(impactedSections=[{"lineId": "line:IDFM:C01742", "from": {"name": "a"}, "to": {"name": "b"}}]),
    ],
)
def test_an_edit_is_a_new_revision(parser, changed):
    assert revision(parser, changed) != revision(parser)


def test_other_lines_and_other_stops_are_a_new_revision(parser):
    lines = [
        None,
        [rer_a("d-1", stops=(NATION,))],
        [rer_a("d-1", stops=())],
        [rer_a("d-2")],
        [rer_a("d-1"), line(impacted(["d-1"]), id="C01371", name="1", mode="Metro")],
    ]
    assert len({revision(parser, lines=one) for one in lines}) == len(lines)


def test_what_moves_without_an_edit_is_no_new_revision(parser):
    same = [
        revision(parser, record(lastUpdate="20260302T070000")),
        revision(parser, record(tags=["Actualité"])),
        revision(parser, record(shortMessage="court")),
        revision(parser, lines=[rer_a("d-1", stops=(VINCENNES, NATION, NATION))]),
        revision(parser, lines=[rer_a("d-1", "d-2")]),
    ]
    assert set(same) == {revision(parser)}


def test_where_a_recording_trimmed_the_periods_they_are_no_part_of_the_revision(parser):
    assert revision(parser, record(applicationPeriods=LATER), trimmed=True) == revision(parser, trimmed=True)
    assert revision(parser, record(title="autre"), trimmed=True) != revision(parser, trimmed=True)
