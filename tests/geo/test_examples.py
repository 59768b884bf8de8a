"""The examples in the docstrings of `geo` run and say the truth."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize("module", ["distance", "line_names", "lines", "names", "nearest", "projection", "stations"])
def test_the_examples_of_a_module_hold(module):
    result = doctest.testmod(importlib.import_module(f"geo.network.{module}"))
    assert result.attempted > 0 and result.failed == 0
