"""The examples in the modules of the alerts are true."""

import doctest
import importlib
import pkgutil

import pytest

import spark_app.derived.alerts

NAMES = [module.name for module in pkgutil.iter_modules(spark_app.derived.alerts.__path__)]


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_are_true(name):
    assert doctest.testmod(importlib.import_module(f"spark_app.derived.alerts.{name}")).failed == 0
