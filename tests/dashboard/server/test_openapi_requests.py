"""The API does what its description says: requests that Schemathesis makes of it, valid and invalid, over real HTTP.

The requests are the same in each run. Half of the values are ones that the API knows, as few random texts are a line.
"""

from __future__ import annotations

import json
import operator
import urllib.request
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dashboard.server.openapi import PARAMETERS, PREFIX, document
from dashboard.window.selection import CAUSES, MODES, RANGES_H, SIZES, STACKS
from prim_client.messages.message import CHANNELS
from spark_app.language.severities import SEVERITIES
from tests.dashboard.page_servers import start_server

EXAMPLES, EXAMPLES_AT_NIGHT = 6, 40  # of each operation, valid and invalid ones together
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
KNOWN = {
    "channel": [*CHANNELS, ",".join(CHANNELS)],
    "modes": ["all", *MODES],
    "lines": ["C01742", "RER B", "line:IDFM:C01371,C01374"],
    "severity": [*SEVERITIES],
    "cause": [*CAUSES],
    "zone": ["75", "75,94080"],
    "text": ["gare", "é'%_"],
    "area": ["48.85,2.30,48.90,2.40"],
    "window": ["latest", "2024-04-24T12:00:00Z", "2024-04-24T11:35:00Z"],
    "span": [*RANGES_H],
    "colour": ["cluster", "severity", "polarity"],
    "cluster": ["incident:3", "works:new-0"],
    "stack": [*STACKS],
    "size": [*SIZES],
}
CONFIG = {
    "dictionaries": {name: {"values": values} for name, values in KNOWN.items()},
    "parameters": {f"query.{name}": {"dictionary": name, "probability": 0.5} for name in KNOWN},
}
SCHEMA = schemathesis.openapi.from_dict(document(), config=SchemathesisConfig.from_dict(CONFIG))
OPERATIONS = {each.path: each for each in map(operator.methodcaller("ok"), SCHEMA.get_all_operations())}


def test_each_parameter_has_values_that_the_api_knows():
    assert KNOWN.keys() == PARAMETERS.keys()


def test_every_path_is_asked_for():
    assert OPERATIONS.keys() == document()["paths"].keys()


@pytest.fixture(scope="module")
def followed_page(followed, tmp_path_factory) -> Iterator[str]:
    """The address of a page over a store with incidents."""
    server = start_server(tmp_path_factory.mktemp("page"), followed)
    yield server.url
    server.kill()


@pytest.fixture(scope="module")
def incident(followed_page) -> str:
    """The id of an incident of that store."""
    with urllib.request.urlopen(f"{followed_page}{PREFIX}/incidents?modes=all", timeout=60) as answer:
        return json.load(answer)["rows"][0]["incident"]


@pytest.mark.parametrize("path", OPERATIONS)
def test_an_operation_answers_as_it_is_described(path, followed_page, incident, thorough):
    operation = OPERATIONS[path]
    requests = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

    @settings(
        max_examples=EXAMPLES_AT_NIGHT if thorough else EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=requests, is_known=st.booleans())
    def ask(case: schemathesis.Case, is_known: bool) -> None:
        for values in filter(None, (case.path_parameters, case.query)):
            if is_known and "incident" in values:
                values["incident"] = incident
        case.call_and_validate(base_url=followed_page, checks=CHECKS, timeout=60)

    ask()
