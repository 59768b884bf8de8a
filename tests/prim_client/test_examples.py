"""The examples in the docstrings are true."""

import doctest

import pytest

from prim_client.inputs.recorded import recorded
from prim_client.messages import filters, paris_time, text


@pytest.mark.parametrize("module", [filters, paris_time, recorded, text], ids=lambda module: module.__name__)
def test_examples(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0
