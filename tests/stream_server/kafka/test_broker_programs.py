"""The programs of `./pulse kafka`: what Maven brings has to be what our list names, or it is not used."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from stream_server.kafka import broker
from stream_server.kafka.broker import BrokerError, differences, programs

MAVEN = """#!/bin/sh
for word; do case $word in -DoutputDirectory=*) folder=${{word#*=}};; esac; done
mkdir "$folder"
{what}
"""


@pytest.fixture
def maven(tmp_path, monkeypatch):
    """Put an `mvn` that does `what` in the way of the real one."""

    def make(what: str) -> None:
        program = tmp_path / "bin" / "mvn"
        program.parent.mkdir()
        program.write_text(MAVEN.format(what=what))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")

    return make


@pytest.fixture
def listed(tmp_path, monkeypatch) -> Path:
    """A list with one small jar in it, and that jar."""
    jar = tmp_path / "one.jar"
    jar.write_bytes(b"one")
    names = tmp_path / "jars"
    names.write_text("7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed  one.jar\n")
    monkeypatch.setattr(broker, "JARS", names)
    return jar


def test_programs_are_fetched_once(tmp_path, maven, listed):
    maven(f'cp {listed} "$folder"; echo once >> {tmp_path}/fetched')
    for _ in range(2):
        assert [path.name for path in programs(tmp_path / "kafka").iterdir()] == ["one.jar"]
    assert (tmp_path / "fetched").read_text() == "once\n"


@pytest.mark.parametrize(
    ("what", "named"),
    [
        ('echo two > "$folder/one.jar"', "one.jar"),
        ('cp {jar} "$folder"; cp {jar} "$folder/more.jar"', "more.jar"),
        ("true", "one.jar"),
    ],
    ids=["another jar", "one more", "one less"],
)
def test_other_programs_than_those_of_the_list_are_refused_and_gone(tmp_path, maven, listed, what, named):
    maven(what.replace("{jar}", str(listed)))
    with pytest.raises(BrokerError, match=f"another Kafka than that of jars, so it is not used: {named}"):
        programs(tmp_path / "kafka")
    assert list((tmp_path / "kafka").iterdir()) == []


def test_what_maven_says_is_in_the_sentence(tmp_path, maven, listed):
    maven("echo '[ERROR] no such registry'; exit 1")
    with pytest.raises(BrokerError, match=r"Maven cannot fetch the broker: \[ERROR\] no such registry"):
        programs(tmp_path / "kafka")


def test_a_machine_without_maven_is_told_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokerError, match="there is no mvn here: install it, or name your brokers"):
        programs(tmp_path / "kafka")


def test_the_list_names_every_jar_once():
    lines = broker.JARS.read_text("ascii").splitlines()
    assert len({line.split()[1] for line in lines}) == len(lines) == 45
    assert differences(Path("/nonexistent")).endswith("(45 of 45 files)")
