"""The application of Spark reads the log through the one protocol, whatever the transport behind it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import spark_app

SOURCES = sorted(Path(spark_app.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_nothing_in_spark_app_names_the_client_of_one_transport(source: Path) -> None:
    named = re.findall(
        r"^from stream_server\.protocol\.client import .*\bClient\b.*", source.read_text("utf-8"), re.MULTILINE
    )
    assert not named
