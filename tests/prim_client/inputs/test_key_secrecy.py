"""The key is in no log line, error text, traceback or repr, whatever goes wrong."""

import logging
import traceback

import pytest

from prim_client.inputs.api import Key, Prim
from prim_client.inputs.errors import AuthError, PrimError, of_answer
from prim_client.simulated.faults import FAULTS
from prim_client.simulated.server import Simulator

SECRET = "s3cr3t-k3y-of-a-user"


@pytest.fixture
def simulator():
    with Simulator(lambda _: (200, b'{"disruptions":[]}'), keys=frozenset({SECRET})) as server:
        yield server


@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_no_fault_brings_the_key_to_light(simulator, caplog, capfd, now, kind):
    caplog.set_level(logging.DEBUG)
    prim = Prim(Key(SECRET), simulator.base_url, timeout_s=1, contact="https://example.org")
    simulator.fault(kind)
    told = [repr(prim), repr(prim._session.headers), repr(prim._session.auth)]
    try:
        answer = prim.disruptions()
        told += [repr(answer), repr(of_answer(answer.status, answer.headers, answer.body, now))]
    except PrimError as error:
        told += [repr(error), str(error), "".join(traceback.format_exception(error))]
        assert error.__cause__ is None and (error.__context__ is None or error.__suppress_context__)
    out, err = capfd.readouterr()
    assert caplog.records  # urllib3 does log at this level
    assert SECRET not in "\n".join([*told, caplog.text, out, err])


@pytest.mark.parametrize("value", ["", "   ", "two words", "line\nbreak", "clé", "nul\0"])
def test_a_value_that_cannot_be_a_key_is_refused_without_being_shown(value):
    with pytest.raises(AuthError, match="PRIM_API_KEY") as caught:
        Key(value)
    shown = value.strip()
    assert not shown or shown not in str(caught.value)


def test_the_key_comes_from_the_environment_only():
    assert Key.from_environment({"PRIM_API_KEY": f" {SECRET}\n"}).reveal() == SECRET
    with pytest.raises(AuthError, match="PRIM_API_KEY is not set"):
        Key.from_environment({"apikey": SECRET})


def test_a_key_does_not_show_itself():
    key = Key(SECRET)
    assert SECRET not in f"{key} {key!r} {[key]}"
