"""The file of Spark's classes: made once, mapped by the JVM, and nothing without it."""

import os
from pathlib import Path

import pytest

from spark_app.jvm import class_data, java_home
from spark_app.query import jvm_options
from tests.spark_app.jvm.test_java_home import make_jdk, make_program

MAKES_ONE = 'echo "$@" >> "$0.calls"; echo classes > "$3"'


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"JAVA_HOME": str(make_jdk(tmp_path / "jdk", "17.0.15")), "PATH": os.environ["PATH"]}


def python_that(tmp_path: Path, body: str) -> Path:
    return make_program(tmp_path / "venv" / "bin" / "python", body)


def test_it_is_made_once_and_said(tmp_path, environ):
    python, said = python_that(tmp_path, MAKES_ONE), []
    first = class_data.ensure(python, environ, said.append)
    assert class_data.ensure(python, environ, said.append) == first
    assert first.parent == tmp_path / "venv" and first.read_text() == "classes\n"
    assert len(said) == 1 and "once" in said[0]
    assert len(Path(f"{python}.calls").read_text().splitlines()) == 1


def test_where_it_cannot_be_made_nothing_is_mapped_and_nobody_tries_again(tmp_path, environ):
    python, said = python_that(tmp_path, "exit 1"), []
    assert class_data.ensure(python, environ, said.append) is None
    assert class_data.ensure(python, environ, said.append) is None
    assert len(said) == 1


def test_another_java_gets_another_one(tmp_path, environ):
    python = python_that(tmp_path, MAKES_ONE)
    first = class_data.ensure(python, environ, print)
    other = {"JAVA_HOME": str(make_jdk(tmp_path / "newer", "17.0.16")), "PATH": environ["PATH"]}
    assert class_data.ensure(python, other, print) not in (None, first)


def test_java_21_gets_none(tmp_path, environ):
    other = {"JAVA_HOME": str(make_jdk(tmp_path / "newer", "21.0.8"))}
    assert class_data.ensure(python_that(tmp_path, MAKES_ONE), other, print) is None


def test_a_place_with_a_space_is_one_argument_and_a_lost_file_is_none(tmp_path):
    archive = tmp_path / "check out" / "a.jsa"
    assert jvm_options.jvm_options({jvm_options.VARIABLE: str(archive)}) == ""
    assert jvm_options.jvm_options({}) == ""
    archive.parent.mkdir()
    archive.touch()
    assert f'"-XX:SharedArchiveFile={archive}" ' in jvm_options.jvm_options({jvm_options.VARIABLE: str(archive)})


@pytest.mark.spark
def test_the_jvm_of_a_session_maps_what_the_launcher_named(spark):
    archive = os.environ.get(jvm_options.VARIABLE)
    by_the_launcher = "PULSE_CONFIG" in os.environ
    if by_the_launcher and java_home.installed(os.environ).major in class_data.MAPPED_BY:
        assert archive, "the launcher named no archive"
    maps = Path(f"/proc/{spark.sparkContext._gateway.proc.pid}/maps").read_text(encoding="utf-8")
    assert archive is None or archive in maps
