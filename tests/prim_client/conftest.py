"""A simulated PRIM on a free port, with a small state that needs no geography."""

from datetime import UTC, datetime

import orjson
import pytest

from prim_client.inputs.api import Key, Prim
from prim_client.simulated.server import Simulator

STATE = {
    "disruptions": [
        {
            "id": "d-1",
            "applicationPeriods": [{"begin": "20261005T080000", "end": "20261005T200000"}],
            "lastUpdate": "20261005T081500",
            "cause": "PERTURBATION",
            "severity": "PERTURBEE",
            "title": "Métro 4 : essai",
            "message": "<p>Un essai à Cité.</p>",
        }
    ],
    "lines": [],
    "lastUpdatedDate": "2026-10-05T12:00:00.000Z",
}


@pytest.fixture
def simulator():
    """A running simulator whose answer is always STATE."""
    with Simulator(lambda _moment: (200, orjson.dumps(STATE))) as server:
        yield server


@pytest.fixture
def prim(simulator):
    """The real client, pointed at the simulator."""
    return Prim(Key("simulated"), simulator.base_url, timeout_s=5, contact="https://example.org/pulse")


@pytest.fixture
def now():
    return datetime(2026, 10, 5, 12, tzinfo=UTC)
